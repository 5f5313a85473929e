"""The insurance platform (医保平台) over the national settlement interface.

2102 charges, 2601 reverses, 3201 and 3202 compare a day; by which way a number is asked for
is the region's. A money message is sent once: whatever comes back that is not a whole, signed,
matching answer of the platform is no answer, and the settlement stays visibly unknown.
"""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from dispensing.days import CHINA, day_of
from dispensing.gateway import (
    BookedOtherwise,
    Charge,
    ChargeDeclined,
    Receipt,
    Unanswered,
)
from dispensing.gateway.national import amounts, files
from dispensing.gateway.national.envelope import (
    Reply,
    Unreadable,
    area_of,
    worded,
)
from dispensing.gateway.national.numbers import FileNumbers
from dispensing.gateway.national.region import Region, load_region
from dispensing.gateway.national.seals import Seal
from dispensing.gateway.national.speaking import (
    Duplicate,
    NotSignedIn,
    Speaker,
    node,
    nodes,
)
from dispensing.gateway.national.transport import Limits, Transport
from dispensing.gateway.statements import (
    INSURANCE_TYPES,
    THEIRS_ONLY,
    VERDICTS,
    Answer,
    BadStatement,
    Sums,
    read_answer,
)
from dispensing.money import yuan

_CERTIFICATES = {"e_code": "01", "card": "02"}  # mdtrt_cert_type
_SETL_ID = re.compile(r"\S{1,40}")
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Wired:
    """Where a platform is and how it is spoken to."""

    url: str
    region: Region = field(default_factory=lambda: load_region("national"))
    seal: Seal = field(default_factory=Seal)
    limits: Limits = field(default_factory=Limits)


class NationalGateway:
    """Speaks the national settlement interface; thread-safe, one for each process."""

    def __init__(
        self, wired: Wired, numbers: Path, now: Callable[[], datetime]
    ) -> None:
        self._transport = Transport(wired.url, wired.limits)
        self.speaker = Speaker(
            self._transport,
            FileNumbers(numbers),
            wired.region,
            seal=wired.seal,
            now=now,
        )
        self._region = wired.region

    def close(self) -> None:
        """Close the connections; the next message opens them again."""
        self._transport.close()

    def charge(self, charge: Charge) -> Receipt:
        """Book a charge (2102), once; raises ChargeDeclined, Unanswered or BookedOtherwise."""
        try:
            reply = self.speaker.ask(
                "2102",
                charge.outlet_code,
                charge_input(charge, self._region),
                msgid=charge.msgid,
                insured_area=charge.area,
                by=charge.by,
            )
        except NotSignedIn as error:
            # The charge itself was never sent.
            raise ChargeDeclined(str(error)) from error
        except Duplicate as error:
            return self._had_before(charge, error)
        if not reply.ok:
            raise ChargeDeclined(reply.words)
        _check_business(reply)
        setlinfo = node(reply.output, "setlinfo")
        setl_id = _setl_id(setlinfo)
        self._check_echo(setlinfo, charge)
        lines = nodes(reply.output, "detlcutinfo")
        booked = amounts.read_booked(setlinfo, lines)
        amounts.hold_against(booked, charge)
        return Receipt(
            charge.msgid,
            setl_id,
            charge.outlet_code,
            day_of(charge.at),
            charge.asked_fen,
        )

    def query(self, msgid: str) -> Receipt | None:
        """Tell what became of a number: its receipt, None if not booked; raises Unanswered."""
        if self._region.by == "message":
            return self._query_message(msgid)
        return self._query_statement(msgid)

    def reverse(self, msgid: str, at: datetime | None = None) -> None:
        """Reverse a number (2601), known or not; raises Unanswered where it is not through.

        A platform that says "unknown" and bars nothing may still get the charge: until it
        cannot be on its way any more, the reversal is not through.
        """
        asked: dict[str, Any] = {"omsgid": msgid, "oinfno": "2102"}
        if at is not None:
            asked["refd_time"] = _time(at)
        try:
            reply = self.speaker.ask("2601", msgid[:12], {"data": asked})
        except Duplicate:
            if self.query(msgid) is None and self._comes_no_more(msgid):
                return
            raise
        if reply.ok or self._region.says("reversed_before", reply.words):
            return
        if self._region.says("unknown_number", reply.words) and self._is_late(msgid):
            return
        raise Unanswered(f"2601: {reply.words}")

    def compare_sums(self, ours: Sums) -> str:
        """Compare the sums of an outlet, a scheme and some days (3201): gives a verdict."""
        data = {
            "setl_optins": f"{area_of(ours.outlet_code)[:4]}00",
            "stmt_begndate": ours.first_day.isoformat(),
            "stmt_enddate": ours.last_day.isoformat(),
            "insutype": INSURANCE_TYPES[ours.scheme],
            "medfee_sumamt": yuan(ours.total_fen),
            "fund_pay_sumamt": yuan(ours.fund_fen),
            "acct_pay": yuan(ours.account_fen),
            "fixmedins_setl_cnt": ours.count,
        }
        reply = _done(self.speaker.ask("3201", ours.outlet_code, {"data": data}))
        verdict = str(node(reply.output, "stmtinfo").get("stmt_rslt") or "")
        if verdict not in VERDICTS:
            raise Unreadable(f"stmt_rslt {verdict!r}")
        return verdict

    def compare_lines(
        self, outlet_code: str, scheme: str, day: date, lines: str
    ) -> str:
        """Compare an outlet's lines of a day (3202): gives the lines that differ, as a file."""
        return self._compared(outlet_code, scheme, (day, day), lines)

    def _compared(
        self, outlet_code: str, scheme: str, days: tuple[date, date], lines: str
    ) -> str:
        ask = self.speaker.ask
        sent = {"in": files.pack(lines, "lines.txt"), "filename": "lines.zip"}
        told = _done(ask("9101", outlet_code, {"fsUploadIn": sent}))
        number = str(told.output.get("file_qury_no") or "")
        data = {
            "setl_optins": f"{area_of(outlet_code)[:4]}00",
            "file_qury_no": number,
            "stmt_begndate": days[0].isoformat(),
            "stmt_enddate": days[1].isoformat(),
            "insutype": INSURANCE_TYPES[scheme],
        }
        told = _done(ask("3202", outlet_code, {"data": data}))
        number = str(node(told.output, "fileinfo").get("file_qury_no") or "")
        wanted = {"file_qury_no": number, "filename": "differences.zip"}
        told = _done(ask("9102", outlet_code, {"fsDownloadIn": wanted}))
        return files.unpack(str(told.output.get("out") or ""))

    def _had_before(self, charge: Charge, error: Duplicate) -> Receipt:
        """Ask what became of a charge that the platform has had already; else nobody knows.

        Where asking takes a comparison of days, that is left to the sweep: a patient waits.
        """
        if self._region.by == "message":
            found = self.query(charge.msgid)
            if found is not None and found.booked_fen == charge.asked_fen:
                return found
        raise error

    def _comes_no_more(self, msgid: str) -> bool:
        return self._region.unknown == "bars" or self._is_late(msgid)

    def _query_message(self, msgid: str) -> Receipt | None:
        data = {"data": {"omsgid": msgid}}
        reply = self.speaker.ask(self._region.infno, msgid[:12], data)
        if not reply.ok:
            if self._region.says("unknown_number", reply.words):
                return None
            raise Unanswered(reply.words)
        found = node(reply.output, "setlinfo")
        if str(found.get("medins_setl_id")) != msgid:
            raise Unreadable("the answer is about another number")
        booked = amounts.read_booked(found)
        accounts_fen = booked.account_fen + booked.mutual_aid_fen
        return Receipt(
            msgid,
            _setl_id(found),
            str(found.get("fixmedins_code") or msgid[:12]),
            _day(found.get("setl_time")),
            (booked.total_fen, booked.fund_fen, accounts_fen),
            str(found["psn_no"]) if "psn_no" in found else None,
        )

    def _query_statement(self, msgid: str) -> Receipt | None:
        """Look a number up among the lines of its days, compared with none of ours (3202)."""
        day = day_of(_sent_at(msgid))
        days = (day - _DAY, max(day, day_of(self.speaker.now())) + _DAY)
        mine = [
            answer
            for scheme in sorted(INSURANCE_TYPES)
            for answer in self._lines_of(msgid[:12], scheme, days)
            if answer.entry.msgid == msgid
        ]
        charges = [one.entry for one in mine if not one.entry.refund]
        if not charges or len(charges) < len(mine):
            return None
        (entry,) = charges[:1]
        if len(charges) > 1:
            raise BookedOtherwise(f"{len(charges)} charges have this number")
        setl_id = _setl_id({"setl_id": entry.setl_id})
        person_no = entry.person_no or None
        return Receipt(msgid, setl_id, msgid[:12], day, entry.fen, person_no)

    def _lines_of(
        self, outlet_code: str, scheme: str, days: tuple[date, date]
    ) -> tuple[Answer, ...]:
        try:
            found = read_answer(self._compared(outlet_code, scheme, days, ""))
        except BadStatement as error:
            raise Unreadable(str(error)) from error
        return tuple(one for one in found if one.verdict == THEIRS_ONLY)

    def _check_echo(self, setlinfo: Mapping[str, Any], charge: Charge) -> None:
        """Hold an answer against its question: number and person."""
        echo = self._region.echo
        if echo and str(setlinfo.get(echo)) != charge.msgid:
            raise Unreadable("the answer is to another message")
        if str(setlinfo.get("psn_no", charge.person_no)) != charge.person_no:
            raise Unreadable("the answer is about another person")

    def _is_late(self, msgid: str) -> bool:
        """Tell whether a message of this number cannot be on its way any more."""
        waited = self.speaker.now() - _sent_at(msgid)
        return waited > timedelta(seconds=self._region.late_s_max)


def _setl_id(setlinfo: Mapping[str, Any]) -> str:
    """Read the number under which the platform has booked; a booking without one is none."""
    found = setlinfo.get("setl_id")
    told = isinstance(found, str | int) and not isinstance(found, bool)
    if not told or not _SETL_ID.fullmatch(str(found)):
        raise Unreadable("setl_id is missing")
    return str(found)


def charge_input(charge: Charge, region: Region) -> dict[str, Any]:
    """Write a charge as 2101 and 2102 take it."""
    druginfo = {
        "psn_no": charge.person_no,
        "mdtrt_cert_type": _CERTIFICATES.get(charge.voucher, "01"),
        "mdtrt_cert_no": charge.voucher_no,
        "begntime": _time(charge.at),
        "medfee_sumamt": yuan(charge.total_fen),
        "insutype": INSURANCE_TYPES[charge.scheme],
        "dise_codg": charge.disease,
        "acct_used_flag": "1" if charge.account_fen + charge.mutual_aid_fen else "0",
        "med_type": region.med_type,
    }
    if region.expects:
        druginfo["expContent"] = _expected(charge)
    return {
        "druginfo": druginfo,
        "drugdetail": [
            {
                "feedetl_sn": f"{charge.msgid}{line.no:02d}",
                "rxno": charge.rx_no,
                "rx_circ_flag": "1",
                "fee_ocur_time": _time(charge.at),
                "med_list_codg": line.medicine_code,
                "medins_list_codg": line.medicine_code,
                "det_item_fee_sumamt": yuan(line.total_fen),
                "cnt": str(line.quantity),
                "pric": yuan(line.total_fen // line.quantity),
                "prd_days": str(line.supply_days),
                "drug_trac_info": [
                    {"drug_trac_codg": code, "trdn_flag": "0"}
                    for code in line.trace_codes
                ],
            }
            for line in charge.lines
        ],
    }


def _expected(charge: Charge) -> str:
    """Tell the platform what we have worked out, so that it can say where it differs."""
    shares = {
        "fund_pay_sumamt": yuan(charge.fund_fen),
        "acct_pay": yuan(charge.account_fen),
        "acct_mulaid_pay": yuan(charge.mutual_aid_fen),
    }
    return json.dumps(shares, sort_keys=True)


def _done(reply: Reply) -> Reply:
    """Give a reply that says yes; a statement that is refused has not been made."""
    if not reply.ok:
        raise Unanswered(reply.words)
    return reply


def _check_business(reply: Reply) -> None:
    """Read the second verdict, where the platform gives one: 1 yes, 0 no."""
    verdict = str(reply.output.get("retRslt", "1"))
    if verdict == "0":
        raise ChargeDeclined(worded(reply.output.get("msgRslt") or reply.words))
    if verdict != "1":
        raise Unreadable(f"retRslt {verdict!r}")


def _time(at: datetime) -> str:
    return f"{at.astimezone(CHINA):%Y-%m-%d %H:%M:%S}"


def _day(text: Any) -> date | None:
    try:
        return date.fromisoformat(str(text)[:10])
    except ValueError:
        return None


def _sent_at(msgid: str) -> datetime:
    """Read the instant inside a message number."""
    try:
        return datetime.strptime(msgid[12:26], "%Y%m%d%H%M%S").replace(tzinfo=CHINA)
    except ValueError:
        raise Unanswered(f"{msgid}: no message number") from None
