"""Every fault of a day is found, named and tied to its event; a clean day has none."""

from dataclasses import replace
from datetime import timedelta
from random import Random
from time import process_time

import pytest
from hypothesis import given, reject
from hypothesis import strategies as st

from dispensing.reconcile import (
    KINDS,
    Difference,
    Dispensed,
    Open,
    compare_bookings,
    compare_handovers,
)
from tests.reconcile.clean import DAY, clean_town
from tests.reconcile.faults import (
    FAULTS,
    charge,
    missing_here,
    reversed_charge,
    theirs_of,
)

ROWS = 100_000
SECONDS_MAX = 10


def told(found: list[Difference]) -> set[tuple[str, str, str]]:
    return {(one.kind, one.event_kind, one.event_id) for one in found}


def test_a_hundred_thousand_clean_rows_have_no_difference_in_ten_seconds():
    town = clean_town(ROWS, outlets=378)
    assert len(town.ours) == len(town.theirs) >= ROWS
    begun = process_time()
    found = town.compared()
    taken_s = process_time() - begun
    assert found == []
    print(f"{len(town.ours)} bookings a side compared in {taken_s:.1f} s")
    assert taken_s < SECONDS_MAX


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.__name__)
def test_each_fault_is_found_named_and_tied_to_its_event(fault):
    for at in range(5):
        town = clean_town(400, seed=at)
        assert town.compared() == []
        expected = fault(town, at * 7)
        assert told(town.compared()) == expected


def test_twenty_eight_faults_in_one_large_day_are_found_and_nothing_else():
    town = clean_town(20_000, outlets=50, seed=3)
    expected = set()
    for no, fault in enumerate(FAULTS):
        # Each at another place of the day, so that no two fall on one settlement.
        expected |= fault(town, 31 + 37 * no)
    assert len(FAULTS) >= 20
    assert told(town.compared()) == expected


@given(
    st.lists(
        st.tuples(st.integers(0, len(FAULTS) - 1), st.integers(0, 10_000)),
        max_size=3,
        unique_by=lambda drawn: drawn[0],
    ),
    st.randoms(use_true_random=False),
)
def test_the_order_of_the_rows_does_not_matter(drawn, chance: Random):
    town = clean_town(60, outlets=4)
    for no, at in drawn:
        try:
            FAULTS[no](town, at)
        except ValueError:
            reject()  # the fault before it took the same line away
    first = town.compared()
    for rows in (town.ours, town.theirs):
        chance.shuffle(rows)
    again = compare_bookings(town.ours, town.theirs)
    books = [one for one in first if one.kind in _OF_BOOKINGS]
    assert told(again) == told(books) or _doubled(books)


_OF_BOOKINGS = {
    kind
    for kind in KINDS
    if not kind.startswith(("till_", "stock_", "handover_", "return_"))
}


def _doubled(found: list[Difference]) -> bool:
    # Of two lines that are the same but for their number, either may be called the second.
    return any(one.kind == "doubled" for one in found)


def test_a_move_is_told_at_both_places_of_one_event():
    town = clean_town(10)
    line = charge(town, 0)
    no = theirs_of(town, line)
    town.theirs[no] = replace(town.theirs[no], day=DAY + timedelta(days=1))
    here, there = town.compared()
    assert (here.day, there.day) == (DAY, DAY + timedelta(days=1))
    assert (here.ours, here.theirs) == (line.total_fen, 0)
    assert (there.ours, there.theirs) == (0, line.total_fen)
    assert here.event_id == there.event_id == line.settlement_id


def test_what_only_one_side_charged_and_took_back_weighs_nothing():
    town = clean_town(300)
    back = reversed_charge(town, 0)
    for line in [line for line in town.ours if line.msgid == back.msgid]:
        town.ours.remove(line)
    assert compare_bookings(town.ours, town.theirs) == []


def test_a_settlement_without_an_outcome_is_that_and_nothing_else():
    town = clean_town(10)
    line = charge(town, 0)
    missing_here(town, 0)
    waiting = Open(
        line.settlement_id, line.msgid, line.outlet_code, DAY, "unknown", 100
    )
    found = compare_bookings(town.ours, town.theirs, [waiting])
    assert told(found) == {("unknown", "settlement", line.settlement_id)}


def test_medicine_on_its_way_is_no_difference():
    town = clean_town(5)
    (outlet, *_) = town.dispensed
    some = [Dispensed("s", "m", "on_the_way")]
    assert compare_handovers(some, [], outlet_code=outlet, day=DAY) == []


def test_every_kind_says_what_mends_it_and_only_an_open_outcome_cannot_be_booked():
    for name, kind in KINDS.items():
        assert kind.chinese and kind.english
        assert kind.unit in {"fen", "packs", "times"}
        assert set(kind.fixes) <= {"query", "retry", "reverse", "book"}
        assert ("book" in kind.fixes) == (name != "unknown")


def test_a_kind_that_nobody_knows_is_refused():
    with pytest.raises(ValueError, match="expected one of"):
        Difference("odd", "P33030200001", DAY, "settlement", "1", None, 0, 0)
