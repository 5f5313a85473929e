"""The envelope of the national interface: what goes round a message, and what comes back.

The fields are those of the published pages: infno (交易编号), msgid (发送方报文ID), infcode,
inf_refmsgid (接收方报文ID) and the like. Nothing here talks to anybody.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from dispensing.days import CHINA
from dispensing.gateway import Unanswered
from dispensing.gateway.national.region import Region
from dispensing.gateway.national.seals import Seal

MSGID = re.compile(r"[A-Z0-9]{12}[0-9]{14}[0-9]{4}")
_REFERENCE = re.compile(r"[0-9]{6}([0-9]{14})[0-9]{10}")  # area, second, number
_INSTANT = re.compile(r"[0-9]{17}")  # yyyyMMddHHmmssSSS
_SECOND = "%Y%m%d%H%M%S"
_CODES = {"0": True, "-1": False}
_WORDS_MAX = 500  # of an error's message; longer than anybody reads


class Unreadable(Unanswered):
    """An answer came that is none: nobody knows what became of the message."""


@dataclass(frozen=True, slots=True)
class Message:
    """One message that is about to be sent."""

    infno: str
    msgid: str
    input: Mapping[str, Any]
    at: datetime
    insured_area: str = ""
    by: str = ""
    sign_no: str = ""

    @property
    def institution(self) -> str:
        """Give the code of the institution that sends it."""
        return self.msgid[:12]


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer that can be relied on: whether it says yes, its words, what it gives."""

    ok: bool
    words: str
    output: Mapping[str, Any]
    reference: str


def area_of(institution: str) -> str:
    """Give the area of an institution's code, as GB/T 2260 writes it.

    >>> area_of("P33030200001")
    '330302'
    """
    return institution[1:7]


def write(message: Message, region: Region, seal: Seal) -> bytes:
    """Write a message with everything that goes round it, signed as the region asks."""
    assert MSGID.fullmatch(message.msgid), message.msgid
    given = region.outgoing(message.input)
    institution = message.institution
    body = {
        "infno": message.infno,
        "msgid": message.msgid,
        "mdtrtarea_admvs": area_of(institution),
        "insuplc_admdvs": message.insured_area or area_of(institution),
        "recer_sys_code": region.receiver,
        "dev_no": region.device,
        "dev_safe_info": "",
        "cainfo": seal.sign(given),
        "signtype": seal.kind,
        "infver": region.version,
        "opter_type": region.operator_kind,
        "opter": message.by or "yaoda",
        "opter_name": message.by or "yaoda",
        "inf_time": f"{message.at.astimezone(CHINA):%Y-%m-%d %H:%M:%S}",
        "fixmedins_code": institution,
        "fixmedins_name": institution,
        "sign_no": message.sign_no,
    }
    return json.dumps(
        {**region.outgoing(body), "input": given}, ensure_ascii=False
    ).encode()


def read(raw: bytes, region: Region, seal: Seal) -> Reply:
    """Read an answer; raises Unreadable where it is not whole, or not the platform's."""
    body = _object(raw)
    code = _CODES.get(str(body.get("infcode")))
    if code is None:
        raise Unreadable(f"infcode {body.get('infcode')!r}")
    reference = str(body.get("inf_refmsgid") or "")
    _check_instants(reference, body)
    output = body.get("output") or {}
    if not isinstance(output, Mapping):
        raise Unreadable("output is no object")
    if region.replies and not seal.verifies(output, str(body.get("cainfo") or "")):
        raise Unreadable("the signature of the answer is wrong")
    words = worded(body.get("err_msg"))
    return Reply(code, words, region.incoming(output), reference)


def worded(told: Any) -> str:
    """Give the words of an answer, cut where nobody reads on."""
    return str(told or "")[:_WORDS_MAX]


def _object(raw: bytes) -> dict[str, Any]:
    try:
        body = json.loads(
            raw,
            parse_float=Decimal,
            parse_constant=_no_number,
            object_pairs_hook=_named_once,
        )
        _check_texts(body)
    except (ValueError, RecursionError):
        raise Unreadable("the answer is no JSON") from None
    if not isinstance(body, dict):
        raise Unreadable("the answer is no object")
    return body


def _named_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Refuse two values under one name: which of them counts is anybody's guess."""
    found: dict[str, Any] = {}
    for name, value in pairs:
        if found.setdefault(name, value) != value:
            raise ValueError("a name has two values")
    return found


def _check_texts(value: Any) -> None:
    """Refuse characters that no database keeps: the answer could never be written down."""
    if isinstance(value, str):
        value.encode()  # a lone surrogate is none
        if "\0" in value:
            raise ValueError("a text holds U+0000")
    elif isinstance(value, dict):
        for name, each in value.items():
            _check_texts(name)
            _check_texts(each)
    elif isinstance(value, list):
        for each in value:
            _check_texts(each)


def _no_number(name: str) -> None:
    raise ValueError(f"{name} is no number")


def _check_instants(reference: str, body: Mapping[str, Any]) -> None:
    """Hold the platform's own number and time against their published forms."""
    match = _REFERENCE.fullmatch(reference)
    time = str(body.get("respond_time") or body.get("refmsg_time") or "")
    try:
        if match is None or not _INSTANT.fullmatch(time):
            raise ValueError
        for second in (match[1], time[:14]):
            datetime.strptime(second, _SECOND).replace(tzinfo=CHINA)
    except ValueError:
        raise Unreadable("inf_refmsgid or respond_time is not as published") from None
