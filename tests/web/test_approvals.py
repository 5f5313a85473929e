"""Two people for what matters: who asks does not approve, and it is done once."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlmodel import select

from dispensing.approvals import read_thresholds
from dispensing.service import verify
from dispensing.tables import ProposalUseRow
from fixtures import cast
from tests import world
from tests.platform import PASSWORD, commands, open_platform, sent, settlement
from tests.security.harness import HeldClock
from web import accounts, db

SHOP = cast.LUCHENG_PHARMACY
ENDING = {
    "act": "end",
    "kind": "chronic",
    "reason": "查实违规",
    "cause": "terminated",
    "override": {"reason": "违规使用医保基金", "left": 1},
}
# More days than the text lets pass ask for a review.
REASON = {"override": {"reason": "病情稳定，已与医生确认"}}


@pytest.fixture
def two(sqlite_url, tmp_path):
    """Open the platform without any threshold, with a second person in each place."""
    opened = open_platform(sqlite_url, tmp_path, approvals=None)
    let_in(opened)
    yield opened
    opened.app.extensions["engine"].dispose()


def let_in(opened):
    """Open the accounts of those who decide."""
    people = (
        ("officer", "bureau", "330300", "officer"),
        ("namesake", "bureau", "330300", "bureau"),  # another account of one person
        ("watcher", "auditor", "330300", "watcher"),
        ("hangzhou", "bureau", "330100", "hangzhou"),
        ("chief", "pharmacist", SHOP, "chief"),
        ("clerk", "counter", SHOP, "clerk"),
    )
    with opened.app.app_context(), session(opened) as work:
        word = accounts.hashed(PASSWORD)
        accounts.add_accounts(
            work,
            [
                accounts.NewAccount(
                    user, name, accounts.WITH.get(role, (role,)), subject, word
                )
                for user, role, subject, name in people
            ],
        )


def session(platform):
    return db.open_session(platform.app.extensions["engine"])


def asked(platform, body=ENDING, who="bureau"):
    answer = platform.program(who).ask("POST", f"/designations/{SHOP}/acts", body)
    assert answer.status_code == 409, answer.text
    assert answer.json["type"] == "urn:yaoda:problem:second-person-needed"
    return answer.json["proposal"]


def decide(platform, number, who="officer", approves=True):
    said = {"approves": approves, "reason": "已核对"}
    return platform.program(who).ask("POST", f"/proposals/{number}/decision", said)


def state(platform, kind="chronic"):
    path = f"/designations/{SHOP}?kind={kind}"
    return platform.program("bureau").get(path)["state"]


def code_of(answer):
    assert answer.status_code == 409, answer.text
    return answer.json["type"].rpartition(":")[2]


def test_a_pharmacy_is_ended_when_another_officer_has_approved(two):
    number = asked(two)
    assert asked(two) != number  # another act: its own number
    assert state(two) == "in_force"
    told = decide(two, number).json
    assert (told["state"], told["decided_by"], told["by"]) == (
        "used",
        "officer",
        "bureau",
    )
    assert state(two) == "in_force"  # the last day is today
    two.program("bureau").get(f"/designations/{SHOP}?day=2025-09-16")
    later = two.program("bureau").get(f"/designations/{SHOP}?day=2025-09-16")
    assert later["state"] == "ended"
    assert later["acts"][-1]["by"] == "bureau"
    with session(two) as work:
        broken = verify(work, now=world.NOON).breaks
        assert {one.what for one in broken} <= {"unsealed"}


def test_who_asked_does_not_approve_nor_another_account_of_the_same_person(two):
    number = asked(two)
    for who in ("bureau", "namesake"):
        assert code_of(decide(two, number, who)) == "approval-same-person"
    assert decide(two, number, approves=False).json["state"] == "declined"
    assert code_of(decide(two, number)) == "approval-decided"
    assert state(two) == "in_force"


def test_officers_of_other_areas_and_counters_see_nothing(two):
    number = asked(two)
    for who in ("hangzhou", "counter", "second-counter"):
        assert two.program(who).get("/proposals") == []
        assert two.program(who).ask("GET", f"/proposals/{number}").status_code == 404
    assert decide(two, number, "hangzhou").status_code == 404
    (seen,) = two.program("watcher").get("/proposals?waiting=true")
    assert seen["id"] == number
    assert decide(two, number, "watcher").status_code == 403


def test_an_approval_refuses_when_what_it_rests_on_has_changed(two):
    first, second = asked(two), asked(two)
    assert decide(two, first).status_code == 200
    assert code_of(decide(two, second)) == "approval-changed"
    with session(two) as work:
        assert len(work.exec(select(ProposalUseRow)).all()) == 1


def test_what_was_asked_cannot_be_changed_nor_approved_otherwise(two):
    number = asked(two)
    with session(two) as work, pytest.raises(Exception, match="append-only"):
        work.execute(text("UPDATE proposal SET content = '{}'"))
    with session(two) as work:
        work.execute(text("DROP TRIGGER proposal_no_update"))
        work.execute(text("UPDATE proposal SET content = replace(content, 'P', 'H')"))
        work.commit()
    assert code_of(decide(two, number)) == "approval-changed"


def test_it_is_taken_back_by_who_asked_alone_and_ends_by_itself(two):
    number = asked(two)
    path = f"/proposals/{number}/withdrawal"
    assert two.program("officer").ask("POST", path).status_code == 404
    assert two.program("bureau").post(path)["state"] == "withdrawn"
    assert code_of(decide(two, number)) == "approval-decided"
    late = asked(two)
    clock = two.app.extensions["clock"] = HeldClock()
    clock.at += timedelta(days=8)
    assert code_of(decide(two, late)) == "approval-expired"


def test_leaving_a_target_takes_two_unless_a_threshold_says_otherwise(
    two,
):
    suspending = {**ENDING, "act": "suspend", "reason": "检查"}
    del suspending["cause"]
    number = asked(two, suspending)
    assert decide(two, number).json["state"] == "used"
    assert state(two) == "suspended"
    two.app.extensions["desk"] = replace(
        two.app.extensions["desk"], alone=read_thresholds(world.APPROVALS)
    )
    back = {"act": "resume", "kind": "chronic", "reason": "整改完成"}
    told = two.program("bureau").post(f"/designations/{SHOP}/acts", back)
    again = {**suspending, "on": "2025-09-16"}
    told = two.program("bureau").post(f"/designations/{SHOP}/acts", again)
    assert told["life"]["acts"][-1]["detail"]["override"]["left"] == 1


def long_one(platform):
    """Send a prescription of more days than the text allows without a reason."""
    lines = [{**world.message()["lines"][0], "supply_days": 60}]
    return sent(platform, lines=lines)


def settles(platform, rx, who="counter", batch=1):
    return platform.program(who).ask(
        "PUT",
        f"/prescriptions/{rx}/settlement",
        {**settlement(platform, batch), **REASON, "trace_codes": codes_of(batch)},
    )


def codes_of(batch):
    (first, *_) = world.trace_codes(batch=batch).items()
    return {str(first[0]): list(first[1])}


def test_a_check_is_overridden_by_two_pharmacists_of_one_outlet(two):
    rx = long_one(two)
    first = settles(two, rx)
    assert code_of(first) == "second-person-needed"
    number = first.json["proposal"]
    assert two.program("second-counter").get("/proposals") == []
    assert decide(two, number, "clerk").status_code == 403
    assert code_of(decide(two, number, "counter")) == "approval-same-person"
    assert decide(two, number, "officer").json is not None
    assert decide(two, number, "chief").json["state"] == "approved"
    again = settles(two, rx)
    assert again.status_code == 200, again.text
    told = two.program("counter").get(f"/proposals/{number}")
    assert told["state"] == "used"


def test_a_command_asks_as_the_operator_and_another_approves(
    two, monkeypatch, tmp_path
):
    run = commands(two, monkeypatch)
    file = tmp_path / "act.json"
    file.write_text(json.dumps(ENDING))
    result = run("designation", "act", SHOP, str(file), "--act", "A1")
    assert "waits for another" in str(result.exception)
    (waiting,) = two.program("officer").get("/proposals?waiting=true")
    assert waiting["by"] == "operator" and waiting["id"] in str(result.exception)
    assert decide(two, waiting["id"]).json["state"] == "used"
