"""The cold chain over pages and interface: each on what is theirs."""

from io import BytesIO
from uuid import UUID

import pytest
from sqlmodel import Session, select

from dispensing import service
from dispensing.service import auditing
from dispensing.service.ordering import order_row
from dispensing.tables import RecordRow
from tests.platform import Platform, delivery, door_code, send, settled
from tests.road import COURIER, depart
from tests.world import NOON

SAID = {
    "verdict": "release",
    "pharmacist_code": "ZY330300012345",
    "pharmacist_name": "叶药师",
    "reason": "说明书允许室温保存28天",
}


@pytest.fixture
def cold(platform: Platform) -> str:
    """Bring a cold parcel onto the road, in the courier's box since noon."""
    rx = settled(platform)
    order = platform.program("alice").post(f"/prescriptions/{rx}/order", delivery())
    platform.program("counter").post(f"/orders/{order['id']}/packing")
    with Session(platform.app.extensions["engine"]) as session:
        row = order_row(session, UUID(order["id"]))
        row.storage = "cold"
        session.commit()
        depart(session, platform.app.extensions["desk"], [row.id], now=NOON)
    return str(order["id"])


def logger(degrees: str, **more: str) -> dict[str, object]:
    text = f"设备编号：TH20-77\n采集时间,温度(℃)\n2025-09-15 12:00:00,{degrees}\n"
    data = {"table": (BytesIO(text.encode()), "TH20.csv"), "courier": COURIER, **more}
    return {"data": data, "content_type": "multipart/form-data"}


def test_a_breach_is_decided_on_the_page_and_the_parcel_goes_on(platform, cold):
    told = platform.program("dispatcher").ask(
        "POST", "/readings/files", **logger("9.5")
    )
    assert told.status_code == 201 and told.json["broken"] == [cold], told.text
    courier = platform.program("courier")
    door = {"code": door_code(platform, UUID(cold)), "receiver": "patient"}
    warm = {**door, "temperature_dc": 52}
    stopped = courier.ask("POST", f"/orders/{cold}/handover", warm)
    assert stopped.status_code == 409 and "cold-chain-broken" in stopped.json["type"]
    counter = platform.person("counter")
    assert "1 个包裹冷链偏离，等药师决定" in counter.get("/counter").text
    page = counter.get("/counter/breaches").text
    assert "高于8.0°C" in page and "等药师决定" in page and "9.5°C" in page
    drawn = counter.get(f"/counter/orders/{cold}/temperature.svg")
    assert drawn.mimetype == "image/svg+xml" and "<circle" in drawn.text
    here = f"/counter/orders/{cold}/breach"
    nothing = send(counter, here, **{**SAID, "reason": ""})
    assert nothing.status_code == 422 and "叶药师" in nothing.text
    assert "说明书允许室温保存28天" in send(counter, here, **SAID).text
    assert "个包裹冷链偏离" not in counter.get("/counter").text
    assert courier.post(f"/orders/{cold}/handover", warm)["state"] == "handed_over"


def test_the_patient_reads_when_it_left_the_fridge_and_how_warm_it_was(platform, cold):
    given = {"temperature_dc": 45, "order_id": cold, "source": "pickup"}
    assert platform.program("courier").post("/readings", given) == {"parcels": 1}
    page = platform.person("alice").get(f"/patient/orders/{cold}").text
    assert "12:00 离开冷藏柜，全程保持 2.0–8.0°C" in page
    told = platform.program("alice").get(f"/orders/{cold}/temperature")
    assert told["course"]["faults"] == [] and told["readings"][0]["source"] == "pickup"


def test_a_counter_reads_at_packing(platform):
    rx = settled(platform)
    order = platform.program("alice").post(f"/prescriptions/{rx}/order", delivery())
    with Session(platform.app.extensions["engine"]) as session:
        order_row(session, UUID(order["id"])).storage = "cold"
        session.commit()
    here = f"/counter/orders/{order['id']}/packing-reading"
    counter = platform.person("counter")
    assert send(counter, here, temperature="hot").status_code == 422
    assert send(counter, here, temperature="4,3").status_code == 200
    told = platform.program("counter").get(f"/orders/{order['id']}/temperature")
    assert [one["temperature_dc"] for one in told["readings"]] == [43]


def test_a_file_is_taken_in_on_the_page_or_refused_with_its_row(platform, cold):
    dispatcher = platform.person("dispatcher")
    token = {"csrf_token": _csrf(dispatcher)}
    page = dispatcher.post("/dispatch/loggers", **logger("4.5", **token))
    assert page.status_code == 200 and "已写入 1 个读数" in page.text
    again = dispatcher.post("/dispatch/loggers", **logger("4.5", **token))
    assert "已写入 0 个读数" in again.text
    refused = dispatcher.post("/dispatch/loggers", **logger("---", **token))
    assert refused.status_code == 422 and "第 3 行读不懂" in refused.text
    assert "整份文件都没有写入" in refused.text


def _csrf(client) -> str:
    from tests.platform import csrf

    return csrf(client.get("/dispatch/loggers").text)


def test_readings_and_decisions_stand_in_the_audit_chain(platform, cold):
    platform.program("dispatcher").ask("POST", "/readings/files", **logger("9.5"))
    platform.program("counter").post(f"/orders/{cold}/breach-decisions", SAID)
    with Session(platform.app.extensions["engine"]) as session:
        service.seal(session, now=NOON)
        kinds = set(session.exec(select(RecordRow.kind)))
        assert {"reading.logger", "breach.release"} <= kinds
        assert auditing.verify(session, now=NOON).whole


def test_nobody_reaches_the_parcel_or_the_box_of_another(platform, cold):
    given = {"temperature_dc": 45, "order_id": cold}
    for name, method, path, body in (
        ("bob", "GET", f"/orders/{cold}/temperature", None),
        ("second-counter", "GET", f"/orders/{cold}/temperature", None),
        ("other-dispatcher", "GET", f"/orders/{cold}/temperature", None),
        ("second-courier", "POST", "/readings", given),
        ("second-counter", "POST", f"/orders/{cold}/breach-decisions", SAID),
        (
            "second-counter",
            "POST",
            f"/orders/{cold}/packing-reading",
            {"temperature_dc": 4},
        ),
    ):
        answer = platform.program(name).ask(method, path, body)
        assert answer.status_code == 404, (name, path, answer.text)
    other = platform.program("other-dispatcher")
    assert other.ask("POST", "/readings/files", **logger("4.5")).status_code == 404
    second = platform.program("second-counter")
    with_parcel = logger("4.5", order_id=cold)
    with_parcel["data"].pop("courier")
    assert second.ask("POST", "/readings/files", **with_parcel).status_code == 404
    assert platform.program("second-counter").get("/breaches") == []
