"""The counter's desk by HTTP: how the outlet stands, who is on duty, where a script is led."""

import re

from fixtures import cast
from tests import world
from tests.platform import ROOT, csrf, delivery, platform, send, sent, settled
from web.pages import steps

__all__ = ["platform"]
PHARMACIST = {"pharmacist_code": "ZY330300012345", "pharmacist_name": "叶药师"}


def test_the_first_page_tells_how_the_outlet_stands(platform):
    settled(platform)
    page = platform.person("counter").get("/counter").text
    assert re.search(r'class="yuan">12\.60<', page)
    assert "没有待处理的差异" in page and "90 天内没有到期的批次" in page


def test_an_open_difference_is_told_until_it_is_mended(platform):
    rx = settled(platform)
    clerk = platform.program("counter")
    held = clerk.get(f"/prescriptions/{rx}/settlement")
    platform.app.extensions["desk"].gateway.tamper(held["msgid"], account_fen=1)
    run = clerk.post("/reconciliation/runs", {"day": held["on"]})
    many = len(run["differences"])
    assert (
        many and f"{many} 笔待处理" in platform.person("counter").get("/counter").text
    )
    for one in run["differences"]:
        path = f"/reconciliation/differences/{one['id']}/mending"
        clerk.post(path, {"fix": "book", "reason": "platform_error"})
    assert "没有待处理的差异" in platform.person("counter").get("/counter").text


def test_what_is_packed_from_the_first_page_leads_back_to_it(platform):
    rx, counter = settled(platform), platform.person("counter")
    order = platform.program("alice").post(f"/prescriptions/{rx}/order", delivery())
    assert "14:00–17:00" in counter.get("/counter").text
    path = f"/counter/prescriptions/{rx}/pack/{order['id']}"
    packed = send(counter, path, then="home")
    assert packed.request.path == "/counter" and "没有要打包的" in packed.text


def test_a_pharmacist_is_typed_once_and_never_proposed_for_the_second_review(platform):
    first, second, clerk = sent(platform, 1), sent(platform, 2), "counter"
    person = platform.person(clerk)
    shown = f'value="{PHARMACIST["pharmacist_code"]}"'
    assert shown not in person.get(f"/counter/prescriptions/{second}").text
    path = f"/counter/prescriptions/{first}/review"
    send(person, path, verdict="passed", **PHARMACIST)
    assert shown in person.get(f"/counter/prescriptions/{second}").text
    assert shown not in person.get(f"/counter/prescriptions/{first}").text
    other = platform.person("centre").get(f"/counter/prescriptions/{second}").text
    assert shown not in other


def test_a_script_is_told_where_a_form_leads(platform):
    rx, counter = sent(platform), platform.person("counter")
    form = {
        "csrf_token": csrf(counter.get("/counter").text),
        "scan": world.message()["hosp_rx_no"],
    }
    answer = counter.post("/counter", data=form, headers={"Yaoda-Desk": "1"})
    assert answer.status_code == 204 and not answer.data
    assert answer.headers["Yaoda-Go"].endswith(f"/counter/prescriptions/{rx}")
    plain = counter.post("/counter", data=form)
    assert plain.status_code == 302 and "Yaoda-Go" not in plain.headers


def test_medicines_are_proposed_by_initials_name_and_code(platform):
    counter = platform.person("counter")
    for typed in ("aldp", "氨氯地平", world.AMLODIPINE):
        found = counter.get(
            "/counter/paper/medicines", query_string={"q": typed, "no": 3}
        )
        assert f'data-code="{world.AMLODIPINE}"' in found.text, typed
        assert 'id="found-3-1"' in found.text


def test_what_the_catalogue_does_not_have_is_said_and_odd_questions_are_answered(
    platform,
):
    counter = platform.person("counter")
    none = counter.get("/counter/paper/medicines?q=zzzzzzzz&no=9").text
    assert "目录里没有这种药品" in none
    assert counter.get("/counter/paper/medicines").text.strip() == ""


def test_others_may_not_look_at_a_counters_pages(platform):
    for path in ("/counter", "/counter/paper/medicines?q=a"):
        assert platform.person("alice").get(path).status_code == 403


def test_the_desk_knows_whole_codes_as_the_rules_do():
    from dispensing import access, insurance_code

    script = (ROOT / "web" / "static" / "scans.js").read_text("utf-8")
    rest = access.LENGTH - len(access.PREFIX)
    assert f"/^{access.PREFIX}[0-9A-Z]{{{rest}}}$/i" in script
    assert f"[0-9A-Za-z_-]{{{insurance_code.SIGNATURE_SIGNS}}}$/i" in script


def test_the_camera_is_for_our_own_pages_only(platform):
    policy = platform.app.test_client().get("/login").headers["Permissions-Policy"]
    assert "camera=(self)" in policy and "microphone=()" in policy


def test_the_steps_tell_what_is_next(platform):
    rx, clerk = sent(platform), platform.program("counter")
    page = platform.person("counter")
    here = f"/counter/prescriptions/{rx}"
    assert "data-primary" in page.get(here).text
    clerk.post(f"/prescriptions/{rx}/checks", {})
    text = page.get(here).text
    assert re.search(r'id="settle"[^>]*data-primary', text)
    assert re.search(r'class="money">.*?12\.60', text)
    late = sent(platform, 3, issued_at="2025-09-01T08:00:00+08:00")
    over = page.get(f"/counter/prescriptions/{late}").text
    assert "data-primary" not in over and 'class="bad"' in over
    assert {"posted", "unknown"} <= steps.HELD
    assert cast.alice.name not in over
