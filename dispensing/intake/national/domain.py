"""From a national message to our own and back: what ours does not hold goes along beside it.

`extras` are the fields of the national message that our own does not give again, in the
national file's spelling. Our own message with its extras is the national one, field by
field; a name that our own message gives but the national one did not has None there.
"""

from collections.abc import Iterable, Iterator, Mapping, Set
from datetime import timedelta
from typing import Any

from dispensing.conditions import CONDITIONS, by_icd10, by_name, by_opsp_code
from dispensing.days import CHINA, day_of, later
from dispensing.errors import FieldError, Malformed
from dispensing.intake.message import PrescriptionMessage, parse_message
from dispensing.intake.national.loading import BASE, region
from dispensing.intake.national.mapping import Region
from dispensing.intake.national.messages import Rx, RxLine, Upload
from dispensing.intake.national.reading import read, write
from dispensing.intake.national.values import TIMES

SOURCES = {"01": "external", "02": "internet_hospital"}
ID_CARD = "01"
CERT_ID_NUMBER = "02"
LINES = "rxdrugdetail"
# What is told nobody: credentials, a third person's identity, the file and its signature;
# and what D003 says again that D001 or our own message has.
_NOT_TOLD = {"ecToken", "authNo"}
_NOT_TOLD_OF_UPLOAD = {
    *("patnName", "psnCertType", "certno", "fixmedinsCode", "drCode", "prscDrName"),
    *("pharCertType", "pharCertNo", "rxFile", "signDigest", "signCertSn", "signCertDn"),
}
_TEXT_MAX = 64  # of a text field of our own message
_DOSAGE_MAX = 200
# Where a field of our own message stands in the national one: node and name.
_PLACES = {
    "hosp_rx_no": ("rx", "hosp_rxno"),
    "source": ("rx", "biz_type_code"),
    "issuer": ("upload", "fixmedins_code"),
    "doctor.code": ("upload", "dr_code"),
    "doctor.name": ("visit", "prsc_dr_name"),
    "insured": ("upload", "certno"),
    "insured.person_no": ("upload", "certno"),
    "insured.id_number": ("upload", "certno"),
    "insured.name": ("visit", "patn_name"),
    "disease": ("visit", "dise_codg"),
    "diagnosis": ("visit", "maindiag_code"),
    "issued_at": ("rx", "prsc_time"),
    "valid_days": ("rx", "vali_days"),
    "refill_of": ("rx", "init_rxno"),
    "repeat": ("rx", "max_rept_cnt"),
    "repeat.max": ("rx", "max_rept_cnt"),
    "repeat.interval_days": ("rx", "min_inrv_days"),
    "department": ("visit", "prsc_dept_name"),
    "lines": ("rx", "lines"),
    "medicine": ("line", "med_list_codg"),
    "quantity": ("line", "drug_cnt"),
    "supply_days": ("line", "medc_days"),
}


def message_of(
    rx: Rx, upload: Upload, *, person_no: str, into: Region
) -> PrescriptionMessage:
    """Give the one message of ours that a national prescription says (D001 and D003).

    Malformed names each field that does not go into it, as the region spells it.
    """
    errors = list(_contradictions(rx, into))
    raw = {
        "hosp_rx_no": rx.hosp_rxno,
        "source": SOURCES.get(rx.biz_type_code, rx.biz_type_code),
        "issuer": upload.fixmedins_code,
        "doctor": {"code": upload.dr_code, "name": rx.visit.prsc_dr_name},
        "insured": {
            "person_no": person_no,
            "id_number": upload.certno,
            "name": rx.visit.patn_name,
        },
        "disease": disease_of(rx) or "",
        "diagnosis": rx.visit.maindiag_code,
        "issued_at": rx.prsc_time.isoformat(),
        "valid_days": rx.vali_days,
        "long_term": bool(rx.long_rx_flag),
        "refill_of": rx.init_rxno,
        "lines": [_line(line) for line in rx.lines],
        **_kind(rx, into),
        **_repeat(rx),
        **_given("department", _short(rx.visit.prsc_dept_name)),
    }
    try:
        message = parse_message({k: v for k, v in raw.items() if v is not None})
    except Malformed as error:
        errors += as_spelt(error.errors, into)
    if errors:
        raise Malformed(errors)
    return message


def disease_of(rx: Rx) -> str | None:
    """Name the chronic disease: by its code (慢特病病种), its name, or the main diagnosis."""
    visit = rx.visit
    found = (
        by_opsp_code(visit.dise_codg or "")
        or by_name(visit.dise_name or "")
        or by_icd10(visit.maindiag_code)
    )
    return found.slug if found else None


def extras_of(rx: Rx, message: PrescriptionMessage) -> dict[str, Any]:
    """Give what the national message holds beside our own, in the national spelling."""
    beside: dict[str, Any] = _minus(write(region(BASE), "rx", rx), derived(message))
    return beside


def beside_of(rx: Rx, upload: Upload, message: PrescriptionMessage) -> dict[str, Any]:
    """Give what a national prescription says beside our own message, for those who read it.

    The names are the national ones; those of its lines stand under `LINES`.
    """
    uploaded = write(region(BASE), "upload", upload)
    return {
        **_without(uploaded, _NOT_TOLD_OF_UPLOAD),
        **_without(extras_of(rx, message), _NOT_TOLD),
    }


def rx_of(message: PrescriptionMessage, extras: Mapping[str, Any]) -> Rx:
    """Give the national prescription of one of ours with its extras.

    Malformed names what the national message asks for and neither of the two has.
    """
    whole = _plus(derived(message), dict(extras))
    rx: Rx = read(region(BASE), "rx", whole).value
    return rx


def derived(message: PrescriptionMessage) -> dict[str, Any]:
    """Write what our own message says in the national names and forms."""
    issued_at = message.issued_at.astimezone(CHINA)
    condition = CONDITIONS.get(message.disease)
    codes = condition.opsp_codes if condition else ()
    visit = {
        "patnName": message.insured.name,
        "prscDrName": message.doctor.name,
        "maindiagCode": message.diagnosis,
        **_given("diseCodg", codes[0] if len(codes) == 1 else None),
        **_given("diseName", condition.name if condition else None),
        **_given("prscDeptName", message.department),
    }
    source = next((c for c, s in SOURCES.items() if s == message.source), None)
    return {
        "mdtrtCertType": CERT_ID_NUMBER,
        "mdtrtCertNo": message.insured.id_number,
        **_given("bizTypeCode", source),
        "hospRxno": message.hosp_rx_no,
        **_given("initRxno", message.refill_of),
        **_given("rxTypeCode", message.rx_type),
        "prscTime": issued_at.strftime(TIMES[0]),
        "rxDrugCnt": len(message.lines),
        **_validity(message),
        "reptFlag": "1" if message.repeat else "0",
        **_given("maxReptCnt", message.repeat.max if message.repeat else None),
        **_given(
            "minInrvDays", message.repeat.interval_days if message.repeat else None
        ),
        "longRxFlag": "1" if message.long_term else "0",
        LINES: [
            {
                "medListCodg": line.medicine,
                **_given("medcWayDscr", line.route),
                "medcDays": line.supply_days,
                "drugCnt": line.quantity,
                **_given("usedFrquName", line.frequency),
            }
            for line in message.lines
        ],
        "mdtrtinfo": visit,
    }


def as_spelt(errors: Iterable[FieldError], into: Region) -> list[FieldError]:
    """Name fields of our own message as a region spells those that they came from."""
    return [_as_spelt(error, into) for error in errors]


def spelt(into: Region, node: str, name: str) -> str:
    """Give the region's spelling of a field."""
    return next(one.wire for one in into.nodes[node] if one.name == name)


def stand_in(rx: Rx, issuer: str) -> Upload:
    """Give what D003 will say of a prescription, as far as D001 tells: for its pre-check."""
    doctors = (one.diag_dr_no for one in rx.diagnoses if one.diag_dr_no)
    return Upload(
        rx_trace_code="-",
        hi_rxno="-",
        patn_name=rx.visit.patn_name,
        psn_cert_type=ID_CARD,
        certno=rx.mdtrt_cert_no,
        fixmedins_code=issuer,
        dr_code=next(doctors, "-"),
        prsc_dr_name=rx.visit.prsc_dr_name,
    )


def without_identity(errors: Iterable[FieldError], into: Region) -> list[FieldError]:
    """Leave out what D001 cannot tell yet: it may show a token or a card, not an ID number."""
    unseen = spelt(into, "upload", "certno")
    return [error for error in errors if error.where != unseen]


def _without(fields: Mapping[str, Any], names: Set[str]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if name not in names}


def _validity(message: PrescriptionMessage) -> dict[str, Any]:
    if message.valid_days is None:
        return {}
    ends_at = message.issued_at.astimezone(CHINA) + timedelta(days=message.valid_days)
    return {
        "valiDays": message.valid_days,
        "valiEndTime": ends_at.strftime(TIMES[0]),
    }


def _contradictions(rx: Rx, into: Region) -> Iterator[FieldError]:
    ends = rx.vali_end_time
    if ends and day_of(ends) != later(day_of(rx.prsc_time), rx.vali_days):
        expected = "the day of prscTime and valiDays more"
        yield FieldError(spelt(into, "rx", "vali_end_time"), expected)
    if rx.rept_flag and not (rx.max_rept_cnt and rx.min_inrv_days):
        expected = "how often and after how many days, where the prescription repeats"
        yield FieldError(spelt(into, "rx", "max_rept_cnt"), expected)
    for no, line in enumerate(rx.lines):
        for name in ("drug_cnt", "medc_days"):
            value = getattr(line, name)
            if value != int(value):
                where = f"{spelt(into, 'rx', 'lines')}.{no}."
                expected = "a whole number: packs and days are dispensed whole"
                yield FieldError(where + spelt(into, "line", name), expected)


def _line(line: RxLine) -> dict[str, Any]:
    dose = "".join(
        part
        for part in (
            format(line.sin_doscnt, "f") if line.sin_doscnt is not None else None,
            line.sin_dosunt,
        )
        if part
    )
    words = " ".join(part for part in (dose, line.used_frqu_name) if part)
    return {
        "medicine": line.med_list_codg,
        "quantity": int(line.drug_cnt),
        "supply_days": int(line.medc_days),
        "dosage": words[:_DOSAGE_MAX],
        **_given("route", _short(line.medc_way_dscr)),
        **_given("frequency", _short(line.used_frqu_name)),
        **_given("single_dose", _short(dose)),
    }


def _kind(rx: Rx, into: Region) -> dict[str, Any]:
    # A code that the table does not have is no kind of ours; it stays in the extras.
    known = into.name_of("rx_type_code", rx.rx_type_code) is not None
    return _given("rx_type", rx.rx_type_code if known else None)


def _repeat(rx: Rx) -> dict[str, Any]:
    if not rx.rept_flag:
        return {}
    return {
        "repeat": {
            "max": rx.max_rept_cnt or 0,
            "interval_days": rx.min_inrv_days or 0,
        }
    }


def _given(name: str, value: Any) -> dict[str, Any]:
    return {} if value is None else {name: value}


def _short(text: str | None) -> str | None:
    """Give a text that our own message takes; a longer one stays in the extras."""
    fits = text and len(text) <= _TEXT_MAX and not set(text) & set("\n\t")
    return text if fits else None


def _as_spelt(error: FieldError, into: Region) -> FieldError:
    if error.where.startswith("lines."):
        _, no, *rest = error.where.split(".")
        node, name = _PLACES.get(".".join(rest), ("line", "med_list_codg"))
        where = f"{spelt(into, 'rx', 'lines')}.{no}.{spelt(into, node, name)}"
        return FieldError(where, error.expected)
    place = _PLACES.get(error.where)
    if place is None:
        return error
    node, name = place
    before = f"{spelt(into, 'rx', 'visit')}." if node == "visit" else ""
    return FieldError(before + spelt(into, node, name), error.expected)


def _minus(whole: Any, known: Any) -> Any:
    """Give what `_plus` needs beside `known` to make `whole` again."""
    if isinstance(whole, dict) and isinstance(known, dict):
        left = {
            name: _minus(value, known.get(name))
            for name, value in whole.items()
            if name not in known or value != known[name]
        }
        return {**left, **{name: None for name in known if name not in whole}}
    if _alike(whole, known):
        return [_minus(one, other) for one, other in zip(whole, known, strict=True)]
    return whole


def _plus(known: Any, beside: Any) -> Any:
    if isinstance(known, dict) and isinstance(beside, dict):
        whole = {**known}
        for name, value in beside.items():
            whole[name] = _plus(known.get(name), value)
        return {name: value for name, value in whole.items() if value is not None}
    if _alike(known, beside):
        return [_plus(one, other) for one, other in zip(known, beside, strict=True)]
    return beside


def _alike(one: Any, other: Any) -> bool:
    lists = isinstance(one, list) and isinstance(other, list)
    return lists and len(one) == len(other)
