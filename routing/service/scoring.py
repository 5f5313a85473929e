"""How delivery firms do (W23 三（三）): satisfaction, timeliness, incidents, qualification.

By firm, district and month of the end of a delivery. Each number has the deliveries behind it.
What is counted in SQL is what `routing.promise` says of a delivered order: kept, if it ended
until it was promised. Why one is broken is asked of that function alone.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Literal, get_args
from uuid import UUID

from sqlalchemy import ColumnElement, case, func, select
from sqlalchemy import distinct as each_once
from sqlmodel import Session, col

from dispensing.days import start_of
from dispensing.feedback import tenths
from dispensing.tables import FeedbackRow, OrderRow
from pharmacies import service as pharmacies
from pharmacies.qualifications import Qualification, expiring
from pharmacies.register_service import qualifications
from routing.handover import COLD_DC_MAX, COLD_DC_MIN
from routing.service.promising import PromiseView, promises
from routing.tables import BreachDecisionRow, ReadingRow, StopRow

What = Literal[
    "all", "on_time", "late", "returned", "breach", "seal", "rated", "complaint"
]
WHATS: tuple[What, ...] = get_args(What)
ENDED = ("handed_over", "returned")
WARNED_DAYS = 60  # before a paper ends
BLAMED_MAX = 5000  # broken promises of a month that are asked why
PAGE = 50


@dataclass(frozen=True, slots=True)
class Asked:
    """Which firms, in which area (a prefix of its code, '' for all), in which month."""

    carriers: tuple[str, ...]
    month: date  # its first day
    area: str = ""

    @property
    def begins(self) -> datetime:
        """Give the first instant of the month."""
        return start_of(self.month)

    @property
    def ends(self) -> datetime:
        """Give the first instant after the month."""
        return start_of((self.month + timedelta(days=31)).replace(day=1))


@dataclass(frozen=True, slots=True)
class Score:
    """One firm in one district and month; `stars_tenths` is a mean, None without a rating.

    `broken_by` counts broken promises by who broke them, the firm among others.
    """

    carrier_code: str
    carrier_name: str
    area: str
    ended: int
    on_time: int
    late: int
    returned: int
    broken_by: Mapping[str, int]
    ratings: int
    stars_tenths: int | None
    complaints: int
    breaches: int
    seals: int


@dataclass(frozen=True, slots=True)
class Board:
    """The scores of a month, papers that end soon, and whether every delay was asked why."""

    month: date
    scores: tuple[Score, ...]
    expiring: tuple[Qualification, ...]
    is_whole: bool


@dataclass(frozen=True, slots=True)
class Delivery:
    """One delivery behind a number: a parcel, never its patient."""

    order_id: UUID
    carrier_code: str
    outlet_code: str
    area: str
    storage: str
    state: str
    ended_at: datetime | None
    promise: PromiseView


@dataclass(frozen=True, slots=True)
class Deliveries:
    """One page of the deliveries behind a number, the latest first, and how many there are."""

    total: int
    page: int
    listed: tuple[Delivery, ...]

    @property
    def pages(self) -> int:
        """Count the pages."""
        return max(1, -(-self.total // PAGE))


def score_board(session: Session, asked: Asked, *, now: datetime, today: date) -> Board:
    """Count what firms did in a month, by district."""
    counted = _counted(session, asked)
    blamed, is_whole = _blamed(session, asked, now)
    said, broken = _said(session, asked), _incidents(session, asked)
    names = {one.code: one.name for one in pharmacies.carriers(session)}
    keys = sorted(counted.keys() | said.keys())
    scores = tuple(
        _score(
            *key,
            counted[key],
            said[key],
            name=names.get(key[0], key[0]),
            blamed=blamed[key],
            broken=broken[key],
        )
        for key in keys
    )
    papers = qualifications(session, asked.carriers)
    return Board(asked.month, scores, expiring(papers, today, WARNED_DAYS), is_whole)


def deliveries(
    session: Session, asked: Asked, what: What, *, page: int, now: datetime
) -> Deliveries:
    """List the deliveries behind a number, a page of them."""
    where = _behind(what, asked)
    total = session.execute(select(func.count()).where(*where)).scalar_one()
    query = (
        select(OrderRow)
        .where(*where)
        .order_by(col(OrderRow.ended_at).desc(), col(OrderRow.id))
        .limit(PAGE)
        .offset(PAGE * (page - 1))
    )
    rows = list(session.execute(query).scalars())
    told = promises(session, rows, now=now)
    return Deliveries(total, page, tuple(map(_delivery, rows, told)))


_Key = tuple[str, str]  # a firm and a district


def _ended(asked: Asked) -> tuple[ColumnElement[bool], ...]:
    where = (
        col(OrderRow.carrier_code).in_(asked.carriers),
        col(OrderRow.ended_at) >= asked.begins,
        col(OrderRow.ended_at) < asked.ends,
        col(OrderRow.state).in_(ENDED),
    )
    return (*where, col(OrderRow.area).startswith(asked.area)) if asked.area else where


def _is_late() -> ColumnElement[bool]:
    return (col(OrderRow.state) == "handed_over") & (
        col(OrderRow.ended_at) > col(OrderRow.promised_until)
    )


def _counted(session: Session, asked: Asked) -> dict[_Key, Mapping[str, int]]:
    states = {
        "ended": func.count(),
        "late": _sum(_is_late()),
        "returned": _sum(col(OrderRow.state) == "returned"),
    }
    columns = [figure.label(name) for name, figure in states.items()]
    query = _by_key(select(*_key_columns(), *columns).where(*_ended(asked)))
    found: dict[_Key, Mapping[str, int]] = defaultdict(Counter)
    for row in session.execute(query):
        found[row[0], row[1]] = {name: int(getattr(row, name)) for name in states}
    return found


def _blamed(
    session: Session, asked: Asked, now: datetime
) -> tuple[dict[_Key, Counter[str]], bool]:
    """Count by whom promises were broken; tells whether all of them were asked."""
    broken = _is_late() | (col(OrderRow.state) == "returned")
    query = select(OrderRow).where(*_ended(asked), broken)
    query = query.order_by(col(OrderRow.ended_at).desc()).limit(BLAMED_MAX + 1)
    rows = list(session.execute(query).scalars())
    found: dict[_Key, Counter[str]] = defaultdict(Counter)
    for begin in range(0, min(len(rows), BLAMED_MAX), 500):
        some = rows[begin : min(begin + 500, BLAMED_MAX)]
        for row, told in zip(some, promises(session, some, now=now), strict=True):
            found[row.carrier_code, row.area][told.promise.by or "other"] += 1
    return found, len(rows) <= BLAMED_MAX


def _said(session: Session, asked: Asked) -> dict[_Key, dict[str, Any]]:
    """Collect the stars and count the complaints about the deliveries of firms, by their month."""
    said: tuple[Any, ...] = (
        col(FeedbackRow.party),
        col(OrderRow.area),
        col(FeedbackRow.kind),
        col(FeedbackRow.stars),
    )
    query = (
        select(*said, func.count())
        .join(OrderRow, col(OrderRow.id) == col(FeedbackRow.order_id))
        .where(*_feedback(asked))
        .group_by(*said)
    )
    found: dict[_Key, dict[str, Any]] = defaultdict(
        lambda: {"stars": [], "complaints": 0}
    )
    for party, area, kind, given, count in session.execute(query):
        if kind == "rating":
            found[party, area]["stars"] += [given] * count
        else:
            found[party, area]["complaints"] += count
    return found


def _feedback(asked: Asked) -> tuple[ColumnElement[bool], ...]:
    where = (
        col(FeedbackRow.about) == "carrier",
        col(FeedbackRow.party).in_(asked.carriers),
        col(FeedbackRow.at) >= asked.begins,
        col(FeedbackRow.at) < asked.ends,
    )
    return (*where, col(OrderRow.area).startswith(asked.area)) if asked.area else where


def _incidents(session: Session, asked: Asked) -> dict[_Key, Counter[str]]:
    found: dict[_Key, Counter[str]] = defaultdict(Counter)
    breach = select(*_key_columns(), func.count()).where(*_ended(asked), _is_breach())
    for carrier, area, count in session.execute(_by_key(breach)):
        found[carrier, area]["breaches"] = count
    seal = (
        select(*_key_columns(), func.count(each_once(col(OrderRow.id))))
        .join(StopRow, col(StopRow.order_id) == col(OrderRow.id))
        .where(*_ended(asked), col(StopRow.detail) == "broken_seal")
    )
    for carrier, area, count in session.execute(_by_key(seal)):
        found[carrier, area]["seals"] = count
    return found


def _is_breach() -> ColumnElement[bool]:
    """Tell whether a cold parcel was read outside, or a pharmacist had to decide on it."""
    outside = select(col(ReadingRow.id)).where(
        col(ReadingRow.order_id) == col(OrderRow.id),
        ~col(ReadingRow.temperature_dc).between(COLD_DC_MIN, COLD_DC_MAX),
    )
    decided = select(col(BreachDecisionRow.id)).where(
        col(BreachDecisionRow.order_id) == col(OrderRow.id)
    )
    cold = col(OrderRow.storage) == "cold"
    return cold & (outside.exists() | decided.exists())


def _behind(what: What, asked: Asked) -> tuple[ColumnElement[bool], ...]:
    """Limit orders to those that a number counts: ended, or spoken of, in the month."""
    if what in ("rated", "complaint"):
        said = select(col(FeedbackRow.id)).where(
            *_feedback(asked),
            col(FeedbackRow.kind) == ("rating" if what == "rated" else "complaint"),
            col(FeedbackRow.order_id) == col(OrderRow.id),
        )
        return (col(OrderRow.carrier_code).in_(asked.carriers), said.exists())
    sealed = select(col(StopRow.order_id)).where(
        col(StopRow.order_id) == col(OrderRow.id), col(StopRow.detail) == "broken_seal"
    )
    delivered = col(OrderRow.state) == "handed_over"
    more: dict[str, tuple[ColumnElement[bool], ...]] = {
        "all": (),
        "on_time": (delivered, ~_is_late()),
        "late": (_is_late(),),
        "returned": (col(OrderRow.state) == "returned",),
        "breach": (_is_breach(),),
        "seal": (sealed.exists(),),
    }
    return (*_ended(asked), *more[what])


def _key_columns() -> tuple[Any, Any]:
    return col(OrderRow.carrier_code), col(OrderRow.area)


def _by_key(query: Any) -> Any:
    return query.group_by(OrderRow.carrier_code, OrderRow.area)


def _sum(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.sum(case((condition, 1), else_=0))


def _score(
    code: str,
    area: str,
    counted: Mapping[str, int],
    said: Mapping[str, Any],
    *,
    name: str,
    blamed: Mapping[str, int],
    broken: Mapping[str, int],
) -> Score:
    ended, late, returned = (counted.get(it, 0) for it in ("ended", "late", "returned"))
    stars: Sequence[int] = said["stars"]
    return Score(
        carrier_code=code,
        carrier_name=name,
        area=area,
        ended=ended,
        on_time=ended - late - returned,
        late=late,
        returned=returned,
        broken_by=dict(sorted(blamed.items())),
        ratings=len(stars),
        stars_tenths=tenths(stars),
        complaints=said["complaints"],
        breaches=broken.get("breaches", 0),
        seals=broken.get("seals", 0),
    )


def _delivery(row: OrderRow, told: PromiseView) -> Delivery:
    return Delivery(
        row.id,
        row.carrier_code,
        row.outlet_code,
        row.area,
        row.storage,
        row.state,
        row.ended_at,
        told,
    )
