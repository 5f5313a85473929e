"""By when a form is sent (T19, C15): as the region's own text says, with its sentence."""

from datetime import date

from dispensing.forms.due import REPORT_MEETS, FormDue, due_of
from dispensing.policy import rules_for

MONTH = date(2022, 12, 1)


def due(region):
    return due_of(MONTH, rules_for(region, date(2023, 1, 1)))


def test_t19_tieling_is_sent_by_the_second_and_c15_the_model_district_by_the_fifth():
    tieling, district = due("tieling"), due("chongqing")
    assert (tieling.day, district.day) == (date(2023, 1, 2), date(2023, 1, 5))
    assert "于每月2日前将" in tieling.cited.quote
    assert "每月5日前" in district.cited.quote


def test_c15_only_the_model_district_asks_institutions_for_reports():
    asked = {
        region: due_of(MONTH, rules_for(region, date(2024, 8, 1)), REPORT_MEETS)
        for region in ("chongqing", "lincang", "suixi", "tieling", "wenzhou")
    }
    assert [region for region, due in asked.items() if due.cited] == ["chongqing"]
    assert asked["chongqing"].day == date(2023, 1, 2)
    assert "每月2日前向区医保局报送" in asked["chongqing"].cited.quote


def test_where_no_text_names_a_day_the_second_is_taken_without_a_sentence():
    assert due("wenzhou") == due_of(MONTH) == FormDue(date(2023, 1, 2))
