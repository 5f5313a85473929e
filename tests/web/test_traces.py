"""Trace codes as people meet them: at the counter, at the bureau, on the command line."""

import re

import pytest

from dispensing.service import FINDINGS
from tests.platform import codes, commands, send, sent, settled, settlement
from tests.web.test_approvals import let_in
from tests.world import AMLODIPINE
from web import cli
from web.schemas import Resolution

CODE = codes()["1"][0]


@pytest.fixture
def suspected(platform):
    """Sell a box, and try to sell it again."""
    settled(platform)
    rx = sent(platform, 2)
    asked = {**settlement(platform, 1), "override": {"reason": "药师已核对"}}
    counter = platform.program("counter")
    answer = counter.ask("PUT", f"/prescriptions/{rx}/settlement", asked)
    assert answer.status_code == 409
    assert answer.json["type"] == "urn:yaoda:problem:already-sold"
    assert CODE[-4:] in answer.json["detail"]
    return platform


def test_a_second_sale_is_seen_and_resolved_over_the_interface(suspected):
    bureau = suspected.program("bureau")
    found = bureau.get("/suspicions?state=open")
    assert [one["code"] for one in found] == codes()["1"]
    done = {"finding": "wrong_scan", "reason": "店员扫错"}
    for one in found:
        resolved = bureau.post(f"/suspicions/{one['id']}/resolution", done)
        assert (resolved["state"], resolved["resolved_by"]) == ("resolved", "bureau")
    assert bureau.get("/suspicions?state=open") == []
    traced = bureau.get(f"/trace-codes?code={CODE}")
    assert traced["history"]["state"] == "sold"
    assert traced["suspicions"][0]["finding"] == "wrong_scan"


def test_the_bureau_sees_and_resolves_it_on_a_page(suspected):
    bureau = suspected.person("bureau")
    home = bureau.get("/bureau").text
    assert "/bureau/traces" in home
    page = bureau.get("/bureau/traces").text
    assert page.count('name="suspicion"') == 3
    (one, *_) = re.findall(r'name="suspicion" value="([^"]+)"', page)
    sent_ = {"suspicion": one, "finding": "returned_stock", "reason": "回收药"}
    after = send(bureau, "/bureau/traces/resolve", **sent_).text
    assert after.count('name="suspicion"') == 2
    assert "回流药品：回收药" in bureau.get("/bureau/traces?state=resolved").text
    looked = bureau.get(f"/bureau/traces?code={CODE}").text
    assert "已售出" in looked
    assert "重复销售被拒" in looked
    assert bureau.get("/bureau/traces?code=1").status_code == 422


def test_an_officer_of_another_area_learns_nothing_of_boxes_sold_here(suspected):
    let_in(suspected)
    mine, other = (suspected.program(name) for name in ("bureau", "hangzhou"))
    assert other.get("/suspicions") == []
    told = other.get(f"/trace-codes?code={CODE}")
    assert told["history"]["state"] == "never_sold"
    assert told["history"]["steps"] == told["suspicions"] == []
    first = mine.get("/suspicions")[0]["id"]
    done = {"finding": "wrong_scan", "reason": "店员扫错"}
    path = f"/suspicions/{first}/resolution"
    assert other.ask("POST", path, done).status_code == 404
    assert (
        'name="suspicion"'
        not in suspected.person("hangzhou").get("/bureau/traces").text
    )
    entry = {
        "medicine": AMLODIPINE,
        "first_day": "2025-07-01",
        "last_day": "2025-12-31",
        "source": "登记表",
    }
    assert other.ask("POST", "/no-code-list", entry).status_code == 403
    kept = mine.post("/no-code-list", entry)["id"]
    ending = other.ask("POST", f"/no-code-list/{kept}/end", {"reason": "已清"})
    assert ending.status_code == 403


def test_old_stock_is_listed_by_the_bureau_and_sold_at_the_counter(platform):
    bureau, counter = platform.person("bureau"), platform.person("counter")
    entry = {
        "medicine": AMLODIPINE,
        "batch": "20240815",
        "first_day": "2025-07-01",
        "last_day": "2025-12-31",
        "source": "登记表",
    }
    page = send(bureau, "/bureau/traces/allow", **entry).text
    (id_,) = re.findall(r'name="entry" value="([^"]+)"', page)
    rx = sent(platform)
    here = f"/counter/prescriptions/{rx}"
    send(counter, f"{here}/check", voucher="e_code")
    answer = send(
        counter,
        f"{here}/settle",
        voucher="e_code",
        scanned_code=settlement(platform)["scanned_code"],
        uncoded_1="20240815 20240815 20240815",
    )
    assert "已结算" in answer.text
    ended = send(bureau, "/bureau/traces/end", entry=id_, reason="库存已清").text
    assert "已终止" in ended


def test_the_list_refuses_what_the_catalogue_does_not_have(platform):
    bureau = platform.program("bureau")
    entry = {
        "medicine": AMLODIPINE,
        "first_day": "2025-07-01",
        "last_day": "2025-12-31",
        "source": "登记表",
    }
    for change, status in (
        ({}, 201),
        ({"medicine": "X" * 23}, 404),
        ({"outlet": "P99999999999"}, 404),
        ({"last_day": "2025-06-30"}, 422),
        ({"source": " "}, 422),
    ):
        answer = bureau.ask("POST", "/no-code-list", {**entry, **change})
        assert answer.status_code == status, change
    assert len(platform.program("counter").get("/no-code-list")) == 1


def test_the_command_tells_a_codes_history(suspected, monkeypatch):
    run = commands(suspected, monkeypatch)
    told = run("trace", CODE)
    assert told.exit_code == 1
    lines = told.output.splitlines()
    assert lines[0] == f"{CODE} sold"
    assert "sold at P33030200001 by counter, settlement" in lines[1]
    assert "refused at P33030200001 by counter, tried 1 times, open" in lines[2]
    free = run("trace", codes(9)["1"][0])
    assert (free.exit_code, free.output.split()[1]) == (0, "never_sold")
    assert cli.answer(lambda: cli.app(["trace", "123"], standalone_mode=False)) == 2


def test_the_interface_takes_the_findings_that_the_service_knows():
    assert Resolution.model_json_schema()["properties"]["finding"]["enum"] == list(
        FINDINGS
    )
