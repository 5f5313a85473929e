"""A courier's terms, acts on a firm's crew, and why one cannot be done; pure."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime, time
from typing import Any

from pharmacies.carriers import Courier
from pharmacies.errors import Words

_TIMES = ("shift_begins", "shift_ends")


@dataclass(frozen=True, slots=True)
class CourierTerms:
    """How a courier works: name and phone, shift and day off, vehicle, boxes, areas, yard."""

    name: str
    phone: str
    shift_begins: time
    shift_ends: time
    rest_weekday: int
    vehicle: str
    capacity_parcels: int
    cold_capacity_parcels: int
    areas: tuple[str, ...]
    lon: float
    lat: float


@dataclass(frozen=True, slots=True)
class CrewAct:
    """One act on a courier: what, from which day, when, by whom, why, and the terms then."""

    id: int
    courier_code: str
    kind: str
    from_day: date
    at: datetime
    by: str
    reason: str
    terms: CourierTerms


@dataclass(frozen=True, slots=True)
class Member:
    """One of the crew: as he or she works on a day, and what is to change after it.

    `seen` is the last act on this courier, 0 where there is none.
    """

    code: str
    terms: CourierTerms
    works_today: bool
    gone: bool
    seen: int
    coming: tuple[CrewAct, ...]


@dataclass(frozen=True, slots=True)
class CrewChange:
    """New terms of a courier from a day on, or the end of the work (`terms` None), and why.

    `seen` is the last act on the courier that the dispatcher has seen.
    """

    courier_code: str
    from_day: date
    terms: CourierTerms | None
    reason: str
    seen: int


class CrewRefused(Exception):
    """An act on the crew that cannot be done: which law, in words for people."""

    def __init__(self, code: str, words: Words) -> None:
        super().__init__(words.en)
        self.code, self.words = code, words


def terms_of(courier: Courier) -> CourierTerms:
    """Give the terms of a courier."""
    return CourierTerms(
        name=courier.name,
        phone=courier.phone,
        shift_begins=courier.shift_begins,
        shift_ends=courier.shift_ends,
        rest_weekday=courier.rest_weekday,
        vehicle=courier.vehicle,
        capacity_parcels=courier.capacity_parcels,
        cold_capacity_parcels=courier.cold_capacity_parcels,
        areas=tuple(sorted(courier.areas)),
        lon=courier.start.lon,
        lat=courier.start.lat,
    )


def read_terms(told: Mapping[str, Any]) -> CourierTerms:
    """Read terms as they are kept."""
    hours = {name: time.fromisoformat(told[name]) for name in _TIMES}
    return CourierTerms(**{**told, **hours, "areas": tuple(told["areas"])})


def kept_terms(terms: CourierTerms) -> dict[str, Any]:
    """Write terms as they are kept."""
    hours = {name: getattr(terms, name).isoformat() for name in _TIMES}
    return {**asdict(terms), **hours, "areas": list(terms.areas)}


STRANGER = Words(
    "没有找到配送员。",
    "No such courier.",
    "请核对号码后再试。",
    "Check the number and try again.",
)
AREAS_OUTSIDE = Words(
    "配送区县不在本机构的许可范围内，或一个也没有选。",
    "A district is outside the firm's licence, or none was chosen.",
    "请只选本机构可以配送的区县。",
    "Choose districts in which the firm delivers.",
)
SHIFT_TURNED = Words(
    "班次的结束要晚于开始。",
    "The shift must end after it begins.",
    "请更正班次。",
    "Correct the shift.",
)
BOX_TOO_LARGE = Words(
    "冷藏件数不能多于总件数。",
    "The cold box cannot hold more than the whole load.",
    "请更正箱容。",
    "Correct the room.",
)
CODES_USED_UP = Words(
    "本机构的配送员编号已用完。",
    "The firm has no courier code left.",
    "请联系管理员。",
    "Tell the operator.",
)
PAST = Words(
    "不能改过去的日子。",
    "Days that are past are not changed.",
    "请选今天或以后的日期。",
    "Choose today or a later day.",
)
