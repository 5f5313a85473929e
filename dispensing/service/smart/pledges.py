"""Pledges of outlets (事前承诺): signed once a version, and the outlets that have not."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from dispensing.smart.pledge import current
from dispensing.tables import SmartPledgeRow
from pharmacies import service as pharmacies


@dataclass(frozen=True, slots=True)
class PledgeView:
    """How an outlet stands to the pledge of now: signed by whom and when, or missing."""

    outlet_code: str
    name: str
    version: int
    signer: str
    at: datetime | None


def sign(
    session: Session, outlet_code: str, signer: str, *, by: str, now: datetime
) -> PledgeView:
    """Sign the pledge of now for an outlet; asking again gives the first signature."""
    said = current()
    session.add(
        SmartPledgeRow(
            outlet_code=outlet_code,
            version=said.version,
            text=said.zh,
            sha256=said.sha256,
            signer=signer,
            by=by,
            at=now,
        )
    )
    try:
        session.commit()
    except IntegrityError:
        session.rollback()
    return pledge_of(session, outlet_code)


def pledge_of(session: Session, outlet_code: str) -> PledgeView:
    """Tell how one outlet stands to the pledge of now."""
    name = pharmacies.outlet(session, outlet_code).name
    return _view(outlet_code, name, _signed(session).get(outlet_code))


def pledges(session: Session, place: str) -> tuple[PledgeView, ...]:
    """Tell of every outlet of an area how it stands, those without a signature first."""
    signed = _signed(session)
    found = [
        _view(one.code, one.name, signed.get(one.code))
        for one in pharmacies.outlets(session)
        if not place or one.code[1:].startswith(place)
    ]
    return tuple(sorted(found, key=lambda one: (one.at is not None, one.outlet_code)))


def _signed(session: Session) -> dict[str, SmartPledgeRow]:
    query = select(SmartPledgeRow).where(
        col(SmartPledgeRow.version) == current().version
    )
    return {row.outlet_code: row for row in session.exec(query)}


def _view(code: str, name: str, row: SmartPledgeRow | None) -> PledgeView:
    if row is None:
        return PledgeView(code, name, current().version, "", None)
    return PledgeView(code, name, row.version, row.signer, row.at)
