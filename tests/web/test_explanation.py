"""The explanation of a check: for its patient and the counter, and for nobody else."""

from uuid import uuid4

import pytest

from fixtures import cast
from tests.platform import sent, settled


def checked(platform):
    rx = sent(platform)
    asked = {"voucher": "card", "trace_codes": None}
    platform.program("counter").post(f"/prescriptions/{rx}/checks", asked)
    return rx


@pytest.mark.parametrize("name", ["alice", "counter"])
def test_patient_and_counter_read_the_explanation(platform, name):
    rx = checked(platform)
    found = platform.program(name).get(f"/prescriptions/{rx}/explanation")
    told = found["explanation"]
    assert found["prescription_id"] == str(rx)
    assert told["decision"] == "accepted"
    assert told["patient_fen"] == told["account_fen"] + told["cash_fen"]
    assert len(told["checks"]) == 23
    assert told["labels"]
    assert told["cheaper"][0]["saves_fen"] > 0
    assert told["sum"][0]["result_fen"] == told["total_fen"]


def test_the_explanation_speaks_english_when_asked(platform):
    rx = checked(platform)
    path = f"/prescriptions/{rx}/explanation?language=en"
    told = platform.program("alice").get(path)["explanation"]
    assert told["language"] == "en"
    assert told["checks"][0]["title"] == "Where the prescription comes from"


@pytest.mark.parametrize(
    ("name", "status"), [("bob", 404), ("hospital", 403), ("dispatcher", 403)]
)
def test_nobody_else_reads_it(platform, name, status):
    rx = checked(platform)
    answer = platform.program(name).ask("GET", f"/prescriptions/{rx}/explanation")
    assert answer.status_code == status


def test_what_was_not_checked_is_not_there_to_explain(platform):
    program = platform.program("alice")
    for rx in (sent(platform), uuid4()):
        answer = program.ask("GET", f"/prescriptions/{rx}/explanation")
        assert answer.status_code == 404


def test_another_language_is_refused(platform):
    rx = checked(platform)
    path = f"/prescriptions/{rx}/explanation?language=fr"
    assert platform.program("alice").ask("GET", path).status_code == 422


@pytest.mark.parametrize(
    ("name", "face"), [("alice", "patient"), ("counter", "counter")]
)
def test_the_page_is_one_link_away(platform, name, face):
    rx = settled(platform)
    person = platform.person(name)
    path = f"/{face}/prescriptions/{rx}/explanation"
    assert path in person.get(f"/{face}/prescriptions/{rx}").text
    page = person.get(path).text
    assert "钱是怎么算的" in page
    assert "怎样更省钱" in page
    assert "示例数据" in page
    assert cast.alice.id_number not in page


def test_the_label_of_figures_that_are_not_official_is_said_in_english_too(platform):
    rx = settled(platform)
    person = platform.person("counter")
    person.post("/language/en", data={"here": "/counter"})
    for path in (
        f"/counter/prescriptions/{rx}",
        f"/counter/prescriptions/{rx}/explanation",
    ):
        page = person.get(path).text
        labelled = page.count('Sample data (<span lang="zh-CN">示例数据</span>)')
        assert labelled and page.count(">示例数据<") == labelled
        assert "示例数据：" not in page


def test_the_page_tells_a_refusal_and_the_way_out(platform):
    rx = sent(platform, 7, record_no=None)
    asked = {"voucher": "card", "trace_codes": None}
    platform.program("counter").post(f"/prescriptions/{rx}/checks", asked)
    page = platform.person("alice").get(f"/patient/prescriptions/{rx}/explanation").text
    assert "现在不能用医保结算" in page
    assert "怎样才能通过" in page
    assert "备案号" in page


def test_the_page_of_a_stranger_is_not_there(platform):
    rx = checked(platform)
    path = f"/patient/prescriptions/{rx}/explanation"
    assert platform.person("bob").get(path).status_code == 404
