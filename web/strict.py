"""Strict JSON: what two parsers could read in two ways is refused before it is read.

Names given twice, NaN, numbers beyond 2**53, deep nesting, control characters and
lone surrogates are where programs disagree; a signature must not cover such a text.
"""

import json
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from datetime import datetime
from typing import Any

from apiflask.exceptions import HTTPError, _ValidationError
from apiflask.schema_adapters.pydantic import PydanticAdapter, _format_pydantic_errors
from apiflask.schema_adapters.registry import registry
from flask import Request
from flask.json.provider import DefaultJSONProvider
from pydantic import ValidationError
from pydantic_core import to_jsonable_python

from dispensing.days import CHINA
from dispensing.service.views import AssessmentView
from web import shown

DEPTH_MAX = 12
NUMBER_MAX = 2**53 - 1
NOT_TEXT = frozenset({"Cc", "Cs", "Zl", "Zp"})
# Characters that turn the direction of writing can make one name look like another.
TURNING = frozenset({"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"})
ALLOWED_CONTROLS = frozenset("\r\n\t")  # a file of a till may come as text


class NotStrict(ValueError):
    """The text is not JSON, or is JSON that this platform does not take."""


class Provider(DefaultJSONProvider):
    """Flask's JSON, strict on the way in, plain values on the way out."""

    ensure_ascii = False
    sort_keys = False

    def loads(self, s: str | bytes, **kwargs: Any) -> Any:
        """Parse strictly; refusals are ValueErrors."""
        return parse(s)

    @staticmethod
    def default(value: Any) -> Any:
        """Write dataclasses, instants, days and ids as plain JSON values."""
        if isinstance(value, AssessmentView):
            value = shown.assessed(value)  # with its words, wherever it stands
        if is_dataclass(value):
            return {part.name: getattr(value, part.name) for part in fields(value)}
        if isinstance(value, datetime):
            # One instant has one text, whether it was just made or read back.
            return value.astimezone(CHINA).isoformat()
        if isinstance(value, Mapping):
            return dict(value)
        if isinstance(value, set | frozenset):
            return sorted(value)
        return to_jsonable_python(value)


class StrictAdapter(PydanticAdapter):
    """Validates JSON bodies strictly, and other places as the library does."""

    def validate_input(self, request: Request, location: str, **kwargs: Any) -> Any:
        """Return the model of a request's body, or raise the error that answers it."""
        if location != "json":
            return super().validate_input(request, location, **kwargs)
        if not request.is_json:
            raise HTTPError(415, "the body must be application/json")
        raw = request.get_data()
        try:
            parse(raw)
            return self.model_class.model_validate_json(raw, strict=True)
        except NotStrict as error:
            raise HTTPError(400, str(error)) from None
        except ValidationError as error:
            found = error.errors(include_url=False, include_input=False)
            detail = {"json": _format_pydantic_errors(found)}
            raise _ValidationError(422, "Validation error", detail) from None


def install() -> None:
    """Let every pydantic model at the edge be read strictly."""
    registry.register("pydantic", StrictAdapter)


def parse(
    raw: str | bytes,
    *,
    depth_max: int = DEPTH_MAX,
    real: Callable[[str], Any] | None = None,
) -> Any:
    """Parse JSON, refusing what parsers disagree about; `real` reads broken numbers.

    >>> parse('{"a": 1}')
    {'a': 1}
    >>> parse('{"a": 1, "a": 2}')
    Traceback (most recent call last):
    web.strict.NotStrict: a name is given twice
    """
    try:
        text = raw.decode("utf-8") if isinstance(raw, bytes) else raw
        value = json.loads(
            text,
            object_pairs_hook=_object,
            parse_constant=_constant,
            parse_int=_integer,
            parse_float=real or _real,
        )
    except NotStrict:
        raise
    except UnicodeDecodeError:
        raise NotStrict("the body is not UTF-8") from None
    except RecursionError:
        raise NotStrict(f"nested deeper than {depth_max} levels") from None
    except ValueError as error:
        raise NotStrict(f"not JSON: {error}") from None
    _inspect(value, depth_max)
    return value


def plain_text(text: str) -> str:
    """Return the text unless it holds control characters or lone surrogates.

    >>> plain_text("12周")
    '12周'
    """
    if text.isascii() and text.isprintable():
        return text  # a file in base64 is long, and nothing in it is turned or hidden
    for char in text:
        kind = unicodedata.category(char)
        unseen = kind in NOT_TEXT or unicodedata.bidirectional(char) in TURNING
        if unseen and char not in ALLOWED_CONTROLS:
            raise NotStrict(f"the character U+{ord(char):04X} is not allowed in text")
    return text


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:
            # The name itself is not repeated: it may be somebody's number.
            raise NotStrict("a name is given twice")
        found[name] = value
    return found


def _constant(name: str) -> Any:
    raise NotStrict(f"{name} is not a JSON number")


def _integer(digits: str) -> int:
    if len(digits) > len(str(NUMBER_MAX)) + 1 or abs(int(digits)) > NUMBER_MAX:
        raise NotStrict("a number is larger than 2**53 - 1")
    return int(digits)


def _real(digits: str) -> float:
    value = float(digits)
    if abs(value) > NUMBER_MAX:
        raise NotStrict("a number is larger than 2**53 - 1")
    return value


def _inspect(value: Any, depth: int) -> None:
    if isinstance(value, str):
        plain_text(value)
    elif isinstance(value, dict | list):
        if depth == 0:
            raise NotStrict("nested too deep")
        for name in value if isinstance(value, dict) else ():
            plain_text(name)
        for part in value.values() if isinstance(value, dict) else value:
            _inspect(part, depth - 1)
