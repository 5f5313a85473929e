"""Why, how much, and what would make it pass: the last check of a prescription explained."""

from typing import Literal
from uuid import UUID

from apiflask import APIBlueprint
from flask.typing import ResponseReturnValue
from pydantic import BaseModel, ConfigDict

from dispensing import service
from dispensing.service import ExplainedView
from web import db, parts, scope
from web.auth import may
from web.openapi import answers, reply

bp = APIBlueprint("explanations", __name__, url_prefix="/api/prescriptions")


class LanguageQuery(BaseModel):
    """The language of the sentences."""

    model_config = ConfigDict(extra="forbid")

    language: Literal["zh", "en"] = "zh"


@bp.get("/<uuid:prescription_id>/explanation")
@may("explanation.read")
@bp.input(LanguageQuery, location="query", arg_name="query")
@answers({200: ExplainedView})
def explain(prescription_id: UUID, query: LanguageQuery) -> ResponseReturnValue:
    """Explain the last check: each rule, the sum, and what would make it pass or cheaper."""
    scope.prescription(prescription_id)
    explained = service.explanation(
        db.session(), parts.desk(), prescription_id, language=query.language
    )
    return reply(explained)
