"""Forms of the pages, read by the same models as the interface."""

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time
from typing import Any, TypeVar
from uuid import UUID

from flask import request
from pydantic import BaseModel, ValidationError

from dispensing.codes import keystrokes
from dispensing.days import CHINA
from dispensing.errors import FieldError, Malformed, Words
from dispensing.intake import instants
from dispensing.money import parse_yuan
from pharmacies.gs1 import is_label, read_label
from routing.loggers.cells import tenths
from web.strict import NotStrict, plain_text

Model = TypeVar("Model", bound=BaseModel)
_SCANS = re.compile(r"[^\S\x1d]+")  # the separator of GS1 parts no scans


class NotAsExpected(Malformed):
    """A form that was not filled in as its page asks; every such field is named."""

    def __init__(self, errors: Sequence[FieldError]) -> None:
        super().__init__(errors)
        self.words = Words(
            "填写的内容有几处不符合要求。",
            "Some of what was filled in is not as expected.",
            "请返回，按下面列出的要求填写。",
            "Go back and fill in what is listed below.",
        )


def read(model: type[Model], **more: Any) -> Model:
    """Read the sent form as a model; every field that is not as expected is named."""
    return _read(model, request.form, more)


def agreed() -> dict[str, Any]:
    """Read whether a consent was ticked, and at a counter how it was given."""
    if not request.form.get("consent"):
        return {}
    said = {
        "sha256": text("consent", 64),
        "way": text("consent_way", 6) or None,
        "paper": text("consent_paper", 60),
    }
    return {"consent": said}


def query(model: type[Model], **more: Any) -> Model:
    """Read what the address asks as a model; every part that is not as expected is named."""
    return _read(model, request.args, more)


def _read(
    model: type[Model], sent: Mapping[str, str], more: Mapping[str, Any]
) -> Model:
    known = {
        name: value.strip()
        for name, value in sent.items()
        if value.strip() and name in model.model_fields
    }
    try:
        return model.model_validate({**known, **more}, strict=False)
    except ValidationError as error:
        raise NotAsExpected([_field(one) for one in error.errors()]) from None


def text(name: str, longest: int = 200) -> str:
    """Return one field of the form, without control characters, or an empty text."""
    value = request.form.get(name, "").strip()
    try:
        return plain_text(value[:longest])
    except NotStrict as error:
        raise NotAsExpected([FieldError(name, str(error))]) from None


def line(name: str) -> str:
    """Return one field of the form on one line, wherever its lines were broken."""
    broken = request.form.get(name, "").split()
    try:
        return plain_text(" ".join(broken)[:200])
    except NotStrict as error:
        raise NotAsExpected([FieldError(name, str(error))]) from None


def number(name: str) -> UUID:
    """Return the id that a hidden field of the page names."""
    try:
        return UUID(request.form.get(name, ""))
    except ValueError:
        raise NotAsExpected([FieldError(name, "an id")]) from None


def fen(name: str) -> int:
    """Return an amount that a field gives in yuan, in fen; an empty field is nothing."""
    try:
        return parse_yuan(request.form.get(name, "").strip() or "0")
    except ValueError:
        expected = "an amount in yuan such as 12.60"
        raise NotAsExpected([FieldError(name, expected)]) from None


def degrees(name: str) -> int:
    """Return a temperature that a field gives in °C, in tenths of a degree."""
    try:
        return tenths(request.form.get(name, ""), fahrenheit=False)
    except ValueError:
        raise NotAsExpected([FieldError(name, "a temperature such as 4.5")]) from None


def scanned(name: str = "trace") -> dict[str, list[str]]:
    """Return what was scanned for each line: fields trace_1 to trace_5 for trace codes.

    The GS1 string of a box stands for its serial there, and else for its batch.
    """
    sent = {str(no): request.form.get(f"{name}_{no}", "") for no in range(1, 6)}
    split = {no: _SCANS.split(keys.strip(" \r\n\t")) for no, keys in sent.items()}
    # A scanner is a keyboard, and keyboards are set wrongly.
    read = _batch if name != "trace" else lambda keys: keystrokes.read(keys).text
    found = {no: [read(one) for one in each if one] for no, each in split.items()}
    return {no: each for no, each in found.items() if each}


def _batch(text: str) -> str:
    """Give the batch of a GS1 string; other texts as they are."""
    return (read_label(text).batch or text) if is_label(text) else text


def packs() -> dict[str, int] | None:
    """Return the packs taken now of each line: fields packs_1 to packs_5; None for all."""
    asked = {str(no): request.form.get(f"packs_{no}", "").strip() for no in range(1, 6)}
    given = {no: value for no, value in asked.items() if value}
    try:
        taken = {no: int(value) for no, value in given.items()}
    except ValueError:
        raise NotAsExpected([FieldError("packs", "a whole number")]) from None
    return {no: each for no, each in taken.items() if each} if given else None


def proxy(*more: str) -> dict[str, str] | None:
    """Return the proxy (代领人) where one is named, with further fields where asked."""
    if request.form.get("receiver") != "proxy":
        return None
    named = {"name": text("proxy_name"), "id_number": text("proxy_id_number").upper()}
    return named | {name: text(name).upper() for name in more}


def at(day: str, hour: str, name: str = "window") -> datetime:
    """Read a day and an hour of China as an instant."""
    try:
        moment = datetime.combine(instants.day(day), time.fromisoformat(hour))
    except ValueError:
        raise NotAsExpected([FieldError(name, "a day and an hour")]) from None
    return moment.replace(tzinfo=CHINA)


def day_asked(default: date) -> date:
    """Return the day in the address (?day=), or the default."""
    asked = request.args.get("day", "")
    try:
        return instants.day(asked) if asked else default
    except ValueError:
        raise NotAsExpected([FieldError("day", "a day such as 2025-09-15")]) from None


def page_asked() -> int:
    """Return the page of a list in the address (?page=), the first one by default."""
    asked = request.args.get("page", "1")
    if not re.fullmatch(r"[1-9][0-9]{0,5}", asked):
        raise NotAsExpected([FieldError("page", "a number from 1 on")])
    return int(asked)


def id_asked(name: str) -> UUID | None:
    """Return an id in the address (?order=), None where there is none."""
    asked = request.args.get(name, "")
    try:
        return UUID(asked) if asked else None
    except ValueError:
        raise NotAsExpected([FieldError(name, "an id")]) from None


def day_of_form(name: str, default: date) -> date:
    """Return the day in a field of the form, or the default where it is empty."""
    sent = request.form.get(name, "").strip()
    try:
        return instants.day(sent) if sent else default
    except ValueError:
        raise NotAsExpected([FieldError(name, "a day such as 2025-09-15")]) from None


def _field(error: Any) -> FieldError:
    where = ".".join(str(part) for part in error["loc"]) or "form"
    return FieldError(where, error["msg"])
