"""The pages: each role does its work with forms alone."""

import re

import pytest

from fixtures import cast
from tests import world
from tests.platform import (
    delivery,
    door_code,
    on_the_road,
    order_form,
    send,
    sent,
    settled,
    work_off,
)


def code_text(page: str) -> str:
    """Read the insurance code that a patient's page shows."""
    found = re.search(r'id="code-text">([^<]+)<', page)
    assert found, page
    return found[1]


def shown_code(alice) -> str:
    answer = send(
        alice, "/patient/codes", purpose="settle", outlet=cast.LUCHENG_PHARMACY
    )
    assert answer.status_code == 200
    assert "<svg" in answer.text
    return code_text(answer.text)


def test_a_counter_serves_a_patient_with_forms_alone(platform):
    rx = sent(platform)
    alice, counter = platform.person("alice"), platform.person("counter")
    found = send(counter, "/counter", scan=world.message()["hosp_rx_no"])
    assert str(rx) in found.request.path

    here = f"/counter/prescriptions/{rx}"
    checked = send(counter, f"{here}/check", voucher="e_code")
    assert "可以结算" in checked.text
    assert "示例数据" in checked.text

    packs = "\n".join(world.trace_codes()[1])
    paid = send(
        counter, f"{here}/settle", scanned_code=shown_code(alice), trace_1=packs
    )
    assert "已结算" in paid.text
    done = send(counter, f"{here}/collect", receiver="patient")
    assert "药品已交付" in done.text


def test_a_refused_settlement_says_why_and_leads_back(platform):
    rx = sent(platform)
    alice, counter = platform.person("alice"), platform.person("counter")
    here = f"/counter/prescriptions/{rx}"
    answer = send(counter, f"{here}/settle", scanned_code=shown_code(alice))
    assert answer.status_code == 409
    assert "追溯码" in answer.text
    assert f'href="{here}"' in answer.text


def test_a_card_settles_with_the_identity_number_read_from_it(platform):
    rx, counter = sent(platform), platform.person("counter")
    answer = send(
        counter,
        f"/counter/prescriptions/{rx}/settle",
        voucher="card",
        scanned_code=cast.alice.id_number,
        trace_1=" ".join(world.trace_codes()[1]),
    )
    assert "已结算" in answer.text


def test_a_patient_sees_amounts_with_their_label_and_orders_a_delivery(platform):
    rx, alice = settled(platform), platform.person("alice")
    page = alice.get(f"/patient/prescriptions/{rx}").text
    assert "示例数据" in page and "为什么是这个金额" in page
    path = f"/patient/prescriptions/{rx}/order"
    tracked = send(alice, path, **order_form())
    assert tracked.status_code == 200
    assert re.search(r'class="digits">\d{6}<', tracked.text)


def test_a_counter_packs_and_may_cancel_a_delivery(platform):
    rx, counter = settled(platform), platform.person("counter")
    here = f"/counter/prescriptions/{rx}"
    placed = send(counter, f"{here}/order", **order_form())
    (order,) = set(re.findall(rf"{here}/pack/([0-9a-f-]+)", placed.text))
    assert "已打包" in send(counter, f"{here}/pack/{order}").text
    cancelled = send(counter, f"{here}/cancel/{order}")
    assert "已当面交付" in cancelled.text


def test_a_counter_reverses_with_a_reason(platform):
    rx, counter = settled(platform), platform.person("counter")
    here = f"/counter/prescriptions/{rx}"
    named = re.findall(r'name="settlement" value="([^"]+)"', counter.get(here).text)
    (held,) = set(named)
    answer = send(counter, f"{here}/reverse", reason="wrong_entry", settlement=held)
    assert "已冲正" in answer.text


def test_a_dispatcher_plans_and_commits_and_a_courier_hands_over(platform):
    rx, alice = settled(platform), platform.program("alice")
    order = alice.post(f"/prescriptions/{rx}/order", delivery())
    platform.program("counter").post(f"/orders/{order['id']}/packing")
    dispatcher = platform.person("dispatcher")
    assert order["address"] in dispatcher.get("/dispatch").text
    planning = send(
        dispatcher,
        "/dispatch",
        day="2025-09-15",
        slice="13:00:00-18:00:00",
        seconds_max="1",
        seed="1",
    )
    assert "等待计划程序" in planning.text
    assert "等待计划程序" in dispatcher.get(f"{planning.request.path}/progress").text
    work_off(platform)
    plan = dispatcher.get(planning.request.path, follow_redirects=True)
    assert plan.request.path.startswith("/dispatch/plans/")
    picture = dispatcher.get(f"{plan.request.path}/map.svg")
    assert picture.content_type.startswith("image/svg+xml")
    assert "<polyline" in picture.text
    assert "已下发" in send(dispatcher, f"{plan.request.path}/commit").text

    for name in ("courier", "second-courier"):
        rider = platform.person(name)
        route = re.search(
            r"/courier/routes/([0-9a-f-]+)/depart", rider.get("/courier").text
        )
        if route:
            break
    send(rider, f"/courier/routes/{route[1]}/depart")
    done = send(
        rider,
        f"/courier/orders/{order['id']}/hand-over",
        code=door_code(platform, order["id"]),
        receiver="patient",
        seal="intact",
    )
    assert "已送达" in done.text


def test_a_courier_records_a_failure(platform):
    _, order, rider = on_the_road(platform)
    name = (
        "courier"
        if rider.get("/routes")[0]["courier_code"].endswith("101")
        else "second-courier"
    )
    page = send(
        platform.person(name),
        f"/courier/orders/{order}/fail",
        reason="not_home",
        outcome="retry",
    )
    assert "待再送" in page.text


def test_a_bureau_sees_quota_numbers_and_open_parameters(platform):
    settled(platform)
    page = platform.person("bureau").get("/bureau").text
    for words in ("鹿城区", "乐清市", "待定参数", "示例数据", "ratio.resident.level3"):
        assert words in page


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("alice", "/patient"),
        ("counter", "/counter"),
        ("dispatcher", "/dispatch"),
        ("courier", "/courier"),
        ("bureau", "/bureau"),
        ("hospital", "/hospital"),
    ],
)
def test_each_face_speaks_english_too(platform, name, path):
    client = platform.person(name)
    client.post("/language/en", data={"here": path})
    page = client.get(path).text
    assert 'lang="en"' in page and "Sign out" in page


def test_a_language_leads_back_only_to_this_site(platform):
    client = platform.app.test_client()
    answer = client.post("/language/en", data={"here": "//elsewhere.example/"})
    assert answer.location == "/"


@pytest.mark.parametrize("path", ["/patient/x", "/counter/x", "/bureau?day=never"])
def test_a_wrong_address_is_a_page_with_the_next_step(platform, path):
    client = platform.person("bureau")
    answer = client.get(path, headers={"Accept": "text/html"})
    assert answer.status_code in {404, 422}
    assert "下一步" in answer.text


def test_a_typed_number_that_is_not_known_is_said_so(platform):
    answer = send(platform.person("counter"), "/counter", scan="no such number")
    assert answer.status_code == 404
    assert "没有找到处方" in answer.text
