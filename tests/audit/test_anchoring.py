"""Anchors lie outside of the database, are signed, and are held against the chain."""

import json
from datetime import timedelta
from pathlib import Path

import pytest
from sqlmodel import select

from dispensing.audit import BadAnchor, read_anchor
from dispensing.tables import RecordRow
from fixtures import cast
from tests import platform as towns
from tests.audit.chains import AREA, around, places, read
from tests.platform import Platform, send, sent, settled
from tests.world import DAY
from web import anchoring, db
from web.cli import answer, app

platform = towns.platform


def engine_of(town: Platform):
    return town.app.extensions["engine"]


def folder_of(town: Platform) -> Path:
    return anchoring.folder_of(town.app.extensions["settings"])


@pytest.fixture
def anchored(platform) -> Platform:
    """Settle, read, seal, and anchor the day."""
    rx = settled(platform)
    platform.program("counter").get(f"/prescriptions/{rx}")
    platform.person("alice").get("/patient")
    anchoring.seal_and_anchor(platform.app)
    assert anchoring.anchor(platform.app, DAY)
    return platform


def verified(town: Platform) -> dict:
    return town.program("bureau").post("/audit/verification")


def test_a_read_is_recorded_with_who_and_in_which_role(anchored):
    with db.open_session(engine_of(anchored), read_only=True) as session:
        rows = session.exec(select(RecordRow).where(RecordRow.kind == "read")).all()
        found = {(row.who, row.role, row.person_no) for row in rows}
        acts = session.exec(
            select(RecordRow.who, RecordRow.role).where(
                RecordRow.kind == "settlement.posted"
            )
        ).all()
    alice = cast.alice.person_no
    # Of a patient the number only, whatever the account is called.
    assert {("counter", "counter", alice), (alice, "patient", alice)} <= found
    assert acts == [("counter", "counter")]


def test_a_read_that_was_refused_is_not_recorded(platform):
    rx = sent(platform)
    assert platform.program("bob").ask("GET", f"/prescriptions/{rx}").status_code == 404
    with db.open_session(engine_of(platform), read_only=True) as session:
        assert not session.exec(
            select(RecordRow).where(RecordRow.kind == "read")
        ).first()


def test_the_day_is_anchored_in_a_file_of_its_own(anchored):
    (path,) = folder_of(anchored).glob("*.jsonl")
    assert path.name == f"{DAY}.jsonl"
    (line,) = path.read_text("utf-8").splitlines()
    made = read_anchor(line, anchored.app.extensions["ring"].public())
    link, _ = places(engine_of(anchored))[-1]
    assert (made.area, made.seq, made.hash) == (AREA, link.seq, link.hash)
    assert made.count == made.seq


def test_anchoring_again_adds_only_what_is_new(anchored):
    path = folder_of(anchored) / f"{DAY}.jsonl"
    before = path.read_bytes()
    assert anchoring.anchor(anchored.app, DAY) == ()
    assert path.read_bytes() == before
    read(engine_of(anchored), 1)
    anchoring.seal_and_anchor(anchored.app)
    assert len(anchoring.anchor(anchored.app, DAY)) == 1
    assert path.read_bytes().startswith(before)


def test_the_day_before_is_anchored_by_itself(anchored, monkeypatch):
    clock = anchored.app.extensions["clock"]
    later = type(clock)(clock.shift + timedelta(days=2))
    monkeypatch.setitem(anchored.app.extensions, "clock", later)
    anchoring.seal_and_anchor(anchored.app)
    days = sorted(path.stem for path in folder_of(anchored).glob("*.jsonl"))
    assert days == [str(DAY), str(DAY + timedelta(days=1))]
    assert verified(anchored)["anchors"] == 2


def test_a_whole_chain_is_told_to_the_bureau(anchored):
    found = verified(anchored)
    assert found["whole"] and found["anchors"] == 1 and found["links"] > 5
    state = anchored.program("bureau").get("/audit")
    (chain,) = state["chains"]
    assert (chain["area"], chain["waiting"], chain["late"]) == (AREA, 0, False)
    assert state["last_anchor"] == str(DAY)


def test_a_cut_tail_is_told_to_the_bureau(anchored):
    last = places(engine_of(anchored))[-1][1]
    around(
        engine_of(anchored),
        ("DELETE FROM audit_link WHERE record_id = :id", {"id": last.id}),
        ("DELETE FROM audit_record WHERE id = :id", {"id": last.id}),
    )
    found = verified(anchored)
    assert not found["whole"]
    assert found["breaks"][0]["what"] == "tail cut"
    page = send(anchored.person("bureau"), "/bureau/audit").text
    assert "链尾被截断" in page and "有破损" in page


@pytest.mark.parametrize("change", ["seq", "hash", "day", "jws", "cut", "noise"])
def test_an_anchor_that_was_tampered_with_is_told(anchored, change):
    path = folder_of(anchored) / f"{DAY}.jsonl"
    line = path.read_text("utf-8").strip()
    raw = json.loads(line)
    if change == "seq":
        raw["anchor"]["seq"] -= 1
    elif change == "hash":
        raw["anchor"]["hash"] = "0" * 64
    elif change == "day":
        raw["anchor"]["day"] = "2025-09-14"
    elif change == "jws":
        raw["jws"] = raw["jws"][:-4] + "AAAA"
    told = {"cut": line[:-9], "noise": "[]"}.get(change, json.dumps(raw))
    path.write_text(f"{told}\n", "utf-8")
    with pytest.raises(BadAnchor):
        read_anchor(told, anchored.app.extensions["ring"].public())
    assert [one["what"] for one in verified(anchored)["breaks"]] == ["anchor bad"]


def test_an_anchor_of_somebody_elses_key_is_not_ours(anchored):
    line = (folder_of(anchored) / f"{DAY}.jsonl").read_text("utf-8")
    with pytest.raises(BadAnchor, match="not ours"):
        read_anchor(line, {})


def test_the_page_shows_the_chains_and_verifies(anchored):
    client = anchored.person("bureau")
    page = client.get("/bureau/audit").text
    assert AREA in page and str(DAY) in page and "现在核验" in page
    assert "完整" in send(client, "/bureau/audit").text
    assert "审计链" in client.get("/bureau").text


def test_only_the_bureau_sees_the_chain(anchored):
    for name in ("alice", "counter", "dispatcher", "courier", "hospital"):
        assert anchored.program(name).ask("GET", "/audit").status_code == 403
        caller = anchored.program(name)
        assert caller.ask("POST", "/audit/verification").status_code == 403
        assert anchored.person(name).get("/bureau/audit").status_code == 403


def told(capsys, *words: str) -> tuple[int, str]:
    code = answer(lambda: app(list(words), standalone_mode=False))
    out = capsys.readouterr()
    return code, out.out + out.err


@pytest.fixture
def commands(anchored, monkeypatch) -> Platform:
    """Let the commands work on the installation of this test."""
    settings = anchored.app.extensions["settings"]
    monkeypatch.setattr("web.commands.opened.create_app", lambda _: anchored.app)
    monkeypatch.setenv("YAODA_VAR_DIR", str(settings.var_dir))
    return anchored


def test_the_command_seals_anchors_and_verifies(commands, capsys):
    read(engine_of(commands), 3)
    assert told(capsys, "audit", "seal") == (0, "3 records sealed\n")
    code, line = told(capsys, "audit", "anchor", "--day", str(DAY))
    assert code == 0 and json.loads(line)["anchor"]["area"] == AREA
    code, said = told(capsys, "audit", "verify")
    assert code == 0 and "2 anchors: whole" in said
    assert told(capsys, "audit", "verify", "--area", AREA)[0] == 0


def test_the_command_names_the_first_broken_record(commands, capsys):
    record = places(engine_of(commands))[2][1]
    around(
        engine_of(commands),
        ("UPDATE audit_record SET who = 'x' WHERE id = :id", {"id": record.id}),
    )
    code, said = told(capsys, "audit", "verify")
    assert code == 1
    assert said.startswith(f"{AREA} #3 {record.kind} {record.subject}: edited")
    assert "BROKEN" in said


def test_the_command_refuses_what_is_not_there(commands, capsys):
    assert told(capsys, "audit", "verify", "--area", "9999")[0] == 2
    assert told(capsys, "audit", "verify", "--anchors", "nowhere")[0] == 2
    assert told(capsys, "audit", "anchor", "--day", "2099-01-01")[0] == 2
