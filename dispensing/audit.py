"""The audit chain (审计链): digests of facts, links of a chain, and signed anchors. Pure.

A record holds the salted digest of the rows that it tells of. A link holds the hash over
the link before it and over all fields of one record, so that nothing can be changed, taken
out, moved or put in between without breaking every later link. An anchor is the head of a
chain at the end of a day, signed and kept outside of the database: a tail that was cut off,
or a chain that was computed anew, no longer ends in it.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from dispensing.signing import PublicKey, SigningKey, jws, jws_key_id, jws_verifies

KIND = "yaoda-anchor"  # a signature of an anchor is no signature of a receipt
GENESIS = "0" * 64  # what the first link of an area is linked to
POOLING_DIGITS = 4  # of the six digits of an area, those of its pooling area (统筹区)


@dataclass(frozen=True, slots=True)
class Record:
    """One thing that happened, as it is sealed."""

    id: int
    area: str
    kind: str
    subject: str
    person_no: str | None
    who: str
    role: str
    at: datetime
    salt: str
    digest: str


@dataclass(frozen=True, slots=True)
class Link:
    """One link of an area's chain."""

    area: str
    seq: int
    batch: int
    record_id: int
    sealed_at: datetime
    previous: str
    hash: str


@dataclass(frozen=True, slots=True)
class Anchor:
    """The head of an area's chain at the end of a day, and how many were sealed that day."""

    area: str
    day: date
    seq: int
    hash: str
    count: int
    made_at: datetime


class BadAnchor(ValueError):
    """A line of an anchor file is not an anchor, or its signature does not fit."""


def canonical(value: Any) -> bytes:
    """Write a value in its one form: sorted keys, no white space, UTF-8, instants in UTC.

    >>> canonical({"b": date(2025, 9, 15), "a": ["药", None, True]}).decode()
    '{"a":["药",null,true],"b":"2025-09-15"}'
    """
    return _ENCODER.encode(value).encode("utf-8", "surrogatepass")


def digest_of(rows: Iterable[Mapping[str, Any]], salt: str) -> str:
    """Digest the rows of a fact, salted: what is easily guessed cannot be tried out.

    A column that is empty is left out, so that one which a later version adds to the
    table leaves the digests of older rows as they are.
    """
    kept = [{k: v for k, v in row.items() if v is not None} for row in rows]
    return hashlib.sha256(salt.encode() + canonical(kept)).hexdigest()


def link_hash(link: Link, record: Record) -> str:
    """Hash a link: the one before it, its own fields and all fields of its record."""
    fields = [
        link.previous,
        link.area,
        link.seq,
        link.batch,
        _instant(link.sealed_at),
        record.id,
        record.area,
        record.kind,
        record.subject,
        record.person_no,
        record.who,
        record.role,
        _instant(record.at),
        record.salt,
        record.digest,
    ]
    return hashlib.sha256(canonical(fields)).hexdigest()


def chain(
    records: Sequence[Record], *, area: str, seq: int, previous: str, now: datetime
) -> list[Link]:
    """Link records in their order to the head of an area's chain."""
    links = []
    for no, record in enumerate(records, seq + 1):
        bare = Link(area, no, seq + 1, record.id, now, previous, "")
        previous = link_hash(bare, record)
        links.append(Link(area, no, seq + 1, record.id, now, bare.previous, previous))
    return links


def pooling_area(code: str) -> str:
    """Name the pooling area of an area code, or of an institution's code.

    >>> pooling_area("330302"), pooling_area("P33030200001")
    ('3303', '3303')
    """
    return code.lstrip("HPC")[:POOLING_DIGITS]


def sign_anchor(anchor: Anchor, key: SigningKey) -> str:
    """Write an anchor as one signed line."""
    said = canonical(asdict(anchor))
    return canonical({"anchor": asdict(anchor), "jws": jws(said, key, KIND)}).decode()


def read_anchor(line: str, keys: Mapping[str, PublicKey]) -> Anchor:
    """Read a line of an anchor file; raises BadAnchor where it is not one that we signed."""
    try:
        raw = json.loads(line)
        token, said = raw["jws"], raw["anchor"]
        day, made = said["day"], said["made_at"]
        days = {"day": date.fromisoformat(day), "made_at": datetime.fromisoformat(made)}
        anchor = Anchor(**{**said, **days})
        key = keys.get(jws_key_id(token))
    except (ValueError, TypeError, KeyError, AttributeError):
        raise BadAnchor("not an anchor, or cut off") from None
    if key is None or not key.is_valid_at(anchor.made_at):
        raise BadAnchor("signed by a key that is not ours")
    if not jws_verifies(canonical(said), token, key, KIND):
        raise BadAnchor("the signature does not fit: altered")
    return anchor


def _instant(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="microseconds")


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return _instant(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"{type(value).__name__} has no canonical form")


_ENCODER = json.JSONEncoder(
    ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=_plain
)
