"""An institution reports its month, the district holds it against what is settled (C15)."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import given, settings

from dispensing.forms.counting import count, count_by_outlet
from dispensing.forms.schedule import Span, added_up
from tests.forms.drawn import BOOKS, START
from tests.platform import open_platform, reversal, settled

MONTH = "2025-09"
SENT = {"number": 1, "reporter": "李芳", "phone": "0577-88230000"}
SPAN = Span(START, date(2025, 8, 1), date(2025, 8, 31))


@settings(max_examples=25, deadline=None)
@given(book=BOOKS)
def test_each_outlet_counts_its_own_and_together_they_are_the_form_but_for_people(book):
    by_outlet, whole = count_by_outlet(book, SPAN), count(book, SPAN)
    for outlet, cells in by_outlet.items():
        assert cells == count((one for one in book if one.outlet == outlet), SPAN)
    for key, cell in added_up(by_outlet.values()).items():
        assert cell.whole.people >= whole[key].whole.people
        for name in ("visits", "cost_fen", "in_scope_fen", "fund_fen"):
            assert getattr(cell.whole, name) == getattr(whole[key].whole, name)
            assert getattr(cell.month, name) == getattr(whole[key].month, name)


@pytest.fixture
def counter(platform):
    settled(platform)
    return platform.program("counter")


def reported(program):
    program.post(f"/reports/{MONTH}/versions", {})
    return program.post(f"/reports/{MONTH}/sendings", SENT)


def chronic(cells):
    (found,) = [
        one
        for one in cells
        if (one["row"], one["disease"]) == ("chronic", "hypertension")
    ]
    return found["month"]


def test_c15_a_report_fills_itself_from_the_own_settlements_and_is_sent_once(counter):
    assert counter.post(f"/reports/{MONTH}/versions", {})["number"] == 1
    told = counter.get(f"/reports/{MONTH}")
    assert chronic(told["cells"])["cost_fen"] == 1260 and told["faults"] == []
    first = reported(counter)
    assert first["sending"]["reporter"] == "李芳"
    assert counter.post(
        f"/reports/{MONTH}/sendings", {**SENT, "reporter": "另一人"}
    ) == (first)
    assert counter.get("/reports")["months"][0]["sent_at"]


def test_c15_another_outlet_reports_nothing_of_what_was_settled_elsewhere(
    platform, counter
):
    reported(counter)
    other = platform.program("second-counter")
    other.post(f"/reports/{MONTH}/versions", {})
    told = other.get(f"/reports/{MONTH}")
    assert chronic(told["cells"])["visits"] == 0
    assert [one["number"] for one in told["versions"]] == [1]


def test_c15_the_district_sees_who_reported_and_what_it_comes_to(platform, counter):
    reported(counter)
    bureau = platform.program("bureau")
    bureau.post(f"/forms/{MONTH}/versions", {})
    found = bureau.get(f"/forms/{MONTH}/reports")
    assert [one["number"] for one in found["reports"]] == [1]
    assert found["total"] == found["form"]
    assert bureau.get(f"/forms/{MONTH}/reports/differences") == []


def test_c15_what_is_taken_back_after_the_report_is_told_until_it_is_corrected(
    platform,
):
    rx = settled(platform)
    counter, bureau = platform.program("counter"), platform.program("bureau")
    reported(counter)
    counter.post(reversal(platform, rx), {"reason": "patient_changed_mind"})
    (one,) = bureau.get(f"/forms/{MONTH}/reports/differences")
    assert one["is_sent"]
    fen = {it["measure"]: (it["before"], it["after"]) for it in one["changes"]}
    assert fen["cost_fen"] == (1260, 0)
    counter.post(f"/reports/{MONTH}/versions", {})
    counter.post(f"/reports/{MONTH}/sendings", {**SENT, "number": 2})
    assert bureau.get(f"/forms/{MONTH}/reports/differences") == []


def test_who_has_not_reported_differs_by_all_that_was_settled_there(platform, counter):
    (one,) = platform.program("bureau").get(f"/forms/{MONTH}/reports/differences")
    assert not one["is_sent"]
    assert {it["before"] for it in one["changes"]} == {0}


def test_where_no_text_asks_nobody_is_late_and_the_page_says_so(platform, counter):
    page = platform.person("counter").get("/counter/reports")
    assert "本地文件没有要求本机构报送" in page.text and "逾期" not in page.text
    assert not counter.get("/reports")["is_asked"]
    assert platform.program("bureau").get(f"/forms/{MONTH}/reports")["reports"] == []


def test_the_pages_take_a_report_to_the_bureau_with_workbook_and_pdf(platform, counter):
    person, officer = platform.person("counter"), platform.person("bureau")
    counter.post(f"/reports/{MONTH}/versions", {})
    page = person.get(f"/counter/reports/{MONTH}").text
    assert "12.60" in page and "报送医保局" in page
    assert person.get(f"/counter/reports/{MONTH}/sheet.pdf").data.startswith(b"%PDF")
    assert person.get(f"/counter/reports/{MONTH}/sheet.xlsx").data.startswith(b"PK")
    counter.post(f"/reports/{MONTH}/sendings", SENT)
    listed = officer.get(f"/bureau/forms/{MONTH}/reports").text
    assert "已报送" in listed and "12.60" in listed
    told = officer.get(f"/bureau/forms/{MONTH}/reports/differences").text
    assert "报送的数与结算一致" in told


def test_an_outlet_reads_no_areas_list_and_an_officer_no_outlets_report(
    platform, counter
):
    bureau = platform.program("bureau")
    for program, path in (
        (counter, f"/forms/{MONTH}/reports"),
        (counter, f"/forms/{MONTH}/reports/differences"),
        (bureau, "/reports"),
        (bureau, f"/reports/{MONTH}"),
    ):
        assert program.ask("GET", path).status_code == 403, path


def test_a_month_that_has_not_begun_and_a_version_that_is_not_there_are_refused(
    counter,
):
    assert counter.ask("GET", "/reports/2099-01").status_code == 404
    late = counter.ask("POST", f"/reports/{MONTH}/sendings", {**SENT, "number": 7})
    assert late.status_code == 404
    counter.post(f"/reports/{MONTH}/versions", {})
    bad = counter.ask("POST", f"/reports/{MONTH}/sendings", {"number": 1})
    assert bad.status_code == 422


@pytest.fixture
def district(sqlite_url, tmp_path):
    """The platform where the text of the model district is in force."""
    opened = open_platform(sqlite_url, tmp_path, region="chongqing", overlay=None)
    yield opened
    opened.app.extensions["engine"].dispose()


def test_c15_the_model_district_asks_its_institutions_by_the_second(
    district, monkeypatch
):
    centre, bureau = district.program("centre"), district.program("bureau")
    assert centre.get("/reports")["is_asked"]
    assert not district.program("counter").get("/reports")["is_asked"]  # a shop
    now = datetime(2025, 10, 4, 4, tzinfo=UTC)
    monkeypatch.setattr(type(district.app.extensions["clock"]), "now", lambda _: now)
    page = district.person("centre").get(f"/counter/reports/{MONTH}").text
    assert "每月2日前向区医保局报送相关数据" in page
    assert "月度报送" in district.person("centre").get("/counter").text
    found = bureau.get(f"/forms/{MONTH}/reports")
    assert found["due"] == "2025-10-02" and found["is_asked"]
    (late,) = [it for it in bureau.get("/desk") if it["name"] == "forms"]
    assert any("机构还没有报送" in one["words"] for one in late["entries"])
    reported(centre)
    after = bureau.get(f"/forms/{MONTH}/reports")
    assert len(after["reports"]) == len(found["reports"])
    assert sum(one["sent_at"] is None for one in after["reports"]) == (
        sum(one["sent_at"] is None for one in found["reports"]) - 1
    )
