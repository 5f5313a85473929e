"""Samples for audit: drawn by chance, by value, by variance, and what they estimate (L25)."""

import random
import statistics

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dispensing.smart.sampling import WAYS, BadSample, Unit, draw, estimate, sizes

FRAME = [Unit(f"C{no:04}", 100 + (no * 7919) % 9000, f"s{no % 3}") for no in range(400)]


@pytest.mark.parametrize("way", WAYS)
def test_the_same_seed_draws_the_same_sample(way):
    once, again = draw(FRAME, way, 40, 7), draw(FRAME[::-1], way, 40, 7)
    assert once == again != draw(FRAME, way, 40, 8)
    assert sum(one.times for one in once.drawn) == 40


@pytest.mark.parametrize("way", WAYS)
def test_the_interval_covers_the_truth_about_as_often_as_it_says(way):
    """95 % of intervals, drawn 100 times, cover what is wrong; at least 88 % must."""
    chance = random.Random(1)
    wrong = {one.claim: one.fund_fen // 3 * (chance.random() < 0.4) for one in FRAME}
    truth, covered, told = sum(wrong.values()), 0, []
    for seed in range(100):
        sample = draw(FRAME, way, 60, seed)
        found = estimate(sample, {one.claim: wrong[one.claim] for one in sample.drawn})
        covered += found.low_fen <= truth <= found.high_fen
        told.append(found.fen)
    assert covered >= 88
    assert abs(statistics.mean(told) - truth) < truth * 0.05


def test_by_value_all_wrong_is_told_exactly():
    sample = draw(FRAME, "value", 10, 3)
    found = estimate(sample, {one.claim: one.fund_fen for one in sample.drawn})
    assert found.fen == found.low_fen == found.high_fen == sample.fund_fen


def test_a_whole_frame_leaves_no_doubt():
    for way in ("random", "variance"):
        sample = draw(FRAME, way, len(FRAME), 1)
        found = estimate(sample, {one.claim: 50 for one in FRAME})
        assert found.low_fen == found.fen == found.high_fen == 50 * len(FRAME)


def test_by_variance_the_uneven_stratum_gets_more():
    frame = [Unit(f"a{no}", 1000, "even") for no in range(100)]
    frame += [Unit(f"b{no}", no * 100, "uneven") for no in range(100)]
    assert sizes(frame, 50) == {"even": 2, "uneven": 48}


def test_a_dear_claim_is_drawn_as_often_as_it_is_worth():
    frame = [Unit("dear", 9_000), *(Unit(f"c{no}", 100) for no in range(10))]
    sample = draw(frame, "value", 10, 5)
    assert {one.claim: one.times for one in sample.drawn}["dear"] == 9


@settings(max_examples=40)
@given(
    amounts=st.lists(st.integers(0, 10**12), min_size=1, max_size=40),
    size=st.integers(1, 40),
    seed=st.integers(0, 99),
    way=st.sampled_from(WAYS),
)
def test_an_estimate_lies_between_nothing_and_all(amounts, size, seed, way):
    frame = [Unit(f"c{no}", fen, f"s{no % 2}") for no, fen in enumerate(amounts)]
    try:
        sample = draw(frame, way, size, seed)
    except BadSample:
        return
    found = estimate(sample, {one.claim: one.fund_fen // 2 for one in sample.drawn})
    assert 0 <= found.low_fen <= found.high_fen <= sum(amounts)


@pytest.mark.parametrize(
    ("frame", "way", "size"),
    [
        ([], "random", 1),
        (FRAME, "random", 0),
        (FRAME, "random", 401),
        ([Unit("a", 0)], "value", 1),
        ([Unit("a", 1), Unit("a", 1)], "random", 1),
        (FRAME, "variance", 5),
    ],
)
def test_what_cannot_be_drawn_is_refused(frame, way, size):
    with pytest.raises(BadSample):
        draw(frame, way, size, 1)


def test_a_finding_above_what_was_paid_is_refused():
    sample = draw(FRAME, "random", 2, 1)
    with pytest.raises(BadSample):
        estimate(sample, {one.claim: one.fund_fen + 1 for one in sample.drawn})
    with pytest.raises(BadSample):
        estimate(sample, {})
