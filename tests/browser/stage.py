"""Everything that patients and counters can come to see, brought about once for a whole walk."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import count
from typing import Any
from uuid import UUID

from dispensing.gateway import InsuranceGateway, Unanswered
from fixtures import cast
from tests import world
from tests.platform import (
    Platform,
    Program,
    codes,
    delivery,
    door_code,
    on_the_road,
    planned,
    sent,
    settlement,
)
from tests.world import AMLODIPINE, DAY, DIAZEPAM, INSULIN, NOON
from web.clock import Clock

PHARMACIST = {"code": "ZY330300012345", "name": "叶药师"}
GONE_OUT = {"reason": "出远门，提前配药"}
_batches = count(11)  # of boxes, none of which was scanned before


@dataclass(frozen=True, slots=True)
class Stopped(Clock):
    """A clock that stands still: what is drawn twice says the same hour."""

    at: datetime = NOON

    def now(self) -> datetime:
        """Tell the hour at which it stands."""
        return self.at


class Deaf:
    """A platform that books what it is told, and whose answer is lost."""

    def __init__(self, behind: InsuranceGateway) -> None:
        self._behind = behind

    def __getattr__(self, name: str) -> Any:
        return getattr(self._behind, name)

    def charge(self, charge: Any) -> Any:
        """Book it, and say nothing."""
        self._behind.charge(charge)
        raise Unanswered(charge.msgid)

    def query(self, msgid: str) -> Any:
        """Say nothing."""
        raise Unanswered(msgid)


@dataclass(frozen=True, slots=True)
class Stage:
    """A platform, each prescription by how it stands, and the two orders."""

    town: Platform
    rx: dict[str, UUID]
    orders: dict[str, UUID]
    plan: UUID
    rider: str


def set_stage(town: Platform) -> Stage:
    """Bring prescriptions into every state, at one instant that does not go on."""
    town.app.extensions["clock"] = Stopped()
    _came(town)
    road, order, rider = on_the_road(town)
    at_home, brought = _delivered(town, rider)
    rx: dict[str, UUID] = {"road": road, "delivered": at_home}
    for name, bring in WAYS.items():
        town.app.extensions["clock"] = Stopped(at=NOON + timedelta(minutes=len(rx)))
        rx[name] = bring(town, sent(town, 20 + len(rx), **MESSAGES.get(name, {})))
    cancelled = _order(town, rx["ordered"])
    town.program("counter").post(f"/orders/{cancelled}/cancellation", {})
    placed = _order(town, rx["ordered"])
    _afterwards(town, rx)
    route = rider.get("/routes")[0]
    name = "courier" if route["courier_code"].endswith("101") else "second-courier"
    orders = {"road": order, "delivered": brought, "placed": placed}
    orders |= {"cancelled": cancelled}
    return Stage(town, rx, orders, UUID(route["plan_id"]), name)


def _came(town: Platform) -> None:
    """Let boxes come in, one lot of which expires soon; let the agreement end soon."""
    came = {"kind": "received", "medicine": AMLODIPINE, "quantity": 60}
    counter = town.program("counter")
    counter.post("/stock/movements", {**came, "batch": "A1"})
    soon = {**came, "quantity": 9, "batch": "B7", "expires_on": "2025-10-31"}
    counter.post("/stock/movements", soon)


def _delivered(town: Platform, rider: Program) -> tuple[UUID, UUID]:
    """Bring a second parcel as far as the patient's door."""
    rx = _settled(town, sent(town, 2))
    order = _order(town, rx)
    town.program("counter").post(f"/orders/{order}/packing")
    dispatcher = town.program("dispatcher")
    plan = planned(town, dispatcher)
    dispatcher.post(f"/plans/{plan['id']}/commitment")
    for route in plan["routes"]:
        if str(order) in str(route):
            name = (
                "courier" if route["courier_code"].endswith("101") else "second-courier"
            )
            rider = town.program(name)
            rider.post(f"/routes/{route['id']}/departure")
    door = {"code": door_code(town, order), "receiver": "patient"}
    rider.post(f"/orders/{order}/handover", door)
    return rx, order


def _order(town: Platform, rx: UUID) -> UUID:
    made = town.program("alice").post(f"/prescriptions/{rx}/order", delivery())
    return UUID(made["id"])


def _settled(town: Platform, rx: UUID, **more: Any) -> UUID:
    asked = {**settlement(town, next(_batches)), "override": GONE_OUT, **more}
    town.program("counter").put(f"/prescriptions/{rx}/settlement", asked)
    return rx


def _in_part(town: Platform, rx: UUID) -> UUID:
    boxes = {no: found[:1] for no, found in codes(next(_batches)).items()}
    _settled(town, rx, lines={"1": 1}, trace_codes=boxes)
    return _collected(town, rx)


def _collected(town: Platform, rx: UUID) -> UUID:
    taken = {"receiver": "patient", "proxy": None}
    town.program("counter").post(f"/prescriptions/{rx}/collection", taken)
    return rx


def _given(town: Platform, rx: UUID) -> UUID:
    return _collected(town, _settled(town, rx))


def _checked(town: Platform, rx: UUID) -> UUID:
    town.program("counter").post(f"/prescriptions/{rx}/checks", {})
    return rx


def _reviewed(verdict: str) -> Callable[[Platform, UUID], UUID]:
    def review(town: Platform, rx: UUID) -> UUID:
        said = {"verdict": verdict, "pharmacist": PHARMACIST, "opinion": "剂量偏大"}
        town.program("counter").post(f"/prescriptions/{rx}/reviews", said)
        return rx

    return review


def _claimed(town: Platform, rx: UUID) -> UUID:
    town.program("counter").post(f"/prescriptions/{rx}/claim", {})
    return rx


def _revoked(town: Platform, rx: UUID) -> UUID:
    why = {"reason": "剂量有误"}
    town.program("hospital").post(f"/prescriptions/{rx}/revocation", why)
    return rx


def _unknown(town: Platform, rx: UUID) -> UUID:
    desk = town.app.extensions["desk"]
    town.app.extensions["desk"] = replace(desk, gateway=Deaf(desk.gateway))
    _settled(town, rx)
    town.app.extensions["desk"] = desk
    return rx


def _reversed(town: Platform, rx: UUID) -> UUID:
    counter = town.program("counter")
    held = counter.get(f"/prescriptions/{_settled(town, rx)}/settlement")
    why = {"reason": "patient_changed_mind"}
    counter.post(f"/settlements/{held['id']}/reversal", why)
    return rx


WAYS: dict[str, Callable[[Platform, UUID], UUID]] = {
    "received": lambda _, rx: rx,
    "checked": _checked,
    "lapsed": _checked,
    "refused": _checked,
    "reviewed": _reviewed("passed"),
    "review-refused": _reviewed("refused"),
    "claimed": _claimed,
    "unknown": _unknown,
    "settled": _settled,
    "ordered": _settled,
    "reversed": _reversed,
    "part": _in_part,
    "given": _given,
    "repeatable": _given,
    "revoked": _revoked,
    "long": lambda _, rx: rx,
}


def _long() -> list[dict[str, Any]]:
    """Write several lines, each with many boxes and a long dosage."""
    told = "早餐前半小时用温水送服，每次5mg，每日一次；头晕或脚踝肿胀请马上停药并就医"
    given = {"quantity": 120, "supply_days": 84, "dosage": told}
    return [{"medicine": code, **given} for code in (AMLODIPINE, INSULIN, DIAZEPAM)]


MESSAGES: dict[str, dict[str, Any]] = {
    "lapsed": {"issued_at": "2025-09-01T08:00:00+08:00"},
    "refused": {"lines": [{**world.message()["lines"][0], "supply_days": 120}]},
    "long": {"lines": _long()},
    "repeatable": {"repeat": {"max": 3, "interval_days": 28}, "valid_days": 90},
}


def _afterwards(town: Platform, rx: dict[str, UUID]) -> None:
    """Let one be awaited by a pharmacist, codes be shared, things be said, books differ."""
    raw = world.internet_message(90)
    answer = town.program("internet-hospital").post("/prescriptions", raw)
    rx["awaiting-review"] = UUID(answer["id"])
    alice, counter = town.program("alice"), town.program("counter")
    shared = alice.post("/access-codes", {"prescriptions": [str(rx["received"])]})
    counter.post("/presentations", {"scanned": shared["text"]})
    helper = {"name": "欧阳林小妹", "phone_tail": "1234"}
    given = {"prescriptions": [str(rx["long"])], "share_with": "helper"}
    for _ in range(2):
        made = alice.post("/access-codes", {**given, "helper": helper})
    alice.post(f"/access-codes/{made['id']}/withdrawal", {})
    agent = {"person_no": cast.bob.person_no, "id_number": cast.bob.id_number}
    alice.post("/family-agents", agent)
    said = {"about": "outlet", "party": cast.LUCHENG_PHARMACY, "topic": "no_stock"}
    complained = {**said, "words": "到店才说没有药"}
    alice.post(f"/prescriptions/{rx['given']}/feedback", complained)
    rated = {**said, "topic": "other", "stars": 4, "words": "店员很耐心"}
    alice.post(f"/prescriptions/{rx['delivered']}/feedback", rated)
    held = counter.get(f"/prescriptions/{rx['settled']}/settlement")
    town.app.extensions["desk"].gateway.tamper(held["msgid"], account_fen=1)
    counter.post("/reconciliation/runs", {"day": DAY.isoformat()})
    town.app.extensions["clock"] = Stopped(at=NOON + timedelta(minutes=30))
