"""The orders of a firm's day as a pool: filtered, counted, and all that match named at once."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from types import MappingProxyType
from typing import TypeVar
from uuid import UUID

from sqlalchemy import ColumnElement, String, and_, cast
from sqlalchemy.orm import Mapped
from sqlmodel import Session, col, func, select

from dispensing.days import CHINA
from dispensing.desk import Work
from dispensing.service.ordering import order_view
from dispensing.service.views import OrderView
from dispensing.tables import OrderRow
from pharmacies import service as pharmacies
from pharmacies.places import AREAS
from routing.tables import HoldRow

LISTED_MAX = 50
SELECTED_MAX = 5000  # of one act
_WAITING = ("placed", "packed")
STATES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "waiting": _WAITING,
        "placed": ("placed",),
        "packed": ("packed",),
        "held": _WAITING,
        "planned": ("planned",),
        "out": ("out",),
        "ended": ("handed_over", "returned", "cancelled"),
        "all": (*_WAITING, "planned", "out", "handed_over", "returned", "cancelled"),
    }
)
Key = TypeVar("Key")
_NOT_HEX = re.compile(r"[^0-9a-f]")


@dataclass(frozen=True, slots=True)
class Filter:
    """Which orders of a day: by state, district, outlet, storage, window, number, lateness.

    An empty part asks for all. `number` is the beginning of an order's number; `late` are
    those whose window is over while they have not arrived.
    """

    day: date
    state: str = "waiting"
    area: str = ""
    outlet: str = ""
    storage: str = ""
    window: time | None = None  # opens at this hour
    number: str = ""
    late: bool = False


@dataclass(frozen=True, slots=True)
class PoolOrder:
    """One order of the pool, with its outlet's name, and why it is held back, if it is."""

    order: OrderView
    outlet_name: str
    late_minutes: int  # after its window; 0 is in time
    held: str | None


@dataclass(frozen=True, slots=True)
class Count:
    """How many orders have one value of what may be asked for, and what that is called."""

    value: str
    name: str
    number: int


@dataclass(frozen=True, slots=True)
class Pool:
    """How many orders match, one page of them, and how they spread over what may be asked."""

    number: int
    page: int
    orders: tuple[PoolOrder, ...]
    by_window: tuple[Count, ...]
    by_area: tuple[Count, ...]
    by_outlet: tuple[Count, ...]

    @property
    def pages(self) -> int:
        """Tell how many pages there are, one where nothing matches."""
        return max(1, -(-self.number // LISTED_MAX))


def pool(work: Work, carrier_code: str, asked: Filter, *, page: int = 1) -> Pool:
    """Count a firm's orders that match, and list a page of them by window."""
    session = work.session
    wanted = _matching(carrier_code, asked, work.now)
    query = select(OrderRow).where(*wanted).order_by(*_ORDER)
    rows = session.exec(query.offset((page - 1) * LISTED_MAX).limit(LISTED_MAX)).all()
    areas, outlets = (
        _counted(session, column, wanted)
        for column in (col(OrderRow.area), col(OrderRow.outlet_code))
    )
    windows = _counted(session, col(OrderRow.window_opens), wanted)
    names = pharmacies.outlet_names(session, [code for code, _ in outlets])
    held = _held(session, [row.id for row in rows])
    return Pool(
        number=sum(count for _, count in windows),
        page=page,
        orders=tuple(_shown(work, row, names, held) for row in rows),
        by_window=tuple(_window(at, n) for at, n in windows),
        by_area=tuple(Count(code, AREAS.get(code, code), n) for code, n in areas),
        by_outlet=tuple(Count(code, names.get(code, code), n) for code, n in outlets),
    )


def matching(
    session: Session, carrier_code: str, asked: Filter, *, now: datetime
) -> tuple[UUID, ...]:
    """Name every order that matches, whatever page it would stand on."""
    wanted = _matching(carrier_code, asked, now)
    query = select(OrderRow.id).where(*wanted).order_by(*_ORDER).limit(SELECTED_MAX)
    return tuple(session.exec(query).all())


_ORDER = (col(OrderRow.window_opens), col(OrderRow.id))


def _matching(
    carrier_code: str, asked: Filter, now: datetime
) -> list[ColumnElement[bool]]:
    opens = datetime.combine(asked.day, asked.window or time(), CHINA)
    closes = opens + timedelta(minutes=1) if asked.window else opens + timedelta(days=1)
    found = [
        col(OrderRow.carrier_code) == carrier_code,
        col(OrderRow.state).in_(STATES[asked.state]),
        col(OrderRow.window_opens) >= opens,
        col(OrderRow.window_opens) < closes,
    ]
    exact = (
        (OrderRow.area, asked.area),
        (OrderRow.outlet_code, asked.outlet),
        (OrderRow.storage, asked.storage),
    )
    found += [col(column) == value for column, value in exact if value]
    held = select(HoldRow.order_id)
    if asked.state == "held":
        found.append(col(OrderRow.id).in_(held))
    elif asked.state in ("waiting", "placed", "packed"):
        found.append(col(OrderRow.id).not_in(held))
    if asked.late:
        open_ = col(OrderRow.state).not_in(STATES["ended"])
        found.append(and_(open_, col(OrderRow.window_closes) <= now))
    return [*found, *_numbered(asked.number)]


def _numbered(text: str) -> list[ColumnElement[bool]]:
    """Match the beginning of an order's number, with hyphens or without."""
    digits = text.strip().lower().replace("-", "")
    if not digits:
        return []
    if _NOT_HEX.search(digits):
        return [col(OrderRow.id).is_(None)]  # no number has such a sign
    plain = func.replace(cast(col(OrderRow.id), String), "-", "")
    return [func.lower(plain).like(f"{digits}%")]


def _counted(
    session: Session, column: Mapped[Key], wanted: Sequence[ColumnElement[bool]]
) -> list[tuple[Key, int]]:
    query = select(column, func.count()).where(*wanted).group_by(column)
    return sorted((key, int(count)) for key, count in session.exec(query))


def _window(opens: datetime, number: int) -> Count:
    hour = opens.astimezone(CHINA).time()
    return Count(hour.isoformat(), f"{hour:%H:%M}", number)


def _held(session: Session, ids: Sequence[UUID]) -> dict[UUID, str]:
    query = select(HoldRow.order_id, HoldRow.reason)
    return dict(session.exec(query.where(col(HoldRow.order_id).in_(ids))).all())


def _shown(
    work: Work, row: OrderRow, names: Mapping[str, str], held: Mapping[UUID, str]
) -> PoolOrder:
    over = (work.now - row.window_closes).total_seconds()
    late = over > 0 and row.state not in STATES["ended"]
    return PoolOrder(
        order=order_view(work.desk.vault, row),
        outlet_name=names.get(row.outlet_code, row.outlet_code),
        late_minutes=-(-int(over) // 60) if late else 0,
        held=held.get(row.id),
    )
