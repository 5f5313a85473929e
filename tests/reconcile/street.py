"""One pharmacy's day on a real database, with the platform's own books beside ours."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

from sqlalchemy import Engine
from sqlmodel import Session

from dispensing import service
from dispensing.desk import Desk
from dispensing.gateway.sandbox import SandboxGateway
from dispensing.recompute import Off, recompute
from dispensing.service import DifferenceView, RunView
from dispensing.service.day_books import day_books
from dispensing.service.views import SettledView
from tests.dispensing import attacks
from tests.world import DAY, NOON
from web import db

SHOP = attacks.SHOP
MORNING = NOON + timedelta(hours=20)  # of the day after
CLERK = "叶素珍"


@dataclass(frozen=True, slots=True)
class Street:
    """The pharmacy, its desk, and the platform with which its day is compared."""

    engine: Engine
    desk: Desk
    platform: SandboxGateway

    def open(self) -> Session:
        """Open a session for one unit of work."""
        return db.open_session(self.engine)

    def settled(
        self, number: int, now: datetime = NOON, **changes: object
    ) -> SettledView:
        """Settle a prescription of alice at the counter."""
        id_ = attacks.received(self.engine, self.desk, number)
        with self.open() as session:
            return attacks.settle(session, self.desk, id_, number, now=now, **changes)

    def collected(self, number: int) -> SettledView:
        """Settle a prescription and hand the medicine over."""
        row = self.settled(number)
        self.collect(row)
        return row

    def collect(self, row: SettledView, now: datetime = NOON) -> None:
        """Hand the medicine of a settlement over at the counter."""
        with self.open() as session:
            service.collect(
                session,
                self.desk,
                prescription_id=row.prescription_id,
                outlet_code=SHOP,
                receiver=service.Receiver(),
                now=now,
            )

    def reverse(self, row: SettledView, now: datetime = NOON) -> SettledView:
        """Reverse a settlement at the counter."""
        with self.open() as session:
            return attacks.reverse(session, self.desk, row.prescription_id, now=now)

    def run(self, now: datetime = MORNING, **changes: object) -> RunView:
        """Reconcile the day."""
        asked = {"outlet_code": SHOP, "day": DAY, "by": CLERK, "now": now, **changes}
        with self.open() as session:
            return service.reconcile(session, self.desk, **asked)

    def mend(
        self,
        one: DifferenceView,
        fix: str,
        reason: str = "",
        now: datetime = MORNING,
        **changes: object,
    ) -> RunView:
        """Mend a difference, and see the day as it is then."""
        with self.open() as session:
            return service.mend(
                session,
                self.desk,
                difference_id=one.id,
                fix=fix,
                reason=reason,
                by=CLERK,
                now=now,
                **changes,
            )

    def close(self, now: datetime = MORNING, **changes: object) -> RunView:
        """Close the day."""
        asked = {"outlet_code": SHOP, "day": DAY, "by": CLERK, "now": now, **changes}
        with self.open() as session:
            return service.close_day(session, self.desk, **asked)

    def till_file(self, text: str, now: datetime = MORNING) -> int:
        """Give the till's own file of the day."""
        with self.open() as session:
            return service.keep_till_file(
                session,
                outlet_code=SHOP,
                day=DAY,
                raw=text.encode(),
                by=CLERK,
                now=now,
            )

    def off(self) -> tuple[Off, ...]:
        """Work the ledger out again, and tell what is off; all accounts are zero together."""
        with self.open() as session:
            found = recompute(session.connection())
        assert sum(found.balances.values()) == 0
        return found.off

    def digest(self) -> str:
        """Give the digest of what the day holds on our side."""

        with self.open() as session:
            return day_books(session, SHOP, DAY, MORNING).digest


def open_street(engine: Engine, folder: Path) -> Street:
    """Open the street with its platform in a file."""
    desk = attacks.open_street(engine, folder)
    assert isinstance(desk.gateway, SandboxGateway)
    return Street(engine, desk, desk.gateway)


def kinds(view: RunView) -> list[str]:
    """Name what a run found and nobody has booked."""
    return [one.kind for one in view.differences if one.state == "open"]


def event(row: SettledView) -> tuple[str, str]:
    """Name a settlement as the event of a difference."""
    return "settlement", str(UUID(str(row.id)))
