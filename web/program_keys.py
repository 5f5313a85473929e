"""Keys of institutions' programs (程序密钥): made, replaced, withdrawn, and what each opens.

A key acts for one institution in one role and opens some of the role's actions, until its last
day. It is told once: the database has its SHA-256 and the prefix by which people know it.
"""

import secrets
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from hashlib import sha256
from uuid import UUID, uuid4

from sqlmodel import Session, col, select

from dispensing.audit import pooling_area
from dispensing.days import CHINA
from dispensing.errors import Conflict, NotFound, Words
from web.accounts import check_fit
from web.tables import ProgramKeyEndRow, ProgramKeyRow, ProgramKeyUseRow

BEGINS = "yaoda_"
USER = "key:"  # no account is called so
ROLES = ("counter", "hospital", "dispatch")
# A key lets nobody in: it makes no keys and invites no one. It is no second person, and
# nobody to whom a masked value is shown.
NEVER = frozenset(
    {
        *("program_key.read", "program_key.change", "account.keep", "crew.invite"),
        "patient.invite",
        *("proposal.decide", "proposal.withdraw", "value.open", "value.open_many"),
        "locked.open",
    }
)
DAYS_MAX = 366
OVERLAP = timedelta(days=3)
OVERLAP_MAX = timedelta(days=14)
_SIGNS = "abcdefghijkmnpqrstuvwxyz23456789"
_PREFIX_SIGNS = 8
_OVER = Words(
    "这个密钥已经停用或到期。",
    "This key has ended.",
    "请新建一个密钥。",
    "Make a new key.",
)


class BadEnd(ValueError):
    """A last day that is over, or too far ahead."""


class NoKey(ValueError):
    """A key was named that there is not."""


class KeyOver(Conflict):
    """A key that has ended already cannot be replaced."""

    code = "program-key-over"


@dataclass(frozen=True, slots=True)
class NewKey:
    """What a key is for: a program of an institution, its role, its actions, its end."""

    name: str
    acts_as: str
    place: str
    actions: tuple[str, ...]
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class ProgramKeyView:
    """A key as it stands: open, replaced, withdrawn or expired; without the key itself."""

    id: UUID
    prefix: str
    name: str
    acts_as: str
    place: str
    actions: tuple[str, ...]
    by: str
    role: str
    at: datetime
    ends_at: datetime
    state: str
    replaces: UUID | None
    used_at: datetime | None  # to the hour


@dataclass(frozen=True, slots=True)
class MadeKey:
    """A new key: what is to be sent in the header stands here, this once."""

    program_key: ProgramKeyView
    secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Reach:
    """Whose keys somebody may see and change: one institution's, an area's, or all."""

    place: str | None = None
    area: str | None = None

    def holds(self, place: str) -> bool:
        """Tell whether an institution's keys are within reach."""
        if self.place is not None:
            return place == self.place
        return self.area is None or pooling_area(place) == self.area


def end_of(last_day: date, *, today: date) -> datetime:
    """Give the hour at which a key ends whose last day this is. Raises BadEnd."""
    if not today <= last_day <= today + timedelta(days=DAYS_MAX):
        raise BadEnd(f"expected a day from {today}, {DAYS_MAX} days ahead at most")
    return datetime.combine(last_day + timedelta(days=1), time(), CHINA)


def make(
    session: Session, new: NewKey, *, by: tuple[str, str], now: datetime
) -> MadeKey:
    """Make a key on behalf of `by`, an account and its role. Raises Unfit."""
    check_fit(new.acts_as, new.place)
    made = _add(session, new, by=by, now=now)
    session.commit()
    return made


def replace(
    session: Session,
    key_id: UUID,
    *,
    reach: Reach,
    expires_at: datetime,
    overlap: timedelta,
    by: tuple[str, str],
    now: datetime,
) -> MadeKey:
    """Make a key in the place of another, which opens for `overlap` longer.

    Raises NotFound for another's, KeyOver for one that has ended or was replaced before.
    """
    row = _within(session, key_id, reach)
    if _told(session, row, now).state != "open":
        raise KeyOver(_OVER)
    until = min(now + overlap, row.expires_at)
    _end(session, row, "replaced", until, by=by, now=now)
    new = NewKey(
        row.name, row.acts_as, row.place, tuple(row.actions.split()), expires_at
    )
    made = _add(session, new, by=by, now=now, replaces=row.id)
    session.commit()
    return made


def withdraw(
    session: Session,
    key_id: UUID,
    *,
    reach: Reach,
    by: tuple[str, str],
    now: datetime,
) -> ProgramKeyView:
    """Let a key open nothing from now on; asking again changes nothing. Raises NotFound."""
    row = _within(session, key_id, reach)
    if session.get(ProgramKeyEndRow, (row.id, "withdrawn")) is None:
        _end(session, row, "withdrawn", now, by=by, now=now)
    told = _told(session, row, now)
    session.commit()
    return told


def program_keys(
    session: Session, reach: Reach, *, now: datetime
) -> list[ProgramKeyView]:
    """List the keys within reach, by institution, the latest first."""
    query = select(ProgramKeyRow)
    if reach.place is not None:
        query = query.where(col(ProgramKeyRow.place) == reach.place)
    order = (col(ProgramKeyRow.place), col(ProgramKeyRow.at).desc())
    found = session.exec(query.order_by(*order)).all()
    return [_told(session, row, now) for row in found if reach.holds(row.place)]


def places_of(session: Session, users: Collection[str]) -> dict[str, str]:
    """Tell for which institution each of these keys acts, by the name it acts under."""
    prefixes = {user.removeprefix(USER) for user in users if user.startswith(USER)}
    kept = ProgramKeyRow
    found = session.exec(
        select(kept.prefix, kept.place).where(col(kept.prefix).in_(prefixes))
    )
    return {USER + prefix: place for prefix, place in found.all()}


def id_of(session: Session, prefix: str) -> UUID:
    """Give the id of the key that is known by a prefix. Raises NoKey."""
    found = session.exec(
        select(ProgramKeyRow.id).where(col(ProgramKeyRow.prefix) == prefix)
    ).first()
    if found is None:
        raise NoKey(f"{prefix}: no such key")
    return found


def maker_of(session: Session, user: str) -> str:
    """Name the account that made the key of this name; any other name as it is."""
    if not user.startswith(USER):
        return user
    kept = ProgramKeyRow
    prefix = user.removeprefix(USER)
    asked = select(kept.by).where(col(kept.prefix) == prefix)
    return session.exec(asked).first() or user


def digest(secret: str) -> str:
    """Give what is kept of a key: 256 random bits need no slow hash."""
    return sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def _add(
    session: Session,
    new: NewKey,
    *,
    by: tuple[str, str],
    now: datetime,
    replaces: UUID | None = None,
) -> MadeKey:
    prefix = "".join(secrets.choice(_SIGNS) for _ in range(_PREFIX_SIGNS))
    secret = f"{BEGINS}{prefix}_{secrets.token_urlsafe(32)}"
    row = ProgramKeyRow(
        id=uuid4(),
        prefix=prefix,
        key_sha256=digest(secret),
        name=new.name,
        acts_as=new.acts_as,
        place=new.place,
        actions=" ".join(sorted(set(new.actions))),
        replaces=replaces,
        by=by[0],
        role=by[1],
        at=now,
        expires_at=new.expires_at,
    )
    session.add(row)
    session.flush()
    return MadeKey(_told(session, row, now), secret)


def _end(
    session: Session,
    row: ProgramKeyRow,
    kind: str,
    ends_at: datetime,
    *,
    by: tuple[str, str],
    now: datetime,
) -> None:
    session.add(
        ProgramKeyEndRow(
            program_key_id=row.id,
            kind=kind,
            place=row.place,
            ends_at=ends_at,
            by=by[0],
            role=by[1],
            at=now,
        )
    )
    session.flush()


def _within(session: Session, key_id: UUID, reach: Reach) -> ProgramKeyRow:
    row = session.get(ProgramKeyRow, key_id, with_for_update=True)
    if row is None or not reach.holds(row.place):
        raise NotFound("这个密钥", "key")
    return row


def _told(session: Session, row: ProgramKeyRow, now: datetime) -> ProgramKeyView:
    query = select(ProgramKeyEndRow).where(
        col(ProgramKeyEndRow.program_key_id) == row.id
    )
    ends = {end.kind: end.ends_at for end in session.exec(query)}
    used = session.get(ProgramKeyUseRow, row.id)
    return ProgramKeyView(
        id=row.id,
        prefix=row.prefix,
        name=row.name,
        acts_as=row.acts_as,
        place=row.place,
        actions=tuple(row.actions.split()),
        by=row.by,
        role=row.role,
        at=row.at,
        ends_at=min((row.expires_at, *ends.values())),
        state=_state(row, ends, now),
        replaces=row.replaces,
        used_at=datetime.fromtimestamp(used.used_s, CHINA) if used else None,
    )


def _state(row: ProgramKeyRow, ends: dict[str, datetime], now: datetime) -> str:
    if "withdrawn" in ends:
        return "withdrawn"
    if row.expires_at <= now:
        return "expired"
    return "replaced" if "replaced" in ends else "open"
