"""Ask the platform about a person before a settlement (1101, 5301), and keep what differs.

It is asked without a transaction, beside the settlement and not in it, and once in some
minutes for each prescription. What it says changes nothing of ours.
"""

import json
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlmodel import Session, col, select

from dispensing.days import day_of
from dispensing.desk import Desk
from dispensing.doubts import Doubt, Held, compare
from dispensing.errors import Conflict
from dispensing.gateway import ChargeDeclined, Unanswered
from dispensing.gateway.people import ID_CARD, TellsPeople, tells_people
from dispensing.records import PLATFORM
from dispensing.sealed import seal_in, unseal
from dispensing.service.diseases import registrations
from dispensing.service.holding import live_settlement
from dispensing.tables import (
    PersonRow,
    PlatformWordRow,
    PrescriptionRow,
)
from dispensing.vault import Vault

FRESH = timedelta(minutes=5)
FRESH_UNANSWERED = timedelta(minutes=1)


def ask_platform(
    session: Session,
    desk: Desk,
    *,
    prescription_id: UUID,
    outlet_code: str,
    now: datetime,
) -> tuple[Doubt, ...]:
    """Tell where the platform says otherwise of a prescription's patient; ask it where needed.

    Gives nothing where the desk does not ask, or the platform tells nothing of people.
    """
    gateway = desk.gateway
    if desk.asks == "none" or not tells_people(gateway):
        return ()
    row = _last(session, prescription_id, outlet_code)
    if row is not None and _is_fresh(row, now):
        return _doubts(desk.vault, row)
    rx = session.get(PrescriptionRow, prescription_id)
    if rx is None:
        return ()
    person_no = rx.person_no
    held, id_number = _held(session, desk, rx)
    session.rollback()  # nothing is held while the platform is waited for
    doubts = _ask(gateway, outlet_code, held, id_number=id_number, now=now)
    row = PlatformWordRow(
        prescription_id=prescription_id,
        person_no=person_no,
        outlet_code=outlet_code,
        at=now,
        outcome=_outcome(doubts),
        doubts_sealed="",
    )
    session.add(row)
    session.flush()  # sealed in its place, which has a number now
    kept = [[one.code, dict(one.values)] for one in doubts]
    seal_in(desk.vault, row, "doubts_sealed", json.dumps(kept, ensure_ascii=False))
    session.commit()
    return doubts


def platform_doubts(
    session: Session, vault: Vault, prescription_id: UUID, outlet_code: str
) -> tuple[Doubt, ...]:
    """Give what the platform last said otherwise at an outlet; it is not asked."""
    row = _last(session, prescription_id, outlet_code)
    return () if row is None else _doubts(vault, row)


def platform_record(
    session: Session, desk: Desk, prescription_id: UUID, outlet_code: str
) -> dict[str, Any]:
    """Give what a decision keeps of the platform's last word: when it came, what differs.

    No rule asks for it, so that a decision asked again needs no platform.
    """
    if desk.asks == "none":
        return {}
    row = _last(session, prescription_id, outlet_code)
    if row is None:
        return {}
    told = {
        "at": row.at.isoformat(),
        "asks": desk.asks,
        "doubts": _told(desk.vault, row),
    }
    return {PLATFORM: told}


def reject_doubted(
    session: Session,
    desk: Desk,
    *,
    prescription_id: UUID,
    outlet_code: str,
    now: datetime,
) -> None:
    """Raise Conflict where the desk refuses what the platform says otherwise.

    What is settled already stays so; where the platform did not answer, the charge itself
    will ask it.
    """
    if desk.asks != "refuse" or live_settlement(session, prescription_id) is not None:
        return
    doubts = ask_platform(
        session,
        desk,
        prescription_id=prescription_id,
        outlet_code=outlet_code,
        now=now,
    )
    for one in doubts:
        if one.code != "unanswered":
            raise Conflict(one.words, code="platform-differs")


def _ask(
    gateway: TellsPeople,
    outlet_code: str,
    held: Held,
    *,
    id_number: str,
    now: datetime,
) -> tuple[Doubt, ...]:
    try:
        told = gateway.person(outlet_code, ID_CARD, id_number)
        filings = gateway.filings(outlet_code, told.person_no)
    except ChargeDeclined:
        return (Doubt("unknown_there"),)
    except Unanswered:
        return (Doubt("unanswered"),)
    return compare(held, told, filings, day_of(now))


def _held(session: Session, desk: Desk, rx: PrescriptionRow) -> tuple[Held, str]:
    person = session.get_one(PersonRow, rx.person_no)
    disease = unseal(desk.vault, rx, "disease_sealed")
    has = registrations(session, desk.vault, [rx.person_no]).get(rx.person_no, ())
    filed = [it.since for it in has if it.disease == disease]
    held = Held(
        person_no=person.person_no,
        scheme=person.scheme,
        area=person.area,
        active=person.active,
        disease=disease,
        filed_on=min(filed, default=None),
    )
    return held, unseal(desk.vault, person, "id_sealed")


def _last(
    session: Session, prescription_id: UUID, outlet_code: str
) -> PlatformWordRow | None:
    query = select(PlatformWordRow).where(
        col(PlatformWordRow.prescription_id) == prescription_id,
        col(PlatformWordRow.outlet_code) == outlet_code,
    )
    return session.exec(query.order_by(col(PlatformWordRow.id).desc()).limit(1)).first()


def _is_fresh(row: PlatformWordRow, now: datetime) -> bool:
    lasts = FRESH_UNANSWERED if row.outcome == "unanswered" else FRESH
    return abs(now - row.at) < lasts


def _outcome(doubts: tuple[Doubt, ...]) -> str:
    if not doubts:
        return "agrees"
    return "unanswered" if doubts[0].code == "unanswered" else "differs"


def _doubts(vault: Vault, row: PlatformWordRow) -> tuple[Doubt, ...]:
    return tuple(Doubt(code, values) for code, values in _told(vault, row))


def _told(vault: Vault, row: PlatformWordRow) -> list[Any]:
    found: list[Any] = json.loads(unseal(vault, row, "doubts_sealed"))
    return found
