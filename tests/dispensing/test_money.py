"""Whole fen, and one way to round."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispensing.money import parse_share, parse_yuan, percent, share, share_fen, yuan

FEN = st.integers(0, 10**12)
SHARES = st.integers(0, 10_000)


@pytest.mark.parametrize(
    ("amount_fen", "permyriad", "expected_fen"),
    [
        (3303, 3500, 1156),  # 11.5605
        (1, 5000, 1),  # half a fen goes up
        (3, 5000, 2),  # and not to the even neighbour
        (1, 4999, 0),
        (0, 10_000, 0),
        (1260, 6000, 756),
    ],
)
def test_half_a_fen_is_rounded_up(amount_fen, permyriad, expected_fen):
    assert share_fen(amount_fen, permyriad) == expected_fen


@given(FEN, SHARES)
def test_a_share_is_the_nearest_whole_fen(amount_fen, permyriad):
    exact = Fraction(amount_fen * permyriad, 10_000)
    assert -Fraction(1, 2) < share_fen(amount_fen, permyriad) - exact <= Fraction(1, 2)


@given(FEN, FEN, SHARES)
def test_a_share_grows_with_its_amount(one_fen, other_fen, permyriad):
    less, more = sorted((one_fen, other_fen))
    assert share_fen(less, permyriad) <= share_fen(more, permyriad) <= more


@given(st.integers(-(10**13), 10**13))
def test_an_amount_is_written_and_read_back(amount_fen):
    assert parse_yuan(yuan(amount_fen)) == amount_fen


@given(SHARES)
def test_a_share_is_written_and_read_back(permyriad):
    assert parse_share(share(permyriad)) == permyriad


def test_a_percentage_is_written_for_people():
    assert [percent(7000), percent(1250), percent(5)] == ["70%", "12.5%", "0.05%"]


@pytest.mark.parametrize("text", ["", "1.234", "1,00", "1e2", "abc", "1.", "٣.00"])
def test_an_amount_that_is_not_yuan_is_refused(text):
    with pytest.raises(ValueError, match="expected yuan"):
        parse_yuan(text)


@pytest.mark.parametrize("text", ["1.01", "-0.1", "60%", "0.12345", "", ".5"])
def test_a_share_outside_nought_to_one_is_refused(text):
    with pytest.raises(ValueError, match="expected a share"):
        parse_share(text)
