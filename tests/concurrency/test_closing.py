"""An account is closed while somebody settles or orders: either is first, never both in part."""

from functools import partial

import pytest
from sqlmodel import select

from dispensing import service
from dispensing.errors import Conflict
from dispensing.gateway.sandbox import SandboxGateway
from dispensing.sealed import unseal
from dispensing.service.closing_people import Asked, clear_person
from dispensing.tables import ClosureRow, OrderRow, PersonRow
from fixtures import cast
from tests import world
from tests.dispensing import attacks
from tests.world import NOON
from web import db

ALICE = cast.alice.person_no
AFTERNOON = service.Delivery(
    NOON.replace(hour=14),
    NOON.replace(hour=17),
    "330302",
    cast.alice.address,
    cast.alice.point,
    cast.alice.phone,
)


def close(session, *, desk):
    asked = Asked("written", "operator", "admin")
    found = clear_person(session, desk, ALICE, asked, now=NOON)
    session.commit()
    return found


def settle(session, *, desk, rx):
    return attacks.settle(session, desk, rx, 1, scanned_code=cast.alice.id_number)


def received(engine, desk):
    with db.open_session(engine) as session:
        world.populate(session, desk)
        return service.receive(session, desk, world.message(1), now=NOON).id


def check(engine, desk, answer):
    with db.open_session(engine) as session:
        person = session.get_one(PersonRow, ALICE)
        closures = session.exec(select(ClosureRow)).all()
        phone = unseal(desk.vault, person, "phone_sealed")
    if isinstance(answer, Conflict):
        assert answer.code == "person-open"
        assert (person.closed_at, closures, phone) == (None, [], cast.alice.phone)
    else:
        assert (len(closures), phone) == (1, "") and person.closed_at is not None


def test_settling_and_closing_at_once_leave_nothing_in_part(engine, tmp_path):
    desk = world.open_desk(SandboxGateway(tmp_path / "platform.db"))
    rx = received(engine, desk)
    acts = [partial(close, desk=desk), partial(settle, desk=desk, rx=rx)]
    closed, settled = attacks.at_once(engine, acts)
    assert settled.state == "posted", "the medicine is had either way"
    check(engine, desk, closed)


def test_while_the_platform_is_asked_nobody_closes(engine, tmp_path):
    class Waits(SandboxGateway):
        def charge(self, *args, **kwargs):
            with db.open_session(engine) as session, pytest.raises(Conflict) as said:
                close(session, desk=desk)
            told.append(said.value)
            return super().charge(*args, **kwargs)

    told = []
    desk = world.open_desk(Waits(tmp_path / "platform.db"))
    rx = received(engine, desk)
    with db.open_session(engine) as session:
        settle(session, desk=desk, rx=rx)
    (refused,) = told
    assert "结算" in refused.words.zh
    check(engine, desk, refused)


def test_who_orders_while_it_is_closed_gets_the_medicine(engine, tmp_path):
    desk = world.open_desk(SandboxGateway(tmp_path / "platform.db"))
    rx = received(engine, desk)
    with db.open_session(engine) as session:
        settle(session, desk=desk, rx=rx)
    order = partial(
        service.order_delivery,
        desk=desk,
        prescription_id=rx,
        delivery=AFTERNOON,
        now=NOON,
    )
    closed, placed = attacks.at_once(engine, [partial(close, desk=desk), order])
    assert placed.state == "placed"
    check(engine, desk, closed)
    with db.open_session(engine) as session:
        (row,) = session.exec(select(OrderRow)).all()
        assert unseal(desk.vault, row, "address_sealed") != ""
