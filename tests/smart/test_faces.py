"""The pages and the interface of smart audit: run, heard, decided by two, taken back."""

import pytest
from sqlmodel import select

from dispensing.matching.registry import rows_of
from dispensing.tables import ReadRow
from fixtures import cast
from tests.platform import PASSWORD, open_platform, send, sent, settlement
from tests.smart.running import audited as audited_over
from web import accounts, db

DAYS = {"first": "2025-09-01", "last": "2025-09-15"}


@pytest.fixture(scope="module")
def audited(tmp_path_factory):
    """Settle once, look for one person at one address, and open the case."""
    folder = tmp_path_factory.mktemp("smart")
    opened = open_platform(f"sqlite:///{folder}/yaoda.db", folder)
    with (
        opened.app.app_context(),
        db.open_session(opened.app.extensions["engine"]) as work,
    ):
        word = accounts.hashed(PASSWORD)
        people = (
            ("second", "bureau", "330300"),
            ("far", "bureau", "330100"),
            ("watcher", "auditor", "330300"),
        )
        accounts.add_accounts(
            work,
            [
                accounts.NewAccount(user, user, (role,), place, word)
                for user, role, place in people
            ],
        )
    rx = sent(opened)
    counter = opened.program("counter")
    counter.post(f"/prescriptions/{rx}/checks", {})
    counter.put(f"/prescriptions/{rx}/settlement", settlement(opened))
    bureau = opened.program("bureau")
    low = {"rule": "one_address", "name": "persons_min", "value": 1, "reason": "试"}
    bureau.post("/smart/thresholds", low)
    run = audited_over(opened, bureau, DAYS)
    assert (run["lines"], run["alarms"], run["new"]) == (1, 1, 1)
    yield opened
    opened.app.extensions["engine"].dispose()


def test_a_case_goes_through_every_hand(audited):
    """T13, T14, L26, C10: 事前承诺, 事中事后."""
    bureau, counter = audited.program("bureau"), audited.program("counter")
    assert audited_over(audited, bureau, DAYS)["new"] == 0
    (alarm,) = bureau.get("/smart/alarms")
    assert alarm["rule"] == "one_address" and alarm["innocent_zh"]
    assert (alarm["subject"], alarm["evidence"]) == ("", [])
    (line,) = bureau.get(f"/smart/alarms/{alarm['id']}")["evidence"]
    assert line["person"] == "I000000001"
    with db.open_session(audited.app.extensions["engine"]) as work:
        reads = work.exec(select(ReadRow.purpose)).all()
    assert "智能审核" in reads
    asked = {"alarm_id": alarm["id"], "words": "请说明"}
    case = bureau.post("/smart/cases", asked)
    assert bureau.post("/smart/cases", asked)["id"] == case["id"]
    path = f"/smart/cases/{case['id']}"
    said = {"kind": "answered", "words": "一家人同住"}
    assert counter.post(f"{path}/answers", said)["state"] == "answered"
    ruling = {"outcome": "unfounded", "recover_fen": 0, "reason": "属实"}
    waits = bureau.ask("POST", f"{path}/decision", ruling)
    assert waits.status_code == 409, waits.text
    number = waits.json["proposal"]
    assert "查看案件" in audited.person("second").get(f"/approvals/{number}").text
    decided = {"approves": True, "reason": "同意"}
    audited.program("second").post(f"/proposals/{number}/decision", decided)
    accepts = {"kind": "accepted", "words": "认可"}
    assert counter.post(f"{path}/answers", accepts)["state"] == "closed"
    assert bureau.post(f"{path}/recovery")["state"] == "recovered"
    assert bureau.get("/smart/alarms")[0]["record"]["unfounded"] == 1
    assert counter.get("/smart/own")["owed_fen"] == 0
    assert counter.post("/smart/pledge", {"signer": "叶素珍"})["signer"] == "叶素珍"
    told = {tile["name"]: tile["entries"] for tile in bureau.get("/desk")}
    assert any("承诺" in one["words"] for one in told["smart"])


def test_each_page_opens_for_whom_it_is(audited):
    (alarm,) = audited.program("bureau").get("/smart/alarms")
    pages = [
        "",
        "/rules",
        "/samples",
        "/pledges",
        "/cases",
        "/alarms.csv",
        "/alarms.xlsx",
        "/cases.csv",
        "/cases.xlsx",
    ]
    pages += [f"/alarms/{alarm['id']}", f"/cases/{alarm['case_id']}"]
    for who in ("bureau", "watcher"):
        person = audited.person(who)
        for page in pages:
            assert person.get(f"/bureau/smart{page}").status_code == 200, (who, page)
    counter = audited.person("counter")
    home = counter.get("/counter/smart").text
    assert "审核与承诺" in home
    assert counter.get("/bureau/smart").status_code == 403
    own = f"/counter/smart/cases/{alarm['case_id']}"
    assert counter.get(own).status_code == 200
    assert audited.person("second-counter").get(own).status_code == 404
    far = audited.person("far")
    for page in pages[-2:]:
        assert far.get(f"/bureau/smart{page}").status_code == 404


def test_a_sample_is_drawn_and_found_on_the_pages(audited):
    """L25."""
    bureau = audited.person("bureau")
    drawn = {**DAYS, "way": "random", "size": "1", "seed": "3"}
    page = send(bureau, "/bureau/smart/samples", **drawn)
    assert page.status_code == 200 and cast.LUCHENG_PHARMACY in page.text
    (sample,) = audited.program("bureau").get("/smart/samples")
    claim = sample["drawn"][0]["claim"]
    path = f"/bureau/smart/samples/{sample['id']}"
    found = send(bureau, f"{path}/findings", claim=claim, wrong="0", words="相符")
    assert "95% 区间" in found.text
    told = bureau.get(f"{path}.csv").text
    assert claim in told and "相符" in told
    head, row = (cells for _, cells in rows_of(bureau.get(f"{path}.xlsx").data))
    assert (head[0], row[0], row[5]) == ("claim", claim, "0")
    (case,) = audited.program("bureau").get("/smart/cases")
    listed = bureau.get("/bureau/smart/cases.csv").text
    assert case["id"] in listed and cast.alice.name not in listed
    assert audited.person("far").get(f"{path}.csv").status_code == 404
    again = send(bureau, f"{path}/findings", claim=claim, wrong="0", words="相符")
    assert again.status_code == 409
    assert (
        send(bureau, "/bureau/smart/samples", **{**drawn, "size": "9"}).status_code
        == 422
    )
    run = send(bureau, "/bureau/smart/runs", first="2025-09-15", last="2025-09-01")
    assert run.status_code == 422
