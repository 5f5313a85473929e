"""The couriers' phones: what was done at a stop becomes the act that a phone sends.

All acts go through here, one unit of work each, in the order in which they were done; those
of a phone that was silent come together, each with the instant at which it was done.
"""

from collections.abc import Mapping, Sequence
from uuid import UUID

from dispensing.errors import Conflict, DomainError
from fixtures import cast
from fixtures.rounds.given import HANDED_OVER, Meeting
from fixtures.rounds.told import Deed, Fate, fate_of
from routing import service
from routing.handover import Failure, Proxy
from routing.service.breaching import Decision, decide_breach
from web.bench_day import town as towns
from web.bench_day.town import Town

GOOD_DC, WARM_DC = 48, 96  # tenths of a degree
_FAILURES = {
    Meeting.NOT_HOME: Failure.NOT_HOME,
    Meeting.REFUSED: Failure.REFUSED,
    Meeting.BROKEN_SEAL: Failure.BROKEN_SEAL,
    Meeting.WRONG_ADDRESS: Failure.WRONG_ADDRESS,
    Meeting.TOO_WARM: Failure.TOO_WARM,
}
# What is seen only at the door: the hand-over is tried, and has to be refused.
_SEEN_AT_DOOR = (Meeting.BROKEN_SEAL, Meeting.TOO_WARM)


class Accepted(RuntimeError):
    """The platform took what it has to refuse."""


def send(town: Town, orders: Mapping[int, UUID], deeds: Sequence[Deed]) -> None:
    """Send what a courier did."""
    for deed in deeds:
        if deed.meeting is None:
            _pick_up(town, orders[deed.order], deed)
        elif deed.meeting in HANDED_OVER:
            _hand_over(town, orders[deed.order], deed, deed.meeting)
        else:
            _fail(town, orders[deed.order], deed, deed.meeting)


def give_back(town: Town, order_id: UUID, courier: int, at_s: int) -> None:
    """Return a parcel for good that nobody may carry on."""
    with town.open() as session:
        service.fail(
            session,
            town.desk,
            order_id=order_id,
            courier_code=town.day.couriers[courier].code,
            reason=Failure.TOO_WARM,
            outcome="return",
            now=town.at(at_s),
        )


def _pick_up(town: Town, order_id: UUID, deed: Deed) -> None:
    with town.open() as session:
        service.pick_up(
            session,
            town.desk,
            order_id=order_id,
            courier_code=town.day.couriers[deed.courier].code,
            now=town.at(deed.at_s),
        )


def _hand_over(town: Town, order_id: UUID, deed: Deed, meeting: Meeting) -> None:
    """Hand over by the code that the patient reads from the own page."""
    with town.open() as session:
        code = service.tracking(session, town.desk, town.secret, order_id).code
    if meeting is Meeting.WRONG_CODE_FIRST:
        wrong = f"{(int(code) + 1) % 10**6:06}"
        _refused(town, order_id, deed, _door(town, deed, wrong), code="code-wrong")
    door = _door(town, deed, code)
    try:
        _present(town, order_id, deed, door)
    except Conflict as error:
        if error.code != "cold-chain-broken":
            raise
        _release(town, order_id, deed)
        _present(town, order_id, deed, door)


def _release(town: Town, order_id: UUID, deed: Deed) -> None:
    """Let the outlet's pharmacist decide on a parcel that was long on the way, but cold."""
    order = town.day.orders[deed.order]
    shop = town.day.outlets[order.outlet].code
    said = "途中超时，交付时温度合格"
    with town.open() as session:
        decide_breach(
            session,
            town.desk,
            order_id=order_id,
            outlet_code=shop,
            decision=Decision("release", f"{shop}0", "示例药师", said),
            by="pharmacist0",
            now=town.at(deed.at_s),
        )


def _door(town: Town, deed: Deed, code: str) -> service.Door:
    order = town.day.orders[deed.order]
    warm = deed.meeting is Meeting.TOO_WARM
    proxy = None
    if deed.meeting is Meeting.PROXY:
        proxy = Proxy(cast.bob.name, cast.bob.id_number, towns.id_number(order))
    return service.Door(
        code=code,
        seal_intact=deed.meeting is not Meeting.BROKEN_SEAL,
        proxy=proxy,
        temperature_dc=(WARM_DC if warm else GOOD_DC) if order.cold else None,
    )


def _present(town: Town, order_id: UUID, deed: Deed, door: service.Door) -> None:
    with town.open() as session:
        service.hand_over(
            session,
            town.desk,
            secret=town.secret,
            order_id=order_id,
            courier_code=town.day.couriers[deed.courier].code,
            door=door,
            now=town.at(deed.at_s),
        )


def _refused(
    town: Town, order_id: UUID, deed: Deed, door: service.Door, *, code: str
) -> None:
    """Present what has to be refused."""
    try:
        _present(town, order_id, deed, door)
    except DomainError as error:
        if error.code != code:
            raise
    else:
        raise Accepted(f"order {deed.order}: {code} was not refused")


def _fail(town: Town, order_id: UUID, deed: Deed, meeting: Meeting) -> None:
    order = town.day.orders[deed.order]
    with town.open() as session:
        code = service.tracking(session, town.desk, town.secret, order_id).code
    if meeting in _SEEN_AT_DOOR:
        seen = {Meeting.BROKEN_SEAL: "seal-broken"}.get(meeting, "temperature-outside")
        _refused(town, order_id, deed, _door(town, deed, code), code=seen)
    retry = fate_of(order, meeting) is Fate.RETRY
    with town.open() as session:
        service.fail(
            session,
            town.desk,
            order_id=order_id,
            courier_code=town.day.couriers[deed.courier].code,
            reason=_FAILURES[meeting],
            outcome="retry" if retry else "return",
            now=town.at(deed.at_s),
        )
