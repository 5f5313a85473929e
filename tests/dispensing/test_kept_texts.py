"""The texts that decisions rest on are kept whole, once, and decide again years later."""

import hashlib
import shutil
from datetime import date
from threading import Thread

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError
from sqlmodel import select

from dispensing import service
from dispensing.desk import Desk
from dispensing.policy import load_overlay, overlay_of, rules, rules_for, rules_from
from dispensing.policy.pack import POLICIES, load_packs
from dispensing.service import texts
from dispensing.service.reading import last_assessment
from dispensing.tables import AssessmentRow, PolicyTextRow
from fixtures.sample import reader
from tests import calls, world
from tests.world import NOON
from web import db

OUTLET = "P33030200001"
DAY = date(2025, 9, 15)
RULES = rules_for("wenzhou", DAY, world.OVERLAY)
LEVEL2 = 'same_as = "deductible.resident.level2"'


def check(session, desk, number=1):
    """Check a prescription at a pharmacy; the decision is kept."""
    received = service.receive(session, desk, world.message(number), now=NOON)
    return service.check(
        session,
        desk,
        prescription_id=received.id,
        outlet_code=OUTLET,
        voucher="card",
        trace_codes=None,
        now=NOON,
    )


@pytest.fixture
def edited(tmp_path, monkeypatch):
    """Edit a pack file after the decision, as an upgrade of the program does."""

    def edit(name, old, new):
        folder = tmp_path / "policies"
        shutil.copytree(POLICIES, folder)
        path = folder / name
        before = path.read_text("utf-8")
        assert old in before
        path.write_text(before.replace(old, new, 1), "utf-8")
        packs = load_packs(folder)
        for module in (rules, texts):
            monkeypatch.setattr(module, "load_packs", lambda: packs)
        rules_for.cache_clear()

    yield edit
    rules_for.cache_clear()


def laid(desk, overlay):
    return Desk(overlay, desk.gateway, desk.vault, desk.code_key)


def kept(session):
    return {row.sha256: row for row in session.exec(select(PolicyTextRow))}


def test_the_texts_of_a_decision_are_kept_word_for_word(street, desk):
    check(street, desk)
    row = street.exec(select(AssessmentRow)).one()
    found = kept(street)
    assert {found[sha].name: sha for sha in found} == row.versions
    for digest, one in found.items():
        assert hashlib.sha256(one.text.encode()).hexdigest() == digest
        assert one.first_used_at == NOON
    pack = (POLICIES / "wenzhou-2019.toml").read_text("utf-8")
    assert pack in {one.text for one in found.values()}


def test_they_are_laid_down_once_and_then_nothing_is_asked(street, desk):
    told = calls.Told()
    with calls.hooked(street.get_bind(), told):
        check(street, desk)
        told.statements.clear()
        check(street, desk, 2)
    assert told.statements
    assert not [one for one in told.statements if "policy_text" in one]


def test_what_is_rolled_back_is_laid_down_again(session):
    texts.lay_down(session, RULES, NOON)
    session.rollback()
    assert not kept(session)
    texts.lay_down(session, RULES, NOON)
    session.commit()
    assert set(kept(session)) == set(RULES.versions.values())


@pytest.mark.parametrize("inside", [True, False])
def test_a_savepoint_that_falls_takes_its_texts_along(session, inside):
    """Whether the savepoint falls or all of the work does, nothing is believed kept."""
    point = session.begin_nested()
    texts.lay_down(session, RULES, NOON)
    if inside:
        point.rollback()
        session.commit()
    else:
        point.commit()
        session.rollback()
    assert not kept(session)
    texts.lay_down(session, RULES, NOON)
    session.commit()
    assert set(kept(session)) == set(RULES.versions.values())


def test_two_at_once_keep_each_text_once(engine):
    """Neither knows of the other: the second waits, and finds the text there."""

    def lay():
        with db.open_session(engine) as session:
            texts.lay_down(session, RULES, NOON)
            session.commit()

    with db.open_session(engine) as first:
        texts.lay_down(first, RULES, NOON)
        second = Thread(target=lay)
        second.start()
        first.commit()
        second.join()
        assert len(kept(first)) == len(RULES.versions)


def test_the_database_refuses_to_change_a_text(street, desk):
    check(street, desk)
    for statement in ("UPDATE policy_text SET text = ''", "DELETE FROM policy_text"):
        with pytest.raises(DatabaseError, match="append-only"):
            street.execute(text(statement))
        street.rollback()


def test_a_pack_edited_after_the_decision_changes_today_not_that_day(
    street, desk, edited
):
    answer = check(street, desk).assessment
    edited("wenzhou-2019.toml", LEVEL2, LEVEL2.replace("level2", "primary"))
    (found,) = service.replay(street, desk)
    assert found.differences == ()
    assert found.changed == ("wenzhou-2019",)
    assert "deductible.resident.pharmacy: 100.00 yuan → 0.00 yuan" in found.figures
    assert {(one.what, one.kept, one.now) for one in found.today if not one.line} == {
        ("deductible", "12.60", "0.00"),
        ("fund", "0.00", "4.41"),
        ("cash", "12.60", "8.19"),
    }
    assert last_assessment(street, desk, found.prescription_id).assessment == answer


def test_a_corrected_text_is_told_by_figure(street, desk, edited):
    check(street, desk)
    words = "报销比例从现行50%统一提高到60%"
    edited("wenzhou-2019.toml", words, "统一提高到60%")
    (found,) = service.replay(street, desk)
    assert found.differences == found.today == ()
    assert found.changed == ("wenzhou-2019",)
    (told,) = found.figures
    assert told.startswith("ratio.resident.primary: 60%, its words: 二（二） 报销")


def test_a_replaced_overlay_decides_today_only(street, desk):
    answer = check(street, desk).assessment
    now = laid(desk, overlay_of("wenzhou", {"cap.resident": "1.00"}, source="另一份"))
    (found,) = service.replay(street, now)
    assert found.differences == ()
    assert found.changed == ("overlay",)
    assert found.today
    shown = last_assessment(street, now, found.prescription_id)
    assert shown.assessment == answer
    told = service.explanation(street, now, found.prescription_id, language="zh")
    assert told.explanation.fund_fen == answer.split.fund_fen


def test_an_overlay_file_that_is_gone_still_decides(street, desk, tmp_path):
    path = tmp_path / "overlay.toml"
    path.write_bytes((reader.FOLDER / "overlay.toml").read_bytes())
    check(street, laid(desk, load_overlay(path)))
    path.unlink()
    (found,) = service.replay(street, laid(desk, None))
    assert found.differences == ()
    assert found.changed == ("overlay",)


@pytest.mark.parametrize("there", [False, True])
def test_a_text_that_is_missing_or_another_one_is_said(street, desk, there):
    check(street, desk)
    row = street.exec(select(AssessmentRow)).one()
    row.versions = {**row.versions, "wenzhou-2019": "f" * 64}
    if there:
        street.add(
            PolicyTextRow(
                sha256="f" * 64, name="wenzhou-2019", text="x", first_used_at=NOON
            )
        )
    street.commit()
    (found,) = service.replay(street, desk)
    (told,) = found.differences
    assert told.what == "texts"
    assert f"wenzhou-2019: expected its text {'f' * 64}" in told.now
    assert found.today == ()


def test_rules_compiled_from_what_was_written_are_the_same():
    again = rules_from(RULES.written, DAY)
    assert again.figures == RULES.figures
    assert dict(again.terms) == dict(RULES.terms)
    assert again.versions == RULES.versions
    assert (again.policies, again.pots) == (RULES.policies, RULES.pots)
