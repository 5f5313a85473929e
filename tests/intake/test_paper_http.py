"""Papers over HTTP: the interface, the counter's page, and whatever else is sent."""

import json
from base64 import b64encode
from io import BytesIO
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlmodel import Session, func, select

from dispensing.tables import EventRow, PaperRow, PrescriptionLineRow, PrescriptionRow
from fixtures import cast
from tests.intake import papers
from tests.intake.test_national_http import JUNK, mutated, paths
from tests.intake.test_paper import sheet
from tests.platform import csrf

PATH = "/paper-prescriptions"
TABLES = (PaperRow, PrescriptionRow, PrescriptionLineRow, EventRow)


@pytest.fixture(scope="module")
def photograph() -> bytes:
    """Photograph one paper."""
    return papers.photographed(3)


def rows(platform: Any) -> int:
    """Count everything that a paper might leave."""
    with Session(platform.app.extensions["engine"]) as session:
        return sum(
            session.exec(select(func.count()).select_from(table)).one()
            for table in TABLES
        )


def body(photograph: bytes | None = None, **changes: Any) -> dict[str, Any]:
    """Make what a counter sends."""
    image = b64encode(photograph).decode() if photograph else None
    return {"paper": sheet(**changes), "image": image}


def filled(**changes: str) -> dict[str, Any]:
    """Fill the page's form in."""
    usual = {
        "paper_no": "0099",
        "record_no": "BA99",
        "issuer": cast.HOSPITAL,
        "doctor_code": cast.dr_lin.code,
        "doctor": cast.dr_lin.name,
        "issued_on": "2025-09-15",
        "valid_days": "3",
        "name": cast.alice.name,
        "id_number": cast.alice.id_number.lower(),
        "disease": "hypertension",
        "diagnosis": "I10.x00",
        "medicine_1": sheet()["lines"][0]["medicine"],
        "quantity_1": "3",
        "supply_days_1": "28",
        "dosage_1": "5mg 每日一次",
    }
    return {**usual, **changes}


def test_a_photographed_paper_is_taken_in(platform, photograph):
    clerk = platform.program("counter")
    first = clerk.ask("POST", PATH, body(photograph))
    assert (first.status_code, first.json["signature"]) == (201, "none")
    again = clerk.ask("POST", PATH, body(photograph))
    assert (again.status_code, again.json["id"]) == (200, first.json["id"])


def test_a_used_paper_is_a_conflict(platform, photograph):
    platform.program("counter").post(PATH, body(photograph))
    other = platform.program("second-counter")
    answer = other.ask("POST", PATH, body(photograph, paper_no="2", record_no="3"))
    assert answer.status_code == 409
    assert answer.json["type"] == "urn:yaoda:problem:paper-reused"
    assert "鹿城大药房" in answer.json["detail"]


def test_only_counters_key_papers_in(platform):
    for name in ("hospital", "alice", "bureau"):
        answer = platform.program(name).ask("POST", PATH, body())
        assert answer.status_code == 403
    assert platform.program(None).ask("POST", PATH, body()).status_code == 401


@pytest.mark.parametrize("image", ["", "!", "AAAA", "é", 7])
def test_an_image_that_is_none_is_named(platform, image):
    answer = platform.program("counter").ask("POST", PATH, {**body(), "image": image})
    assert answer.status_code == 422
    assert any("image" in error["where"] for error in answer.json["errors"])
    assert rows(platform) == 0


def test_a_body_that_is_too_large_is_refused(platform):
    sent = json.dumps({**body(), "image": "A" * 9_000_000})
    answer = platform.program("counter").ask(
        "POST", PATH, data=sent, content_type="application/json"
    )
    assert answer.status_code == 413


def test_a_counter_keys_a_paper_in_on_its_page(platform, photograph):
    person = platform.person("counter")
    page = person.get("/counter/paper").text
    sent = filled(csrf_token=csrf(page))
    sent["photo"] = (BytesIO(photograph), "paper.jpg")
    answer = person.post("/counter/paper", data=sent, follow_redirects=True)
    assert answer.status_code == 200, answer.text
    assert "0099" in answer.text and "陈**" in answer.text
    listed = person.get("/counter/paper").text
    assert "/photo" in listed
    with Session(platform.app.extensions["engine"]) as session:
        id_ = session.exec(select(PrescriptionRow.id)).one()
    photo = person.get(f"/counter/paper/{id_}/photo")
    assert (photo.status_code, photo.content_type) == (200, "image/jpeg")
    other = platform.person("second-counter")
    assert other.get(f"/counter/paper/{id_}/photo").status_code == 404


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"paper_no": "编号"}, "处方上的编号"),
        ({"id_number": "1"}, "身份证号"),
        ({"quantity_1": "many"}, "药品"),
        ({"medicine_1": ""}, "药品"),
        ({"issued_on": "yesterday"}, "开具日期"),
        ({"record_no": ""}, "备案号"),
    ],
)
def test_what_is_not_filled_in_right_is_told_in_plain_words(platform, change, named):
    person = platform.person("counter")
    token = csrf(person.get("/counter/paper").text)
    answer = person.post("/counter/paper", data=filled(csrf_token=token, **change))
    assert answer.status_code == 422
    assert named in answer.text
    assert rows(platform) == 0


def test_a_photograph_that_cannot_be_read_is_told(platform):
    person = platform.person("counter")
    sent = filled(csrf_token=csrf(person.get("/counter/paper").text))
    sent["photo"] = (BytesIO(b"no picture"), "paper.jpg")
    answer = person.post("/counter/paper", data=sent)
    assert answer.status_code == 422
    assert "照片" in answer.text
    assert rows(platform) == 0


def test_whatever_is_sent_gets_a_problem_and_leaves_nothing(platform):
    clerk = platform.program("counter")
    whole = body()
    places = [path for path in paths(whole) if path]

    @given(place=st.sampled_from(places), junk=JUNK, alone=st.booleans())
    @settings(
        max_examples=500,
        deadline=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
        database=None,
    )
    def examine(place, junk, alone):
        before = rows(platform)
        sent = json.dumps(junk if alone else mutated(whole, place, junk))
        answer = clerk.ask(
            "POST",
            PATH,
            data=sent.encode("utf-8", "surrogatepass"),
            content_type="application/json",
        )
        if answer.status_code in {200, 201}:
            return
        assert answer.status_code in {400, 409, 413, 422}, answer.text
        assert answer.content_type == "application/problem+json"
        assert rows(platform) == before

    examine()
