"""The dates of the five texts, computed from the packs, and the tasks that they become."""

from datetime import date

import pytest

from dispensing.calendar import UNITS, Duty, dues, period_of, state_of
from dispensing.policy import load_packs, rules_for
from dispensing.service.tasks import plan_of

PACKS = load_packs()


def plan(region, day):
    return plan_of(rules_for(region, day))


def days(region, slug, first, last):
    found = plan(region, last).due(first, last)
    return [due.on.isoformat()[5:] for due in found if due.duty.slug == slug]


YEAR_2022 = (date(2022, 1, 1), date(2022, 12, 31))


def test_tieling_matches_by_the_tenth_of_each_quarter_and_reports_by_the_second():
    """T3, T19, T20."""
    assert days("tieling", "data-match", *YEAR_2022) == [
        "01-10",
        "04-10",
        "07-10",
        "10-10",
    ]
    assert days("tieling", "monthly-form", *YEAR_2022) == [
        f"{m:02}-02" for m in range(1, 13)
    ]
    assert days("tieling", "annual-summary", *YEAR_2022) == ["12-20"]


def test_lincang_has_its_lists_by_july_its_flags_by_august_and_a_package_by_quarter():
    """L1, L3, L4, L5, L17, L28."""
    year = (date(2024, 7, 16), date(2024, 12, 31))
    assert days("lincang", "push-unflagged", *year) == ["07-31"]
    assert days("lincang", "verify-lists", *year) == ["07-31"]
    assert days("lincang", "flag-all", *year) == ["08-31"]
    assert days("lincang", "all-counties", *year) == ["12-31"]
    assert days("lincang", "annual-summary", *year) == ["12-31"]
    assert days("lincang", "package-advance", *year) == ["09-30", "12-31"]
    assert len(days("lincang", "package-settling", *year)) == 6
    assert days("lincang", "package-clearing", *year) == ["12-31"]


def test_the_model_district_reports_from_april_meets_monthly_and_is_whole_by_june():
    """C2, C3, C12, C13, C14, C15."""
    year = (date(2023, 1, 1), date(2023, 12, 31))
    region = "chongqing"
    assert days(region, "institutions-report", *year)[:2] == ["01-02", "02-02"]
    assert len(days(region, "district-report", *year)) == 12
    assert days(region, "all-entitled", *year) == ["06-30"]
    assert days(region, "working-group", *year) == ["03-15"]
    assert days(region, "year-clearing", *year) == ["12-31"]
    for slug in ("managed-list", "entitled-list", "monthly-meeting"):
        assert days(region, slug, *year)[1] == "02-28"


def test_wenzhou_inspects_each_quarter_from_september_2019():
    """W20."""
    year = (date(2019, 7, 1), date(2019, 12, 31))
    assert days("wenzhou", "quarterly-inspection", *year) == ["09-30", "12-31"]
    assert days("wenzhou", "quota-met", *year) == ["07-31"]
    assert days("wenzhou", "delivery-running", *year) == ["08-31"]
    assert days("wenzhou", "policy-adjusted", *year) == ["06-30"]


def test_suixi_mobilises_runs_evaluates_and_clears_the_year():
    """S11, S14."""
    year = (date(2021, 1, 1), date(2022, 3, 31))
    for slug, on in (("mobilise", "12-31"), ("run", "12-31"), ("evaluate", "03-31")):
        assert days("suixi", slug, *year) == [on]
    assert days("suixi", "year-clearing", *year) == ["12-31"]


def test_lincangs_list_of_tasks_is_data_with_unit_deadline_and_sentence():
    """L29, and the tasks L6, L21, L24, L25, L26 in it."""
    found = plan("lincang", date(2024, 9, 1)).listed
    assert len(found) == 21
    dated = {one.slug: one.until for one in found if one.until}
    assert dated == {
        "1-push-unflagged": date(2024, 7, 31),
        "1-verify-lists": date(2024, 7, 31),
        "1-flag-all": date(2024, 8, 31),
    }
    slugs = {one.slug for one in found}
    assert {"1-enrol-uninsured", "7-family-doctors", "9-village-clinics"} <= slugs
    assert {"10-doctors", "11-fund"} <= slugs
    assert len({one.measure for one in found}) == 5
    assert all(set(one.of) <= set(UNITS) and one.who and one.quote for one in found)


@pytest.mark.parametrize(
    "region", sorted({pack.region for pack in PACKS} - {"national"})
)
def test_every_date_has_its_sentence_and_a_name_of_its_own(region):
    duties = plan(region, date(2025, 9, 15)).duties
    assert duties and all(one.quote and one.clause and one.of for one in duties)
    assert len({one.slug for one in duties}) == len(duties)


def test_a_key_finds_its_due_day_again_and_no_other():
    found = plan("wenzhou", date(2025, 9, 15))
    due = found.due_at("due:quarterly-inspection:2025-09-30")
    assert due is not None and due.period == "2025Q3" and not due.duty.is_dated
    for key in (
        "due:quarterly-inspection:2025-09-29",
        "due:x:2025-09-30",
        "list:a",
        "",
    ):
        assert found.due_at(key) is None


def test_a_leap_day_ends_its_month():
    duty = Duty("a", "a", ("bureau",), "a", "month", "d", "c", "q")
    february = dues([duty], date(2024, 2, 1), date(2024, 2, 29))
    assert [due.on for due in february] == [date(2024, 2, 29)]
    assert period_of("year", date(2024, 2, 1)) == "2024"


@pytest.mark.parametrize(
    ("acts", "due", "state"),
    [
        ((), date(2025, 9, 15), "open"),
        ((), date(2025, 9, 14), "late"),
        (("begin",), date(2025, 9, 20), "in_progress"),
        (("begin",), date(2025, 9, 14), "late"),
        (("begin", "done"), date(2025, 9, 1), "done"),
        (("done", "reopen", "note"), date(2025, 9, 20), "open"),
        ((), date(2019, 6, 30), "unrecorded"),
        (("note",), date(2019, 6, 30), "late"),
        ((), None, "open"),
    ],
)
def test_a_task_stands_as_what_was_written_down_says(acts, due, state):
    assert state_of(acts, due, date(2025, 9, 15)) == state
