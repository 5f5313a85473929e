"""By when a form is sent (T19, C15): as the region's own text says, with its sentence."""

from datetime import date

from dispensing.forms.due import FormDue, due_of
from dispensing.policy import rules_for

MONTH = date(2022, 12, 1)


def due(region):
    return due_of(MONTH, rules_for(region, date(2023, 1, 1)))


def test_t19_tieling_is_sent_by_the_second_and_c15_the_model_district_by_the_fifth():
    tieling, district = due("tieling"), due("chongqing")
    assert (tieling.day, district.day) == (date(2023, 1, 2), date(2023, 1, 5))
    assert "于每月2日前将" in tieling.cited.quote
    assert "每月5日前" in district.cited.quote


def test_where_no_text_names_a_day_the_second_is_taken_without_a_sentence():
    assert due("wenzhou") == due_of(MONTH) == FormDue(date(2023, 1, 2))
