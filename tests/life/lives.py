"""A prescription in each state of its life, and each operation as somebody calls it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlmodel import Session, col, select

from dispensing import service
from dispensing.desk import Desk
from dispensing.errors import DomainError
from dispensing.life import LifeRules
from dispensing.service.receiving import prescription_row
from dispensing.service.standing import read_state
from dispensing.tables import OrderRow, SettlementRow
from fixtures import cast
from tests import road, world
from tests.dispensing import acts, attacks
from tests.dispensing.attacks import SHOP
from tests.stateful.people import Fickle
from tests.world import NOON

OTHER = world.SECOND_PHARMACY
WRONG_SECRET = "w" * 43
REPEAT = {"repeat": {"max": 3, "interval_days": 28}, "valid_days": 90}
_numbers = count(1)


@dataclass
class Life:
    """One prescription at the desk of one pharmacy."""

    session: Session
    desk: Desk
    platform: Fickle
    rx: UUID
    number: int
    now: datetime = NOON
    secret: str = WRONG_SECRET

    @property
    def state(self) -> str:
        """Read the state of its life at this instant."""
        self.session.expire_all()
        row = prescription_row(self.session, self.rx)
        found = read_state(self.session, row, self.desk.life, self.now)
        self.session.rollback()
        return found

    def settle(self, **changes: Any) -> Any:
        """Settle by card what is open, or so many packs of the first line."""
        packs = changes.pop("packs", None)
        of = next(_numbers)
        asked = {
            "lines": None if packs is None else {1: packs},
            "trace_codes": world.trace_codes(batch=of, quantity=packs or 3),
            "now": self.now,
            **changes,
        }
        return attacks.settle(self.session, self.desk, self.rx, of, **asked)

    def collect(self, outlet: str = SHOP) -> None:
        """Hand it out at the counter."""
        service.collect(
            self.session,
            self.desk,
            prescription_id=self.rx,
            outlet_code=outlet,
            receiver=service.Receiver(),
            now=self.now,
        )

    def claim(self, outlet: str = SHOP) -> Any:
        """Hold it for a pharmacy."""
        held = service.claim(
            self.session,
            self.desk,
            prescription_id=self.rx,
            outlet_code=outlet,
            by="counter",
            now=self.now,
        )
        self.secret = held.secret
        return held

    def give_back(self, secret: str | None = None, outlet: str = SHOP) -> None:
        """Return it."""
        service.give_back(
            self.session,
            self.desk,
            prescription_id=self.rx,
            outlet_code=outlet,
            secret=secret or self.secret,
            reason="out_of_stock",
            by="counter",
            now=self.now,
        )

    def review(
        self, who: str = "A", verdict: str = "passed", no: int | None = None
    ) -> Any:
        """Let a pharmacist review it."""
        said = service.Review(verdict, f"ZY{who}", f"药师{who}", "剂量核对")
        return service.review(
            self.session,
            self.desk,
            prescription_id=self.rx,
            outlet_code=SHOP,
            review=said,
            by=f"pharmacist-{who}",
            now=self.now,
            no=no,
        )

    def withdraw_review(
        self,
        no: int = 1,
        who: str = "A",
        outlet: str = SHOP,
        reason: str = "漏看相互作用",
    ) -> Any:
        """Let a pharmacist withdraw a review."""
        return service.withdraw_review(
            self.session,
            self.desk,
            prescription_id=self.rx,
            outlet_code=outlet,
            no=no,
            withdrawal=service.Withdrawal(reason, f"ZY{who}", f"药师{who}"),
            by=f"pharmacist-{who}",
            now=self.now,
        )

    def events(self) -> list[str]:
        """Name what happened to it, in its order."""
        view = service.prescription(
            self.session, self.desk, self.rx, reader=world.READER, now=self.now
        )
        return [event.kind for event in view.events]

    def settlements(self) -> list[SettlementRow]:
        """Read its settlements, filling by filling."""
        query = select(SettlementRow).where(
            col(SettlementRow.prescription_id) == self.rx
        )
        return list(self.session.exec(query.order_by(col(SettlementRow.filling))))


def open_town(session: Session, folder: Path) -> tuple[Desk, Fickle]:
    """Let the street in, with a platform that answers as it is told."""
    platform = Fickle(folder / "platform.db")
    platform.mood = "ok"
    desk = world.open_desk(platform)
    world.populate(session, desk)
    return desk, platform


def begin(
    session: Session, desk: Desk, platform: Fickle, *, review: str = "law", **more: Any
) -> Life:
    """Receive a prescription under a rule of review."""
    desk = replace(desk, life=LifeRules(review=review))  # type: ignore[arg-type]
    number = next(_numbers)
    platform.mood = "ok"
    raw = world.message(number, **more)
    at = max(NOON, datetime.fromisoformat(raw["issued_at"]))
    rx = service.receive(session, desk, raw, now=at).id
    return Life(session, desk, platform, rx, number)


def _checked(life: Life) -> None:
    check(life)


def _settling(life: Life) -> None:
    life.platform.mood = "deaf"
    life.settle()
    life.platform.mood = "ok"


def _ordered(life: Life) -> None:
    life.settle(tender="on_delivery")
    acts.order(life.session, desk=life.desk, id_=life.rx, now=life.now)


def _on_the_road(life: Life) -> None:
    _ordered(life)
    order = acts.pack(life.session, desk=life.desk, id_=life.rx)
    road.depart(life.session, life.desk, [order.id], now=life.now)  # type: ignore[attr-defined]


def _reversing(life: Life) -> None:
    life.settle()
    life.platform.mood = "deaf"
    attacks.reverse(life.session, life.desk, life.rx)
    life.platform.mood = "ok"


def _part(life: Life) -> None:
    life.settle(packs=1)
    life.collect()


def _dispensed(life: Life) -> None:
    life.settle()
    life.collect()


def _repeatable(life: Life) -> None:
    _dispensed(life)
    life.now = NOON + timedelta(days=28)


def _lapsed(life: Life) -> None:
    life.now = NOON + timedelta(days=3)


def _twice(life: Life) -> None:
    life.review("A")


Steps = tuple[dict[str, Any], Callable[[Life], object]]
WAYS: Mapping[str, Steps] = {
    "received": ({}, lambda life: None),
    "checked": ({}, _checked),
    "awaiting_review": ({"review": "one"}, lambda life: None),
    "awaiting_second_review": ({"review": "two"}, _twice),
    "reviewed": ({}, lambda life: life.review()),
    "review_refused": ({}, lambda life: life.review(verdict="refused")),
    "claimed": ({}, lambda life: life.claim()),
    "settling": ({}, _settling),
    "settled": ({}, lambda life: life.settle()),
    "ordered": ({}, _ordered),
    "on_the_road": ({}, _on_the_road),
    "reversing": ({}, _reversing),
    "part_dispensed": ({}, _part),
    "repeatable": (REPEAT, _repeatable),
    "dispensed": ({}, _dispensed),
    "revoked": ({}, lambda life: revoke(life)),
    "lapsed": ({}, _lapsed),
}


def in_state(
    session: Session, desk: Desk, platform: Fickle, state: str, **more: Any
) -> Life:
    """Bring a new prescription into a state, the way that people do."""
    given, walk = WAYS[state]
    life = begin(session, desk, platform, **{**given, **more})
    walk(life)
    assert life.state == state
    return life


def check(life: Life) -> None:
    """Ask the rules."""
    service.check(
        life.session,
        life.desk,
        prescription_id=life.rx,
        outlet_code=SHOP,
        voucher="card",
        trace_codes=None,
        now=life.now,
    )


def revoke(life: Life) -> None:
    """Withdraw it."""
    service.revoke(
        life.session,
        prescription_id=life.rx,
        issuer=cast.HOSPITAL,
        reason="换药",
        now=life.now,
    )


def reverse(life: Life) -> None:
    """Take its first settlement back; nobody can name one where there is none."""
    made = [row.id for row in life.settlements()]
    life.session.rollback()
    service.reverse(
        life.session,
        life.desk,
        settlement_id=made[0] if made else life.rx,
        outlet_code=SHOP,
        reason="wrong_entry",
        by="counter",
        now=life.now,
    )


def cancel_order(life: Life) -> None:
    """Cancel its delivery; nobody can name one where there is none."""
    query = select(OrderRow.id).where(col(OrderRow.prescription_id) == life.rx)
    made = life.session.exec(query).first()
    life.session.rollback()
    service.cancel_order(
        life.session,
        life.desk,
        order_id=made or life.rx,
        outlet_code=SHOP,
        now=life.now,
    )


def refer_back(life: Life) -> None:
    """Ask the prescriber for another medicine."""
    service.refer_back(
        life.session,
        life.desk,
        prescription_id=life.rx,
        outlet_code=SHOP,
        secret=life.secret,
        wanted="换用缬沙坦",
        by="counter",
        now=life.now,
    )


def close_rest(life: Life) -> None:
    """Close what is owed."""
    service.close_rest(
        life.session,
        life.desk,
        prescription_id=life.rx,
        outlet_code=SHOP,
        reason="not_wanted",
        by="counter",
        now=life.now,
    )


def share(life: Life) -> None:
    """Ask whether it may be shared."""
    asked = {"prescription_id": life.rx, "operation": "share", "now": life.now}
    service.may(life.session, life.desk, **asked)


ACTS: Mapping[str, Callable[[Life], object]] = {
    "check": check,
    "review": lambda life: life.review("B", no=1),
    "second_review": lambda life: life.review("B", no=2),
    "withdraw_review": lambda life: life.withdraw_review(),
    "claim": lambda life: life.claim(),
    "return": lambda life: life.give_back(),
    "refer_back": refer_back,
    "settle": lambda life: life.settle(),
    "refill": lambda life: life.settle(filling=2, packs=1),
    "reverse": reverse,
    "collect": lambda life: life.collect(),
    "order": lambda life: acts.order(
        life.session, desk=life.desk, id_=life.rx, now=life.now
    ),
    "cancel_order": cancel_order,
    "close_rest": close_rest,
    "revoke": revoke,
    "lapse": lambda life: service.lapse(
        life.session, life.desk, prescription_id=life.rx, now=life.now
    ),
    "share": share,
}


def tried(life: Life, operation: str) -> DomainError | None:
    """Do something with it; gives the answer that refused it, if one did."""
    try:
        ACTS[operation](life)
    except DomainError as error:
        life.session.rollback()
        return error
    return None
