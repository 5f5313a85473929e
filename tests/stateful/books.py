"""The books of a life: how acts are done, what has to be true after each, and at the end."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

from hypothesis.stateful import RuleBasedStateMachine, invariant
from sqlalchemy import Engine
from sqlmodel import Session, func, select

from dispensing import service
from dispensing.errors import DomainError, NotFound
from dispensing.service.checking import lines_of
from dispensing.service.standing import read_state
from dispensing.service.views import OrderView
from dispensing.tables import (
    AllowanceRow,
    ClosedDayRow,
    OrderRow,
    PrescriptionRow,
    SettlementRow,
)
from fixtures.values import Person
from routing import service as routing
from tests import calls
from tests.calls import Cut, Killed
from tests.crash import town
from tests.crash.scenes import Scene
from tests.dispensing import attacks
from tests.dispensing.attacks import SHOP
from tests.stateful.people import Fickle
from web import db

CUT_OFF = timedelta(seconds=31)
ENDED = {
    "dispensed",
    "revoked",
    "lapsed",
    "void",
    "reversed",
    "handed_over",
    "returned",
}


@dataclass(frozen=True, slots=True)
class Known:
    """What a counter reads of a prescription before it acts."""

    stage: str
    filling: int
    open_packs: int
    reviews: int  # how many there are, those that were withdrawn as well


class Books(RuleBasedStateMachine):
    """The books that a life is lived on.

    `opened` gives a database and a folder, and `closed` takes them back.
    """

    opened: Callable[[], tuple[Engine, Path]]
    closed: Callable[[Engine], None]
    seen: Counter[str]  # how often settlements, orders and prescriptions stood how
    scene: Scene
    platform: Fickle
    now: datetime
    states: dict[UUID, str]
    whose: dict[UUID, tuple[Person, int]]
    stand: dict[UUID, tuple[str, ...]]
    known: dict[UUID, Known]
    claims: dict[UUID, tuple[str, str]]  # who claimed it last, and under which secret
    purse_fen: int

    def where(self, states: str) -> list[UUID]:
        """List the prescriptions that stand, or whose settlement or order stands, so."""
        wanted = set(states.split())
        return [rx for rx, stand in self.stand.items() if wanted & set(stand)]

    def one(self, pick: int, states: str) -> UUID:
        """Pick one that fits; sometimes one that need not, to see that it is refused."""
        fitting = list(self.stand) if pick == 0 else self.where(states)
        return fitting[pick % len(fitting)]

    def do(
        self, act: Callable[[Session], object], cut: int | None = None
    ) -> object | None:
        """Do an act in a unit of work, cut off at a call where drawn; gives its answer."""
        engine = self.scene.engine
        done = None
        hook = calls.Hook() if cut is None else Cut(cut, calls.die)
        try:
            with calls.hooked(engine, hook):
                done = self.scene.work(act)
        except Killed:
            type(self).seen["cut off"] += 1
        except (DomainError, LookupError) as error:
            type(self).seen[f"refused {getattr(error, 'code', type(error))}"] += 1
        self.platform.mood = "ok"
        return done

    def latest_order(self, session: Session, rx: UUID) -> OrderView:
        """Give the latest order of a prescription, or raise NotFound."""
        for order in service.orders_of(session, self.scene.desk, rx):
            return order
        raise NotFound("订单", "order")

    @invariant()
    def books_agree(self) -> None:
        """Hold every book against the others."""
        if hasattr(self, "scene"):
            attacks.audit(self.scene.engine, self.scene.folder, settled=False)

    @invariant()
    def caps_hold(self) -> None:
        """Nobody's year has got more than its cap, counting what is held."""
        if not hasattr(self, "scene"):
            return
        with db.open_session(self.scene.engine, read_only=True) as session:
            for used in session.exec(select(AllowanceRow)):
                paid_fen = used.fund_fen + used.fund_reserved_fen
                assert paid_fen <= town.CAP_FEN, used
            purses = service.purses(session, SHOP)
            assert all(purse.held_fen >= 0 for purse in purses)
            self.purse_fen = sum(purse.held_fen for purse in purses)
            self._states_follow_the_law(session)

    def _states_follow_the_law(self, session: Session) -> None:
        """What was handed out or revoked stays so."""
        for kind in (PrescriptionRow, SettlementRow, OrderRow):
            for id_, state in session.exec(select(kind.id, kind.state)):
                before = self.states.get(id_)
                assert before not in ENDED or before == state, (before, state)
                if before != state:
                    type(self).seen[f"{kind.__tablename__} {state}"] += 1
                self.states[id_] = state
        for rx in session.exec(select(PrescriptionRow)):
            if rx.id in self.whose:
                self._look(session, rx)
        days = session.exec(select(func.count()).select_from(ClosedDayRow)).one()
        type(self).seen["closed days"] = max(days, type(self).seen["closed days"])

    def _look(self, session: Session, rx: PrescriptionRow) -> None:
        """Read how a prescription stands now, as the next act has to know it."""
        stage = read_state(session, rx, self.scene.desk.life, self.now)
        (line,) = lines_of(session, rx.id)
        before = self.known.get(rx.id)
        if before is None or before.stage != stage:
            type(self).seen[f"life {stage}"] += 1
        self.known[rx.id] = Known(
            stage,
            rx.filling,
            line.quantity - line.taken,
            len(service.reviews_of(session, rx.id)),
        )
        self.stand[rx.id] = (rx.state, stage, *self._below(session, rx.id))

    def _below(self, session: Session, rx: UUID) -> list[str]:
        """List the states of a prescription's settlements and orders that still run."""
        return [
            state
            for kind in (SettlementRow, OrderRow)
            for state in session.exec(
                select(kind.state).where(kind.prescription_id == rx)
            )
            if state not in ENDED
        ]

    def teardown(self) -> None:
        """Finish everything: then our books are the platform's, too."""
        if not hasattr(self, "scene"):
            return
        self.now += CUT_OFF
        desk = self.scene.desk
        self.do(lambda s: service.recover(s, desk, now=self.now))
        self.do(lambda s: routing.finish_returns(s, desk, now=self.now))
        attacks.audit(self.scene.engine, self.scene.folder)
        type(self).closed(self.scene.engine)
