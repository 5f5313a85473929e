"""Who broke a promise is kept on the order that ends, and is what the rule tells of it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine
from sqlmodel import Session

from dispensing import service
from dispensing.desk import Desk
from dispensing.errors import Conflict
from dispensing.gateway.sandbox import SandboxGateway
from dispensing.service.ordering import order_row
from dispensing.tables import OrderRow
from fixtures import cast
from routing import service as routing
from routing.handover import handover_code
from routing.service.blaming import explain_delay, judge_anew, judge_unjudged
from tests import road, world
from tests.routing.cold import COURIER, SECRET, SHOP, placed
from tests.world import NOON


def after(hours: float):
    return NOON + timedelta(hours=hours)


@pytest.fixture
def desk() -> Desk:
    return world.open_desk(SandboxGateway(":memory:"))


@pytest.fixture
def street(sqlite_engine: Engine, desk: Desk) -> Iterator[Session]:
    with Session(sqlite_engine) as session:
        world.populate(session, desk)
        yield session


@pytest.fixture
def order(street, desk) -> UUID:
    """Promise a parcel until three hours after noon; it may be tried twice."""
    made = placed(street, desk)
    order_row(street, made).storage = "ambient"
    street.commit()
    return made


def leave(street, desk, order, *, packed: float = 0, at: float = 2):
    packs = {"order_id": order, "outlet_code": SHOP, "now": after(packed)}
    service.pack(street, desk, **packs)
    road.depart(street, desk, [order], now=after(at))


def hand_over(street, desk, order, *, at: float, told: float | None = None):
    """Hand over as a phone tells it, perhaps hours later."""
    shown = {"code": handover_code(SECRET, str(order))}
    act = routing.Act(uuid4(), "hand_over", after(at), order, shown)
    listens = routing.road_of(street, desk, after(told or at), secret=SECRET)
    (answer,) = routing.apply(listens, COURIER, [act])
    assert answer.status == "done"


def fail(street, desk, order, reason: str, outcome: str, *, at: float):
    said = {"reason": reason, "outcome": outcome, "courier_code": COURIER}
    routing.fail(street, desk, order_id=order, now=after(at), **said)


def explain(street, order, kind: str = "weather", *, at: float):
    given = {"words": "台风", "carrier_code": cast.CARRIER, "by": "dispatcher"}
    explain_delay(street, order_id=order, kind=kind, now=after(at), **given)


def kept(street, order):
    row = order_row(street, order)
    found = row.broken_by, row.broken_why
    street.rollback()
    return found


def spoil(street, order, by: str | None, why: str | None):
    row = street.get_one(OrderRow, order)
    row.broken_by, row.broken_why = by, why
    street.commit()


def test_a_kept_promise_has_nobody_who_broke_it(street, desk, order):
    leave(street, desk, order)
    hand_over(street, desk, order, at=3, told=5)
    assert kept(street, order) == (None, None)


def test_who_ends_an_order_late_keeps_who_was_late(street, desk, order):
    leave(street, desk, order, packed=4, at=4)
    assert kept(street, order) == (None, None)  # until it ends
    hand_over(street, desk, order, at=4.5)
    assert kept(street, order) == ("pharmacy", "packed_late")


def test_what_comes_back_was_promised_in_vain(street, desk, order):
    leave(street, desk, order)
    fail(street, desk, order, "refused", "return", at=2.5)
    assert kept(street, order) == ("patient", "refused")


def test_a_reason_counts_from_when_it_is_entered(street, desk, order):
    leave(street, desk, order, at=4)
    explain(street, order, at=4)
    hand_over(street, desk, order, at=4.5)
    assert kept(street, order) == ("other", "weather")
    explain(street, order, "pharmacy", at=6)
    assert kept(street, order) == ("pharmacy", "pharmacy")


def test_what_an_upgrade_has_marked_is_judged_once(street, desk, order):
    leave(street, desk, order, at=4)
    hand_over(street, desk, order, at=4.5)
    spoil(street, order, "other", "")
    assert judge_unjudged(street, now=after(9)) == 1
    assert kept(street, order) == ("carrier", "planned_late")
    assert judge_unjudged(street, now=after(9)) == 0


def test_orders_judged_anew_tell_what_else_was_kept_and_are_mended(street, desk, order):
    leave(street, desk, order, at=4)
    hand_over(street, desk, order, at=4.5)
    assert judge_anew(street, now=after(9), mend=False).differences == ()
    for wrong, said in (((None, None), "kept"), (("road", "road"), "road road")):
        spoil(street, order, *wrong)
        found = judge_anew(street, now=after(9), mend=False)
        (one,) = found.differences
        assert (found.orders, one.order_id) == (1, order)
        assert (one.kept, one.told) == (said, "carrier planned_late")
        assert kept(street, order) == wrong
    judge_anew(street, now=after(9), mend=True)
    assert judge_anew(street, now=after(9), mend=False).differences == ()


@dataclass(frozen=True, slots=True)
class Life:
    """Hours between one act and the next, and what happens at the door."""

    packed: float
    left: float
    tried: float | None  # a first visit in vain
    explained: str | None  # while it is on its way
    ended: float
    told: float  # so much later
    back: str | None  # why it is returned
    explained_after: str | None


HOURS = st.sampled_from([0.1, 0.5, 1.0, 2.0, 3.0, 6.0])
WHY = st.none() | st.sampled_from(["weather", "patient", "pharmacy"])
LIVES = st.builds(
    Life,
    packed=HOURS,
    left=HOURS,
    tried=st.none() | HOURS,
    explained=WHY,
    ended=HOURS,
    told=st.sampled_from([0.0, 0.5, 4.0]),
    back=st.none() | st.sampled_from(["refused", "broken_seal", "not_home"]),
    explained_after=WHY,
)


def live(street, desk, order, life: Life):
    at = life.packed + life.left
    leave(street, desk, order, packed=life.packed, at=at)
    if life.tried is not None:
        fail(street, desk, order, "not_home", "retry", at=at + life.tried)
        at += life.tried + life.left
        road.depart(street, desk, [order], now=after(at))
    may_explain(street, order, life.explained, at=at)
    at += life.ended
    if life.back is None:
        hand_over(street, desk, order, at=at, told=at + life.told)
    else:
        fail(street, desk, order, life.back, "return", at=at)
    may_explain(street, order, life.explained_after, at=at + life.told + 1)


def may_explain(street, order, kind, *, at: float):
    """Enter why it is late; what is in time is not explained."""
    try:
        if kind is not None:
            explain(street, order, kind, at=at)
    except Conflict as refusal:
        assert refusal.code == "not-late"


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(LIVES)
def test_whatever_happens_to_it_an_order_keeps_what_the_rule_tells(
    sqlite_engine, street, desk, order, life
):
    """Each life begins with the same parcel: what the one before did is taken back."""
    street.rollback()
    with sqlite_engine.connect() as books:
        aside = books.begin()
        with Session(books, join_transaction_mode="create_savepoint") as session:
            live(session, desk, order, life)
            found = judge_anew(session, now=after(48), mend=False)
        aside.rollback()
    assert (found.orders, found.differences) == (1, ())
