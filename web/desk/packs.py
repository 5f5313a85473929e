"""Packs of the quarterly inspection, as pages and programs ask for them: of the caller's area."""

from collections.abc import Mapping
from typing import Any

from dispensing.service import inspecting as kept
from web import client_keys, clock, db
from web.auth import caller
from web.desk import inspecting, planning
from web.desk.inspecting import Figures


def gathered(quarter: str, figures: Figures) -> Mapping[str, Any]:
    """Gather a quarter as it stands; '' is the quarter of today."""
    today = clock.today()
    return inspecting.gathered(
        db.session(),
        planning.place_of_caller(),
        quarter or inspecting.quarter_of(today),
        figures,
        today=today,
    )


def keep(quarter: str, figures: Figures, note: str) -> kept.InspectionVersion:
    """Keep a quarter as it stands as its next version."""
    return kept.keep_inspection(
        db.session(),
        planning.place_of_caller(),
        quarter,
        gathered(quarter, figures),
        note=note,
        key=str(client_keys.act_id()),
        by=caller().user,
        role=caller().doing("inspection.send"),
        now=clock.now(),
    )


def versions(quarter: str = "") -> tuple[kept.InspectionVersion, ...]:
    """List the versions of the caller's area, the latest first."""
    return kept.inspections(db.session(), planning.place_of_caller(), quarter)


def version(quarter: str, number: int) -> kept.InspectionVersion:
    """Give one version as it was sent."""
    return kept.inspection(db.session(), planning.place_of_caller(), quarter, number)
