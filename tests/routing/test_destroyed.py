"""What a pharmacist lets destroy, or has not let pass, leaves the shelf and is never sold again."""

import pytest
from sqlmodel import select

from dispensing import service
from dispensing.errors import DomainError
from dispensing.service.tracing import trace_history
from pharmacies.stock_balance import stock_differences
from pharmacies.tables import StockMovementRow
from routing import service as routing
from routing.service.breaching import Decision
from tests import world
from tests.routing import test_readings as cold
from tests.routing.cold import COURIER, SHOP, on_the_road
from tests.routing.test_readings import after, box, decide, desk, street

__all__ = ["desk", "street"]
CODE = world.trace_codes(batch=1)[1][0]


def brought_back(street, desk, verdict):
    (order,) = on_the_road(street, desk, at=cold.TWO)
    box(street, 10, 95, order_id=order)
    if verdict:
        decide(street, desk, order, Decision(verdict, "ZY1", "叶药师", "胰岛素已超温"))
    routing.fail(
        street,
        desk,
        order_id=order,
        courier_code=COURIER,
        reason="too_warm",
        outcome="return",
        now=after(30),
    )
    return order


def moved(street):
    rows = street.exec(select(StockMovementRow).order_by(StockMovementRow.id))
    return [(it.kind, it.quantity, it.reason) for it in rows]


@pytest.mark.parametrize(
    ("verdict", "written"),
    [("return", ""), ("destroy", "药师决定销毁"), ("", "没有药师放行")],
)
def test_a_parcel_that_comes_back_is_on_the_shelf_or_written_off(
    street, desk, verdict, written
):
    brought_back(street, desk, verdict)
    found = moved(street)
    kinds = [kind for kind, _, _ in found]
    lost = ["written_off"] if written else []
    assert kinds == ["sold", "sale_returned", *lost]
    assert sum(quantity for _, quantity, _ in found) == (-3 if lost else 0)
    assert stock_differences(street, SHOP) == ()
    assert all(written in why for kind, _, why in found if kind == "written_off")
    told = trace_history(street, CODE)
    steps = ["sold", "returned", *(["destroyed"] if lost else [])]
    assert [step.kind for step in told.steps] == steps
    assert told.state == ("destroyed" if lost else "free")


def test_a_box_that_was_destroyed_is_not_sold_again(street, desk):
    brought_back(street, desk, "destroy")
    rx = service.receive(street, desk, world.message(2), now=after(40)).id
    with pytest.raises(DomainError) as raised:
        service.settle(
            street,
            desk,
            prescription_id=rx,
            outlet_code=SHOP,
            voucher="card",
            scanned_code=world.cast.alice.id_number,
            trace_codes=world.trace_codes(batch=1),
            override="药师复核",
            tender="cash",
            by="叶素珍",
            now=after(41),
        )
    assert raised.value.code == "already-sold"


def test_a_return_that_is_finished_again_writes_nothing_off_twice(street, desk):
    brought_back(street, desk, "destroy")
    before = moved(street)
    assert routing.finish_returns(street, desk, now=after(60)) == 0
    assert moved(street) == before
