"""A long form that was refused comes back with what was typed into it."""

import re

from fixtures import cast
from tests import world
from tests.platform import csrf, platform, send, sent

__all__ = ["platform"]
OTHERS = ("csrf_token", "here")  # of this sending, and of the language
SHEET = {
    "paper_no": "0099",
    "record_no": "BA99",
    "issuer": cast.HOSPITAL,
    "doctor_code": cast.dr_lin.code,
    "doctor": cast.dr_lin.name,
    "issued_on": "2025-09-14",
    "long_term": "1",
    "name": cast.alice.name,
    "id_number": cast.alice.id_number,
    "disease": "diabetes",
    "diagnosis": "I10.x00",
    "medicine_2": world.AMLODIPINE,
    "quantity_2": "many",
}


def kept(page: str) -> dict[str, str]:
    """Read the fields that a page hides in its form."""
    found = re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', page)
    return {name: value for name, value in found if name not in OTHERS}


def test_a_refused_paper_comes_back_as_it_was_typed(platform):
    clerk = platform.person("counter")
    refused = send(clerk, "/counter/paper", **SHEET)
    assert refused.status_code == 422 and 'href="/counter/paper"' in refused.text
    assert kept(refused.text) == SHEET
    again = send(clerk, "/counter/paper/again", **kept(refused.text)).text
    for name, value in SHEET.items():
        if name not in ("disease", "long_term"):
            assert f'name="{name}" value="{value}"' in again
    assert '<option value="diabetes" selected>' in again
    assert 'value="1" checked' in again and "重新选择或拍摄" in again
    assert 'action="/counter/paper"' in again


def test_a_paper_page_that_is_opened_anew_is_empty(platform):
    page = platform.person("counter").get("/counter/paper").text
    assert 'name="paper_no" value=""' in page and "重新选择或拍摄" not in page


def test_a_helper_who_was_mistyped_is_corrected_without_another_scan(platform):
    rx, clerk = sent(platform), platform.person("counter")
    asked = {
        "prescriptions": [str(rx)],
        "share_with": "helper",
        "helper": {"name": "林小妹", "phone_tail": "1234"},
    }
    text = platform.program("alice").post("/access-codes", asked)["text"]
    typed = {
        "scanned": text,
        "helper_name": "林小妹",
        "helper_phone_tail": "4321",
        "helper_id_number": cast.bob.id_number,
    }
    refused = send(clerk, "/counter/presentations", **typed)
    assert refused.status_code == 409 and "保留填过的内容" in refused.text
    again = send(clerk, "/counter/presentations/again", **kept(refused.text))
    assert 'name="helper_name" value="林小妹"' in again.text
    assert csrf(again.text)
    right = {**kept(again.text), **typed, "helper_phone_tail": "1234"}
    right.pop("client_key", None)
    shown = send(clerk, "/counter/presentations", **right)
    assert "患者出示的处方" in shown.text


def test_a_form_that_is_short_leads_back_only(platform):
    page = send(platform.person("counter"), "/counter", scan="nothing").text
    assert "保留填过的内容" not in page
