"""The year's clearing: pools by heads, points by rows, a surplus shared to the fen."""

from datetime import date
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispensing.clearing.payout import Member, losses, payout, split
from dispensing.clearing.pools import INPATIENT, OUTPATIENT, Heads, Spent, year
from dispensing.clearing.scores import Measured, score
from dispensing.clearing.terms import Lacking, terms
from dispensing.policy.rules import rules_for

IN_2021 = date(2021, 12, 31)
TERMS = terms(rules_for("suixi", IN_2021))
FULL = {
    item.row: Measured(0) if item.how == "deduction" else Measured(1, 1)
    for item in TERMS.items
}
ROWS = {item.row: item for item in TERMS.items}
NOTHING = {OUTPATIENT: Spent({}), INPATIENT: Spent({})}


def points(row: str, *found: int) -> Fraction:
    (only,) = score((ROWS[row],), {row: Measured(*found)}).rows
    assert only.points is not None
    return only.points


def member(code: str, level: str, heads: int, **changed: Measured) -> Member:
    rows = {key.strip("_").replace("_", "."): one for key, one in changed.items()}
    return Member(code, level, heads, score(TERMS.items, FULL | rows))


def test_s5_a_head_brings_what_the_text_says():
    kinds = [("two_diseases", OUTPATIENT), ("chronic", OUTPATIENT)]
    signed = [TERMS.quota(*kind, signed=True) for kind in kinds]
    assert [each.quota_fen for each in signed] == [340_00, 1000_00]
    assert [each.contract_fen for each in signed] == [100_00, 100_00]
    unsigned = [TERMS.quota(*kind, signed=False) for kind in kinds]
    assert [each.quota_fen for each in unsigned] == [240_00, 900_00]
    assert TERMS.quota("chronic", INPATIENT, signed=True).quota_fen == 7500_00
    assert signed[0].cited.quote.startswith("签约人头基金定额为340元/人")


def test_s15_s16_s17_pools_and_what_is_left_of_them():
    heads = [
        Heads("two_diseases", OUTPATIENT, True, 100),
        Heads("two_diseases", OUTPATIENT, False, 50),
        Heads("chronic", OUTPATIENT, True, 10),
        Heads("chronic", INPATIENT, False, 2),
    ]
    spent = {
        OUTPATIENT: Spent(
            {"two_diseases": 20_000_00, "chronic": 8_000_00}, 11_000_00, 500_00
        ),
        INPATIENT: Spent({"chronic": 16_000_00}),
    }
    done = year(TERMS, heads, spent)
    assert done.outpatient.brought_fen == 34_000_00 + 12_000_00 + 10_000_00
    assert done.outpatient.surplus_fen == 16_500_00
    assert done.inpatient.surplus_fen == -1_000_00
    assert done.surplus_fen == 15_500_00


@pytest.mark.parametrize(
    ("row", "found", "expected"),
    [
        ("1.1", (96, 100), 5),  # above the range: full
        ("1.1", (95, 100), Fraction(475, 100)),
        ("1.1", (80, 100), 4),
        ("1.1", (7999, 10_000), 0),
        ("2.2", (1, 1), 5),
        ("2.2", (94, 100), 0),
        ("3.2", (0, 7), 0),
        ("3.2", (61, 100), 3),
        ("5", (3,), Fraction(35, 10)),
        ("5", (11,), 0),  # never below nothing
        ("9", (7, 10), 10),
        ("9", (35, 100), 5),
    ],
)
def test_s20_to_s24_points_of_a_row(row, found, expected):
    assert points(row, *found) == expected


def test_s25_a_score_is_out_of_the_rows_that_the_text_has():
    assert TERMS.points_max == 60
    assert score(TERMS.items, FULL).ratio == 1
    half = score(TERMS.items, FULL | {"9": Measured(0, 10)})
    assert half.ratio == Fraction(50, 60)


def test_a_score_with_a_row_unmeasured_names_it_and_pays_nobody():
    found = score(TERMS.items, {row: one for row, one in FULL.items() if row != "9"})
    assert [item.row for item in found.missing] == ["9"]
    with pytest.raises(ValueError, match="not measured: rows 9"):
        payout(TERMS, 100, 1, [Member("V1", "village", 1, found)])


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        ({"10": Measured(1, 1)}, "no such rows: 10"),
        ({"5": Measured(1, 1)}, "row 5 wants a number of cases"),
        ({"9": Measured(1)}, "row 9 wants a share"),
    ],
)
def test_measurements_of_another_kind_are_refused(rows, told):
    with pytest.raises(ValueError, match=told):
        score(TERMS.items, rows)


@pytest.mark.parametrize("counts", [(2, 1), (-1, 3), (1, 0), (-1,)])
def test_counts_that_cannot_be_are_refused(counts):
    with pytest.raises(ValueError, match=r"expected counts|more than all"):
        Measured(*counts)


def test_s18_a_surplus_goes_by_level_by_heads_and_by_score():
    members = [
        member("H", "county", 1000),
        member("T1", "township", 600, _9=Measured(35, 100)),
        member("T2", "township", 400),
        member("V1", "village", 600),
        member("V2", "village", 300),  # and a hundred people without a village clinic
    ]
    done = payout(TERMS, 10_000_00, 1000, members)
    paid = {part.member.code: part.paid_fen for part in done.parts}
    assert paid == {
        "H": 2_000_00,
        "T1": 2_750_00,  # 55 of 60 points of 3,000 yuan
        "T2": 2_000_00,
        "V1": 1_800_00,
        "V2": 900_00,
    }
    assert done.unclaimed_fen == 300_00
    assert done.pool_fen == 250_00 + 300_00
    (loss,) = losses(done)
    assert (loss.member.code, loss.points.item.row, loss.fen) == ("T1", "9", 250_00)


def test_s19_an_overspend_is_borne_by_the_group():
    done = payout(TERMS, -5_000_00, 10, [member("H", "county", 10)])
    assert (done.paid_fen, done.pool_fen) == (0, -5_000_00)


def test_more_people_in_villages_than_in_the_group_are_refused():
    with pytest.raises(ValueError, match="village: 11 people in a group of 10"):
        payout(TERMS, 1, 10, [member("V", "village", 11)])


def test_an_institution_given_twice_is_refused():
    with pytest.raises(ValueError, match="given twice"):
        payout(TERMS, 1, 10, [member("V", "village", 1), member("V", "village", 1)])


def test_a_year_whose_amounts_are_not_written_is_left_open():
    with pytest.raises(Lacking) as lacking:
        terms(rules_for("suixi", date(2022, 12, 31)))
    assert lacking.value.figures == ("heads.quotas",)


def test_amounts_that_are_not_whole_fen_are_refused():
    with pytest.raises(TypeError):
        Spent({"chronic": 0.5})  # type: ignore[dict-item]
    with pytest.raises(ValueError, match="below nothing"):
        Spent({"chronic": -1})


heads_of = st.lists(st.integers(0, 5_000), min_size=1, max_size=6)


@given(
    surplus_fen=st.integers(-(10**12), 10**12),
    villages=heads_of,
    towns=heads_of,
    bad=st.lists(st.integers(0, 30), min_size=12, max_size=12),
    nobody=st.integers(0, 500),
)
def test_what_is_paid_and_what_returns_is_the_surplus_to_the_fen(
    surplus_fen, villages, towns, bad, nobody
):
    group = max(sum(villages), sum(towns)) + nobody
    members = [
        member(
            f"{level}{no}", level, heads, _5=Measured(bad[no]), _9=Measured(bad[no], 30)
        )
        for level, all_ in (
            ("village", villages),
            ("township", towns),
            ("county", [group]),
        )
        for no, heads in enumerate(all_)
    ]
    done = payout(TERMS, surplus_fen, group, members)
    assert done.paid_fen + done.pool_fen == surplus_fen
    returned_fen = sum(part.returned_fen for part in done.parts)
    if surplus_fen > 0 and group:
        assert done.pool_fen == returned_fen + done.unclaimed_fen
        assert done.unclaimed_fen >= 0
    assert all(0 <= part.paid_fen <= part.full_fen for part in done.parts)


@given(st.integers(0, 10**12), st.lists(st.integers(0, 10**6), min_size=1).filter(any))
def test_a_split_is_whole_and_within_a_fen_of_each_share(total_fen, weights):
    parts = split(total_fen, weights)
    assert sum(parts) == total_fen
    for part, weight in zip(parts, weights, strict=True):
        assert abs(part - Fraction(total_fen * weight, sum(weights))) < 1


@given(
    surplus_fen=st.integers(1, 10**12),
    villages=heads_of,
    cases=st.lists(st.integers(0, 12), min_size=6, max_size=6),
)
def test_s18_each_share_is_that_of_a_reckoning_in_fractions(
    surplus_fen, villages, cases
):
    """Score x 30 % x surplus a head x own heads, within the fen of each of three roundings."""
    group = max(sum(villages), 1)
    members = [
        member(f"V{no}", "village", heads, _5=Measured(cases[no]))
        for no, heads in enumerate(villages)
    ]
    done = payout(TERMS, surplus_fen, group, members)
    for no, part in enumerate(done.parts):
        points = 55 + max(5 - Fraction(cases[no], 2), 0)
        a_head = Fraction(surplus_fen, group)
        exact = points / 60 * Fraction(3, 10) * a_head * villages[no]
        assert abs(part.paid_fen - exact) < 3
