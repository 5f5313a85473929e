"""A registry of managed patients, row by row: who is managed for what, and which rows are bad.

One refused row refuses the file. Rows of one person (one for each disease) are put together.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from dispensing.identity import folded
from dispensing.matching import fhir
from dispensing.matching.columns import born_by, layout
from pharmacies.catalogue import sheets
from pharmacies.catalogue.columns import Draft, Fault, Layout
from pharmacies.catalogue.said import BadFile, Said

BYTES_MAX = 256 * 1024 * 1024
ROWS_MAX = 1_000_000
SHOWN_MAX = 500


@dataclass(frozen=True, slots=True)
class Managed:
    """One managed patient: who it is, for which diseases, where."""

    id_number: str  # '' where the registry has none
    name: str
    born_on: date
    address: str
    diseases: frozenset[str]
    since: date | None
    institution: str
    chronic_outpatient: bool  # fits 门诊慢特病 by the registry's word

    @property
    def key(self) -> str:
        """Name the person in this registry: the ID number, else name, birthday and address."""
        if self.id_number:
            return self.id_number
        return f"{folded(self.name)}|{self.born_on}|{folded(self.address)}"


@dataclass(frozen=True, slots=True)
class BadRow:
    """One refused row: its number, and of each fault column and sentence, values masked."""

    row: int
    faults: tuple[Fault, ...]


@dataclass(slots=True)
class Examined:
    """What a file holds: its people by key, in order, and what is wrong with it."""

    rows: int = 0
    people: dict[str, Managed] = field(default_factory=dict)
    bad: list[BadRow] = field(default_factory=list)

    @property
    def is_fit(self) -> bool:
        """Tell whether it may be taken: no row refused, and somebody in it."""
        return bool(self.people) and not self.bad


def examine(content: bytes, as_of: date) -> Examined:
    """Read a registry as of a day, CSV, XLSX or FHIR; raises BadFile for what is no table."""
    found = rows_of(content)
    _, headings = next(found, (0, ()))
    where, read = layout(tuple(headings)), Examined()
    first: dict[tuple[str, str], int] = {}
    for row, cells in found:
        read.rows += 1
        draft = where.draft(row, cells, {})
        person = None if draft.faults else _person(draft, where, as_of)
        if person is not None:
            _put_in(read, draft, where, person, first=first)
        if draft.faults:
            read.bad.append(BadRow(row, tuple(draft.faults)))
    if not read.rows:
        raise BadFile("文件里没有人。", "The file has nobody in it.")
    return read


def rows_of(content: bytes) -> Iterator[tuple[int, Sequence[str]]]:
    """Give the rows of a file, the headings first; raises BadFile, also on the way."""
    if len(content) <= BYTES_MAX and fhir.is_json(content):
        return fhir.rows(content)
    return sheets.rows(content, bytes_max=BYTES_MAX, rows_max=ROWS_MAX)


def _person(draft: Draft, where: Layout[str], as_of: date) -> Managed | None:
    """Make a person of a row that could be read; what does not fit together is a fault."""
    given: dict[str, Any] = draft.values
    id_number, born_on = given["id_number"], given.get("born_on") or None
    if id_number:
        by_id = born_by(id_number)
        if born_on is not None and born_on != by_id:
            _fault(draft, where, "born_on", _UNLIKE_ID)
        born_on = by_id
    if born_on is None or (not id_number and not given.get("address")):
        _fault(draft, where, "id_number", _NOBODY)
        return None
    since = given.get("since") or None
    for name, day in (("born_on", born_on), ("since", since)):
        if day is not None and day > as_of:
            _fault(draft, where, name, _LATER)
    return Managed(
        id_number,
        given["name"],
        born_on,
        given.get("address", ""),
        given["diseases"],
        since,
        given.get("institution", ""),
        given.get("chronic_outpatient", False),
    )


def _put_in(
    read: Examined,
    draft: Draft,
    where: Layout[str],
    person: Managed,
    *,
    first: dict[tuple[str, str], int],
) -> None:
    """Put a row with those of the same person; the same disease twice is refused."""
    known = read.people.get(person.key)
    for disease in person.diseases:
        row = first.setdefault((person.key, disease), draft.row)
        if row != draft.row:
            _fault(draft, where, "diseases", _twice(row))
            return
    if known is None:
        read.people[person.key] = person
        return
    if folded(known.name) != folded(person.name):
        _fault(draft, where, "name", _OTHER_NAME)
        return
    began = [day for day in (known.since, person.since) if day]
    read.people[person.key] = replace(
        known,
        diseases=known.diseases | person.diseases,
        since=min(began, default=None),
        address=known.address or person.address,
        institution=known.institution or person.institution,
        chronic_outpatient=known.chronic_outpatient or person.chronic_outpatient,
    )


def _fault(draft: Draft, where: Layout[str], name: str, said: Said) -> None:
    headed = {column.field: heading for _, heading, column in where.columns}
    draft.faults.append(Fault(headed.get(name, name), said))


def _twice(row: int) -> Said:
    return Said(
        f"与第 {row} 行重复：同一人同一病种。",
        f"the same person and disease as row {row}.",
    )


_UNLIKE_ID = Said(
    "与身份证号里的出生日期不一致。", "differs from the birthday of the ID number."
)
_NOBODY = Said(
    "没有身份证号时，出生日期和现住址都要填。",
    "without an ID number, birthday and address are needed.",
)
_LATER = Said("晚于名单的日期。", "is later than the day of the registry.")
_OTHER_NAME = Said(
    "同一身份证号在前面的行里是另一个姓名。",
    "the same ID number has another name in a row before.",
)
