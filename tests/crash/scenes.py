"""Acts that move money, each with what it needs, how far it came, and how it is asked again."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid5

from sqlalchemy import Engine
from sqlmodel import Session, col, select

from dispensing import service
from dispensing.desk import Desk
from dispensing.errors import DomainError
from dispensing.gateway.sandbox import Faults, SandboxGateway
from dispensing.service.balancing import outlet_balances
from dispensing.tables import OrderRow, PrescriptionRow, SettlementRow
from fixtures import cast
from routing import service as routing
from routing.cases import Window
from routing.handover import handover_code
from routing.live_tables import CaseRow
from routing.tables import CourierActRow, PlanningRow
from tests import road, world
from tests.calls import Cut, Hook
from tests.dispensing import acts, attacks
from tests.dispensing.attacks import SHOP
from tests.world import NOON
from web import db

SECRET = b"a secret of sixteen bytes"
TOMORROW = Window(NOON + timedelta(days=1), NOON + timedelta(days=1, hours=2))
LATER = NOON + timedelta(seconds=31)  # what was cut off is not under way any more
COUNTED = {"cash": 819, "bank_card": 0, "mobile": 0}
PARTS = {"cash": 19, "bank_card": 0, "mobile": 800}


@dataclass
class Switch(Hook):
    """A hook that stays on its connections, and does something only now and then."""

    now: Hook | None = None

    def before(self, statement: str, connection: Any) -> str:
        """Ask the hook of the moment."""
        return self.now.before(statement, connection) if self.now else statement

    def after(self, statement: str, connection: Any) -> None:
        """Tell the hook of the moment."""
        if self.now:
            self.now.after(statement, connection)


@dataclass
class Scene:
    """A street on one database, and the number of its next prescription."""

    engine: Engine
    desk: Desk
    folder: Path
    number: int = 0
    hook: Switch = field(default_factory=Switch)

    def another(self) -> int:
        """Give the number of another prescription."""
        self.number += 1
        return self.number

    @contextmanager
    def cut_at(self, cut: Cut) -> Iterator[None]:
        """Let calls be counted and cut off while the block runs."""
        self.hook.now = cut
        try:
            yield
        finally:
            self.hook.now = None

    def work(self, act: Callable[[Session], object]) -> object:
        """Do something in a unit of work of its own."""
        with db.open_session(self.engine) as session:
            return act(session)

    def received(self) -> UUID:
        """Receive one more prescription."""
        return attacks.received(self.engine, self.desk, self.another())

    def settled(self, tender: str = "cash") -> UUID:
        """Settle one more prescription."""
        id_ = self.received()
        self.work(
            lambda s: attacks.settle(s, self.desk, id_, self.number, tender=tender)
        )
        return id_

    def on_the_road(self) -> UUID:
        """Bring one more parcel to the door, its share to be paid there."""
        id_ = self.settled("on_delivery")
        self.work(lambda s: acts.order(s, desk=self.desk, id_=id_))
        self.work(lambda s: acts.pack(s, desk=self.desk, id_=id_))
        order_id = self.order_of(id_)
        self.work(lambda s: road.depart(s, self.desk, [order_id], now=NOON))
        return id_

    def order_of(self, id_: UUID) -> UUID:
        """Name the order of a prescription."""
        with db.open_session(self.engine, read_only=True) as session:
            return service.orders_of(session, self.desk, id_)[0].id

    def state(self, id_: UUID) -> str | None:
        """Tell how the latest settlement of a prescription stands."""
        with (
            db.open_session(self.engine, read_only=True) as session,
            suppress(DomainError),
        ):
            return service.settlement(session, id_).state
        return None


@dataclass(frozen=True)
class Act:
    """One act: what is done to a subject, and when it is done; else it has not begun,
    or can be asked for again."""

    subject: Callable[[Scene], UUID]
    do: Callable[[Session, Scene, UUID, datetime], object]
    done: Callable[[Scene, UUID], bool]
    calls_min: int
    step: int = (
        1  # an act made of others that are cut off at each call is tried at some
    )


def _settle(session: Session, scene: Scene, id_: UUID, now: datetime) -> object:
    return attacks.settle(session, scene.desk, id_, scene.number, now=now)


def _reverse(session: Session, scene: Scene, id_: UUID, now: datetime) -> object:
    return attacks.reverse(session, scene.desk, id_, now=now)


def _resolve(session: Session, scene: Scene, id_: UUID, now: datetime) -> object:
    return acts.resolve(session, desk=scene.desk, id_=id_, now=now)


def _unknown(scene: Scene) -> UUID:
    """Settle one more prescription whose answer is lost."""
    id_ = scene.received()
    deaf = SandboxGateway(scene.folder / "platform.db", Faults(lose_answer_every=1))
    desk = world.open_desk(deaf)
    scene.work(lambda s: attacks.settle(s, desk, id_, scene.number))
    return id_


def _tender(session: Session, scene: Scene, id_: UUID, now: datetime) -> object:
    return service.tender(
        session,
        settlement_id=service.settlement(session, id_).id,
        outlet_code=SHOP,
        parts=PARTS,
        by="counter",
        now=now,
    )


def _is_tendered(scene: Scene, id_: UUID) -> bool:
    with db.open_session(scene.engine, read_only=True) as session:
        held = service.settlement(session, id_)
        paid = service.tenders(session, held.id, SHOP).parts
    assert paid in ({"cash": 819}, {"cash": 19, "mobile": 800}), paid
    return "mobile" in paid


def _hand_over(session: Session, scene: Scene, id_: UUID, now: datetime) -> object:
    code = handover_code(SECRET, str(scene.order_of(id_)))
    return _send(session, scene, id_, "hand_over", {"code": code}, now=now)


def _send(
    session: Session,
    scene: Scene,
    id_: UUID,
    kind: str,
    body: dict[str, str],
    *,
    now: datetime,
) -> object:
    """Send one act of the courier's phone, under the same number each time."""
    act = routing.Act(uuid5(id_, kind), kind, NOON, scene.order_of(id_), body)
    work = routing.road_of(session, scene.desk, now, secret=SECRET)
    return routing.apply(work, road.COURIER, [act])


def _is_on_record(session: Session, id_: UUID, kind: str) -> bool:
    return session.get(CourierActRow, uuid5(id_, kind)) is not None


def _is_handed_over(scene: Scene, id_: UUID) -> bool:
    """Tell whether a parcel is at its patient's: order, prescription and purse as one."""
    with db.open_session(scene.engine, read_only=True) as session:
        order = session.exec(
            select(OrderRow).where(col(OrderRow.prescription_id) == id_)
        ).one()
        handed = order.state == "handed_over"
        rx = session.get_one(PrescriptionRow, id_)
        held = service.settlement(session, id_)
        unpaid_fen = service.tenders(session, held.id, SHOP).unpaid_fen
        told = _is_on_record(session, id_, "hand_over")
    assert handed == (rx.state == "dispensed") == (unpaid_fen == 0) == told
    return handed


def _bring_back(session: Session, scene: Scene, id_: UUID, now: datetime) -> object:
    body = {"reason": "refused", "outcome": "return"}
    return _send(session, scene, id_, "fail", body, now=now)


def _is_brought_back(scene: Scene, id_: UUID) -> bool:
    """Tell whether a parcel's settlement is reversed; it never is without the act on record."""
    state = scene.state(id_)
    with db.open_session(scene.engine, read_only=True) as session:
        assert _is_on_record(session, id_, "fail") == (state != "posted")
    return state == "reversed"


def _with_money(scene: Scene) -> UUID:
    """Put the share of one more bill into a till that is empty."""
    scene.work(
        lambda s: service.close_till(
            s,
            outlet_code=SHOP,
            counted={method: 0 for method in COUNTED},
            reason="before the scene",
            by="counter",
            now=NOON,
        )
    )
    return scene.settled()


def _close(session: Session, scene: Scene, id_: UUID, now: datetime) -> object:
    return service.close_till(
        session, outlet_code=SHOP, counted=COUNTED, reason="", by="counter", now=now
    )


def _is_closed(scene: Scene, _: UUID) -> bool:
    """Tell whether the till is empty: its closings tell of what went to the bank."""
    with db.open_session(scene.engine, read_only=True) as session:
        balances = outlet_balances(session, SHOP, ["bank", "cash"])
        banked_fen = sum(fen for (name, _), fen in balances.items() if name == "bank")
        told = [sum(each.counted.values()) for each in service.closings(session, SHOP)]
        empty = not any(service.till(session, SHOP).expected.values())
    assert banked_fen == sum(told)
    return empty


def _is(state: str) -> Callable[[Scene, UUID], bool]:
    return lambda scene, id_: scene.state(id_) == state


def _asked_the_desk(scene: Scene) -> UUID:
    """Stand at one more door where nobody opens, and leave it to the dispatcher."""
    id_ = scene.on_the_road()
    body = {"reason": "not_home", "outcome": "desk"}
    scene.work(lambda s: _send(s, scene, id_, "fail", body, now=NOON))
    return id_


def _try_again(session: Session, scene: Scene, id_: UUID, now: datetime) -> object:
    case_id = _case_of(session, scene.order_of(id_)).id
    again, asker = routing.Again(TOMORROW), _asker(now)
    return routing.try_again(session, scene.desk, case_id, again, asker=asker)


def _is_tried_again(scene: Scene, id_: UUID) -> bool:
    """Tell whether a parcel waits for its new window; then its case has ended with that."""
    with db.open_session(scene.engine, read_only=True) as session:
        order = service.orders_of(session, scene.desk, id_)[0]
        case = _case_of(session, order.id)
    waits = order.state == "packed"
    assert waits == (case.state == "ended") == (order.window_opens == TOMORROW.opens)
    return waits


def _broken_down(scene: Scene) -> UUID:
    """Break down with one more parcel on board; gives the number of the case."""
    scene.on_the_road()
    told = scene.work(
        lambda s: routing.report_breakdown(s, courier_code=road.COURIER, now=NOON)
    )
    assert isinstance(told, routing.CaseView)
    return told.id


def _plan_without(session: Session, scene: Scene, id_: UUID, now: datetime) -> object:
    asker = _asker(now)
    return routing.plan_without(session, scene.desk, id_, met=True, asker=asker)


def _is_planned_without(scene: Scene, id_: UUID) -> bool:
    """Tell whether a breakdown has ended; it never does before its planning is asked for."""
    with db.open_session(scene.engine, read_only=True) as session:
        over = session.get_one(CaseRow, id_).state == "ended"
        asked = session.get(PlanningRow, id_) is not None
    assert asked or not over
    return over


def _case_of(session: Session, order_id: UUID) -> CaseRow:
    query = select(CaseRow).where(col(CaseRow.order_id) == order_id)
    return session.exec(query).one()


def _asker(now: datetime) -> routing.Asker:
    return routing.Asker(cast.CARRIER, "dispatcher", now)


ACTS: Mapping[str, Act] = {
    "settle": Act(Scene.received, _settle, _is("posted"), 6),
    "reverse": Act(Scene.settled, _reverse, _is("reversed"), 8),
    "resolve": Act(_unknown, _resolve, _is("posted"), 4, step=3),
    "tender": Act(Scene.settled, _tender, _is_tendered, 6),
    "hand over": Act(Scene.on_the_road, _hand_over, _is_handed_over, 8),
    "return": Act(Scene.on_the_road, _bring_back, _is_brought_back, 10, step=3),
    "case tried again": Act(_asked_the_desk, _try_again, _is_tried_again, 12, step=7),
    "case planned anew": Act(
        _broken_down, _plan_without, _is_planned_without, 8, step=4
    ),
    "close till": Act(_with_money, _close, _is_closed, 6),
}


def check(scene: Scene) -> None:
    """Hold every book against the others, whatever is still open."""
    attacks.audit(scene.engine, scene.folder, settled=False)


def finish(scene: Scene, act: Act, subject: UUID) -> None:
    """Ask again as people do until it is done, and leave nothing open."""
    for _ in range(3):
        if act.done(scene, subject):
            break
        with suppress(DomainError):
            scene.work(lambda s: act.do(s, scene, subject, LATER))
    assert act.done(scene, subject)
    attacks.audit(scene.engine, scene.folder)


def live_settlements(scene: Scene) -> list[str]:
    """List the states of all settlements."""
    with db.open_session(scene.engine, read_only=True) as session:
        return list(session.exec(select(SettlementRow.state)))
