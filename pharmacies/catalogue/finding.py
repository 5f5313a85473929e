"""Search the catalogue: an exact code decides; names, initials and what is near only propose."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import bindparam, text
from sqlmodel import Session

from pharmacies.catalogue.sounds import BEGINS, LONGEST, folded
from pharmacies.medicines import is_atc, is_code, is_gtin

By = Literal["code", "barcode", "trace", "atc", "name", "near"]
LIMIT = 20
TYPED_MAX = 100
_RANGE_MAX = 400  # keys looked at for one question
_NEAR_MAX = 300  # names that have one piece
_LAST = "\U0010ffff"
_TRACE = re.compile(r"8[0-9]{19}")
_GS1 = re.compile(r"\(?01\)?([0-9]{14})")
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
    if is_atc(given) and given[-1].isdigit():
        return "atc", _ask(session, "atc = :given", given, limit)
    for column, begins in (
        ("atc", "[A-Z][0-9]{2}[A-Z]{0,2}"),
        ("code", "[XZ][A-Z][0-9]{2}.*"),
    ):
        if re.fullmatch(begins, given):
            where = f"{column} >= :given AND {column} < :given_end"
            return "name", _ask(session, where, given, limit)
    return "name", ()


def _ask(session: Session, where: str, given: str, limit: int) -> Sequence[Any]:
    asked = {"given": given, "given_end": given + _LAST, "limit": limit}
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
    shared: Counter[int] = Counter()
    for piece in sorted(pieces):
        begun = _range(session, BEGINS + piece, _NEAR_MAX)
        inside = _range(session, piece, _NEAR_MAX)
        shared.update({name_id for name_id, *_ in (*begun, *inside)})
    least = 1 if len(pieces) < 4 else len(pieces) // 3
    near = [(-count, name_id) for name_id, count in shared.items() if count >= least]
    return [name_id for _, name_id in sorted(near)[:limit]]


def _range(session: Session, begins: str, limit: int) -> Sequence[Any]:
    asked = {"begins": begins, "ends": begins + _LAST, "limit": limit}
    return session.connection().execute(_KEYS, asked).all()


def _named(
    session: Session, names: Sequence[int], by: By, limit: int
) -> tuple[Hit, ...]:
    if not names:
        return ()
    rows = session.connection().execute(_NAMED, {"names": list(names)}).all()
    place = {name_id: at for at, name_id in enumerate(names)}
    rows = sorted(rows, key=lambda row: (place[row.name_id], *_choice(row)))
    found: dict[str, Hit] = {}
    for row in rows:
        found.setdefault(row.code, _hit(row, by))
    return tuple(found.values())[:limit]


def _choice(row: Any) -> tuple[Any, ...]:
    """Order what bears one name as it is to be chosen (L20), then by its standard."""
    tier = ("甲", "乙", "丙").index(row.tier)
    return (tier, not row.essential, not row.consistency, not row.vbp, row.standard_fen)


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
    " barcode, essential, consistency"
)
_KEYS = text(
    "SELECT name_id, kind, key FROM medicine_key"
    " WHERE key >= :begins AND key < :ends ORDER BY key LIMIT :limit"
)
_NAMED = text(
    f"SELECT name_id, {_SHOWN} FROM medicine_named"
    " JOIN medicine ON medicine.code = medicine_named.medicine_code"
    " WHERE name_id IN :names"
).bindparams(bindparam("names", expanding=True))
