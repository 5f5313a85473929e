"""Read who is registered and what claims hold, for the rules of a clearing."""

from datetime import date

from sqlmodel import Session, col, select

from dispensing.clearing.claims import TWO_DISEASES, Claim
from dispensing.desk import Desk
from dispensing.service.claim_lines import claim_lines
from dispensing.service.diseases import Registration, registrations_in
from dispensing.tables import PersonRow
from dispensing.vault import Vault


def registered(
    session: Session, vault: Vault, place: str
) -> tuple[tuple[str, str, date], ...]:
    """Name residents with the 两病 or a chronic certificate, each kind with its first day."""
    query = select(PersonRow.person_no).where(
        col(PersonRow.area).startswith(place), PersonRow.scheme == "resident"
    )
    residents = set(session.exec(query).all())
    found: dict[tuple[str, str], date] = {}
    for person, said in registrations_in(session, vault, place).items():
        for one in said if person in residents else ():
            people = _people(one)
            if people:
                key = person, people
                found[key] = min(found.get(key, one.since), one.since)
    return tuple((person, people, day) for (person, people), day in found.items())


def claims_of(
    session: Session, desk: Desk, place: str, *, first: date, last: date
) -> tuple[Claim, ...]:
    """Give the claim lines that hold, of residents of an area between two days."""
    return tuple(
        Claim(
            line.person,
            line.day,
            line.channel,
            line.disease,
            line.atc or line.medicine,
            line.supply_days,
            line.fund_fen,
        )
        for line in claim_lines(session, desk, area=place, first=first, last=last)
        if line.reversed_on is None and line.scheme == "resident"
    )


def _people(one: Registration) -> str:
    if one.kind == "chronic_outpatient":
        return "chronic"
    return "two_diseases" if one.disease in TWO_DISEASES else ""
