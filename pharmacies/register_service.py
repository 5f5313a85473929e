"""Units of work of the register: papers and drug lists, entered and read, and their gaps."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Literal, cast, get_args

from sqlmodel import Session, SQLModel, col, func, select

from pharmacies import register_files as files
from pharmacies import rows
from pharmacies.carrier_service import stored_carriers
from pharmacies.carriers import Carrier
from pharmacies.catalogue.said import Refused
from pharmacies.chains import DrugList
from pharmacies.gaps import GapReport, Register, report
from pharmacies.holding import stocked_by_chain
from pharmacies.places import AREAS
from pharmacies.qualifications import Kind, Qualification
from pharmacies.register_files import Fate, Listed, Outcome
from pharmacies.register_tables import ChainListRow, QualificationRow
from pharmacies.tables import (
    CarrierRow,
    MedicineConditionRow,
    MedicineRow,
    OutletRow,
)

FileKind = Literal["papers", "lists"]
FILE_KINDS: tuple[FileKind, ...] = get_args(FileKind)


@dataclass(frozen=True, slots=True)
class Entered:
    """Who enters something, when, and where it was read."""

    by: str
    at: datetime
    source: str


@dataclass(frozen=True, slots=True)
class Imported:
    """What became of a file: the fate of each row, and whether it was written."""

    kind: FileKind
    written: bool
    fates: tuple[Fate, ...]

    def count(self, outcome: Outcome) -> int:
        """Count the rows of one fate."""
        return sum(fate.outcome == outcome for fate in self.fates)


def import_file(
    session: Session, kind: FileKind, raw: bytes, *, entered: Entered, dry_run: bool
) -> Imported:
    """Enter a file of papers or lists: every row or, where one is bad, none.

    A dry run writes nothing and says the same. A file that was entered before changes
    nothing. Raises BadFile where it is no such table.
    """
    if kind == "papers":
        fates, new = _examined_papers(session, raw, entered)
    else:
        fates, new = _examined_lists(session, raw, entered)
    bad = any(fate.outcome == "refused" for fate in fates)
    written = bool(new) and not bad and not dry_run
    if written:
        session.add_all(new)
        session.commit()
    return Imported(kind, written, fates)


def qualifications(
    session: Session, holders: Sequence[str] | None = None
) -> tuple[Qualification, ...]:
    """List the papers as they were entered last, by holder, kind and first day."""
    last: dict[tuple[str, str, str], Qualification] = {}
    for paper in _entered(session, holders):
        last[paper.holder, paper.kind, paper.number] = paper
    listed = sorted(last.values(), key=lambda it: (it.holder, it.kind, it.begins))
    return tuple(listed)


def with_papers(session: Session, carriers: Iterable[Carrier]) -> tuple[Carrier, ...]:
    """Give firms their papers, in one question."""
    kept = tuple(carriers)
    mine = defaultdict(list)
    for paper in qualifications(session, [each.code for each in kept]):
        mine[paper.holder].append(paper)
    return tuple(replace(each, papers=tuple(mine[each.code])) for each in kept)


def is_licensed(session: Session, carrier_code: str, day: date) -> bool:
    """Tell whether a firm is known and has a licence on a day."""
    row = session.get(CarrierRow, carrier_code)
    if row is None:
        return False
    (firm,) = with_papers(session, [rows.carrier_of(row, ())])
    return firm.licensed(day)


def drug_lists(session: Session) -> tuple[DrugList, ...]:
    """List the published lists by chain and day."""
    found: dict[tuple[str, date], set[str]] = defaultdict(set)
    for row in session.exec(select(ChainListRow)).all():
        found[row.chain, row.published_on].add(row.medicine_code)
    return tuple(
        DrugList(chain, day, frozenset(codes))
        for (chain, day), codes in sorted(found.items())
    )


def gap_report(
    session: Session,
    *,
    diseases: Sequence[str],
    pooling_area: str,
    day: date,
    within_days: int,
) -> GapReport:
    """Tell what chains and firms lack in a pooling area on a day, and what ends soon."""
    areas = [code for code in AREAS if code.startswith(pooling_area)]
    serving = (each for each in stored_carriers(session) if _serves(each, areas))
    papers = qualifications(session)
    register = Register(
        areas=areas,
        diseases=diseases,
        shops=_shops(session, pooling_area),
        lists=drug_lists(session),
        served=_served(session),
        carriers=with_papers(session, serving),
        frameworks=[each for each in papers if each.kind == "framework"],
        stocked=stocked_by_chain(session, pooling_area, day),
        names=dict(session.exec(select(MedicineRow.code, MedicineRow.name)).all()),
    )
    return report(register, day, within_days)


def _serves(carrier: Carrier, areas: Sequence[str]) -> bool:
    return not carrier.areas.isdisjoint(areas)


def _shops(session: Session, pooling_area: str) -> Mapping[str, Mapping[str, int]]:
    query = (
        select(OutletRow.chain, OutletRow.area, func.count())
        .where(col(OutletRow.kind) == "pharmacy", col(OutletRow.chain).is_not(None))
        .where(col(OutletRow.area).startswith(pooling_area))
        .group_by(col(OutletRow.chain), col(OutletRow.area))
    )
    found: dict[str, dict[str, int]] = defaultdict(dict)
    for chain, area, count in session.exec(query):
        found[str(chain)][area] = count
    return found


def _served(session: Session) -> Mapping[str, frozenset[str]]:
    found: dict[str, set[str]] = defaultdict(set)
    for row in session.exec(select(MedicineConditionRow)).all():
        found[row.medicine_code].add(row.condition)
    return {code: frozenset(served) for code, served in found.items()}


def _entered(
    session: Session, holders: Sequence[str] | None
) -> Iterator[Qualification]:
    query = select(QualificationRow).order_by(col(QualificationRow.id))
    if holders is not None:
        query = query.where(col(QualificationRow.holder).in_(holders))
    yield from map(_paper, session.exec(query))


def _paper(row: QualificationRow) -> Qualification:
    kind = cast("Kind", row.kind)
    return Qualification(row.holder, kind, row.number, row.begins, row.ends)


def _paper_row(paper: Qualification, entered: Entered) -> QualificationRow:
    return QualificationRow(
        holder=paper.holder,
        kind=paper.kind,
        number=paper.number,
        begins=paper.begins,
        ends=paper.ends,
        at=entered.at,
        by=entered.by,
        source=entered.source,
    )


def _listed_row(listed: Listed, entered: Entered) -> ChainListRow:
    return ChainListRow(
        chain=listed.chain,
        published_on=listed.published_on,
        medicine_code=listed.medicine,
        at=entered.at,
        by=entered.by,
        source=entered.source,
    )


def _examined_papers(
    session: Session, raw: bytes, entered: Entered
) -> tuple[tuple[Fate, ...], list[SQLModel]]:
    standing = set(qualifications(session))
    firms = set(session.exec(select(CarrierRow.code)).all())
    chains = _chains(session)
    new: list[SQLModel] = []
    told: set[tuple[str, str, str]] = set()

    def judge(row: files.Row) -> Outcome:
        paper = files.paper_of(row)
        key = paper.holder, paper.kind, paper.number
        if key in told:  # which of them holds nobody could say
            raise Refused("文件里已有这份证照", "the file has this paper already")
        told.add(key)
        if paper.kind == "framework" and paper.holder not in chains:
            raise Refused("没有这家连锁", "no such chain")
        if paper.kind != "framework" and paper.holder not in firms:
            raise Refused("没有这家配送企业", "no such delivery firm")
        if paper in standing:
            return "same"
        new.append(_paper_row(paper, entered))
        return "new"

    return files.fates_of(files.rows_of(raw, files.PAPERS), judge), new


def _examined_lists(
    session: Session, raw: bytes, entered: Entered
) -> tuple[tuple[Fate, ...], list[SQLModel]]:
    standing = {(it.chain, it.published_on): it.medicines for it in drug_lists(session)}
    known = set(session.exec(select(MedicineRow.code)).all())
    chains = _chains(session)
    new: list[SQLModel] = []

    def judge(row: files.Row) -> Outcome:
        listed = files.listed_of(row)
        if listed.chain not in chains:
            raise Refused("没有这家连锁", "no such chain")
        if listed.medicine not in known:
            raise Refused("目录中没有这个药品", "the catalogue has no such medicine")
        published = standing.get((listed.chain, listed.published_on))
        if published is None:
            new.append(_listed_row(listed, entered))
            return "new"
        if listed.medicine not in published:
            raise Refused(
                "这一天的清单已经公布；请用新的日期",
                "a list of that day is published; use a later day",
            )
        return "same"

    return files.fates_of(files.rows_of(raw, files.LISTS), judge), new


def _chains(session: Session) -> set[str]:
    query = select(OutletRow.chain).where(col(OutletRow.chain).is_not(None)).distinct()
    return {str(chain) for chain in session.exec(query)}
