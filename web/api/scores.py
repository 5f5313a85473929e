"""Supervision of delivery firms over the interface (W23): scores, and what lies behind them."""

from typing import Annotated, Literal

from apiflask import APIBlueprint
from flask import Response
from flask.typing import ResponseReturnValue
from pydantic import BaseModel, ConfigDict, Field

from routing.promise import Party
from routing.service.scoring import Board, Deliveries, What
from web import scores
from web.auth import may
from web.openapi import answers, reply

bp = APIBlueprint("scores", __name__, url_prefix="/api/carriers")

Month = Annotated[str, Field(pattern=r"^(20[0-9]{2}-(0[1-9]|1[0-2]))?$")]
Area = Annotated[str, Field(pattern=r"^([0-9]{4}|[0-9]{6})?$")]


class ScoreQuery(BaseModel):
    """Which month (this one, where it is left out) and which area."""

    model_config = ConfigDict(extra="forbid")

    month: Month = ""
    area: Area = ""


class BehindQuery(ScoreQuery):
    """Which number: of which firm, of what, broken by whom, and which page of it."""

    what: What = "all"
    by: Party | Literal[""] = ""
    carrier: Annotated[str, Field(max_length=20)] = ""
    page: Annotated[int, Field(ge=1, le=100_000)] = 1


@bp.get("/scores")
@may("score.read")
@bp.input(ScoreQuery, location="query", arg_name="asked")
@answers({200: Board})
def show(asked: ScoreQuery) -> ResponseReturnValue:
    """Tell satisfaction, timeliness, incidents and expiring papers by firm and district."""
    return reply(scores.board(asked.month, asked.area))


@bp.get("/deliveries")
@may("score.read")
@bp.input(BehindQuery, location="query", arg_name="asked")
@answers({200: Deliveries})
def behind(asked: BehindQuery) -> ResponseReturnValue:
    """List the deliveries behind a number, each with its promise; never a patient."""
    return reply(
        scores.behind(
            asked.what,
            asked.month,
            area=asked.area,
            carrier=asked.carrier,
            by=asked.by,
            page=asked.page,
        )
    )


def as_csv(text: str) -> Response:
    """Answer with scores as a CSV file to keep."""
    answer = Response(text, content_type="text/csv; charset=utf-8")
    answer.headers["Content-Disposition"] = 'attachment; filename="carriers.csv"'
    return answer
