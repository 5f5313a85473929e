"""Search the catalogue: an exact code decides; names, initials and what is near only propose."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

from sqlalchemy import TextClause, bindparam, text
from sqlmodel import Session

from pharmacies.catalogue.sounds import BEGINS, LONGEST, folded
from pharmacies.medicines import is_code, is_gtin

By = Literal["code", "barcode", "trace", "atc", "name", "near"]
LIMIT = 20
TYPED_MAX = 100
_RANGE_MAX = 400  # keys looked at for one question
_NEAR_MAX = 300  # names that have one piece
_LAST = "\U0010ffff"
_TRACE = re.compile(r"8[0-9]{19}")
_GS1 = re.compile(r"\(?01\)?([0-9]{14})")
_PIECES_MAX = 12  # of what was typed, looked for apart
_BORNE = (  # by a medicine that is there
    "EXISTS (SELECT 1 FROM medicine_named WHERE medicine_named.name_id = {of}.name_id)"
)
_RANKED_MAX = 2 * _PIECES_MAX * _NEAR_MAX  # all of them: it only keeps the best first
_SHARES = ((0, 1), (1, 5), (5, None))  # of the names, asked for in turn until enough
_BEGINS_SO = "code >= :given AND code < :given_end"
_KINDS = ("name", "initials", "pinyin", "inn", "also")


@dataclass(frozen=True, slots=True)
class Hit:
    """A medicine that fits what was typed, as it was put in force last."""

    code: str
    name: str
    generic: str
    form: str
    spec: str
    atc: str
    tier: str
    standard_fen: int
    vbp: bool
    barcode: str
    by: By


@dataclass(frozen=True, slots=True)
class Found:
    """What fits: `decided` where an exact code leaves no choice, else proposals."""

    typed: str
    decided: bool
    hits: tuple[Hit, ...]


def find(session: Session, typed: str, limit: int = LIMIT) -> Found:
    """Find medicines by code, barcode, trace code, ATC, name, pinyin or its initials."""
    typed = typed.strip()[:TYPED_MAX]
    by, rows = _by_code(session, typed, limit)
    if rows:
        hits = tuple(_hit(row, by) for row in rows)
        return Found(typed, by not in ("atc", "name") and len(hits) == 1, hits)
    asked = folded(typed)[:LONGEST]
    if not asked:
        return Found(typed, False, ())
    names = _names(session, asked, limit)
    hits = _named(session, names, "name", limit)
    if not hits:
        hits = _named(session, _near(session, asked, limit), "near", limit)
    return Found(typed, False, hits)


def _by_code(session: Session, typed: str, limit: int) -> tuple[By, Sequence[Any]]:
    """Find by a whole code, or by how the national code or the ATC code begins."""
    given = re.sub(r"\s", "", typed).upper()
    if is_code(given):
        return "code", _ask(session, "code = :given", given, limit)
    if trace := _TRACE.fullmatch(given):
        return "trace", _ask(session, "trace_prefix = :given", trace[0][:7], limit)
    scanned = _GS1.match(given)
    digits = scanned[1] if scanned else given
    if is_gtin(digits):
        where = "barcode = :given"
        return "barcode", _ask(session, where, digits.zfill(14), limit)
    if re.fullmatch("[A-Z][0-9]{2}([A-Z]{0,2}|[A-Z]{2}[0-9]{2})", given):
        return "atc" if len(given) > 5 else "name", _of_atc(session, given, limit)
    if re.fullmatch("[XZ][A-Z][0-9]{2}.*", given):
        return "name", _ask(session, _BEGINS_SO, given, limit)
    return "name", ()


def _of_atc(session: Session, atc: str, limit: int) -> Sequence[Any]:
    """Find by an ATC code or its beginning: the national code has its first five signs."""
    rows: list[Any] = []
    for first in "XZ":
        where = f"{_BEGINS_SO} AND atc = :atc" if len(atc) > 5 else _BEGINS_SO
        rows += _ask(session, where, first + atc[:5], limit, atc=atc)
    return rows[:limit]


def _ask(
    session: Session, where: str, given: str, limit: int, *, atc: str = ""
) -> Sequence[Any]:
    asked = {"given": given, "given_end": given + _LAST, "limit": limit, "atc": atc}
    words = text(
        f"SELECT {_SHOWN} FROM medicine WHERE {where} ORDER BY code LIMIT :limit"
    )
    wanted = {name: asked[name] for name in words.compile().params}
    return session.connection().execute(words, wanted).all()


def _names(session: Session, asked: str, limit: int) -> list[int]:
    """Give the names that begin so, then those that hold it, the better read first."""
    ranked: dict[int, tuple[int, int, int]] = {}
    for inside, begins in enumerate((BEGINS + asked, asked)):
        if inside and len(ranked) >= limit:
            break
        for name_id, kind, key in _range(session, begins, _RANGE_MAX):
            rank = (inside, _KINDS.index(kind), len(key))
            ranked[name_id] = min(rank, ranked.get(name_id, rank))
    return sorted(ranked, key=lambda name_id: (ranked[name_id], name_id))[:limit]


def _near(session: Session, asked: str, limit: int) -> list[int]:
    """Give the names that share most pieces with what was typed."""
    size = 3 if asked.isascii() else 2
    pieces = {asked[at : at + size] for at in range(len(asked) - size + 1)}
    if len(asked) <= size:
        return []
    some = sorted(pieces)[:_PIECES_MAX]
    begun = [begins for piece in some for begins in (BEGINS + piece, piece)]
    asked_at = {f"b{at}": begins for at, begins in enumerate(begun)}
    ends = {f"e{at}": begins + _LAST for at, begins in enumerate(begun)}
    rows = session.connection().execute(
        _near_words(len(begun)), {**asked_at, **ends, "limit": limit}
    )
    pieces = set(some)
    least = 1 if len(pieces) < 4 else len(pieces) // 3
    return [row.name_id for row in rows if row.shared >= least]


@cache
def _near_words(count: int) -> TextClause:
    """Word the question which names share most pieces: two ranges of keys for each.

    Whether a medicine bears a name is asked of the best alone.
    """
    ranges = " UNION ".join(
        f"SELECT {at // 2} AS piece, name_id FROM (SELECT name_id FROM medicine_key"
        f" WHERE key >= :b{at} AND key < :e{at} ORDER BY key LIMIT {_NEAR_MAX}) AS of_{at}"
        for at in range(count)
    )
    return text(
        f"SELECT name_id, shared FROM (SELECT name_id, count(*) AS shared FROM ({ranges})"
        f" AS near GROUP BY name_id ORDER BY shared DESC, name_id LIMIT {_RANKED_MAX})"
        f" AS ranked WHERE {_BORNE.format(of='ranked')}"
        " ORDER BY shared DESC, name_id LIMIT :limit"
    )


def _range(session: Session, begins: str, limit: int) -> Sequence[Any]:
    asked = {"begins": begins, "ends": begins + _LAST, "limit": limit}
    return session.connection().execute(_KEYS, asked).all()


def _named(
    session: Session, names: Sequence[int], by: By, limit: int
) -> tuple[Hit, ...]:
    found: dict[str, Hit] = {}
    for begin, end in _SHARES:
        if len(found) >= limit or begin >= len(names):
            break
        some = list(names[begin:end])
        asked = {"names": some, "limit": limit}
        rows = session.connection().execute(_NAMED, asked).all()
        place = {name_id: at for at, name_id in enumerate(some)}
        for row in sorted(rows, key=lambda row: (place[row.name_id], row.choice)):
            found.setdefault(row.code, _hit(row, by))
    return tuple(found.values())[:limit]


def _hit(row: Any, by: By) -> Hit:
    return Hit(
        row.code,
        row.name,
        row.generic,
        row.form,
        row.spec,
        row.atc,
        row.tier,
        row.standard_fen,
        bool(row.vbp),
        row.barcode,
        by,
    )


_SHOWN = (
    "medicine.code, medicine.name, generic, form, spec, atc, tier, standard_fen, vbp,"
    " barcode"
)
_KEYS = text(
    "SELECT name_id, kind, key FROM medicine_key"
    " WHERE key >= :begins AND key < :ends"
    f" AND {_BORNE.format(of='medicine_key')} ORDER BY key LIMIT :limit"
)
# What bears one name comes as it is to be chosen (L20), then by its standard.
_NAMED = text(
    f"SELECT * FROM (SELECT name_id, {_SHOWN}, row_number() OVER (PARTITION BY name_id"
    " ORDER BY CASE tier WHEN '甲' THEN 0 WHEN '乙' THEN 1 ELSE 2 END, essential DESC,"
    " consistency DESC, vbp DESC, standard_fen, medicine.code) AS choice"
    " FROM medicine_named JOIN medicine ON medicine.code = medicine_named.medicine_code"
    " WHERE name_id IN :names) AS borne WHERE choice <= :limit"
).bindparams(bindparam("names", expanding=True))
