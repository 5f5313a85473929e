"""The life of a designation without a database: conditions, states, the table, the changes."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pharmacies.designation import (
    CHRONIC,
    GENERAL,
    OPERATIONS,
    REFUSALS,
    STATES,
    Agreement,
    Condition,
    Dossier,
    Known,
    Refused,
    cell,
    changes,
    examine,
    months_later,
    permit,
    state_of,
)
from pharmacies.designation.admission import ASKED
from pharmacies.designation.changes import Terms

TODAY = date(2025, 9, 15)
ORDER = "零售药店医疗保障定点管理暂行办法"
FIGURES = {"clean": 12, "running": 3, "pharmacist": 1, "contract": 12}
CONDITIONS = {
    name: Condition(FIGURES.get(name, 1), ORDER, "第七条") for name in GENERAL
}
FIT = Dossier(
    licence_no="浙CB577-0001",
    licence_until=date(2028, 1, 1),
    retails_medicines=True,
    running_since=date(2025, 6, 15),
    pharmacists=1,
    contract_from=date(2025, 1, 1),
    contract_until=date(2025, 12, 31),
    insurance_manager="陈静",
    record_looked_up=True,
    information_system=True,
)
AGREED = Agreement(
    "P33030200001",
    "chronic",
    date(2025, 1, 1),
    date(2025, 12, 31),
    date(2025, 1, 1),
    "鹿城区",
)


def verdicts(dossier):
    found = examine(dossier, CONDITIONS, TODAY)
    assert tuple(one.condition for one in found) == GENERAL
    return {one.condition: one.verdict for one in found if one.verdict != "met"}


def test_a_fit_pharmacy_meets_every_condition():
    assert verdicts(FIT) == {}


def test_an_empty_dossier_leaves_every_condition_unknown():
    assert verdicts(Dossier()) == dict.fromkeys(GENERAL, "unknown")


@pytest.mark.parametrize(
    ("changed", "condition"),
    [
        ({"running_since": date(2025, 6, 16)}, "running"),
        ({"pharmacists": 0}, "pharmacist"),
        ({"last_violation": date(2024, 9, 16)}, "clean"),
        ({"licence_until": date(2025, 9, 14)}, "licence"),
        ({"retails_medicines": False}, "licence"),
        ({"contract_until": date(2025, 12, 30)}, "contract"),
        ({"contract_from": date(2025, 9, 16)}, "contract"),
        ({"insurance_manager": ""}, "manager"),
        ({"information_system": False}, "system"),
    ],
)
def test_each_condition_refuses_one_day_or_one_short(changed, condition):
    assert verdicts(replace(FIT, **changed)) == {condition: "unmet"}


def test_a_violation_a_year_ago_to_the_day_no_longer_counts():
    assert verdicts(replace(FIT, last_violation=date(2024, 9, 15))) == {}


def test_a_condition_that_no_text_states_is_not_asked():
    assert examine(Dossier(), {}, TODAY) == ()


def test_every_condition_is_of_one_kind_of_admission():
    assert set(ASKED) == {*GENERAL, *CHRONIC}
    assert not {*GENERAL} & {*CHRONIC}


@given(st.dates(date(1990, 1, 1), date(2090, 1, 1)), st.integers(0, 60))
def test_months_later_is_never_in_a_month_too_many(day, months):
    later = months_later(day, months)
    counted = (later.year - day.year) * 12 + later.month - day.month
    assert counted == months and later.day <= day.day


def test_every_cell_of_the_table_leads_somewhere_or_refuses_with_words():
    for operation in OPERATIONS:
        for state in STATES:
            found = cell(operation, state)
            assert bool(found.to) != bool(found.code), (operation, state)
            assert set(found.to) <= set(STATES)
            if found.code:
                assert found.code in REFUSALS
                with pytest.raises(Refused) as refused:
                    permit(operation, state)
                assert refused.value.code == found.code
            assert set(found.also) <= set(REFUSALS)


def test_no_refusal_is_left_over():
    named = {cell(o, s).code for o in OPERATIONS for s in STATES}
    named |= {code for one in OPERATIONS.values() for code in one.also}
    assert named - {None} == set(REFUSALS)


def test_the_state_follows_from_the_days():
    paused = replace(AGREED, suspended=((date(2025, 3, 1), date(2025, 3, 31)),))
    known = Known([paused])
    assert [
        state_of(known, day)
        for day in (
            date(2024, 12, 31),
            date(2025, 1, 1),
            date(2025, 3, 1),
            date(2025, 4, 1),
            date(2026, 1, 1),
        )
    ] == ["agreed", "in_force", "suspended", "in_force", "ended"]


def test_an_application_counts_where_no_agreement_stands():
    assert state_of(Known([]), TODAY) == "none"
    assert state_of(Known([], "apply"), TODAY) == "applied"
    assert state_of(Known([AGREED], "apply"), TODAY) == "in_force"
    assert state_of(Known([AGREED], "refuse"), date(2026, 1, 1)) == "refused"
    assert state_of(Known([AGREED], "sign"), date(2026, 1, 1)) == "ended"


def test_a_suspension_may_not_lie_over_another():
    paused = changes.suspended(
        AGREED, date(2025, 3, 1), date(2025, 3, 31), stops_orders=True
    )
    assert paused.stops_orders(date(2025, 3, 31))
    assert not paused.stops_orders(date(2025, 4, 1))
    for first, last in (
        (date(2025, 3, 31), None),
        (date(2025, 2, 1), date(2025, 3, 1)),
    ):
        with pytest.raises(Refused, match="suspended in these days"):
            changes.suspended(paused, first, last, stops_orders=False)


def test_what_is_resumed_keeps_the_days_that_were():
    open_end = changes.suspended(AGREED, date(2025, 3, 1), None, stops_orders=True)
    back = changes.resumed(open_end, date(2025, 3, 11))
    assert back.suspended == ((date(2025, 3, 1), date(2025, 3, 10)),)
    called_off = changes.resumed(open_end, date(2025, 3, 1))
    assert called_off == AGREED
    with pytest.raises(Refused, match="not suspended"):
        changes.resumed(back, date(2025, 3, 11))


def test_an_agreement_that_is_called_off_before_its_first_day_is_never_in_force():
    off = changes.ended(AGREED, date(2024, 12, 1))
    assert not any(off.in_force(date(2025, 1, day)) for day in range(1, 31))


@pytest.mark.parametrize(
    "change",
    [
        lambda: changes.renewed(replace(AGREED, ends=None), date(2026, 12, 31)),
        lambda: changes.renewed(AGREED, date(2025, 12, 31)),
        lambda: changes.ended(AGREED, date(2025, 12, 31)),
        lambda: changes.card_opened(AGREED, TODAY),
        lambda: changes.suspended(AGREED, date(2026, 1, 1), None, stops_orders=False),
        lambda: changes.suspended(
            AGREED, date(2025, 3, 2), date(2025, 3, 1), stops_orders=False
        ),
        lambda: changes.signed(
            "P33030200001", "general", Terms(TODAY, date(2025, 9, 14))
        ),
        lambda: changes.signed(
            "P33030200001", "chronic", Terms(TODAY, None, date(2025, 9, 14))
        ),
    ],
)
def test_days_that_do_not_fit_are_refused(change):
    with pytest.raises(Refused) as refused:
        change()
    assert refused.value.code in {"bad-days", "no-end", "card-open"}
