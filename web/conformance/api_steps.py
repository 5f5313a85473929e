"""The sentences by which our own interface is asked, on any implementation of it."""

from web.conformance.api_world import REASON, Api
from web.conformance.platform_world import expect
from web.conformance.script import Acts, Missed

ACTS = Acts()
_SHOPS = {"药店": "counter", "第二家药店": "second_counter"}
_SHARES = ("fund_fen", "account_fen", "mutual_aid_fen", "cash_fen")
_PARTS = ("own_paid_fen", "over_standard_fen", "self_pay_fen", "in_scope_fen")


@ACTS.step(r"医院开出处方(\S+)")
def prescribe(world: Api, name: str) -> None:
    """Send a prescription."""
    raw = world.message(name)
    world.ask("hospital", "POST", "/prescriptions", raw)
    world.ids[name] = world.done()["id"]
    world.settled[f"处方{name}"] = raw


@ACTS.step(r"医院再次发送处方(\S+)，数量加一")
def alter(world: Api, name: str) -> None:
    """Send the same number with another quantity."""
    raw = world.settled[f"处方{name}"]
    lines = [{**raw["lines"][0], "quantity": raw["lines"][0]["quantity"] + 1}]
    world.ask("hospital", "POST", "/prescriptions", {**raw, "lines": lines})


@ACTS.step(r"医院撤销处方(\S+)")
def revoke(world: Api, name: str) -> None:
    """Withdraw a prescription."""
    body = {"reason": "医生修改处方"}
    world.ask("hospital", "POST", f"/prescriptions/{world.ids[name]}/revocation", body)


@ACTS.step(r"患者出示(结算|下载)用的医保码(\S+)给(药店|第二家药店)")
def present(world: Api, purpose: str, name: str, shop: str) -> None:
    """Ask for a fresh insurance code."""
    wanted = "settle" if purpose == "结算" else "download"
    outlet = world.given.institution if shop == "药店" else world.given.second
    asked = {"purpose": wanted, "outlet": outlet}
    world.ask("patient", "POST", "/insurance-codes", asked)
    world.codes[name] = world.done()["text"]


@ACTS.step(r"等待(\d+)秒")
def let_pass(world: Api, seconds: str) -> None:
    """Let time go by."""
    world.wait(int(seconds))


def _settle(world: Api, who: str | None, name: str, code: str) -> None:
    packs = world.packs.setdefault(name, world.new_packs())
    body = {
        "scanned_code": world.codes.get(code, "x" * 40),
        "trace_codes": {"1": packs},
        "override": {"reason": REASON},
    }
    world.ask(who, "PUT", f"/prescriptions/{world.ids[name]}/settlement", body)


@ACTS.step(r"(药店|第二家药店)凭医保码(\S+)结算处方(\S+)")
def settle(world: Api, shop: str, code: str, name: str) -> None:
    """Settle a prescription with a code."""
    before = world.settled.get(name)
    _settle(world, _SHOPS[shop], name, code)
    if world.status < 300:
        world.settled[name] = world.said
        world.settled[f"{name}之前"] = before


@ACTS.step(r"患者自己结算处方(\S+)")
def settle_oneself(world: Api, name: str) -> None:
    """Settle in the patient's name."""
    _settle(world, "patient", name, "")


@ACTS.step(r"未登录者结算处方(\S+)")
def settle_unknown(world: Api, name: str) -> None:
    """Settle in nobody's name."""
    _settle(world, None, name, "")


@ACTS.step(r"处方(\S+)用处方(\S+)的追溯码")
def same_packs(world: Api, name: str, other: str) -> None:
    """Scan the packs of another prescription."""
    world.packs[name] = world.packs[other]


@ACTS.step(r"处方(\S+)换新的药盒")
def other_packs(world: Api, name: str) -> None:
    """Take other packs from the shelf."""
    world.packs[name] = world.new_packs()


@ACTS.step(r"药店冲正处方(\S+)")
def reverse(world: Api, name: str) -> None:
    """Reverse a settlement."""
    body = {"reason": "wrong_entry"}
    path = f"/settlements/{world.settled[name]['id']}/reversal"
    world.ask("counter", "POST", path, body)


@ACTS.step(r"结算成功")
def posted(world: Api) -> None:
    """Expect a posted settlement."""
    expect(world.done()["state"], "posted", "state")


@ACTS.step(r"冲正成功")
def reversed_(world: Api) -> None:
    """Expect a reversed settlement."""
    expect(world.done()["state"], "reversed", "state")


@ACTS.step(r"被拒绝")
def refused(world: Api) -> None:
    """Expect a refusal that is told as a problem document."""
    if not 400 <= world.status < 500:
        raise Missed(f"HTTP {world.status}：{world.said}")
    if "problem+json" not in world.kind:
        raise Missed(f"应答类型 {world.kind}")
    expect(world.said.get("status"), world.status, "status")


@ACTS.step(r"被拒绝，状态为(\d+)")
def refused_by(world: Api, status: str) -> None:
    """Expect a refusal of one kind."""
    refused(world)
    expect(world.status, int(status), "HTTP")


@ACTS.step(r"统筹、账户、共济、现金之和等于总额")
def adds_up(world: Api) -> None:
    """Hold the shares of a settlement against its total."""
    said = world.done()
    expect(sum(said[name] for name in _SHARES), said["total_fen"], "各项支付（分）")


@ACTS.step(r"四类费用之和等于总额")
def parts_add_up(world: Api) -> None:
    """Hold the parts of a settlement against its total."""
    said = world.done()
    expect(sum(said[name] for name in _PARTS), said["total_fen"], "四类费用（分）")


@ACTS.step(r"处方(\S+)两次应答是同一笔结算")
def same(world: Api, name: str) -> None:
    """Expect the first settlement again."""
    first, second = world.settled[f"{name}之前"], world.settled[name]
    for key in ("id", "msgid", "total_fen", "fund_fen"):
        expect(second[key], first[key], key)
