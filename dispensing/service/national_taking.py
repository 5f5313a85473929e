"""National prescriptions in: numbered (D001), signed (D002), uploaded (D003).

The two numbers are drawn once for one content and never carry another: what is signed
names them, and so binds what was pre-checked under them.
"""

import json
import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from dispensing.days import day_of
from dispensing.desk import Desk
from dispensing.errors import Conflict, FieldError, Malformed, NotFound, Words
from dispensing.intake.incoming import Incoming
from dispensing.intake.national import Region, read, region, signing, write
from dispensing.intake.national.domain import (
    CERT_ID_NUMBER,
    ID_CARD,
    as_spelt,
    extras_of,
    message_of,
    spelt,
    stand_in,
    without_identity,
)
from dispensing.intake.national.messages import (
    Attested,
    Numbered,
    Rx,
    SignAnswer,
    SignRequest,
    Standing,
    Upload,
)
from dispensing.sealed import at, seal_in, unseal
from dispensing.service.forbidden import refuse_forbidden_kind
from dispensing.service.taking_in import take_in
from dispensing.tables import NationalRxRow, PersonRow, PrescriptionRow
from pharmacies import service as pharmacies

_DRAWS_MAX = 5


@dataclass(frozen=True, slots=True)
class Call:
    """One call of an institution: in whose spelling, who, and when."""

    region: Region
    issuer: str
    now: datetime


def pre_check(session: Session, desk: Desk, call: Call, rx: Rx) -> Numbered:
    """Check a prescription before its upload and draw its two numbers, once (D001)."""
    digest = signing.digest_of(call.region, rx)
    known = _by_number(session, call.issuer, rx.hosp_rxno)
    if known is not None:
        return _numbered(known, digest)
    _reject(session, desk, call, rx)
    for _ in range(_DRAWS_MAX):
        row = _drawn(desk, call, rx, digest)
        session.add(row)
        try:
            session.commit()
        except IntegrityError:
            # Another request numbered it first, or a number was drawn twice.
            session.rollback()
            known = _by_number(session, call.issuer, rx.hosp_rxno)
            if known is not None:
                return _numbered(known, digest)
        else:
            return _numbered(row, digest)
    raise Conflict(_NO_NUMBER)


def sign(session: Session, desk: Desk, call: Call, request: SignRequest) -> SignAnswer:
    """Take what the institution signed, once it agrees with what was pre-checked (D002)."""
    said = signing.open_request(call.region, request)
    row = own_row(session, call.issuer, said.attested.hi_rxno, lock=True)
    errors = list(_disagreements(desk, call, row, said.attested))
    if request.fixmedins_code != call.issuer:
        errors.append(_own_code(call, "sign_request"))
    if said.rx_digest is not None and said.rx_digest != row.digest:
        errors.append(FieldError(signing.DIGEST, "the digest that D001 answered with"))
    if errors:
        raise Malformed(errors)
    # Who signs anew before the upload has lost the first answer; afterwards it stands.
    changes = _signed(desk, row) != _evidence(said)
    if changes and _same_prescription(session, row) is not None:
        raise Conflict(_SIGNED_OTHERWISE)
    seal_in(desk.vault, row, "signed_sealed", json.dumps(_evidence(said)))
    session.commit()
    return SignAnswer(
        rx_file=request.original_rx_file,
        sign_digest=said.signature,
        sign_cert_sn=said.key_id,
    )


def upload(session: Session, desk: Desk, call: Call, sent: Upload) -> Standing:
    """Take a signed prescription in; the same upload again is the same prescription (D003)."""
    row = own_row(session, call.issuer, sent.hi_rxno)
    attested = signing.attested_of(sent)
    sent, payload = _with_signature(desk, call, row, sent)
    errors = list(_disagreements(desk, call, row, attested))
    person = _person(session, desk, sent.certno)
    if person is None:
        where = spelt(call.region, "upload", "certno")
        errors.append(FieldError(where, "the ID number of an insured person"))
    if errors or person is None:
        raise Malformed(errors)
    rx = rx_of_row(desk, row)
    message = message_of(rx, sent, person_no=person.person_no, into=call.region)
    incoming = Incoming(
        format="national",
        message=message,
        raw=_raw(call.region, rx, sent, payload),
        signed=signing.signed_of(payload, sent),
        extras=extras_of(rx, message),
    )
    try:
        received = take_in(session, desk, incoming, now=call.now)
    except Malformed as error:
        raise Malformed(as_spelt(error.errors, call.region)) from error
    return standing(call.region, sent.hi_rxno, received.state)


def standing(there: Region, hi_rxno: str, state: str) -> Standing:
    """Tell a prescription's state in the national codes: 1 valid, 2 lapsed, 3 revoked."""
    code = {"lapsed": "2", "revoked": "3"}.get(state, "1")
    return Standing(
        hi_rxno=hi_rxno,
        rx_stas_codg=code,
        rx_stas_name=there.name_of("rx_stas_codg", code),
    )


def own_row(
    session: Session, issuer: str, hi_rxno: str, *, lock: bool = False
) -> NationalRxRow:
    """Return the row of a number of this institution, or raise NotFound."""
    row = session.get(
        NationalRxRow, hi_rxno, with_for_update=lock or None, populate_existing=lock
    )
    if row is None or row.issuer != issuer:
        raise NotFound("医保处方编号", "prescription number")
    return row


def uploaded(session: Session, row: NationalRxRow) -> PrescriptionRow:
    """Return the prescription that was uploaded under a number, or raise NotFound."""
    found = _same_prescription(session, row)
    if found is None or found.format != "national":
        raise NotFound("已上传的处方", "uploaded prescription")
    return found


def rx_of_row(desk: Desk, row: NationalRxRow) -> Rx:
    """Open what was pre-checked under a number."""
    text = unseal(desk.vault, row, "rx_sealed")
    if not text:
        raise NotFound("处方原文（已过保存期限）", "message: its term is over")
    sent = json.loads(text)
    rx: Rx = read(region(row.region), "rx", sent).value
    return rx


def _reject(session: Session, desk: Desk, call: Call, rx: Rx) -> None:
    errors = list(_unknown_codes(session, call, rx))
    area = rx.insu_plc_no
    is_named = rx.mdtrt_cert_type == CERT_ID_NUMBER
    if is_named:
        person = _person(session, desk, rx.mdtrt_cert_no)
        if person is None:
            where = spelt(call.region, "rx", "mdtrt_cert_no")
            errors.append(FieldError(where, "the ID number of an insured person"))
        else:
            area = person.area
    try:
        message = message_of(
            rx, stand_in(rx, call.issuer), person_no="I000000000", into=call.region
        )
    except Malformed as error:
        errors += without_identity(error.errors, call.region)
    else:
        refuse_forbidden_kind(desk, message, area=area, now=call.now)
    if errors:
        raise Malformed(errors)


def _unknown_codes(session: Session, call: Call, rx: Rx) -> Iterator[FieldError]:
    lines = spelt(call.region, "rx", "lines")
    code = spelt(call.region, "line", "med_list_codg")
    for no, line in enumerate(rx.lines):
        try:
            pharmacies.medicine(session, line.med_list_codg)
        except pharmacies.NoSuchMedicine:
            yield FieldError(f"{lines}.{no}.{code}", "a medicine code of the catalogue")


def _person(session: Session, desk: Desk, id_number: str) -> PersonRow | None:
    query = select(PersonRow).where(
        col(PersonRow.id_index).in_(desk.vault.indexes(id_number))
    )
    return session.exec(query).first()


def _by_number(session: Session, issuer: str, number: str) -> NationalRxRow | None:
    query = select(NationalRxRow).where(
        col(NationalRxRow.issuer) == issuer, col(NationalRxRow.hosp_rx_no) == number
    )
    return session.exec(query).first()


def _same_prescription(session: Session, row: NationalRxRow) -> PrescriptionRow | None:
    query = select(PrescriptionRow).where(
        col(PrescriptionRow.issuer) == row.issuer,
        col(PrescriptionRow.hosp_rx_no) == row.hosp_rx_no,
    )
    return session.exec(query).first()


def _numbered(row: NationalRxRow, digest: str) -> Numbered:
    if row.digest != digest:
        raise Conflict(_NUMBERED_OTHERWISE)
    return Numbered(
        rx_trace_code=row.rx_trace_code, hi_rxno=row.hi_rxno, rx_digest=row.digest
    )


def _drawn(desk: Desk, call: Call, rx: Rx, digest: str) -> NationalRxRow:
    sent = json.dumps(write(call.region, "rx", rx), ensure_ascii=False)
    day = day_of(call.now).strftime("%Y%m%d")
    number = f"{call.issuer[1:7]}{day}{secrets.randbelow(10**12):012d}"
    return NationalRxRow(
        hi_rxno=number,
        rx_trace_code=f"{secrets.randbelow(10**20):020d}",
        issuer=call.issuer,
        hosp_rx_no=rx.hosp_rxno,
        region=call.region.name,
        digest=digest,
        rx_sealed=desk.vault.seal(sent, at(NationalRxRow, "rx_sealed", number)),
        checked_at=call.now,
    )


def _disagreements(
    desk: Desk, call: Call, row: NationalRxRow, said: Attested
) -> Iterator[FieldError]:
    """Name where the twenty fields are not those of the prescription that was pre-checked."""
    rx = rx_of_row(desk, row)
    wanted = {
        "rx_trace_code": row.rx_trace_code,
        "fixmedins_code": row.issuer,
        "patn_name": rx.visit.patn_name,
        "prsc_dr_name": rx.visit.prsc_dr_name,
        "psn_cert_type": ID_CARD,
    }
    if rx.mdtrt_cert_type == CERT_ID_NUMBER:
        wanted["certno"] = rx.mdtrt_cert_no
    for name, value in wanted.items():
        if getattr(said, name) != value:
            where = spelt(call.region, "attested", name)
            yield FieldError(where, "what was sent with the pre-check")


def _own_code(call: Call, node: str) -> FieldError:
    where = spelt(call.region, node, "fixmedins_code")
    return FieldError(where, "the institution of this account")


def _evidence(said: signing.SignedValue) -> dict[str, Any]:
    return {
        "originalValue": said.payload.decode(),
        "signDigest": said.signature,
        "signCertSn": said.key_id,
        "rxDigest": said.rx_digest,
        "rxFileDigest": said.file_digest,
    }


def _signed(desk: Desk, row: NationalRxRow) -> dict[str, Any] | None:
    if row.signed_sealed is None:
        return None
    kept: dict[str, Any] = json.loads(unseal(desk.vault, row, "signed_sealed"))
    return kept


def _with_signature(
    desk: Desk, call: Call, row: NationalRxRow, sent: Upload
) -> tuple[Upload, bytes]:
    """Give the upload with the signature of D002, and the bytes that it is over."""
    kept = _signed(desk, row)
    attested = signing.attested_of(sent)
    file = signing.file_digest(sent.rx_file, spelt(call.region, "upload", "rx_file"))
    if kept is None:
        return sent, signing.original_value(call.region, attested)
    payload = kept["originalValue"].encode()
    signed = read(call.region, "attested", json.loads(payload)).value
    errors = [
        FieldError(spelt(call.region, "upload", name), "what was signed with D002")
        for name in signing.differing(attested, signed)
    ]
    given = {
        "sign_digest": (sent.sign_digest, kept["signDigest"]),
        "sign_cert_sn": (sent.sign_cert_sn, kept["signCertSn"]),
        "rx_file": (file, kept["rxFileDigest"]),
    }
    errors += [
        FieldError(spelt(call.region, "upload", name), "what was signed with D002")
        for name, (now, then) in given.items()
        if now is not None and now != then
    ]
    if errors:
        raise Malformed(errors)
    whole: Callable[..., Upload] = replace
    return (
        whole(sent, sign_digest=kept["signDigest"], sign_cert_sn=kept["signCertSn"]),
        payload,
    )


def _raw(there: Region, rx: Rx, sent: Upload, payload: bytes) -> dict[str, Any]:
    return {
        "region": there.name,
        "D001": write(there, "rx", rx),
        "D003": write(there, "upload", sent),
        "originalValue": payload.decode(),
        "signature": sent.sign_digest,
    }


_NUMBERED_OTHERWISE = Words(
    "同一院内处方号已经预核验过不同内容的处方。",
    "A prescription with this number and other content was pre-checked before.",
    "请使用新的院内处方号。",
    "Use a new number.",
)
_SIGNED_OTHERWISE = Words(
    "这张处方已经用另一个签名上传。",
    "This prescription was uploaded with another signature.",
    "如需修改，请撤销后用新的院内处方号重新预核验。",
    "To change it, revoke it and pre-check it anew under a new number.",
)
_NO_NUMBER = Words(
    "暂时取不到医保处方编号。",
    "No number could be drawn.",
    "请稍后重试。",
    "Try again in a moment.",
)
