"""Designations and the quota over the interface and by command."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import text

from dispensing.desk import Desk
from dispensing.service import verify
from fixtures import cast
from pharmacies.designation import page
from tests import world
from tests.platform import commands, delivery, sent, settled, settlement
from web import db

SHOP, NEW = cast.LUCHENG_PHARMACY, world.UNDESIGNATED
DOCS = Path(__file__).parent.parent.parent / "docs" / "designation.md"
DOSSIER = {
    "licence_no": "浙CB577-0001",
    "licence_until": "2028-01-01",
    "retails_medicines": True,
    "running_since": "2025-06-15",
    "pharmacists": 1,
    "contract_from": "2025-01-01",
    "contract_until": "2025-12-31",
    "insurance_manager": "陈静",
    "record_looked_up": True,
    "information_system": True,
}


def act(name, kind="chronic", **more):
    return {"act": name, "kind": kind, "reason": "按程序办理", **more}


def left(platform, count=1):
    """Tell that it was seen how many of Lucheng's 48 are left."""
    return {"override": {"reason": "违规使用医保基金", "left": count}}


def do(platform, *acts, code=SHOP):
    bureau = platform.program("bureau")
    return [bureau.post(f"/designations/{code}/acts", one) for one in acts]


def admitted(platform):
    last = "2026-09-14"
    terms = {
        "until": last,
        "card_settlement_from": "2025-09-15",
        "quota_unit": "鹿城区",
    }
    ready = {"settles_by_card": True, "sells_from_platform": True}
    return do(
        platform,
        act("apply", "general", dossier=DOSSIER),
        act("accept", "general"),
        act("sign", "general", until=last),
        act("apply", dossier=ready),
        act("accept"),
        act("sign", **terms),
        code=NEW,
    )


def test_a_pharmacy_is_admitted_and_its_findings_name_their_clauses(platform):
    found = admitted(platform)
    states = [one["life"]["state"] for one in found]
    assert states == ["applied", "accepted", "in_force"] * 2
    cited = {one["condition"]: one["cited"] for one in found[0]["life"]["findings"]}
    assert cited["running"]["clause"] == "第七条第三项"
    assert "国家医疗保障局令第3号" in cited["running"]["document"]
    chronic = {one["condition"]: one for one in found[3]["life"]["findings"]}
    assert "医保定点零售药店" in chronic["general"]["cited"]["quote"]
    assert {one["verdict"] for one in chronic.values()} == {"met"}
    assert found[-1]["life"]["days_left"] == 364
    bureau = platform.program("bureau")
    board = bureau.get("/quota/board?window_days=30&ahead_days=365")
    unit = next(one for one in board["units"] if one["unit"] == "鹿城区")
    assert (unit["designated"], unit["gained"], unit["running_out"]) == (3, 1, 1)
    assert (unit["outlook"], board["deadline"]) == ("overdue", "2019-07-31")
    assert sum(one["target"] for one in board["units"]) == board["target"] == 378
    steps = bureau.get("/quota/history?first=2025-09-14&last=2025-09-16&unit=鹿城区")
    assert [one["designated"] for one in steps[0]["steps"]] == [2, 3]
    due = bureau.get("/designations/running-out?days=365")
    assert {(one["outlet_code"], one["kind"]) for one in due} == {
        (NEW, "general"),
        (NEW, "chronic"),
    }


def test_a_unit_leaves_its_floor_in_two_steps(platform):
    bureau = platform.program("bureau")
    path = f"/designations/{SHOP}/acts"
    first = bureau.ask("POST", path, act("suspend"))
    assert first.status_code == 409 and first.json["type"].endswith("below-floor")
    assert "目标48家，办理后1家" in first.json["detail"]
    told = bureau.post(path, act("suspend", **left(platform)))
    assert told["life"]["state"] == "suspended"
    assert platform.program("counter").get(f"/designations/{SHOP}")["state"] == (
        "suspended"
    )


def test_a_suspended_pharmacy_loses_what_it_holds_and_settles_nothing(platform):
    rx = sent(platform)
    platform.program("counter").post(f"/prescriptions/{rx}/claim")
    (done,) = do(platform, act("suspend", **left(platform)))
    assert done["released"] == 1
    other = platform.program("second-counter")
    assert other.ask("POST", f"/prescriptions/{rx}/claim").status_code == 200
    rx = sent(platform, 2)
    asked = settlement(platform, 2)
    answer = platform.program("counter").ask(
        "PUT", f"/prescriptions/{rx}/settlement", asked
    )
    assert answer.status_code == 409
    refused = {
        one["check"]
        for one in answer.json["assessment"]["findings"]
        if one["verdict"] == "refused"
    }
    assert refused == {"outlet.designated"}


def ordered(platform):
    rx = settled(platform)
    order = platform.program("alice").post(f"/prescriptions/{rx}/order", delivery())
    return order["id"]


def test_an_order_of_a_pharmacy_suspended_meanwhile_is_packed_all_the_same(platform):
    order = ordered(platform)
    (done,) = do(platform, act("suspend", **left(platform)))
    assert done["running"] == 1
    packed = platform.program("counter").post(f"/orders/{order}/packing")
    assert packed["state"] == "packed"


def test_where_the_goods_are_in_doubt_an_order_is_not_packed(platform):
    order = ordered(platform)
    do(platform, act("suspend", stops_orders=True, **left(platform)))
    counter = platform.program("counter")
    answer = counter.ask("POST", f"/orders/{order}/packing")
    assert answer.status_code == 409
    assert answer.json["type"].endswith("outlet-stopped")
    do(platform, act("resume"))
    assert counter.post(f"/orders/{order}/packing")["state"] == "packed"


def test_where_the_goods_are_in_doubt_nothing_is_handed_out(platform):
    rx = settled(platform)
    do(platform, act("suspend", stops_orders=True, **left(platform)))
    answer = platform.program("counter").ask(
        "POST", f"/prescriptions/{rx}/collection", {"receiver": "patient"}
    )
    assert answer.json["type"].endswith("outlet-stopped")


def test_a_shop_applies_itself_and_decides_nothing(platform):
    second = platform.program("second-counter")
    own = f"/designations/{world.SECOND_PHARMACY}/acts"
    answer = second.ask("POST", own, act("end", cause="withdrawn"))
    assert answer.status_code == 403
    stands = second.ask("POST", own, act("apply", dossier={}))
    assert stands.json["type"].endswith("agreement-stands")
    assert second.ask("GET", f"/designations/{SHOP}").status_code == 404


def test_an_act_that_is_not_as_expected_is_refused(platform):
    bureau = platform.program("bureau")
    for body, status in (
        (act("suspend", until="2025-09-01"), 409),
        (act("end"), 422),
        (act("apply"), 422),
        (act("dance"), 422),
        (act("suspend", override={"reason": " ", "left": 1}), 422),
        ({**act("suspend"), "reason": ""}, 422),
    ):
        answer = bureau.ask("POST", f"/designations/{SHOP}/acts", body)
        assert answer.status_code == status, (body, answer.text)


def test_an_outlet_of_another_area_does_not_exist_for_a_bureau(platform):
    bureau = platform.program("bureau")
    assert bureau.ask("GET", "/designations/P31010100001").status_code == 404
    assert bureau.ask("GET", "/designations/P33030299999").status_code == 404
    backwards = bureau.ask("GET", "/quota/history?first=2025-01-02&last=2025-01-01")
    assert backwards.status_code == 422
    alice = platform.program("alice")
    for path in ("/quota/board", f"/designations/{SHOP}", "/designations/running-out"):
        assert alice.ask("GET", path).status_code == 403


def test_every_act_stands_on_the_audit_chain(platform):
    admitted(platform)
    with db.open_session(platform.app.extensions["engine"]) as session:
        kinds = session.execute(
            text(
                "SELECT kind FROM audit_record WHERE kind LIKE 'designation.%' ORDER BY id"
            )
        ).scalars()
        assert list(kinds) == [
            f"designation.{name}" for name in ("apply", "accept", "sign") * 2
        ]
        found = verify(session, now=world.NOON).breaks
        assert [one for one in found if one.kind.startswith("designation")] == []


def test_a_ceiling_refuses_who_came_after_it_was_full(platform, monkeypatch):
    real = Desk.rules

    def full(desk, *asked):
        changes = {"quota_targets": {"鹿城区": 1}, "quota_ceilings": {"鹿城区"}}
        return replace(real(desk, *asked), **changes)

    monkeypatch.setattr(Desk, "rules", full)
    rx = sent(platform)
    verdicts = []
    for name in ("counter", "second-counter"):  # designated on one day, by code
        checks = f"/prescriptions/{rx}/checks"
        found = platform.program(name).post(checks, {"voucher": "card"})["findings"]
        verdicts += [one["verdict"] for one in found if one["check"] == "outlet.quota"]
    assert verdicts == ["passed", "refused"]


@pytest.fixture
def run(platform, monkeypatch):
    """Run a command against the platform of the test."""
    return commands(platform, monkeypatch)


def test_the_commands_tell_the_quota_and_a_life(platform, run, tmp_path):
    told = run("quota", "--day", "2025-09-15")
    assert told.exit_code == 1, told.output
    assert "due 2019-07-31 (2238 days ago)" in told.stdout
    assert "鹿城区: overdue; 0 when it was due" in told.stdout
    told = run("designation", "show", SHOP)
    assert f"{SHOP} 鹿城大药房 chronic: in_force" in told.stdout
    path = tmp_path / "act.json"
    path.write_text(json.dumps(act("suspend", **left(platform))), "utf-8")
    for _ in range(2):  # by its number it is done once
        told = run("designation", "act", SHOP, str(path), "--act", "2025-7")
        assert "chronic: suspended" in told.stdout, told.output
    assert told.stdout.count("suspend from") == 1
    assert "0 astray" in run("designation", "check").stdout
    assert "0 run out" in run("designation", "running-out").stdout


def test_the_commands_refuse_what_is_not_so_in_one_line(run, tmp_path):
    path = tmp_path / "act.json"
    path.write_text(json.dumps(act("suspend")), "utf-8")
    for words, expected in (
        (("designation", "act", SHOP, str(path)), "target 48, 1 after it"),
        (("designation", "show", "P33030299999"), "no such outlet"),
        (("designation", "show", SHOP, "--kind", "x"), "one of general, chronic"),
        (("designation", "show", SHOP, "--known-at", "x"), "--known-at"),
        (("quota", "--known-at", "x"), "--known-at"),
    ):
        told = run(*words)
        assert told.exit_code != 0 and expected in str(told.exception), words


def test_the_page_ends_in_the_table_of_the_code(run):
    assert DOCS.read_text("utf-8").endswith(page.written())
    assert run("designation", "table").stdout == page.written()
