"""A group's savings of central procurement, proposed from its claims (L15); taken by an officer."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from sqlmodel import Session

from dispensing.bureau_lists.kinds import ListKind
from dispensing.claim_book.lines import ClaimLine
from dispensing.clearing.savings import BasePrice, Savings, savings
from dispensing.desk import Desk
from dispensing.service import bureau_lists
from dispensing.service.bureau_lists import BureauList
from dispensing.service.claim_lines import claim_lines
from dispensing.service.clearing.groups import nodes_on
from pharmacies import service as pharmacies

KIND: ListKind = "vbp_bases"


@dataclass(frozen=True, slots=True)
class SavingsDraft:
    """A year's savings as the claims tell them; None where no list of base prices is there."""

    year: int
    names: Mapping[str, str]
    medicines: Mapping[str, str]  # names of those without a base price
    bases: BureauList | None
    found: Savings | None

    @property
    def document(self) -> str:
        """Say where the amount comes from, for the figure that an officer enters."""
        assert self.bases is not None
        return (
            f"按结算测算：集采基准价名单截至 {self.bases.as_of}"
            f"（{self.bases.source}，SHA-256 {self.bases.file_sha256[:12]}）"
        )


def savings_of(
    session: Session, desk: Desk, *, place: str, group: str, year: int
) -> SavingsDraft:
    """Reckon what the institutions of a group saved in a year, by the list that counts."""
    nodes = nodes_on(session, place, group, date(year, 12, 31))
    names = {one.code: one.name for one in nodes}
    bases = bureau_lists.latest(session, place, KIND)
    rows = bureau_lists.rows_of(session, desk.vault, place, KIND)
    if bases is None or rows is None:
        return SavingsDraft(year, names, {}, None, None)
    prices = {
        code: BasePrice(int(fen), date.fromisoformat(since))
        for code, fen, since in rows
    }
    catalogue = {one.code: one for one in pharmacies.catalogue(session)}
    procured = frozenset(code for code, one in catalogue.items() if one.vbp)
    lines = _lines(session, desk, names, place=place, year=year)
    found = savings(lines, prices, procured)
    medicines = {code: catalogue[code].name for code in found.without_base}
    return SavingsDraft(year, names, medicines, bases, found)


def _lines(
    session: Session, desk: Desk, outlets: Mapping[str, str], *, place: str, year: int
) -> Iterator[ClaimLine]:
    first, last = date(year, 1, 1), date(year, 12, 31)
    for code in outlets:
        yield from claim_lines(
            session, desk, area=place, outlet=code, first=first, last=last
        )
