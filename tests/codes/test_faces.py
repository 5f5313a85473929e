"""Codes over the interface and on the pages: presented, shared, photographed, withdrawn."""

import re
from io import BytesIO

import numpy as np
import pytest
import zxingcpp
from PIL import Image

from fixtures import cast
from tests import world
from tests.platform import (
    Platform,
    codes,
    csrf,
    platform,
    send,
    sent,
    settings_for,
)
from web import desks
from web.keys import load_keys

__all__ = ["platform"]
SHOP = cast.LUCHENG_PHARMACY
HELPER = {"name": "林小妹", "phone_tail": "1234"}
SHOWN = {**HELPER, "id_number": cast.bob.id_number}


def insurance_code(platform: Platform, purpose: str, **more: str) -> str:
    wanted = {"purpose": purpose, "outlet": SHOP, **more}
    name = more.pop("by", "alice")
    wanted.pop("by", None)
    text: str = platform.program(name).post("/insurance-codes", wanted)["text"]
    return text


def shared(platform: Platform, *ids: object, **more: object) -> dict[str, str]:
    asked = {"prescriptions": [str(one) for one in ids], **more}
    made: dict[str, str] = platform.program("alice").post("/access-codes", asked)
    return made


def refusal(answer) -> str:
    assert answer.status_code == 409, answer.text
    return str(answer.json["type"].removeprefix("urn:yaoda:problem:"))


def photograph(text: str) -> bytes:
    made = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode)
    grey = np.array(made.to_image(scale=6, add_quiet_zones=True))
    out = BytesIO()
    Image.fromarray(grey).save(out, "JPEG")
    return out.getvalue()


def upload(raw: bytes) -> dict[str, object]:
    """Write a form with a file as a browser does, in memory."""
    head = (
        b'--cut\r\nContent-Disposition: form-data; name="picture";'
        b' filename="photo.jpg"\r\nContent-Type: image/jpeg\r\n\r\n'
    )
    kind = "multipart/form-data; boundary=cut"
    return {"data": head + raw + b"\r\n--cut--\r\n", "content_type": kind}


def test_a_code_for_fetching_opens_the_list_and_is_recorded(platform):
    rx = sent(platform)
    clerk = platform.program("counter")
    text = insurance_code(platform, "download")
    opened = clerk.post("/presentations", {"scanned": text})
    assert [one["id"] for one in opened["prescriptions"]] == [str(rx)]
    again = clerk.get(f"/presentations/{opened['id']}")
    assert again["prescriptions"][0]["hosp_rx_no"] == world.message()["hosp_rx_no"]
    page = platform.person("alice").get("/patient/readers").text
    assert "扫码取处方" in page
    other = platform.program("second-counter")
    assert other.ask("GET", f"/presentations/{opened['id']}").status_code == 404


def test_an_access_code_goes_to_a_helper_and_comes_back(platform):
    rx = sent(platform)
    made = shared(platform, rx, share_with="helper", helper=HELPER, days=1)
    clerk = platform.program("counter")
    asked = {"scanned": made["text"]}
    assert refusal(clerk.ask("POST", "/presentations", asked)) == "access-helper-needed"
    opened = clerk.post("/presentations", {**asked, "helper": SHOWN})
    assert opened["helper_name"] == "林小妹"
    alice = platform.program("alice")
    ended = alice.post(f"/access-codes/{made['id']}/withdrawal")
    assert ended["state"] == "withdrawn"
    later = {**asked, "helper": SHOWN}
    assert refusal(clerk.ask("POST", "/presentations", later)) == "access-withdrawn"
    (listed,) = alice.get("/access-codes")
    kinds = [one["kind"] for one in listed["events"]]
    assert kinds == ["shared", "presented", "withdrawn", "refused"]
    assert made["text"] not in str(listed)
    assert platform.program("bob").get("/access-codes") == []
    stranger = platform.program("bob")
    path = f"/access-codes/{made['id']}/withdrawal"
    assert stranger.ask("POST", path).status_code == 404


def test_the_text_of_an_access_code_is_kept_under_no_key_of_a_client(platform):
    rx = sent(platform)
    asked = {"prescriptions": [str(rx)]}
    key = {"headers": {"Idempotency-Key": "one-key"}}
    alice = platform.program("alice")
    first = alice.ask("POST", "/access-codes", asked, **key)
    second = alice.ask("POST", "/access-codes", asked, **key)
    assert first.json["text"] != second.json["text"]


def test_a_relative_with_leave_shows_the_code_of_another(platform):
    rx = sent(platform)
    bob = platform.program("bob")
    wanted = {"purpose": "download", "outlet": SHOP, "person": cast.alice.person_no}
    assert refusal(bob.ask("POST", "/insurance-codes", wanted)) == "code-not-agent"
    leave = {"person_no": cast.bob.person_no, "id_number": cast.bob.id_number}
    alice = platform.program("alice")
    assert [one["name"] for one in alice.post("/family-agents", leave)] == ["林建国"]
    text = bob.post("/insurance-codes", wanted)["text"]
    opened = platform.program("counter").post("/presentations", {"scanned": text})
    assert opened["agent_name"] == "林**"
    assert [one["id"] for one in opened["prescriptions"]] == [str(rx)]
    ended = {"person_no": cast.bob.person_no}
    assert alice.post("/family-agents/withdrawals", ended) == []
    assert alice.get("/family-agents") == []


def test_who_signs_out_leaves_no_open_code(platform):
    sent(platform)
    alice = platform.person("alice")
    page = send(alice, "/patient/codes", purpose="download", outlet=SHOP).text
    text = re.search(r'id="code-text">([^<]+)<', page)[1]
    alice.post("/logout", data={"csrf_token": csrf(alice.get("/patient").text)})
    asked = {"scanned": text}
    answer = platform.program("counter").ask("POST", "/presentations", asked)
    assert refusal(answer) == "code-signed-out"


def test_a_settlement_may_pin_what_the_patient_was_told(platform):
    rx = sent(platform)
    clerk = platform.program("counter")
    asked = {
        "scanned_code": insurance_code(platform, "settle"),
        "trace_codes": codes(),
        "patient_fen": 1,
    }
    path = f"/prescriptions/{rx}/settlement"
    assert refusal(clerk.ask("PUT", path, asked)) == "amount-changed"
    asked |= {"scanned_code": insurance_code(platform, "settle"), "patient_fen": 1260}
    assert clerk.put(path, asked)["state"] == "posted"


def test_a_photograph_is_read_and_no_larger_one_is_taken(platform):
    sent(platform)
    text = insurance_code(platform, "download")
    clerk = platform.program("counter")
    answer = clerk.ask("POST", "/codes/decode", **upload(photograph(text)))
    assert answer.json == [{"text": text, "kind": "insurance_code", "damage": None}]
    large = photograph(text) + b"\0" * (8 * 1024 * 1024)
    refused = clerk.ask("POST", "/codes/decode", **upload(large))
    assert refusal(refused) == "picture-too-large"
    huge = photograph(text) + b"\0" * (9 * 1024 * 1024)
    assert clerk.ask("POST", "/codes/decode", **upload(huge)).status_code == 413
    none = clerk.ask("POST", "/codes/decode", **upload(b"nothing"))
    assert refusal(none) == "picture-not-a-picture"
    assert clerk.ask("POST", "/codes/decode", {"picture": "x"}).status_code == 422


def test_the_counters_page_opens_what_is_scanned_typed_or_photographed(platform):
    rx = sent(platform)
    counter = platform.person("counter")
    made = shared(platform, rx)
    number = world.message()["hosp_rx_no"]
    for scan in (made["text"].lower(), insurance_code(platform, "download")):
        page = send(counter, "/counter", scan=scan)
        assert "患者出示的处方" in page.text and number in page.text
        assert "陈**" in page.text and cast.alice.name not in page.text
    page = send(counter, "/counter/pictures", **picture(photograph(made["text"])))
    assert "患者出示的处方" in page.text
    page = send(counter, "/counter/pictures", **picture(photograph(number)))
    assert f'value="{number}"' in page.text
    page = send(counter, "/counter", scan=f"]C1{number}")
    assert 'id="checking"' in page.text


def picture(raw: bytes) -> dict[str, object]:
    return {"picture": (BytesIO(raw), "photo.jpg")}


def test_the_counters_page_asks_who_the_helper_is(platform):
    rx = sent(platform)
    made = shared(platform, rx, share_with="helper", helper=HELPER)
    counter = platform.person("counter")
    page = send(counter, "/counter", scan=made["text"])
    assert page.status_code == 200 and "核对代取人" in page.text
    fields = {
        "scanned": made["text"],
        "helper_name": HELPER["name"],
        "helper_phone_tail": "9999",
        "helper_id_number": cast.bob.id_number,
    }
    wrong = send(counter, "/counter/presentations", **fields)
    assert wrong.status_code == 409 and "不符" in wrong.text
    right = send(
        counter, "/counter/presentations", **{**fields, "helper_phone_tail": "1234"}
    )
    assert "林小妹" in right.text and "患者出示的处方" in right.text


def test_the_patients_page_shares_and_withdraws(platform):
    rx = sent(platform)
    alice = platform.person("alice")
    fields = {
        "prescriptions": str(rx),
        "share_with": "helper",
        "helper_name": HELPER["name"],
        "helper_phone_tail": HELPER["phone_tail"],
        "days": "3",
    }
    choices = alice.get("/patient/sharing").text
    assert "高血压：苯磺酸氨氯地平片 5mg · 今天（9月15日）</span></label>" in choices
    page = send(alice, "/patient/sharing", **fields).text
    text = re.search(r'id="access-text">([^<]+)<', page)[1]
    assert "<svg" in page and "林小妹" in page
    clerk = platform.program("counter")
    opened = clerk.post("/presentations", {"scanned": text, "helper": SHOWN})
    assert opened["prescriptions"]
    listed = alice.get("/patient/sharing/codes").text
    assert text not in listed and "已出示 · 鹿城大药房 · 林**" in listed
    (code,) = platform.program("alice").get("/access-codes")
    page = send(alice, f"/patient/sharing/{code['id']}/withdraw").text
    assert "已撤回" in page and "马上撤回" not in page


def test_the_patients_page_gives_leave_and_the_relative_shows_the_code(platform):
    alice, bob = platform.person("alice"), platform.person("bob")
    page = send(
        alice,
        "/patient/sharing/agents",
        person_no=cast.bob.person_no,
        id_number=cast.bob.id_number,
    ).text
    assert "林建国" in page and "撤回授权" in page
    assert "我为家人代办" in bob.get("/patient/sharing/family").text
    shown = send(
        bob,
        "/patient/codes",
        purpose="settle",
        outlet=SHOP,
        person=cast.alice.person_no,
    ).text
    assert cast.alice.person_no in shown
    page = send(alice, "/patient/sharing/agents/end", person_no=cast.bob.person_no)
    assert "撤回授权" not in page.text
    wrong = send(
        alice,
        "/patient/sharing/agents",
        person_no=cast.bob.person_no,
        id_number=cast.alice.id_number,
    )
    assert wrong.status_code == 422


def test_the_page_of_the_counter_takes_what_a_wrongly_set_scanner_types(platform):
    rx = sent(platform)
    counter = platform.person("counter")
    send(counter, f"/counter/prescriptions/{rx}/check", voucher="e_code")
    boxes = codes()["1"]
    typed = f"]C1{boxes[0]}\r\n{boxes[1] * 2}\n{full_width(boxes[2])}\n"
    page = send(
        counter,
        f"/counter/prescriptions/{rx}/settle",
        trace_1=typed,
        scanned_code=insurance_code(platform, "settle").swapcase(),
        patient_fen="1260",
    )
    assert page.status_code == 200 and "已结算" in page.text


def full_width(text: str) -> str:
    return "".join(chr(ord(sign) + 0xFEE0) for sign in text)


def test_who_names_a_helper_gives_the_code_to_nobody_else(platform):
    rx = sent(platform)
    fields = {
        "prescriptions": str(rx),
        "share_with": "bearer",
        "helper_name": HELPER["name"],
        "helper_phone_tail": HELPER["phone_tail"],
        "days": "1",
    }
    send(platform.person("alice"), "/patient/sharing", **fields)
    (listed,) = platform.program("alice").get("/access-codes")
    assert listed["shared_with"] == "helper"


def test_a_patient_sees_where_the_codes_were_shown_and_by_whom(platform):
    rx = sent(platform)
    made = shared(platform, rx, share_with="helper", helper=HELPER)
    asked = {"scanned": made["text"], "helper": SHOWN}
    platform.program("counter").post("/presentations", asked)
    (one,) = platform.program("alice").get("/presentations")
    assert (one["outlet_name"], one["helper_name"]) == ("鹿城大药房", "林小妹")
    page = platform.person("alice").get("/patient/sharing/codes").text
    assert "在哪里出示过" in page
    assert platform.program("bob").get("/presentations") == []


def test_a_page_that_shares_nothing_says_what_is_missing(platform):
    sent(platform)
    alice = platform.person("alice")
    page = send(alice, "/patient/sharing", share_with="bearer", days="3")
    assert page.status_code == 422 and "哪些处方" in page.text


def test_the_national_decoder_is_chosen_by_a_setting(tmp_path):
    usual = settings_for(f"sqlite:///{tmp_path}/yaoda.db", tmp_path)
    keys = load_keys(usual.secrets_dir)
    assert desks.make_desk(usual, keys).issues_codes
    line = {"codes": "national", "codes_url": "http://127.0.0.1:9/ec"}
    national = usual.model_copy(update=line)
    assert not desks.make_desk(national, keys).issues_codes
    with pytest.raises(ValueError, match="YAODA_CODES_URL"):
        type(usual)(codes="national")
