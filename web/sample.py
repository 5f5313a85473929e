"""Put a written sample into an empty installation, through the services alone."""

from pathlib import Path

from sqlmodel import Session

from dispensing import service
from dispensing.desk import Desk
from dispensing.prescription import Dispensed, Insured, Used
from fixtures.sample import reader
from fixtures.values import IssuerKey, Person
from pharmacies import service as network


def load(session: Session, desk: Desk, folder: Path = reader.FOLDER) -> reader.About:
    """Store the network, the catalogue, the people and the keys of a sample."""
    about = reader.about(folder)
    network.add_outlets(session, reader.outlets(folder))
    network.add_agreements(session, reader.agreements(folder))
    network.add_medicines(session, reader.medicines(folder))
    network.add_prices(session, reader.prices(folder))
    network.add_carriers(session, reader.carriers(folder))
    network.add_couriers(session, reader.couriers(folder))
    people = map(new_person, reader.people(folder))
    service.enrol(session, desk.vault, people, year=about.day.year)
    service.add_keys(session, map(_key, reader.issuer_keys(folder)))
    return about


def new_person(person: Person) -> service.NewPerson:
    return service.NewPerson(
        person_no=person.person_no,
        name=person.name,
        id_number=person.id_number,
        phone=person.phone,
        address=person.address,
        point=person.point,
        born_on=person.born_on,
        insured=_insured(person),
    )


def _insured(person: Person) -> Insured:
    return Insured(
        scheme=person.scheme,
        area=person.area,
        active=person.active,
        diseases=person.diseases,
        away_filed=person.away_filed,
        used=Used(
            person.used_fund_fen, person.used_ordinary_fund_fen, person.used_deductible_fen
        ),
        account_fen=person.account_fen,
        history=tuple(Dispensed(had.atc, had.on, had.supply_days) for had in person.history),
    )


def _key(key: IssuerKey) -> service.IssuerKey:
    return service.IssuerKey(
        key_id=key.key_id,
        issuer=key.issuer,
        public_jwk=key.public_jwk,
        valid_from=key.valid_from,
        valid_until=key.valid_until,
        revoked_at=key.revoked_at,
    )
