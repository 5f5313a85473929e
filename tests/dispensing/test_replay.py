"""Time travel: an old decision asked again says the same, or tells the difference."""

from datetime import date, timedelta
from uuid import UUID

import pytest
from sqlmodel import select

from dispensing import service
from dispensing.desk import Desk
from dispensing.errors import NotFound
from dispensing.explain.ways import patient_fen
from dispensing.policy import overlay_of
from dispensing.records import split_record
from dispensing.replay import Kept, changed_texts, differences
from dispensing.tables import AssessmentRow
from tests import world
from tests.dispensing.making import answer, changed
from tests.world import NOON

OUTLET = "P33030200001"


@pytest.fixture
def checked(street, desk):
    """Check one prescription at a pharmacy; the decision is kept."""
    received = service.receive(street, desk, world.message(), now=NOON)
    return service.check(
        street,
        desk,
        prescription_id=received.id,
        outlet_code=OUTLET,
        voucher="card",
        trace_codes=None,
        now=NOON,
    )


def other_desk(desk, **values):
    given = {"ratio.resident.level2": "0.35", "deductible.resident.level2": "100.00"}
    given |= {"ratio.employee.pharmacy": "0.70", "deductible.employee": "600.00"}
    overlay = overlay_of("wenzhou", {**given, **values}, source="另一份答复")
    return laid(desk, overlay)


def laid(desk, overlay):
    return Desk(overlay, desk.gateway, desk.vault, desk.code_key)


def test_a_decision_keeps_the_versions_it_rested_on(street, checked):
    row = street.exec(select(AssessmentRow)).one()
    assert set(row.versions) == {*row.policies, "overlay"}
    assert all(len(digest) == 64 for digest in row.versions.values())
    assert row.split == split_record(checked.assessment.split)


def test_a_decision_replayed_says_the_same(street, desk, checked):
    (found,) = service.replay(street, desk)
    assert (found.id, found.decision) == (checked.id, checked.decision)
    assert found.differences == found.today == ()
    assert found.figures == found.changed == ()


def test_the_day_and_the_id_choose(street, desk, checked):
    day = NOON.date()
    assert len(list(service.replay(street, desk, day=day))) == 1
    assert not list(service.replay(street, desk, day=day - timedelta(days=1)))
    assert len(list(service.replay(street, desk, assessment_id=checked.id))) == 1
    with pytest.raises(NotFound):
        list(service.replay(street, desk, assessment_id=UUID(int=0)))


def test_a_changed_overlay_is_told_to_the_fen(street, desk, checked):
    """The deductible falls away: the fund now pays 35 % of the bill."""
    split = checked.assessment.split
    now = other_desk(desk, **{"deductible.resident.level2": "0.00"})
    (found,) = service.replay(street, now)
    assert found.differences == ()  # by the overlay as it was laid that day
    assert found.changed == ("overlay",)
    assert "deductible.resident.level2: 100.00 yuan → 0.00 yuan" in found.figures
    told = {(one.what, one.line): one for one in found.today}
    bill = told["deductible", ""]
    assert bill.now == "0.00"
    assert told["fund", ""].kept == f"{split.fund_fen // 100}.{split.fund_fen % 100:02}"
    assert any(line for _, line in told)


def test_an_open_figure_leaves_no_split_to_compare(street, desk, checked):
    (found,) = service.replay(street, laid(desk, None))
    assert found.differences == ()
    told = {one.what: (one.kept, one.now) for one in found.today}
    assert told["decision"] == ("accepted", "review")
    assert told["benefit.open_parameter"] == ("passed", "review")
    assert told["split"][1] == "none"


def test_every_kind_of_difference_is_a_sentence():
    refused, accepted = answer(changed(active=False)), answer()
    kept = Kept("accepted", {}, split_record(accepted.split))
    said = [str(one) for one in differences(kept, refused)]
    assert said == [
        "decision: kept accepted, now refused",
        "insured.active: kept passed, now refused",
        "split: kept 12.60, now none",
    ]
    assert differences(kept, accepted) == ()


def test_a_fen_is_a_difference():
    now = answer()
    record = split_record(now.split)
    record["fund_fen"] += 1
    record["lines"][0]["fund_fen"] += 1
    found = differences(Kept("accepted", {}, record), now)
    assert [(one.what, one.line) for one in found] == [
        ("fund", ""),
        ("fund", "苯磺酸氨氯地平片 5mg"),
    ]
    assert (found[0].kept, found[0].now) == ("7.57", "7.56")


def test_a_part_of_the_bill_that_was_unknown_that_day_was_nought():
    now = answer()
    record = split_record(now.split)
    del record["mutual_aid_fen"]
    assert differences(Kept("accepted", {}, record), now) == ()


def test_texts_that_came_went_or_changed_are_named():
    before, now = {"a": "1", "b": "1", "c": "1"}, {"a": "1", "b": "2", "d": "1"}
    assert changed_texts(before, now) == ("b", "c", "d")


def test_a_kept_answer_is_explained_with_its_own_inputs(street, desk, checked):
    told = service.explanation(street, desk, _prescription(street), language="zh")
    assert told.assessment_id == checked.id
    assert told.explanation.on == date(2025, 9, 15)
    assert told.explanation.patient_fen == patient_fen(checked.assessment)
    assert told.explanation.labels
    # At a primary institution there is no deductible.
    assert any("outlet_home" in way.kinds for way in told.explanation.cheaper)


def test_what_was_never_checked_cannot_be_explained(street, desk):
    received = service.receive(street, desk, world.message(), now=NOON)
    with pytest.raises(NotFound):
        service.explanation(street, desk, received.id, language="zh")


def _prescription(street):
    return street.exec(select(AssessmentRow)).one().prescription_id
