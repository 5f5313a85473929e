"""What an act rests on, and what it has left behind: for whoever has to agree to it."""

from typing import Any
from uuid import UUID, uuid5

from sqlmodel import Session, col, select

from pharmacies.designation import AGREEMENT_KINDS
from pharmacies.designation_service.views import acts_of, agreements_of
from pharmacies.rows import told_agreement
from pharmacies.tables import DesignationActRow, OutletRow


def stands(session: Session, outlet_code: str) -> dict[str, Any]:
    """Tell both lives of an outlet as they stand, under its lock: agreements and last acts."""
    lock = {"key_share": True}
    session.get(OutletRow, outlet_code, with_for_update=lock)
    return {
        kind: {
            "agreements": [
                told_agreement(one) for one in agreements_of(session, outlet_code, kind)
            ],
            "acts": [str(one.act_id) for one in acts_of(session, outlet_code, kind)],
        }
        for kind in AGREEMENT_KINDS
    }


def is_done(session: Session, act_id: UUID) -> bool:
    """Tell whether an act was done."""
    return bool(_rows(session, act_id))


def overridden_by(session: Session, act_id: UUID) -> int | None:
    """Tell by how many outlets an act has left its unit's target; None where by none."""
    said = [
        row.detail["override"]
        for row in _rows(session, act_id)
        if "override" in (row.detail or {})
    ]
    return max((abs(one["left"] - one["target"]) for one in said), default=None)


def _rows(session: Session, act_id: UUID) -> list[DesignationActRow]:
    both = (act_id, uuid5(act_id, "chronic"))  # the chronic one follows the general one
    query = select(DesignationActRow).where(col(DesignationActRow.act_id).in_(both))
    return list(session.exec(query))
