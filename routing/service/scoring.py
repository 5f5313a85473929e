"""How delivery firms do (W23 三（三）): satisfaction, timeliness, incidents, qualification.

By firm, district and month of the end of a delivery. Each number has the deliveries behind it.
Whether a promise was kept, and who broke it, is counted as `routing.service.blaming` keeps it
on each ended order: an index holds all that a month is counted from.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Literal, get_args
from uuid import UUID

from sqlalchemy import Boolean, ColumnElement, func, literal_column, select
from sqlalchemy import distinct as each_once
from sqlmodel import Session, col

from dispensing.days import start_of
from dispensing.feedback import tenths
from dispensing.service.locking_away import locked_ids
from dispensing.tables import FeedbackRow, OrderRow
from pharmacies import service as pharmacies
from pharmacies.qualifications import Qualification, expiring
from pharmacies.register_service import qualifications
from routing.cold_tables import OUTSIDE
from routing.service.blaming import ENDED
from routing.service.promising import PromiseView, promises
from routing.tables import BROKEN_SEAL, BreachDecisionRow, ReadingRow, StopRow

What = Literal[
    "all",
    "on_time",
    "late",
    "returned",
    "broken",
    "breach",
    "seal",
    "rated",
    "complaint",
]
WHATS: tuple[What, ...] = get_args(What)
WARNED_DAYS = 60  # before a paper ends
PAGE = 50


@dataclass(frozen=True, slots=True)
class Asked:
    """Which firms, in which area (a prefix of its code, '' for all), in which month."""

    carriers: tuple[str, ...]
    month: date  # its first day
    area: str = ""
    by: str = ""  # of broken promises, those that this party broke

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
    """The scores of a month, and papers that end soon."""

    month: date
    scores: tuple[Score, ...]
    expiring: tuple[Qualification, ...]


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
    """One page of the deliveries behind a number, the latest first, and how many there are.

    Of the `total`, those of prescriptions under `locked` are counted and not listed.
    """

    total: int
    locked: int
    page: int
    listed: tuple[Delivery, ...]

    @property
    def pages(self) -> int:
        """Count the pages."""
        return max(1, -(-(self.total - self.locked) // PAGE))


def score_board(session: Session, asked: Asked, *, today: date) -> Board:
    """Count what firms did in a month, by district."""
    ended, said = _ended_by_key(session, asked), _said(session, asked)
    incidents = _incidents(session, asked)
    names = {one.code: one.name for one in pharmacies.carriers(session)}
    scores = tuple(
        _score(
            *key,
            ended[key],
            said[key],
            name=names.get(key[0], key[0]),
            incidents=incidents[key],
        )
        for key in sorted(ended.keys() | said.keys())
    )
    papers = qualifications(session, asked.carriers)
    return Board(asked.month, scores, expiring(papers, today, WARNED_DAYS))


def deliveries(
    session: Session, asked: Asked, what: What, *, page: int, now: datetime
) -> Deliveries:
    """List the deliveries behind a number, a page of them."""
    where = _behind(what, asked)
    away = col(OrderRow.prescription_id).in_(locked_ids())
    total = session.execute(select(func.count()).where(*where)).scalar_one()
    locked = session.execute(select(func.count()).where(*where, away)).scalar_one()
    latest = (col(OrderRow.ended_at).desc(), col(OrderRow.id))
    # Which ones is read from the index; the rows of one page alone follow.
    listed = select(col(OrderRow.id)).where(*where, ~away).order_by(*latest)
    listed = listed.limit(PAGE).offset(PAGE * (page - 1))
    query = select(OrderRow).where(col(OrderRow.id).in_(listed)).order_by(*latest)
    rows = list(session.execute(query).scalars())
    told = promises(session, rows, now=now)
    return Deliveries(total, locked, page, tuple(map(_delivery, rows, told)))


_Key = tuple[str, str]  # a firm and a district


def _ended(asked: Asked) -> tuple[ColumnElement[bool], ...]:
    where = (
        col(OrderRow.carrier_code).in_(asked.carriers),
        col(OrderRow.ended_at) >= asked.begins,
        col(OrderRow.ended_at) < asked.ends,
        col(OrderRow.state).in_(ENDED),
    )
    return (*where, col(OrderRow.area).startswith(asked.area)) if asked.area else where


def _is_broken() -> ColumnElement[bool]:
    return col(OrderRow.broken_by).is_not(None)


_Ended = Counter[tuple[str, str | None]]  # by state, and by who broke the promise


def _ended_by_key(session: Session, asked: Asked) -> dict[_Key, _Ended]:
    kinds: tuple[Any, ...] = (
        *_key_columns(),
        col(OrderRow.state),
        col(OrderRow.broken_by),
    )
    query = select(*kinds, func.count()).where(*_ended(asked)).group_by(*kinds)
    found: dict[_Key, _Ended] = defaultdict(Counter)
    for carrier, area, state, by, count in session.execute(query):
        found[carrier, area][state, by] = count
    return found


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
        .where(*_ended(asked), _as_indexed(BROKEN_SEAL))
    )
    for carrier, area, count in session.execute(_by_key(seal)):
        found[carrier, area]["seals"] = count
    return found


def _is_breach() -> ColumnElement[bool]:
    """Tell whether a cold parcel was read outside, or a pharmacist had to decide on it."""
    outside = select(col(ReadingRow.id)).where(
        col(ReadingRow.order_id) == col(OrderRow.id), _as_indexed(OUTSIDE)
    )
    decided = select(col(BreachDecisionRow.id)).where(
        col(BreachDecisionRow.order_id) == col(OrderRow.id)
    )
    cold = col(OrderRow.storage) == "cold"
    return cold & (outside.exists() | decided.exists())


def _as_indexed(condition: str) -> ColumnElement[bool]:
    """Ask in the words of a partial index: SQLite takes it for no other."""
    return literal_column(condition, Boolean)


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
        col(StopRow.order_id) == col(OrderRow.id), _as_indexed(BROKEN_SEAL)
    )
    delivered = col(OrderRow.state) == "handed_over"
    by = (col(OrderRow.broken_by) == asked.by,) if asked.by else ()
    more: dict[str, tuple[ColumnElement[bool], ...]] = {
        "all": (),
        "on_time": (delivered, ~_is_broken()),
        "late": (delivered, _is_broken(), *by),
        "broken": (_is_broken(), *by),
        "returned": (col(OrderRow.state) == "returned",),
        "breach": (_is_breach(),),
        "seal": (sealed.exists(),),
    }
    return (*_ended(asked), *more[what])


def _key_columns() -> tuple[Any, Any]:
    return col(OrderRow.carrier_code), col(OrderRow.area)


def _by_key(query: Any) -> Any:
    return query.group_by(OrderRow.carrier_code, OrderRow.area)


def _score(
    code: str,
    area: str,
    counted: _Ended,
    said: Mapping[str, Any],
    *,
    name: str,
    incidents: Mapping[str, int],
) -> Score:
    stars: Sequence[int] = said["stars"]
    blamed: Counter[str] = Counter()
    for (_, by), count in counted.items():
        if by is not None:
            blamed[by] += count
    returned = sum(n for (state, _), n in counted.items() if state == "returned")
    return Score(
        carrier_code=code,
        carrier_name=name,
        area=area,
        ended=counted.total(),
        on_time=counted["handed_over", None],
        late=blamed.total() - returned,
        returned=returned,
        broken_by=dict(sorted(blamed.items())),
        ratings=len(stars),
        stars_tenths=tenths(stars),
        complaints=said["complaints"],
        breaches=incidents.get("breaches", 0),
        seals=incidents.get("seals", 0),
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
