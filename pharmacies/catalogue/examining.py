"""Hold a file against the catalogue, row by row; nothing is written."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from hashlib import sha256
from itertools import islice
from typing import Any, Protocol

from sqlmodel import Session, func, select

from pharmacies.catalogue import fates, sheets
from pharmacies.catalogue.columns import Diseases, Draft, Fault, Kind, Layout, layout
from pharmacies.catalogue.fates import Entry, Fate, Seen
from pharmacies.catalogue.said import BadFile, Said
from pharmacies.catalogue.standing import Standing
from pharmacies.catalogue_tables import CatalogueImportRow

AT_ONCE = 2_000
Tell = Callable[[str, int, int], None]  # the stage, how many are done, of how many


class Fates(Protocol):
    """What takes the fates of rows down: a list, or a report."""

    def append(self, fate: Fate, /) -> object:
        """Take one fate down."""

    def clear(self) -> object:
        """Forget them all: the file is examined anew."""


@dataclass(frozen=True, slots=True)
class File:
    """A file as it was handed in, and the day from which its rows hold where they say none."""

    name: str
    content: bytes
    valid_from: date

    @property
    def sha256(self) -> str:
        """Give the digest by which the file is known."""
        return sha256(self.content).hexdigest()


@dataclass(slots=True)
class Trial:
    """What would come of a file: how many of each fate, and what would be written."""

    kind: Kind
    imports: int  # that had been put in by then
    counts: Counter[str] = field(default_factory=Counter)
    entries: list[Entry] = field(default_factory=list)

    @property
    def rows(self) -> int:
        """Tell how many rows the file has."""
        return sum(self.counts.values())


def examine(
    session: Session, file: File, diseases: Diseases, *, tell: Tell, into: Fates
) -> Trial:
    """Say what becomes of each row; raises BadFile where the file is no such table."""
    imports = imports_made(session)
    into.clear()
    tell("reading", 0, 0)
    # Read to the end first: what is wrong with the whole file is told before any row.
    table = sheets.table(file.content)
    left, total = table.rows(), table.count - 1
    head = _head(next(left, None))
    if not total:
        raise BadFile(
            "只有表头，没有数据行。", "There is a heading and no row below it."
        )
    trial, seen = Trial(head.kind, imports), Seen()
    while some := list(islice(left, AT_ONCE)):
        drafts = [head.draft(number, cells, diseases) for number, cells in some]
        for fate, entry in _fates(
            session, head, drafts, seen=seen, valid_from=file.valid_from
        ):
            trial.counts[fate.outcome] += 1
            into.append(fate)
            if entry is not None:
                trial.entries.append(entry)
        tell("checking", trial.rows, total)
    return trial


def _head(first: sheets.Row | None) -> Layout[Kind]:
    if first is None:
        raise BadFile("文件里没有内容。", "There is nothing in the file.")
    return layout(first[1])


def imports_made(session: Session) -> int:
    """Count what was ever put in: where there is more, the catalogue is another."""
    return session.exec(select(func.count()).select_from(CatalogueImportRow)).one()


def _fates(
    session: Session,
    head: Layout[Kind],
    drafts: Sequence[Draft],
    *,
    seen: Seen,
    valid_from: date,
) -> Iterator[tuple[Fate, Entry | None]]:
    codes = {one.values["code"] for one in drafts if "code" in one.values}
    stands = Standing(session, head.kind, codes, seen)
    for draft in drafts:
        day = draft.values.get("valid_from", valid_from)
        key = tuple(
            str(draft.values.get(name, "")) for name in (*_FIRST[head.kind], "code")
        )
        again = None if draft.faults else fates.twice(draft, key, day, seen)
        if draft.faults or again:
            yield fates.refused(draft, key, *((again,) if again else ())), None
            continue
        fate, values = _fate(stands, head.kind, draft, key=key, day=day)
        entry = None
        if fate.outcome in ("new", "changed"):
            entry = Entry(key, day, values)
            seen.entries.setdefault(key, []).append(entry)
        yield fate, entry


def _fate(
    stands: Standing, kind: Kind, draft: Draft, *, key: fates.Key, day: date
) -> tuple[Fate, Any]:
    code = key[-1]
    if kind == "medicines":
        return fates.of_medicine(draft, day, stands.medicine(code, day))
    medicine = stands.medicine(code, day)
    if medicine is None:
        return fates.refused(draft, key, _UNKNOWN), None
    if kind == "standards":
        return fates.of_terms(draft, day, stands.terms(key, day), medicine)
    return fates.of_price(draft, day, stands.price(key, day))


_FIRST: dict[Kind, tuple[str, ...]] = {
    "medicines": (),
    "standards": ("region",),
    "prices": ("price_list",),
}
_UNKNOWN = Fault(
    "国家医保药品编码",
    Said(
        "目录里这一天还没有这个药品。",
        "The catalogue has no such medicine on that day.",
    ),
)
