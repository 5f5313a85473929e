"""Who can serve a prescription today: near, with everything in stock, and at which price."""

from typing import Literal, Self
from uuid import UUID

from apiflask import APIBlueprint
from flask.typing import ResponseReturnValue
from pydantic import BaseModel, ConfigDict, Field, model_validator

from dispensing import service
from dispensing.service import OutletsView, Where
from dispensing.service.serving import FOUND_MAX
from pharmacies.places import Point
from routing.travel import DETOUR_FACTOR
from web import clock, db, parts, scope
from web.auth import may
from web.openapi import answers, reply

bp = APIBlueprint("serving", __name__, url_prefix="/api/prescriptions")

DETOUR_PERMILLE = round(DETOUR_FACTOR * 1_000)


class OutletsQuery(BaseModel):
    """Brought or fetched, sorted by what, how many, and from where if not from home."""

    model_config = ConfigDict(extra="forbid")

    how: Literal["deliver", "collect"] = "deliver"
    sort: Literal["distance", "price"] = "distance"
    limit: int = Field(default=FOUND_MAX, ge=1, le=50)
    lon: float | None = Field(default=None, ge=-180, le=180, allow_inf_nan=False)
    lat: float | None = Field(default=None, ge=-90, le=90, allow_inf_nan=False)
    area: str | None = Field(default=None, pattern=r"^[0-9]{6}$")

    @model_validator(mode="after")
    def _both_or_none(self) -> Self:
        if (self.lon is None) != (self.lat is None):
            raise ValueError("lon and lat go together")
        return self

    def where(self) -> Where:
        """Give what is asked for, in the words of the service."""
        there = self.lon is not None and self.lat is not None
        return Where(
            how=self.how,
            point=Point(self.lon or 0.0, self.lat or 0.0) if there else None,
            area=self.area,
            found_max=self.limit,
            sort=self.sort,
            detour_permille=DETOUR_PERMILLE,
        )


@bp.get("/<uuid:prescription_id>/outlets")
@may("outlets.find")
@bp.input(OutletsQuery, location="query", arg_name="query")
@answers({200: OutletsView})
def outlets(prescription_id: UUID, query: OutletsQuery) -> ResponseReturnValue:
    """Tell who can serve a prescription now and at which price, and why those nearer cannot.

    For the patient, a relative with leave to act, and the pharmacy that holds it.
    """
    return reply(found(prescription_id, query))


def found(prescription_id: UUID, query: OutletsQuery) -> OutletsView:
    """Ask for the caller, on record."""
    reader = scope.outlets_reader(prescription_id)
    return service.outlets_near(
        db.writing_session(),
        parts.desk(),
        prescription_id,
        reader=reader,
        now=clock.now(),
        where=query.where(),
    )
