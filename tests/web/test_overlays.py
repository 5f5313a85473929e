"""An open question is answered by two officers, and counts in every process from its day."""

import os
from dataclasses import replace
from datetime import date

import pytest

from dispensing.policy import ApprovedOverlays, BadPack, WatchedOverlay
from dispensing.service import effects, replay, verify
from tests import world
from tests.platform import OVERLAY, send, settled
from tests.web.test_approvals import code_of, decide, let_in, session
from web import desks

NAME = "ratio.resident.level3"
ANSWER = {
    "name": NAME,
    "value": "0.30",
    "document": "温州市全民基本医疗保险办法",
    "number": "温政令第1号",
    "issued_on": "2025-08-01",
    "sentence": "三级医疗机构支付比例为30%",
    "since": "2025-09-01",
}
WHOLE = """region = "wenzhou"
title = "市局参数"

[[parameters]]
name = "ratio.resident.pharmacy"
value = "{share}"
source = "市局复函"
from = 2025-09-01
"""
FREE = """
[[parameters]]
name = "deductible.resident.pharmacy"
value = "0.00"
source = "市局复函"
from = 2025-09-01
"""
DAY = date(2025, 9, 15)


@pytest.fixture
def bureau(platform):
    """Let a second officer, one of another area and an auditor in."""
    let_in(platform)
    return platform


def ask(platform, who="bureau", path="", **body):
    return platform.program(who).ask("POST", f"/overlay{path}", body)


def proposed(platform, **body):
    answer = ask(platform, reason="办法已印发", **(body or {"answer": ANSWER}))
    assert code_of(answer) == "second-person-needed"
    return answer.json["proposal"]


def approved(platform, **body):
    told = decide(platform, proposed(platform, **body))
    assert told.status_code == 200, told.text
    assert told.json["state"] == "used"


def desk(platform):
    return platform.app.extensions["desk"]


def share(platform, name=NAME):
    return desk(platform).rules_of("wenzhou", DAY).figures[name].value


def test_two_officers_answer_an_open_question_and_decisions_name_the_version(bureau):
    officer = bureau.program("bureau")
    told = officer.get("/overlay")
    (question,) = [one for one in told["questions"] if one["name"] == NAME]
    assert "温州市全民基本医疗保险办法" in question["left_to"] and question["clause"]
    number = proposed(bureau)
    assert share(bureau) is None
    for who in ("bureau", "namesake"):
        assert code_of(decide(bureau, number, who)) == "approval-same-person"
    assert decide(bureau, number, "watcher").status_code == 403
    assert decide(bureau, number).json["state"] == "used"
    assert share(bureau) == 3_000
    assert (
        desk(bureau).rules_of("wenzhou", date(2025, 8, 31)).figures[NAME].value is None
    )
    told = officer.get("/overlay")
    assert NAME not in {one["name"] for one in told["questions"]}
    (kept,) = told["versions"]
    assert (kept["by"], kept["approved_by"]) == ("bureau", "officer")
    assert "（温政令第1号，2025-08-01）：“三级医疗机构支付比例为30%”" in kept["text"]
    assert officer.get("/overlay/versions/1") == kept
    settled(bureau)
    with session(bureau) as work:
        (decision,) = list(replay(work, desk(bureau)))
        assert not decision.differences and not decision.changed
        broken = verify(work, now=world.NOON).breaks
        assert {one.what for one in broken} <= {"unsealed"}


def test_every_fault_is_told_by_its_line_and_nothing_is_written(bureau):
    bad = WHOLE.format(share="1.40") + '\n[[parameters]]\nname = "ratio.moon"\n'
    told = ask(bureau, path="/trials", text=bad)
    assert told.status_code == 422
    where = [one["where"] for one in told.json["errors"]]
    assert len(where) >= 2 and all("overlay.toml:" in each for each in where)
    for text in ("", "region = [", 'region = "tieling"\ntitle = "-"\n'):
        assert ask(bureau, path="/trials", text=text).status_code == 422, text
    assert ask(bureau, path="/trials").status_code == 422
    unsaid = {**ANSWER, "document": " "}
    assert ask(bureau, reason="-", answer=unsaid).status_code == 422
    assert bureau.program("bureau").get("/proposals") == []


def test_a_trial_tells_what_changes_and_which_decisions_would(bureau):
    settled(bureau)
    told = ask(bureau, path="/trials", text=WHOLE.format(share="0.50")).json
    (change,) = told["changes"]
    assert (change["name"], change["before"]) == ("ratio.resident.pharmacy", "35%")
    assert change["after"].startswith("50") and change["source"] == "市局复函"
    # All of the bill is below the deductible, whatever the share.
    assert (told["effect"]["decisions"], told["effect"]["changed"]) == (1, 0)
    free = WHOLE.format(share="0.50") + FREE
    effect = ask(bureau, path="/trials", text=free).json["effect"]
    assert (effect["decisions"], effect["changed"]) == (1, 1)
    assert effect["moved"] == {"accepted → accepted": 1}
    assert effect["fund_change_fen"] > 0 and effect["is_whole"]
    assert bureau.program("bureau").get("/overlay")["versions"] == []


def test_a_trial_over_more_decisions_than_are_looked_at_says_so(bureau, monkeypatch):
    settled(bureau)
    monkeypatch.setattr(effects, "DECISIONS_MAX", 1)
    told = ask(bureau, path="/trials", text=WHOLE.format(share="0.50")).json
    assert told["effect"]["decisions"] == 1 and not told["effect"]["is_whole"]


def test_a_correction_and_a_withdrawal_are_versions_of_their_own(bureau):
    approved(bureau)
    approved(bureau, answer={**ANSWER, "value": "0.35", "since": "2025-09-10"})
    assert share(bureau) == 3_500
    early = desk(bureau).rules_of("wenzhou", date(2025, 9, 9))
    assert early.figures[NAME].value == 3_000
    approved(bureau, withdrawn={"name": NAME, "since": "2025-09-12"})
    assert share(bureau) is None
    kept = bureau.program("bureau").get("/overlay")["versions"]
    assert [one["number"] for one in kept] == [3, 2, 1]
    again = ask(bureau, reason="再来", text=kept[0]["text"])
    assert code_of(again) == "overlay-same"


def test_an_approval_refuses_when_another_version_has_come_in(bureau):
    first = proposed(bureau)
    second = proposed(bureau, answer={**ANSWER, "value": "0.40"})
    assert decide(bureau, first).json["state"] == "used"
    assert code_of(decide(bureau, second)) == "approval-changed"
    assert share(bureau) == 3_000


def test_another_process_learns_of_it_within_a_second(bureau):
    engine, now = bureau.app.extensions["engine"], [0]
    looks = []

    def look(known):
        looks.append(known)
        return desks.look_in(engine)(known)

    approved_there = ApprovedOverlays(look, ticks=lambda: now[0])
    there = replace(desk(bureau), approved=approved_there)
    assert there.rules_of("wenzhou", DAY).figures[NAME].value is None
    approved(bureau)
    assert there.rules_of("wenzhou", DAY).figures[NAME].value is None
    now[0] = 1_000_000_000
    rules = there.rules_of("wenzhou", DAY)
    assert rules.figures[NAME].value == 3_000
    assert there.rules_of("wenzhou", DAY) is rules and looks == [0, 0]
    mine = desk(bureau).rules_of("wenzhou", DAY)
    assert rules.versions == mine.versions


def test_the_file_and_a_version_never_answer_one_question(bureau, tmp_path):
    twice = {**ANSWER, "name": "ratio.resident.level2"}  # the sample's file has it
    told = ask(bureau, path="/trials", answer=twice)
    assert told.status_code == 422 and "one value for a day" in told.text
    approved(bureau)
    path = tmp_path / "operator.toml"
    path.write_text(OVERLAY.read_text("utf-8"), "utf-8")
    mine = replace(desk(bureau), laid=WatchedOverlay(path))
    desks.hold_together(mine)
    assert mine.rules_of("wenzhou", DAY).figures[NAME].value == 3_000
    row = f'\n[[parameters]]\nname = "{NAME}"\nvalue = "0.20"\nsource = "甲"\nfrom = 2025-01-01\n'
    path.write_text(path.read_text("utf-8") + row, "utf-8")
    os.utime(path, (1_800_000_000, 1_800_000_000))
    assert mine.rules_of("wenzhou", DAY).figures[NAME].value == 3_000
    assert any(NAME in said for said in mine.overlay_faults)
    with pytest.raises(BadPack, match="one value for a day"):
        desks.hold_together(mine)


def test_others_see_and_ask_nothing(bureau):
    for who in ("hangzhou", "counter", "dispatcher", "alice"):
        assert bureau.program(who).ask("GET", "/overlay").status_code == 403, who
        assert ask(bureau, who, reason="-", answer=ANSWER).status_code == 403, who
    assert bureau.program("watcher").get("/overlay")["versions"] == []
    assert ask(bureau, "watcher", "/trials", answer=ANSWER).status_code == 403


def test_the_page_leads_from_the_question_to_the_approval(bureau):
    officer, second = bureau.person("bureau"), bureau.person("officer")
    home = officer.get("/bureau/overlay").text
    assert NAME in home and "/bureau/overlay/answer?name=" in home
    path = f"/bureau/overlay/answer?name={NAME}"
    assert "温州市全民基本医疗保险办法" in officer.get(path).text
    trial = send(officer, path, **ANSWER).text
    assert "三级医疗机构支付比例为30%" in trial and "30" in trial
    text = bureau.program("bureau").post("/overlay/trials", {"answer": ANSWER})["text"]
    asked = send(officer, "/bureau/overlay/trial", text=text)
    assert asked.status_code == 200
    token = send(officer, "/bureau/overlay/proposal", text=text, reason="已印发")
    assert "填写待定参数" in token.text and NAME in token.text
    (waiting,) = bureau.program("officer").get("/proposals?waiting=true")
    shown = second.get(f"/approvals/{waiting['id']}").text
    assert "影响" in shown and NAME in shown and "批准并办理" in shown
    done = decide(bureau, waiting["id"])
    assert done.json["state"] == "used"
    after = officer.get("/bureau/overlay").text
    assert "温政令第1号" in after and "/bureau/overlay/versions/1" in after
    assert NAME in officer.get("/bureau/overlay/versions/1").text
    cut = send(officer, "/bureau/overlay/withdrawal", name=NAME, since="2025-10-01")
    assert "2025-09-30" in cut.text
