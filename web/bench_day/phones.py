"""The couriers' phones: what was done at a stop becomes the acts that a phone sends.

A phone that is heard sends each act at once, what is refused at a door too. One that was
silent sends everything together, in the order in which it was done; its answers are lost, so
it sends all of it once more, and has to get the same.
"""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

from dispensing.parcel_code import parcel_code
from fixtures import cast
from fixtures.rounds.given import HANDED_OVER, Meeting
from fixtures.rounds.told import Deed, Fate, fate_of
from routing import service
from routing.handover import Failure
from routing.service import Act, Answer
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
# What is tried at the door and has to be refused, and by which code.
_REFUSED = {
    Meeting.WRONG_CODE_FIRST: "code-wrong",
    Meeting.BROKEN_SEAL: "seal-broken",
    Meeting.TOO_WARM: "temperature-outside",
}
_LONG_ON_THE_WAY = "cold-chain-broken"


class NotAsAsked(RuntimeError):
    """The platform took what it has to refuse, or refused what it has to take."""


def send(
    town: Town, orders: Mapping[int, UUID], deeds: Sequence[Deed], now_s: int
) -> None:
    """Send what a courier did, as it is told at a second of the day."""
    courier = deeds[0].courier
    if deeds[-1].at_s == now_s:
        for deed in deeds:
            _try_in_vain(town, orders[deed.order], deed, now_s)
    acts = [_act(town, orders[it.order], it) for it in deeds]
    told = _sent(town, courier, acts, now_s)
    if deeds[0].at_s < now_s and _sent(town, courier, acts, now_s) != told:
        raise NotAsAsked(f"courier {courier}: sent again, answered otherwise")
    for deed, act, answer in zip(deeds, acts, told, strict=True):
        if answer.code == _LONG_ON_THE_WAY:
            _release(town, orders[deed.order], deed, now_s)
            (answer,) = _sent(town, courier, [_anew(act)], now_s)
        if answer.status != "done":
            raise NotAsAsked(f"{deed}: {answer}")


def give_back(town: Town, order_id: UUID, courier: int, at_s: int) -> None:
    """Return a parcel for good that nobody may carry on."""
    body = {"reason": Failure.TOO_WARM, "outcome": "return"}
    id_ = uuid5(NAMESPACE_URL, f"{order_id} given back")
    act = Act(id_, "fail", town.at(at_s), order_id, body)
    (answer,) = _sent(town, courier, [act], at_s)
    if answer.status != "done":
        raise NotAsAsked(f"{order_id}: {answer}")


def _sent(town: Town, courier: int, acts: Sequence[Act], now_s: int) -> list[Answer]:
    with town.open() as session:
        road = service.road_of(session, town.desk, town.at(now_s), secret=town.secret)
        return list(service.apply(road, town.day.couriers[courier].code, acts))


def _act(town: Town, order_id: UUID, deed: Deed) -> Act:
    """Turn a deed into its act; the patient reads the code from the own page."""
    at = town.at(deed.at_s)
    id_ = uuid5(NAMESPACE_URL, f"{order_id} {deed.no}")
    if deed.meeting is None:
        return Act(id_, "load", at, order_id, {"code": parcel_code(order_id)})
    if deed.meeting in HANDED_OVER:
        return Act(id_, "hand_over", at, order_id, _shown(town, order_id, deed))
    retry = fate_of(town.day.orders[deed.order], deed.meeting) is Fate.RETRY
    body = {
        "reason": _FAILURES[deed.meeting],
        "outcome": "retry" if retry else "return",
    }
    return Act(id_, "fail", at, order_id, body)


def _shown(town: Town, order_id: UUID, deed: Deed) -> dict[str, Any]:
    """Tell what is shown and seen at a door."""
    with town.open() as session:
        code = service.tracking(session, town.desk, town.secret, order_id).code
    order = town.day.orders[deed.order]
    shown: dict[str, Any] = {"code": code}
    if deed.meeting is Meeting.BROKEN_SEAL:
        shown["seal_intact"] = False
    if deed.meeting is Meeting.PROXY:
        shown["proxy"] = {
            "name": cast.bob.name,
            "id_number": cast.bob.id_number,
            "patient_id_number": towns.id_number(order),
        }
    if order.cold:
        warm = deed.meeting is Meeting.TOO_WARM
        shown["temperature_dc"] = WARM_DC if warm else GOOD_DC
    return shown


def _try_in_vain(town: Town, order_id: UUID, deed: Deed, now_s: int) -> None:
    """Present at the door what has to be refused."""
    if deed.meeting not in _REFUSED:
        return
    shown = _shown(town, order_id, deed)
    if deed.meeting is Meeting.WRONG_CODE_FIRST:
        shown["code"] = f"{(int(shown['code']) + 1) % 10**6:06}"
    id_ = uuid5(NAMESPACE_URL, f"{order_id} {deed.no} in vain")
    act = Act(id_, "hand_over", town.at(deed.at_s), order_id, shown)
    (answer,) = _sent(town, deed.courier, [act], now_s)
    if (answer.status, answer.code) != ("refused", _REFUSED[deed.meeting]):
        raise NotAsAsked(f"{deed}: {answer}")


def _anew(act: Act) -> Act:
    """Give an act another number: under the first one the answer stays what it was."""
    return Act(uuid5(act.id, "again"), act.kind, act.at, act.order_id, act.body)


def _release(town: Town, order_id: UUID, deed: Deed, now_s: int) -> None:
    """Let the outlet's pharmacist decide on a parcel that was long on the way, but cold."""
    shop = town.day.outlets[town.day.orders[deed.order].outlet].code
    said = "途中超时，交付时温度合格"
    with town.open() as session:
        decide_breach(
            session,
            town.desk,
            order_id=order_id,
            outlet_code=shop,
            decision=Decision("release", f"{shop}0", "示例药师", said),
            by="pharmacist0",
            now=town.at(now_s),
        )
