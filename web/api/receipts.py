"""Receipts (结算凭证) over the interface: for their owners, and verified for anybody."""

from typing import Annotated, Any, Literal
from uuid import UUID

from apiflask import APIBlueprint
from flask.typing import ResponseReturnValue
from pydantic import BaseModel, ConfigDict, Field

from dispensing.signing import key_list
from web import parts, receipts
from web.auth import may
from web.openapi import answers, reply
from web.receipts import ReceiptFile, Verification
from web.schemas import Strict

bp = APIBlueprint("receipts", __name__, url_prefix="/api")

CHARS_MAX = 65_536


class KindQuery(BaseModel):
    """Which receipt of a settlement: of its posting, or of its reversal."""

    model_config = ConfigDict(extra="forbid")

    kind: Literal["settlement", "reversal"] = "settlement"


class VerificationRequest(Strict):
    """The token of a printed code, the address that a code holds, or a receipt's whole file."""

    text: Annotated[str, Field(min_length=1, max_length=CHARS_MAX)]


class KeyList(BaseModel):
    """The public keys (a JWK set), each with the instants that it is valid between."""

    keys: list[dict[str, Any]]


@bp.get("/settlements/<uuid:settlement_id>/receipt")
@may("receipt.read")
@bp.input(KindQuery, location="query", arg_name="query")
@answers({200: ReceiptFile})
def receipt(settlement_id: UUID, query: KindQuery) -> ResponseReturnValue:
    """Give the signed receipt of a settlement or of its reversal; the same bytes every time."""
    return reply(receipts.read(settlement_id, query.kind).file)


@bp.get("/receipts/keys")
@answers({200: KeyList})
def keys() -> ResponseReturnValue:
    """List the public keys that receipts are verified with, also those that were replaced."""
    return reply(key_list(parts.ring().public().values()))


@bp.post("/receipts/verification")
@bp.input(VerificationRequest, arg_name="form", example={"text": "YD1...."})
@answers({200: Verification})
def verify(form: VerificationRequest) -> ResponseReturnValue:
    """Tell whether a receipt is genuine, or why not, and what became of it since."""
    return reply(receipts.told(form.text))
