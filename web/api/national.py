"""The national messages over HTTP: one address for each transaction, one envelope for all.

An answer has two verdicts: `infcode` says whether the message was taken, `output.code`
what became of it. What is not an envelope gets a problem document.
"""

import secrets
from collections.abc import Callable, Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any

from apiflask import APIBlueprint
from flask import request
from flask.typing import ResponseReturnValue
from pydantic import BaseModel, ConfigDict

from dispensing import service
from dispensing.days import CHINA
from dispensing.desk import Reader
from dispensing.errors import DomainError, FieldError, Malformed, NotFound
from dispensing.intake import national
from dispensing.intake.national import Read, Region, Transaction
from dispensing.intake.national.messages import Envelope, Node, Reply
from dispensing.service.national_taking import Call
from web import client_keys, clock, db, parts
from web.auth import caller, may
from web.openapi import answers, reply
from web.strict import parse

bp = APIBlueprint("national", __name__, url_prefix="/api/national")

_WORDS_MAX = 200  # of err_msg and warn_msg
PHARMACY = "CFYYJG106"  # the one that pharmacies send
EXAMPLE = {
    "infno": "D005",
    "msgid": "H33030200002202509150812000001",
    "fixmedins_code": "H33030200002",
    "input": {
        "hiRxno": "330302202509150000000001",
        "fixmedinsCode": "H33030200002",
    },
}


class NationalMessage(BaseModel):
    """A message of the national interface: its envelope, whatever a region puts in, and `input`."""

    model_config = ConfigDict(extra="allow")

    input: dict[str, Any]


class Verdict(BaseModel):
    """What became of a message: 0, or a code of ours, words, and the fields that are wrong."""

    model_config = ConfigDict(extra="forbid")

    code: str
    message: str
    data: dict[str, Any] | None = None
    errors: list[dict[str, str]] = []


class NationalReply(BaseModel):
    """What every message is answered with: taken (0) or not (-1), and the verdict."""

    infcode: int
    inf_refmsgid: str
    refmsg_time: str
    respond_time: str
    err_msg: str | None = None
    warn_msg: str | None = None
    output: Verdict | None = None


@bp.post("/<string:infno>")
@may("national.send")
@bp.input(NationalMessage, arg_name="message", example=EXAMPLE)
@answers({200: NationalReply})
def take(infno: str, message: NationalMessage) -> ResponseReturnValue:
    """Take one message of the national interface; both verdicts are in the answer."""
    received_at = clock.now()
    there = national.region(parts.settings().messages_region)
    transaction = there.transaction(infno)
    if transaction is None:
        raise NotFound("这个交易", "transaction")
    raw = parse(request.get_data())
    try:
        _open(there, transaction, raw)
    except Malformed as error:
        return _reply(received_at, infcode=-1, err_msg=_told(error.errors))
    try:
        output, unknown = _act(there, transaction, raw["input"])
    except DomainError as error:
        client_keys.not_final()
        return _reply(received_at, output=_refusal(error))
    verdict = Verdict(code="0", message="成功", data=output)
    return _reply(received_at, output=verdict, warn_msg=unknown)


def _open(there: Region, transaction: Transaction, raw: Mapping[str, Any]) -> None:
    """Read the envelope, and see that its institution and number are those of the call."""
    outside = {name: value for name, value in raw.items() if name != "input"}
    envelope: Envelope = national.read(there, "envelope", outside).value
    errors = []
    if envelope.infno != transaction.number:
        errors.append(FieldError("infno", f"{transaction.number}, as in the address"))
    if envelope.fixmedins_code != caller().subject:
        errors.append(FieldError("fixmedins_code", "the institution of this account"))
    if errors:
        raise Malformed(errors)


def _act(
    there: Region, transaction: Transaction, raw: Any
) -> tuple[dict[str, Any], str | None]:
    role = "counter" if transaction.code == PHARMACY else "hospital"
    if role not in caller().roles:
        raise NotFound("这个交易", "transaction")
    found = national.read(there, transaction.takes, raw)
    call = Call(there, caller().subject, clock.now())
    answer = _ACTS[transaction.code](call, found.value)
    return national.write(there, transaction.gives, answer), _unknown(found)


def _unknown(found: Read) -> str | None:
    """Tell the codes that no table explains; they were kept as they came."""
    told = "；".join(f"{one.where} 的代码不在码表中" for one in found.unknown_codes)
    return told[:_WORDS_MAX] or None


def _told(errors: tuple[FieldError, ...]) -> str:
    return "; ".join(f"{one.where}: {one.expected}" for one in errors)[:_WORDS_MAX]


def _refusal(error: DomainError) -> Verdict:
    wrong = error.errors if isinstance(error, Malformed) else ()
    words = error.words
    return Verdict(
        code=error.code,
        message=f"{words.zh}{words.next_zh}",
        errors=[{"where": one.where, "expected": one.expected} for one in wrong],
    )


def _reply(received_at: datetime, **said: Any) -> ResponseReturnValue:
    output = said.pop("output", None)
    now = clock.now().astimezone(CHINA)
    area = caller().subject[1:7]
    told = Reply(
        infcode=said.pop("infcode", 0),
        inf_refmsgid=f"{area}{now:%Y%m%d%H%M%S}{secrets.randbelow(10**10):010d}",
        refmsg_time=_seventeen(received_at),
        respond_time=_seventeen(now),
        **said,
    )
    answer = NationalReply(
        **{
            name: getattr(told, name)
            for name in NationalReply.model_fields
            if name != "output"
        },
        output=output,
    )
    return reply(answer.model_dump(exclude_none=True))


def _seventeen(at: datetime) -> str:
    here = at.astimezone(CHINA)
    return f"{here:%Y%m%d%H%M%S}{here.microsecond // 1000:03d}"


def _reader() -> Reader:
    return caller().reads("hospital", "处方中心查询")


def _pre_check(call: Call, value: Any) -> Node:
    return service.pre_check(db.session(), parts.desk(), call, value)


def _sign(call: Call, value: Any) -> Node:
    return service.sign_national(db.session(), parts.desk(), call, value)


def _upload(call: Call, value: Any) -> Node:
    return service.upload_national(db.session(), parts.desk(), call, value)


def _withdraw(call: Call, value: Any) -> Node:
    return service.withdraw_national(db.session(), call, value)


def _content(call: Call, value: Any) -> Node:
    return service.national_content(
        db.session(), parts.desk(), call, value, reader=_reader()
    )


def _review_result(call: Call, value: Any) -> Node:
    return service.national_review_result(
        db.session(), parts.desk(), call, value, reader=_reader()
    )


def _dispensing_result(call: Call, value: Any) -> Node:
    return service.national_dispensing_result(
        db.session(), parts.desk(), call, value, reader=_reader()
    )


def _review(call: Call, value: Any) -> Node:
    return service.take_national_review(db.session(), parts.desk(), call, value.review)


_ACTS: Mapping[str, Callable[[Call, Any], Node]] = MappingProxyType(
    {
        "D001": _pre_check,
        "D002": _sign,
        "D003": _upload,
        "D004": _withdraw,
        "D005": _content,
        "D006": _review_result,
        "D007": _dispensing_result,
        "CFYYJG106": _review,
    }
)
