"""The summary of a year: its numbers, what is written of them, versions, sent once (T20, L28)."""

from datetime import date

import pytest

from dispensing.policy import rules_for
from dispensing.service.forms.yearly import due_of
from tests.platform import platform, send, settled

__all__ = ["platform"]
PATH = "/summaries/2025"
WRITTEN = {"progress": "全部纳入", "problems": "配备不足", "plan": "扩大长处方"}
SENT = {"number": 1, "reporter": "王敏", "phone": "0577-88960000"}


def test_t20_a_summary_has_the_years_numbers_and_is_sent_once(platform):
    """T20: numbers and next year's plan; a correction is a version of its own."""
    settled(platform)
    bureau = platform.program("bureau")
    assert bureau.get(PATH)["versions"] == []
    assert bureau.post(f"{PATH}/versions", WRITTEN)["number"] == 1
    assert bureau.post(f"{PATH}/versions", WRITTEN)["number"] == 1
    told = bureau.get(PATH)
    (cell,) = [one for one in told["cells"] if one["month"]["people"]]
    assert (cell["row"], cell["disease"]) == ("chronic", "hypertension")
    assert cell["month"]["cost_fen"] == 1260 and told["texts"] == WRITTEN
    sent = bureau.post(f"{PATH}/sendings", SENT)
    assert sent["sending"]["reporter"] == "王敏"
    assert bureau.post(f"{PATH}/sendings", SENT)["sending"] == sent["sending"]
    again = bureau.post(f"{PATH}/versions", {**WRITTEN, "plan": "扩面"})
    assert again["number"] == 2 and again["sending"] is None


def test_an_officer_writes_the_summary_on_its_page(platform):
    person = platform.person("bureau")
    page = send(person, "/bureau/summaries/2025/draw", **{**WRITTEN, "plan": "一\n二"})
    assert (
        page.status_code == 200 and "扩大" not in page.text and "配备不足" in page.text
    )
    sent = send(person, "/bureau/summaries/2025/send", **{**SENT, "number": "1"})
    assert "已报送" in sent.text
    assert "年度总结" in platform.person("health").get("/bureau/summaries/2025").text


@pytest.mark.parametrize(
    ("region", "day"),
    [("tieling", date(2025, 12, 20)), ("lincang", date(2025, 12, 31))],
)
def test_the_day_is_the_texts_with_its_sentence(region, day):
    """T20, L28."""
    due = due_of(2025, rules_for(region, date(2025, 6, 1)))
    assert due.day == day and due.cited.quote


def test_a_year_without_a_policy_or_to_come_has_no_summary(platform):
    bureau = platform.program("bureau")
    for year in ("1999", "2999", "0"):
        assert bureau.ask("GET", f"/summaries/{year}").status_code == 404
    assert bureau.ask("POST", f"{PATH}/versions", {"plan": ""}).status_code == 422
    counter = platform.program("counter")
    assert counter.ask("GET", PATH).status_code == 403
