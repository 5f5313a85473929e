"""Of fewer than five people nothing is told by itself."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from dispensing.few import PEOPLE_MIN, too_few
from pharmacies.places import Point
from routing.service.gathering import gathered

sizes = st.dictionaries(st.text("abcdef", min_size=1, max_size=3), st.integers(1, 30))
homes = st.dictionaries(
    st.builds(
        Point,
        st.integers(119_000, 121_500).map(lambda n: n / 1000),
        st.integers(27_000, 28_600).map(lambda n: n / 1000),
    ),
    st.builds(
        lambda before, without: Counter(before=before, without=without),
        st.integers(1, 4),
        st.integers(0, 3),
    ),
    max_size=40,
)


@given(sizes)
def test_no_group_that_is_told_is_small_and_none_follows_from_the_sum(counted):
    told_as_one = too_few(counted)
    together = sum(counted[name] for name in told_as_one)
    apart = {name: n for name, n in counted.items() if name not in told_as_one}
    assert all(n >= PEOPLE_MIN for n in apart.values())
    assert not told_as_one or together >= PEOPLE_MIN or not apart


@given(homes)
def test_every_place_tells_of_enough_and_nobody_is_lost(counted):
    found = gathered(counted)
    everybody = sum(kinds.total() for kinds in counted.values())
    assert all(kinds.total() >= PEOPLE_MIN for kinds in found.values())
    for kind in ("before", "without"):
        before = sum(kinds[kind] for kinds in counted.values())
        assert sum(kinds[kind] for kinds in found.values()) in (before, 0)
    assert bool(found) == (everybody >= PEOPLE_MIN) or not found


def test_a_place_of_many_stays_where_it_is():
    street = Point(120.651, 28.013)
    assert gathered({street: Counter(without=7)}) == {street: Counter(without=7)}


def test_the_few_of_a_village_are_told_with_their_neighbours():
    found = gathered(
        {
            Point(120.123, 27.456): Counter(without=3),
            Point(120.124, 27.457): Counter(before=2),
        }
    )
    assert found == {Point(120.12, 27.46): Counter(without=3, before=2)}
