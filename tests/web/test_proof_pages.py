"""Proofs of delivery on pages: found by number, day, courier, name; each look on record."""

from uuid import UUID

import pytest
from sqlmodel import select

from dispensing.service.ordering import order_row
from dispensing.tables import ReadRow
from routing.door_token import sign_token
from tests import road
from tests.platform import delivery, send, settled
from tests.web.test_courier_acts import act, sent
from web import clock, db

STROKES = [[10, 10, 20, 20, 30, 30, 40, 40]]
SEEN = "照片和签名"


@pytest.fixture
def order(platform):
    """Hand one parcel over, signed for."""
    rx = settled(platform)
    placed = platform.program("alice").post(f"/prescriptions/{rx}/order", delivery())
    platform.program("counter").post(f"/orders/{placed['id']}/packing")
    order = UUID(placed["id"])
    with work(platform) as session, platform.app.app_context():
        desk = platform.app.extensions["desk"]
        road.depart(session, desk, [order], now=clock.now())
    token = sign_token(str(order), platform.app.extensions["ring"].signer())
    done = sent(
        platform.program("courier"),
        act("hand_over", order, receiver="patient", token=token),
        act("proof", order, kind="signature", strokes=STROKES),
    )
    assert [each["status"] for each in done] == ["done", "done"]
    return order


def work(platform):
    return db.open_session(platform.app.extensions["engine"])


def looks(platform, user):
    with work(platform) as session:
        asked = select(ReadRow.purpose).where(ReadRow.user == user)
        return list(session.exec(asked))


@pytest.mark.parametrize("who", ["dispatcher", "counter", "alice"])
def test_a_delivery_is_found_and_looked_at_by_those_concerned(platform, order, who):
    person, number = platform.person(who), str(order)[:8]
    for sought in (
        f"number={number}",
        "day=2025-09-15",
        f"courier={road.COURIER}",
        "name=陈**",
    ):
        assert number in person.get(f"/proofs?{sought}").text, sought
    for sought in ("number=00000000", "day=2025-09-14", "courier=X1", "name=赵**"):
        assert "没有找到" in person.get(f"/proofs?{sought}").text, sought
    page = person.get(f"/proofs/{order}").text
    assert "患者本人" in page and "下载配送证据" in page and SEEN in page
    (src,) = [each for each in page.split('"') if "/pictures/" in each]
    shown = person.get(src)
    assert shown.mimetype == "image/svg+xml" and b"<svg" in shown.data
    if who != "alice":
        assert set(looks(platform, who)) >= {"查看送达凭证"}
    assert person.get(f"/orders/{order}/evidence.zip").status_code == 200


def test_the_bureau_says_why_before_it_looks(platform, order):
    bureau = platform.person("bureau")
    assert str(order)[:8] not in bureau.get("/proofs").text
    assert str(order)[:8] in bureau.get("/proofs?day=2025-09-15").text
    assert SEEN not in bureau.get(f"/proofs/{order}").text
    shown = send(bureau, f"/proofs/{order}", why="投诉核查")
    assert SEEN in shown.text and "查看送达凭证：投诉核查" in looks(platform, "bureau")
    assert "投诉核查" in platform.person("alice").get("/patient/readers").text


@pytest.mark.parametrize("who", ["second-counter", "other-dispatcher", "bob"])
def test_nobody_finds_what_is_not_theirs(platform, order, who):
    person = platform.person(who)
    assert str(order)[:8] not in person.get("/proofs").text
    assert person.get(f"/proofs/{order}").status_code == 404
    with work(platform) as session:
        assert order_row(session, order).state == "handed_over"
    assert looks(platform, who) == []


def test_a_number_that_is_none_is_told(platform):
    person = platform.person("dispatcher")
    assert person.get("/proofs?number=%E4%BD%A0").status_code == 422
