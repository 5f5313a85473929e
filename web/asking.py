"""Ask the platform about a patient before a counter's check, where this installation does."""

from uuid import UUID

from dispensing import service
from dispensing.doubts import Doubt
from web import clock, db, parts
from web.auth import caller


def doubts(prescription_id: UUID) -> tuple[Doubt, ...]:
    """Tell where the platform says otherwise of a prescription's patient."""
    return service.ask_platform(
        db.session(),
        parts.desk(),
        prescription_id=prescription_id,
        outlet_code=caller().subject,
        now=clock.now(),
    )
