"""What a counter's check asks beside the rules: the platform about the patient, and the shelf."""

from uuid import UUID

from dispensing import service
from dispensing.doubts import Doubt
from dispensing.service.stocking import StockFinding
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


def stock(prescription_id: UUID) -> tuple[StockFinding, ...]:
    """Tell what could not go out of the calling counter's shelf, and by which clause."""
    return service.stock_findings(
        db.session(),
        prescription_id=prescription_id,
        outlet_code=caller().subject,
        now=clock.now(),
    )
