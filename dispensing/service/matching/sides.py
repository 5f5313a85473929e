"""The insurance's side of a matching: who is insured, entitled to what, diagnosed with what.

The one place where matching reads and writes registrations, and the diseases of claims.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from itertools import chain

from sqlmodel import Session, col, func, select

from dispensing.sealed import at, unseal
from dispensing.service import bureau_lists
from dispensing.service.diseases import (
    Registration,
    registered_row,
    registrations,
    registrations_in,
)
from dispensing.tables import PersonRow, PrescriptionRow, RegistrationRow, SettlementRow
from dispensing.vault import Vault

AT_ONCE = 5_000
TWO_DISEASE, CHRONIC = "chronic", "chronic_outpatient"


@dataclass(slots=True)
class Benefits:
    """The diseases for which a person is registered, by kind, and those of the claims."""

    two_disease: set[str] = field(default_factory=set)
    chronic_outpatient: set[str] = field(default_factory=set)
    diagnosed: set[str] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class InsuredPerson:
    """One insured person, opened for the matching."""

    person_no: str
    id_index: str
    name: str
    born_on: date
    address: str
    scheme: str
    active: bool


def insured(session: Session, vault: Vault, area: str) -> Iterator[InsuredPerson]:
    """Open the insured people of an area, some at a time."""
    query = select(PersonRow).where(col(PersonRow.area).startswith(area))
    query = query.order_by(col(PersonRow.person_no))
    after = ""
    while True:
        found = session.exec(
            query.where(col(PersonRow.person_no) > after).limit(AT_ONCE)
        ).all()
        for row in found:
            yield InsuredPerson(
                row.person_no,
                row.id_index,
                unseal(vault, row, "name"),
                row.born_on,
                unseal(vault, row, "address_sealed"),
                row.scheme,
                row.active,
            )
        if len(found) < AT_ONCE:
            return
        after = found[-1].person_no
        session.expunge_all()


def benefits(
    session: Session, vault: Vault, area: str, day: date
) -> Mapping[str, Benefits]:
    """Tell of each person of an area what is registered and was diagnosed by a day.

    Diagnosed is what was settled here, and what the list of claims' diagnoses speaks of (L3).
    """
    found: dict[str, Benefits] = defaultdict(Benefits)
    kept = registrations_in(session, vault, area, on=day)
    for person_no, mine in kept.items():
        for one in mine:
            had = found[person_no]
            kind = had.chronic_outpatient if one.kind == CHRONIC else had.two_disease
            kind.add(one.disease)
    told = bureau_lists.rows_of(session, vault, area, "diagnoses") or []
    for person_no, disease in chain(_claimed(session, vault, area, day), told):
        found[person_no].diagnosed.add(disease)
    return found


def registered(
    session: Session, vault: Vault, person_nos: Iterable[str]
) -> "Registering":
    """Prepare to register people: what they are registered for already is left as it is."""
    wanted = sorted(set(person_nos))
    found = registrations(session, vault, wanted)
    return Registering(session, vault, {no: list(found.get(no, ())) for no in wanted})


@dataclass(frozen=True, slots=True)
class Registering:
    """The registrations of some people, as they stand and as they are added to."""

    session: Session
    vault: Vault
    kept: dict[str, list[Registration]]

    def add(self, person_no: str, disease: str, kind: str, *, since: date) -> bool:
        """Register a disease under a benefit; tells whether it was not there before."""
        mine = self.kept[person_no]
        if any((one.disease, one.kind) == (disease, kind) for one in mine):
            return False
        mine.append(Registration(disease, kind, since))
        row = registered_row(self.vault, person_no, self._next(person_no), mine[-1])
        self.session.add(row)
        return True

    def _next(self, person_no: str) -> int:
        last = self.session.scalar(
            select(func.max(RegistrationRow.no)).where(
                col(RegistrationRow.person_no) == person_no
            )
        )
        return 1 if last is None else last + 1


def _claimed(
    session: Session, vault: Vault, area: str, day: date
) -> Iterator[tuple[str, str]]:
    """Open of whom the settled claims are, and for which disease."""
    mine = PrescriptionRow
    query = (
        select(mine.person_no, mine.id, mine.disease_sealed)
        .join(SettlementRow, col(SettlementRow.prescription_id) == col(mine.id))
        .join(PersonRow, col(PersonRow.person_no) == col(mine.person_no))
        .where(
            col(SettlementRow.state) == "posted",
            col(SettlementRow.on) <= day,
            col(PersonRow.area).startswith(area),
        )
    )
    for person_no, id_, sealed in session.exec(query):
        yield person_no, vault.open(sealed, at(PrescriptionRow, "disease_sealed", id_))
