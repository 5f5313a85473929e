"""What was scanned for a line: enough codes, no more, and each part of a box sold once."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pharmacies.stock import NoPartLeft, Scan, TooFewParts, TooManyCodes, scan_of

BOXES = tuple(f"8{no:019d}" for no in range(6))


def test_a_scan_keeps_each_code_once_in_their_order():
    read = scan_of([BOXES[1], "123", BOXES[0], BOXES[1]], 2)
    assert read.codes == BOXES[:2]
    assert read.is_complete
    assert read.sold() == ((BOXES[0], 1), (BOXES[1], 1))


def test_old_stock_takes_the_place_of_codes():
    assert Scan((), 2, uncoded=("A", "B")).is_complete
    assert Scan((), 2, uncoded=("A", "B")).sold() == ()
    assert not Scan((), 2, uncoded=("A",)).is_complete
    with pytest.raises(TooManyCodes):
        Scan(BOXES[:1], 2, uncoded=("A", "B")).sold()


def test_a_box_gives_what_is_left_of_it():
    taken = {BOXES[0]: {1, 2, 4}}
    sold = Scan(BOXES[:2], 4, pack_parts=5).sold(taken)
    assert sold == ((BOXES[0], 3), (BOXES[0], 5), (BOXES[1], 1), (BOXES[1], 2))


def test_an_empty_box_is_named_and_a_short_one_is_not():
    with pytest.raises(NoPartLeft) as raised:
        Scan(BOXES[:2], 2, pack_parts=2).sold({BOXES[1]: {1, 2}})
    assert raised.value.codes == (BOXES[1],)
    with pytest.raises(TooFewParts):
        Scan(BOXES[:1], 2, pack_parts=2).sold({BOXES[0]: {1}})


@given(
    quantities=st.lists(st.integers(1, 40), max_size=12),
    pack_parts=st.integers(1, 12),
    boxes=st.integers(1, len(BOXES)),
)
def test_no_part_is_sold_twice_and_none_beyond_the_box(quantities, pack_parts, boxes):
    taken: dict[str, set[int]] = {}
    for quantity in quantities:
        try:
            sold = Scan(BOXES[:boxes], quantity, pack_parts).sold(taken)
        except (NoPartLeft, TooFewParts, TooManyCodes):
            continue
        assert len(sold) == quantity
        for code, part in sold:
            assert 1 <= part <= pack_parts
            assert part not in taken.setdefault(code, set())
            taken[code].add(part)
    assert sum(map(len, taken.values())) <= boxes * pack_parts
