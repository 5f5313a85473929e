"""The sentences by which a settlement platform is asked."""

import json
import re
from typing import Any

from dispensing.days import CHINA
from dispensing.gateway import Unanswered
from dispensing.gateway.national import files
from dispensing.gateway.national.amounts import fen_of
from dispensing.gateway.statements import BadStatement, Entry, read_answer, write_lines
from dispensing.money import yuan
from web.conformance.platform_world import Platform, expect, fen
from web.conformance.script import Acts, Missed

ACTS = Acts()
AMOUNT = r"(-?\d+\.\d+)"
PAYERS = ("fund_pay_sumamt", "acct_pay", "acct_mulaid_pay", "psn_cash_pay")
PARTS = ("fulamt_ownpay_amt", "overlmt_selfpay", "preselfpay_amt", "inscp_scp_amt")
_INSUTYPES = {"居民": "390", "职工": "310"}
_REFERENCE = re.compile(r"\d{30}")
_INSTANT = re.compile(r"\d{17}")


@ACTS.step("机构已签到")
def signed_in(world: Platform) -> None:
    """Sign the institution in."""
    given = {"signIn": {"opter_no": "conformance", "mac": "", "ip": ""}}
    world.send("9001", given)
    world.sign_no = str((world.output.get("signinoutb") or {}).get("sign_no") or "")
    if not world.sign_no:
        raise Missed("没有签到编号")


@ACTS.step("机构没有签到")
def not_signed_in(world: Platform) -> None:
    """Forget the sign-in."""
    world.sign_no = "0"


def _bill(world: Platform, who: str, total: str, shares: dict[str, str]) -> Any:
    person = world.people.get(who, {"person_no": "I999999999"})
    used = "0" if shares.get("acct_pay", "0.00") == "0.00" else "1"
    now = world.begun.astimezone(CHINA)
    return {
        "druginfo": {
            "psn_no": person["person_no"],
            "mdtrt_cert_type": "02",
            "mdtrt_cert_no": person.get("id_number", ""),
            "begntime": f"{now:%Y-%m-%d %H:%M:%S}",
            "medfee_sumamt": total,
            "insutype": _INSUTYPES.get(who, "390"),
            "acct_used_flag": used,
            "med_type": "41",
            "expContent": json.dumps(shares),
        },
        "drugdetail": [{"feedetl_sn": "1", "det_item_fee_sumamt": total}],
    }


def _charge(world: Platform, name: str, bill: Any) -> None:
    world.asked.setdefault(name, bill)
    world.send("2102", bill, world.msgid(name))
    world.replies[name] = world.reply


@ACTS.step(rf"以报文(\S+)为(\S+)参保人结算：总额{AMOUNT}，统筹{AMOUNT}，账户{AMOUNT}")
def charge(world: Platform, name: str, who: str, total: str, *shares: str) -> None:
    """Settle a bill under a number."""
    fund, account = shares
    told = {"fund_pay_sumamt": fund, "acct_pay": account, "acct_mulaid_pay": "0.00"}
    _charge(world, name, _bill(world, who, total, told))


@ACTS.step(r"再次发送报文(\S+)")
def charge_again(world: Platform, name: str) -> None:
    """Send the same bill under the same number."""
    first = world.replies[name]
    _charge(world, name, world.asked[name])
    world.replies[f"{name}（第一次）"] = first


@ACTS.step(rf"以报文(\S+)预结算：总额{AMOUNT}，统筹{AMOUNT}")
def trial(world: Platform, name: str, total: str, fund: str) -> None:
    """Ask what a bill would be."""
    told = {"fund_pay_sumamt": fund, "acct_pay": "0.00", "acct_mulaid_pay": "0.00"}
    world.send("2101", _bill(world, "居民", total, told), world.msgid(name))


@ACTS.step(rf"以报文(\S+)结算，明细合计比总额{AMOUNT}少一分")
def charge_short(world: Platform, name: str, total: str) -> None:
    """Settle a bill whose lines are a fen less than its total."""
    bill = _bill(world, "居民", total, {"fund_pay_sumamt": "0.00"})
    less = yuan(fen_of(total, "total") - 1)
    bill["drugdetail"][0]["det_item_fee_sumamt"] = less
    _charge(world, name, bill)


@ACTS.step(r"冲正报文(\S+)")
def reverse(world: Platform, name: str) -> None:
    """Reverse a number."""
    data = {"omsgid": world.msgid(name), "oinfno": "2102"}
    world.send("2601", {"data": data})


@ACTS.step(r"按结算编号撤销报文(\S+)")
def undo(world: Platform, name: str) -> None:
    """Take a bill back by the platform's own number."""
    info = (world.replies[name].get("output") or {}).get("setlinfo") or {}
    data = {"psn_no": info.get("psn_no"), "setl_id": info.get("setl_id")}
    world.send("2103", {"data": data})


@ACTS.step("应答为成功")
def said_yes(world: Platform) -> None:
    """Expect a yes."""
    assert world.output is not None


@ACTS.step("应答为失败")
def said_no(world: Platform) -> None:
    """Expect a no."""
    expect(str(world.reply.get("infcode")), "-1", "infcode")


@ACTS.step(r"应答格式符合接口规范")
def well_formed(world: Platform) -> None:
    """Hold the platform's number and time against their published forms."""
    if not _REFERENCE.fullmatch(str(world.reply.get("inf_refmsgid"))):
        raise Missed(f"inf_refmsgid：{world.reply.get('inf_refmsgid')!r}")
    time = world.reply.get("respond_time") or world.reply.get("refmsg_time")
    if not _INSTANT.fullmatch(str(time)):
        raise Missed(f"respond_time：{time!r}")


@ACTS.step("各项支付之和等于总额")
def adds_up(world: Platform) -> None:
    """Hold fund, account, aid and cash against the total."""
    info = world.info()
    total_fen = fen(info, "medfee_sumamt")
    expect(
        sum(fen(info, name) for name in PAYERS), total_fen, "统筹+账户+共济+现金（分）"
    )


@ACTS.step("各类费用之和等于总额")
def parts_add_up(world: Platform) -> None:
    """Hold the four parts of the bill against the total."""
    info = world.info()
    total_fen = fen(info, "medfee_sumamt")
    expect(sum(fen(info, name) for name in PARTS), total_fen, "四类费用（分）")


@ACTS.step(rf"(统筹|账户|现金|总额)支付为{AMOUNT}")
def paid(world: Platform, what: str, amount: str) -> None:
    """Expect one amount of the last bill."""
    names = ("medfee_sumamt", "fund_pay_sumamt", "acct_pay", "psn_cash_pay")
    name = dict(zip(("总额", "统筹", "账户", "现金"), names, strict=True))[what]
    expect(yuan(fen(world.info(), name)), amount, what)


@ACTS.step("统筹支付不超过年度封顶额")
def under_cap(world: Platform) -> None:
    """Expect the fund's part to stay under the year's cap."""
    found = fen(world.info(), "fund_pay_sumamt")
    if world.cap_fen is None or found > world.cap_fen:
        raise Missed(f"统筹 {yuan(found)} 超过封顶额")


@ACTS.step(r"两次应答的结算编号相同：报文(\S+)")
def same_bill(world: Platform, name: str) -> None:
    """Expect a repeated message to get the first answer's number."""
    pair = (world.replies[f"{name}（第一次）"], world.replies[name])
    ids = [
        ((one.get("output") or {}).get("setlinfo") or {}).get("setl_id") for one in pair
    ]
    expect(ids[1], ids[0], "setl_id")
    if not ids[0]:
        raise Missed("没有结算编号")


def _statement(world: Platform, lines: str = "") -> None:
    """Ask for the lines of today, compared with ours."""
    rows: list[Entry] = []
    for insutype in sorted(_INSUTYPES.values()):
        sent = {"in": files.pack(lines, "lines.txt"), "filename": "lines.zip"}
        world.send("9101", {"fsUploadIn": sent})
        day = f"{world.begun.astimezone(CHINA):%Y-%m-%d}"
        data = {
            "setl_optins": f"{world.institution[1:5]}00",
            "file_qury_no": world.output.get("file_qury_no"),
            "stmt_begndate": day,
            "stmt_enddate": day,
            "insutype": insutype,
        }
        world.send("3202", {"data": data})
        number = (world.output.get("fileinfo") or {}).get("file_qury_no")
        world.send("9102", {"fsDownloadIn": {"file_qury_no": number, "filename": ""}})
        try:
            found = read_answer(files.unpack(str(world.output.get("out"))))
        except (BadStatement, Unanswered) as error:
            raise Missed(f"对账明细无法读取：{error}") from None
        rows += [one.entry for one in found]
    world.entries = tuple(rows)


@ACTS.step(r"当日明细中报文(\S+)有(\d+)笔结算、(\d+)笔退款")
def listed(world: Platform, name: str, charges: str, refunds: str) -> None:
    """Expect so many lines of a number in the statement of the day."""
    _statement(world)
    msgid = world.msgid(name)
    mine = [one.refund for one in world.entries if one.msgid == msgid]
    expect((mine.count(False), mine.count(True)), (int(charges), int(refunds)), name)


@ACTS.step(rf"当日明细中报文(\S+)的统筹支付合计为{AMOUNT}")
def listed_fund(world: Platform, name: str, amount: str) -> None:
    """Expect what the fund has paid for a number, refunds taken off."""
    _statement(world)
    msgid = world.msgid(name)
    found = sum(one.fund_fen for one in world.entries if one.msgid == msgid)
    expect(yuan(found), amount, "统筹合计")


@ACTS.step("取得当日居民明细")
def fetch(world: Platform) -> None:
    """Fetch the lines of residents of today."""
    _statement(world)
    world.entries = tuple(one for one in world.entries if one.scheme == "resident")


@ACTS.step(r"以明细合计对总账，(笔数多一|统筹多一分|分毫不差)，对账结果为(\d{6})")
def sums(world: Platform, how: str, wanted: str) -> None:
    """Compare sums with the platform: those of the lines that it has given."""
    rows = world.entries
    day = f"{world.begun.astimezone(CHINA):%Y-%m-%d}"
    more = how == "统筹多一分"
    data = {
        "setl_optins": f"{world.institution[1:5]}00",
        "stmt_begndate": day,
        "stmt_enddate": day,
        "insutype": _INSUTYPES["居民"],
        "medfee_sumamt": yuan(sum(one.total_fen for one in rows)),
        "fund_pay_sumamt": yuan(sum(one.fund_fen for one in rows) + more),
        "acct_pay": yuan(sum(one.account_fen for one in rows)),
        "fixmedins_setl_cnt": len(rows) + (how == "笔数多一"),
    }
    world.send("3201", {"data": data})
    found = (world.output.get("stmtinfo") or {}).get("stmt_rslt")
    expect(found, wanted, "对账结果")


@ACTS.step("上传相同明细后没有差异")
def same_lines(world: Platform) -> None:
    """Send back the lines that the platform has given: none may differ."""
    rows = world.entries
    _statement(world, write_lines(rows))
    mine = {(one.msgid, one.refund) for one in rows}
    off = [one for one in world.entries if (one.msgid, one.refund) in mine]
    off = [one for one in off if one.scheme == "resident"]
    expect(len(off), 0, "差异笔数")


@ACTS.step(r"凭(\S+)参保人的身份证查询人员信息")
def ask_person(world: Platform, who: str) -> None:
    """Ask who an ID card belongs to."""
    number = world.people[who]["id_number"]
    data = {"mdtrt_cert_type": "02", "mdtrt_cert_no": number, "certno": number}
    world.send("1101", {"data": {**data, "psn_cert_type": "01"}})


@ACTS.step(r"得到(\S+)参保人的编号和(\S+)险种")
def got_person(world: Platform, who: str, scheme: str) -> None:
    """Expect the person's number and insurance."""
    base = world.output.get("baseinfo") or {}
    expect(base.get("psn_no"), world.people[who]["person_no"], "psn_no")
    kinds = [each.get("insutype") for each in world.output.get("insuinfo") or ()]
    if _INSUTYPES[scheme] not in kinds:
        raise Missed(f"insutype：{kinds}")


def _balance(world: Platform, who: str) -> str:
    ask_person(world, who)
    rows = world.output.get("insuinfo") or ()
    mine = [row for row in rows if row.get("insutype") == _INSUTYPES[who]]
    if not mine:
        raise Missed("没有险种信息")
    return yuan(fen(mine[0], "balc"))


@ACTS.step(r"记下(\S+)参保人的账户余额")
def note_balance(world: Platform, who: str) -> None:
    """Remember what an account holds."""
    world.balance = _balance(world, who)


@ACTS.step(r"(\S+)参保人的账户余额与记下的相同")
def same_balance(world: Platform, who: str) -> None:
    """Expect an account to hold what it held before."""
    expect(_balance(world, who), world.balance, "余额")


@ACTS.step(r"查询(\S+)参保人的慢病备案")
def ask_filings(world: Platform, who: str) -> None:
    """Ask for the filings of a person."""
    world.send("5301", {"data": {"psn_no": world.people[who]["person_no"]}})


@ACTS.step("得到至少一条有起始日期的备案")
def got_filings(world: Platform) -> None:
    """Expect filings, each with its first day."""
    rows = world.output.get("feedetail") or []
    if not rows or not all(
        re.match(r"\d{4}-\d\d-\d\d", str(r.get("begndate"))) for r in rows
    ):
        raise Missed(f"备案：{rows}")


@ACTS.step(r"(上传|退回)单据(\S+)售出的追溯码(\S+)")
def sell(world: Platform, how: str, number: str, code: str) -> None:
    """Tell of a pack that was sold or came back."""
    unique = f"8{abs(hash((world.begun, code))) % 10**19:019d}"
    document = f"{number}{world.begun:%H%M%S%f}"
    given = {"rtal_docno": document, "drugtracinfo": [{"drug_trac_codg": unique}]}
    world.send("3505" if how == "上传" else "3506", {"selinfo": given})


@ACTS.step(r"业务结果为(\d)")
def second_verdict(world: Platform, wanted: str) -> None:
    """Expect the second verdict."""
    expect(str(world.output.get("retRslt")), wanted, "retRslt")


@ACTS.step("发送报文号格式不正确的查询")
def bad_number(world: Platform) -> None:
    """Send a message whose number is none."""
    world.send("5301", {"data": {}}, msgid="1")


@ACTS.step("发送不是 JSON 的报文")
def no_json(world: Platform) -> None:
    """Send bytes that are no message."""
    world.post(b"\xff not json")


@ACTS.step("服务没有出错")
def no_fault(world: Platform) -> None:
    """Expect an answer of the platform, not a fault of its program."""
    if world.status >= 500:
        raise Missed(f"HTTP {world.status}")


@ACTS.step("查询不存在的交易编号")
def unknown_kind(world: Platform) -> None:
    """Send a message of a kind that there is not."""
    world.send("0000", {"data": {}})
