"""Packs of the quarterly inspection (季度督查) over the interface: as it stands, and as sent."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from apiflask import APIBlueprint
from flask.typing import ResponseReturnValue
from pydantic import Field

from dispensing.service.inspecting import InspectionVersion
from web.auth import may
from web.desk import packs
from web.desk.inspecting import Figures
from web.openapi import answers, reply
from web.schemas import Strict

bp = APIBlueprint("inspections", __name__, url_prefix="/api/inspections")

Quarter = Annotated[str, Field(pattern=r"^[0-9]{4}Q[1-4]$", examples=["2025Q3"])]
Days = Annotated[int, Field(ge=1, le=366)]


@dataclass(frozen=True, slots=True)
class InspectionPack:
    """A quarter as it stands: milestones, quota, delivery, papers, prices, stock, demand."""

    quarter: str
    content: Mapping[str, Any]


class PackQuery(Strict):
    """Which quarter, the days looked back on for stock, and from which change a price is told."""

    quarter: Quarter | None = None
    window_days: Days = 30
    percent: Days = 20


class PackKept(Strict):
    """The quarter that is kept as it stands, and what is to be said of it."""

    quarter: Quarter
    window_days: Days = 30
    percent: Days = 20
    note: Annotated[str, Field(max_length=400)] = ""


@bp.get("")
@may("inspection.read")
@answers({200: tuple[InspectionVersion, ...]})
def listed() -> ResponseReturnValue:
    """List the versions that were kept, the latest first."""
    return reply(packs.versions())


@bp.get("/pack")
@may("inspection.read")
@bp.input(PackQuery, location="query", arg_name="query")
@answers({200: InspectionPack})
def pack(query: PackQuery) -> ResponseReturnValue:
    """Give a quarter as it stands; the quarter of today where none is named."""
    figures = Figures(query.window_days, query.percent)
    content = packs.gathered(query.quarter or "", figures)
    return reply(InspectionPack(content["quarter"], content))


@bp.post("/versions")
@may("inspection.send")
@bp.input(PackKept, arg_name="form", example={"quarter": "2025Q3", "note": "初稿"})
@answers({201: InspectionVersion})
def keep(form: PackKept) -> ResponseReturnValue:
    """Keep a quarter as it stands as its next version."""
    figures = Figures(form.window_days, form.percent)
    return reply(packs.keep(form.quarter, figures, form.note), 201)


@bp.get("/<quarter>/<int:version>")
@may("inspection.read")
@answers({200: InspectionVersion})
def show(quarter: str, version: int) -> ResponseReturnValue:
    """Give one version as it was kept, with its digest."""
    return reply(packs.version(quarter, version))
