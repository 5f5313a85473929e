"""A patient downloads what is held on them: everything, after the password, with a record."""

import json

import pytest
from sqlmodel import SQLModel

import web.cli  # noqa: F401  (every table is known then)
from fixtures import cast
from tests.platform import PASSWORD, csrf, delivery, open_platform, settled
from web import holdings
from web.pages.export_words import SECTIONS

TABLES = {name for names in holdings.TABLES.values() for name in names}


@pytest.fixture
def platform(sqlite_url, tmp_path):
    opened = open_platform(sqlite_url, tmp_path)
    yield opened
    opened.app.extensions["engine"].dispose()


def download(person, password=PASSWORD, form="json"):
    page = person.get("/patient/export").text
    sent = {"csrf_token": csrf(page), "password": password, "form": form}
    return person.post("/patient/export", data=sent)


def test_everything_that_is_held_is_in_the_file_and_nothing_of_others(platform):
    rx = settled(platform)
    alice = platform.program("alice")
    alice.post(f"/prescriptions/{rx}/order", delivery(phone="19900000009"))
    answer = download(platform.person("alice"))
    assert answer.headers["Content-Disposition"] == "attachment; filename=yaoda.json"
    assert answer.headers["Cache-Control"] == "no-store"
    held = json.loads(answer.text)["held"]
    (person,) = held["person"]
    assert (person["name"], person["id_sealed"]) == (
        cast.alice.name,
        cast.alice.id_number,
    )
    assert held["delivery_order"][0]["phone_sealed"] == "19900000009"
    assert held["prescription"][0]["id"] == str(rx) and held["prescription_line"]
    assert held["settlement"][0]["state"] == "posted"
    assert held["read_log"][-1]["purpose"] == "下载本人资料"
    for value in (cast.bob.id_number, cast.bob.name, "id_index", "sha256-"):
        assert value not in answer.text


def test_the_page_is_readable_in_both_languages(platform):
    settled(platform)
    page = download(platform.person("alice"), form="html").text
    assert (
        cast.alice.id_number in page and "身份证号" in page and "谁看过我的信息" in page
    )


def test_without_the_password_nothing_is_handed_out(platform):
    alice = platform.person("alice")
    answer = download(alice, password="not this one")
    assert answer.status_code == 403 and cast.alice.id_number not in answer.text
    assert "密码不对" in answer.text


def test_a_helper_downloads_nobody_elses(platform):
    bob = {"person_no": cast.bob.person_no, "id_number": cast.bob.id_number}
    platform.program("alice").post("/family-agents", bob)
    helper = platform.person("bob")
    page = helper.get("/patient/export").text
    sent = {"csrf_token": csrf(page), "password": PASSWORD, "form": "json"}
    answer = helper.post(
        "/patient/export", data={**sent, "person": cast.alice.person_no}
    )
    assert json.loads(answer.text)["person_no"] == cast.bob.person_no
    assert cast.alice.id_number not in answer.text
    assert platform.person("counter").get("/patient/export").status_code == 403


def test_every_table_with_a_persons_number_is_handed_out_or_has_a_reason():
    for name, table in SQLModel.metadata.tables.items():
        if "person_no" in table.columns:
            assert (name in TABLES) != (name in holdings.LEFT_OUT), name


def test_what_the_page_calls_is_handed_out():
    handed = holdings._handed()
    for name, (_, labels) in SECTIONS.items():
        assert labels.keys() <= set(handed[name]), name
