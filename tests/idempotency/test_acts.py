"""Acts that nothing but their number tells from their repetition are done once, too."""

from uuid import UUID

import pytest

from dispensing.ledger import TILLS
from dispensing.tables import HandInRow, LedgerRow, TillClosingRow
from tests import road
from tests.idempotency.test_client_keys import Killed, count, key
from tests.platform import delivery, door_code, send, sent, settled, settlement
from tests.world import AMLODIPINE
from web import client_keys, db


@pytest.fixture
def crash(monkeypatch):
    """Give a function that does an act whose worker dies before its answer is kept."""

    def do(act, *given, **more) -> None:
        def dies(*_) -> None:
            raise Killed

        with monkeypatch.context() as patched:
            patched.setattr(client_keys, "_keep", dies)
            with pytest.raises(Killed):
                act(*given, **more)

    return do


@pytest.fixture
def collected(platform) -> int:
    """Have a courier collect a share at the door; gives it in fen."""
    counter, rx = platform.program("counter"), sent(platform)
    asked = {**settlement(platform), "tender": "on_delivery"}
    settled = counter.put(f"/prescriptions/{rx}/settlement", asked)
    order = platform.program("alice").post(f"/prescriptions/{rx}/order", delivery())
    counter.post(f"/orders/{order['id']}/packing")
    extensions = platform.app.extensions
    now, order_id = extensions["clock"].now(), UUID(order["id"])
    with db.open_session(extensions["engine"]) as session:
        road.depart(session, extensions["desk"], [order_id], now=now)
    code = {"code": door_code(platform, order_id), "receiver": "patient"}
    platform.program("courier").post(f"/orders/{order_id}/handover", code)
    return settled["cash_fen"]


def test_a_hand_in_whose_worker_died_is_booked_once(platform, later, crash, collected):
    counter, once = platform.program("counter"), key()
    body = {"courier": road.COURIER, "amount_fen": 100}
    asked = ("POST", "/till/hand-ins", body)
    crash(counter.ask, *asked, headers=once)
    later(seconds=31)
    again = counter.ask(*asked, headers=once)
    assert again.json["held_fen"] == collected - 100
    assert counter.ask(*asked, headers=once).data == again.data
    assert count(platform, HandInRow) == 1
    other = counter.ask(*asked, headers=key())
    assert other.json["held_fen"] == collected - 200


def test_a_closing_whose_worker_died_is_made_once(platform, later, crash):
    counter, once = platform.program("counter"), key()
    counter.put(f"/prescriptions/{sent(platform)}/settlement", settlement(platform))
    counted = counter.get("/till")["expected"]
    asked = ("POST", "/till/closings", {"counted": counted, "reason": "交班"})
    crash(counter.ask, *asked, headers=once)
    rows = count(platform, LedgerRow)
    later(seconds=31)
    again = counter.ask(*asked, headers=once)
    assert (again.status_code, again.json["counted"]) == (201, counted)
    assert count(platform, TillClosingRow) == 1
    assert count(platform, LedgerRow) == rows
    assert set(counted) == set(TILLS)


def test_stock_whose_worker_died_comes_in_once(platform, later, crash):
    counter, once = platform.program("counter"), key()
    came = {"kind": "received", "medicine": AMLODIPINE, "quantity": 10, "batch": "B1"}
    asked = ("POST", "/stock/movements", came)
    crash(counter.ask, *asked, headers=once)
    later(seconds=31)
    again = counter.ask(*asked, headers=once)
    assert (again.status_code, again.json["quantity"]) == (201, 10)
    assert counter.ask(*asked, headers=key()).json["quantity"] == 20


@pytest.mark.parametrize("counted", [9, 10])
def test_a_count_whose_worker_died_knows_nothing_of_what_was_sold_since(
    platform, later, crash, counted
):
    counter, once = platform.program("counter"), key()
    came = {"kind": "received", "medicine": AMLODIPINE, "quantity": 10}
    counter.post("/stock/movements", came)
    asked = ("POST", "/stock/counts", {"medicine": AMLODIPINE, "counted": counted})
    crash(counter.ask, *asked, headers=once)
    settled(platform)  # three packs
    later(seconds=31)
    assert counter.ask(*asked, headers=once).json["quantity"] == counted
    assert counter.get("/stock")[0]["quantity"] == counted - 3


def test_stock_entered_twice_from_one_page_comes_in_once(platform):
    person = platform.person("counter")
    sent_ = {"kind": "received", "medicine": AMLODIPINE, "quantity": "10"}
    for _ in range(2):
        send(person, "/counter/stock/enter", **sent_, client_key="one-page")
    assert platform.program("counter").get("/stock")[0]["quantity"] == 10
