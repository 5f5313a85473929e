"""What each number of the interface does in the sandbox: an input in, an output out.

A number that is not in `TRANSACTIONS` is not spoken here. The fields are those of
docs/platform.md; YD01, 7209 and 7210 are ours.
"""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from dispensing.days import CHINA, day_of
from dispensing.gateway import Unanswered
from dispensing.gateway.national import files
from dispensing.gateway.national.amounts import fen_of
from dispensing.gateway.statements import (
    INSURANCE_TYPES,
    OURS_ONLY,
    THEIRS_ONLY,
    UNLIKE,
    Answer,
    BadStatement,
    Entry,
    Sums,
    read_lines,
    verdict_on,
    write_answer,
)
from dispensing.money import yuan
from web.sandbox.books import Asked, Bill, Books, Member, Refused

_SCHEMES = {code: scheme for scheme, code in INSURANCE_TYPES.items()}
_POOLED_FUND = "310101"


@dataclass(frozen=True, slots=True)
class Call:
    """One message that is through the envelope."""

    books: Books
    infno: str
    msgid: str
    institution: str
    input: Mapping[str, Any]
    now: datetime
    off_fen: int = 0

    def node(self, name: str = "data") -> Mapping[str, Any]:
        """Give one node of the input."""
        found = self.input.get(name)
        if not isinstance(found, Mapping):
            raise Refused(f"缺少节点 {name}")
        return found

    def person_no(self) -> str:
        """Tell whom a message is about, as far as it says so."""
        nodes = [each for each in self.input.values() if isinstance(each, Mapping)]
        return next((str(each["psn_no"]) for each in nodes if "psn_no" in each), "")


Output = Mapping[str, Any]


def _person(call: Call) -> Output:
    data = call.node()
    member = call.books.member(
        str(data.get("mdtrt_cert_no") or data.get("certno") or "")
    )
    return {
        "baseinfo": {
            "psn_no": member.person_no,
            "psn_name": member.name,
            "certno": member.id_number,
            "psn_cert_type": "01",
        },
        "insuinfo": [_insurance(member)],
        "idetinfo": [],
    }


def _insurance(member: Member) -> Output:
    return {
        "insutype": INSURANCE_TYPES[member.scheme],
        "balc": yuan(member.balance_fen),
        "psn_insu_stas": "1" if member.active else "2",
        "insuplc_admdvs": member.area,
    }


def _filings(call: Call) -> Output:
    rows = call.books.filings(str(call.node().get("psn_no") or ""))
    return {
        "feedetail": [
            {
                "opsp_dise_code": code,
                "opsp_dise_name": name,
                "begndate": begins,
                "enddate": "",
            }
            for code, name, begins in rows
        ]
    }


def _trial(call: Call) -> Output:
    return _told(call.books.trial(_asked(call)), setl_id="")


def _settle(call: Call) -> Output:
    bill = call.books.settle(_asked(call), call.off_fen)
    return _told(bill, setl_id=f"S{bill.msgid}")


def _undo(call: Call) -> Output:
    data = call.node()
    setl_id = str(data.get("setl_id") or "")
    bill = call.books.bill(setl_id.removeprefix("S"))
    if bill.person_no != data.get("psn_no"):
        raise Refused("交易不存在")
    call.books.take_back(bill.msgid, None)
    return _told(bill, setl_id=setl_id)


def _reverse(call: Call) -> Output:
    data = call.node()
    omsgid = str(data.get("omsgid") or "")
    if omsgid[:12] != call.institution:
        raise Refused("不是本机构的报文")
    at = data.get("refd_time")
    call.books.take_back(omsgid, _time(at) if at else None)
    return {}


def _query(call: Call) -> Output:
    bill = call.books.bill(str(call.node().get("omsgid") or ""))
    told = _told(bill, setl_id=f"S{bill.msgid}")
    info = {**told["setlinfo"], "fixmedins_code": bill.outlet_code}
    return {"setlinfo": info}


def _sums(call: Call) -> Output:
    data = call.node()
    scheme, days = _scheme(data), _days(data)
    entries = call.books.entries(call.institution, scheme, days)
    ours = Sums(
        *(call.institution, scheme, *days, _whole(data, "fixmedins_setl_cnt")),
        *(_fen(data, n) for n in ("medfee_sumamt", "fund_pay_sumamt", "acct_pay")),
    )
    fen = [sum(each) for each in zip(*(one.fen for one in entries), strict=True)]
    theirs = Sums(*(call.institution, scheme, *days, len(entries)), *(fen or [0, 0, 0]))
    return {"stmtinfo": {"stmt_rslt": verdict_on(ours, theirs)}}


def _lines(call: Call) -> Output:
    data = call.node()
    entries = call.books.entries(call.institution, _scheme(data), _days(data))
    packed = call.books.get_file(call.institution, str(data.get("file_qury_no") or ""))
    try:
        given = read_lines(files.unpack(packed))
    except (BadStatement, Unanswered) as error:
        raise Refused(f"明细文件无法读取：{error}") from error
    told = files.pack(write_answer(_differences(given, entries)), "differences.txt")
    number = call.books.put_file(call.institution, told)
    return {"fileinfo": {"file_qury_no": number, "filename": "differences.zip"}}


def _differences(
    given: tuple[Entry, ...], entries: tuple[Entry, ...]
) -> tuple[Answer, ...]:
    """Compare an institution's lines with the books', as 3202 does."""
    ours = {one.key: one for one in given}
    theirs = {one.key: one for one in entries}
    found = [
        Answer(UNLIKE if key in ours else THEIRS_ONLY, one)
        for key, one in theirs.items()
        if key not in ours or ours[key].fen != one.fen
    ]
    return (
        *found,
        *(Answer(OURS_ONLY, one) for key, one in ours.items() if key not in theirs),
    )


def _upload(call: Call) -> Output:
    packed = str(call.node("fsUploadIn").get("in") or "")
    return {"file_qury_no": call.books.put_file(call.institution, packed)}


def _download(call: Call) -> Output:
    wanted = str(call.node("fsDownloadIn").get("file_qury_no") or "")
    return {"out": call.books.get_file(call.institution, wanted)}


def _sell(call: Call) -> Output:
    info = call.node("selinfo")
    rows = info.get("drugtracinfo") or []
    if not isinstance(rows, list):
        raise Refused("drugtracinfo 不是列表")
    codes = [str(row.get("drug_trac_codg")) for row in rows if isinstance(row, Mapping)]
    if str(info.get("trdn_flag")) == "1":
        codes = []  # a box that is sold by the part is sold more than once
    number = str(info.get("rtal_docno") or "")
    try:
        call.books.sell(number, codes, back=call.infno == "3506")
    except Refused as error:
        # The second verdict: the message came through, what it asks was not done.
        return {"retRslt": "0", "msgRslt": str(error)}
    call.books.keep(call.infno, call.institution, info)
    return {"retRslt": "1", "msgRslt": ""}


def _tell(call: Call) -> Output:
    call.books.keep(call.infno, call.institution, call.node())
    return {}


def _sign_in(call: Call) -> Output:
    day = day_of(call.now).isoformat()
    sign_no = hashlib.sha256(f"{call.msgid} {day}".encode()).hexdigest()[:30]
    call.books.sign_in(call.institution, sign_no)
    return {"signinoutb": {"sign_no": sign_no, "sign_time": f"{call.now:%F %T}"}}


def _sign_out(call: Call) -> Output:
    call.books.sign_out(call.institution)
    return {"signinoutb": {"sign_time": f"{call.now:%F %T}"}}


TRANSACTIONS: Mapping[str, Callable[[Call], Output]] = {
    "1101": _person,
    "2101": _trial,
    "2102": _settle,
    "2103": _undo,
    "2601": _reverse,
    "3201": _sums,
    "3202": _lines,
    "3505": _sell,
    "3506": _sell,
    "5301": _filings,
    "7209": _tell,
    "7210": _tell,
    "9001": _sign_in,
    "9002": _sign_out,
    "9101": _upload,
    "9102": _download,
    "YD01": _query,
}


def _asked(call: Call) -> Asked:
    """Read a bill as 2101 and 2102 give it; its lines must be its total."""
    info = call.node("druginfo")
    details = call.input.get("drugdetail") or []
    if not isinstance(details, list) or not all(
        isinstance(each, Mapping) for each in details
    ):
        raise Refused("drugdetail 不是列表")
    lines = tuple(
        (str(each.get("feedetl_sn") or no), _fen(each, "det_item_fee_sumamt"))
        for no, each in enumerate(details, 1)
    )
    total_fen = _fen(info, "medfee_sumamt")
    if total_fen < 0 or (lines and sum(fen for _, fen in lines) != total_fen):
        raise Refused("费用明细合计与总费用不符")
    return Asked(
        msgid=call.msgid,
        person_no=str(info.get("psn_no") or ""),
        scheme=_scheme(info),
        outlet_code=call.institution,
        total_fen=total_fen,
        lines_fen=lines,
        use_account=str(info.get("acct_used_flag")) == "1",
        shares_fen=_shares(info.get("expContent")),
        at=_time(info.get("begntime")),
    )


def _shares(text: Any) -> tuple[int, int, int] | None:
    """Read what an institution has worked out itself, where it tells so."""
    if not text:
        return None
    try:
        raw = json.loads(text)
        names = ("fund_pay_sumamt", "acct_pay", "acct_mulaid_pay")
        fund_fen, account_fen, aid_fen = (_fen(raw, name) for name in names)
    except (TypeError, ValueError, AttributeError):
        raise Refused("expContent 无法读取") from None
    if min(fund_fen, account_fen, aid_fen) < 0:
        raise Refused("金额不能为负")
    return fund_fen, account_fen, aid_fen


def _told(bill: Bill, *, setl_id: str) -> Mapping[str, Any]:
    """Write a bill as the platform answers it: all of it is in scope here."""
    cash_fen = bill.cash_fen
    info = {
        "setl_id": setl_id,
        "mdtrt_id": "",
        "psn_no": bill.person_no,
        "insutype": INSURANCE_TYPES[bill.scheme],
        "setl_time": f"{bill.on.isoformat()} 00:00:00",
        "medins_setl_id": bill.msgid,
        "medfee_sumamt": yuan(bill.total_fen),
        "fulamt_ownpay_amt": "0.00",
        "overlmt_selfpay": "0.00",
        "preselfpay_amt": "0.00",
        "inscp_scp_amt": yuan(bill.total_fen),
        "fund_pay_sumamt": yuan(bill.fund_fen),
        "hifp_pay": yuan(bill.fund_fen),
        "psn_part_amt": yuan(bill.total_fen - bill.fund_fen),
        "acct_pay": yuan(bill.account_fen),
        "acct_mulaid_pay": yuan(bill.mutual_aid_fen),
        "psn_cash_pay": yuan(cash_fen),
    }
    return {
        "setlinfo": info,
        "setldetail": [
            {"fund_pay_type": _POOLED_FUND, "fund_payamt": yuan(bill.fund_fen)}
        ],
        "detlcutinfo": [
            {
                "feedetl_sn": number,
                "det_item_fee_sumamt": yuan(fen),
                "fulamt_ownpay_amt": "0.00",
                "overlmt_amt": "0.00",
                "preselfpay_amt": "0.00",
                "inscp_scp_amt": yuan(fen),
            }
            for number, fen in bill.lines_fen
        ],
    }


def _scheme(data: Mapping[str, Any]) -> str:
    scheme = _SCHEMES.get(str(data.get("insutype")))
    if scheme is None:
        raise Refused("险种不支持")
    return scheme


def _days(data: Mapping[str, Any]) -> tuple[date, date]:
    try:
        return (
            date.fromisoformat(str(data["stmt_begndate"])[:10]),
            date.fromisoformat(str(data["stmt_enddate"])[:10]),
        )
    except (KeyError, ValueError):
        raise Refused("对账日期不正确") from None


def _fen(data: Mapping[str, Any], name: str) -> int:
    try:
        return fen_of(data.get(name, "0"), name)
    except Unanswered as error:
        raise Refused(f"金额不正确：{error}") from error


def _whole(data: Mapping[str, Any], name: str) -> int:
    text = str(data.get(name, ""))
    if not text.removeprefix("-").isdigit():
        raise Refused(f"{name} 不是整数")
    return int(text)


def _time(text: Any) -> datetime:
    try:
        found = datetime.fromisoformat(str(text))
    except ValueError:
        raise Refused("时间格式不正确") from None
    return found if found.tzinfo else found.replace(tzinfo=CHINA)
