"""An overlay as its text: written anew with one more answer, each answer ending the one before."""

import json
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from dispensing.policy.parameters import parameter

_DAY = timedelta(days=1)
_SWITCHES = {"true": True, "是": True, "false": False, "否": False}


@dataclass(frozen=True, slots=True)
class Answer:
    """A value for what a text leaves open: as it was typed, from which day, and who says so."""

    name: str
    value: str
    document: str
    number: str
    issued_on: date
    sentence: str
    since: date

    @property
    def source(self) -> str:
        """Write where the value stands: document, number, day and sentence."""
        return (
            f"《{self.document}》（{self.number}，{self.issued_on}）：“{self.sentence}”"
        )


def with_answer(text: str, region: str, title: str, answer: Answer) -> str:
    """Write the text of an overlay with one more value; '' is an overlay without any.

    What the same figure had before ends the day before; what it was to have later goes.
    """
    empty: dict[str, Any] = {"region": region, "title": title}
    content = tomllib.loads(text) if text else empty
    rows = [
        kept for row in content.get("parameters", []) for kept in _until(row, answer)
    ]
    new = {
        "name": answer.name,
        "value": _typed(answer.name, answer.value),
        "source": answer.source,
        "from": answer.since,
    }
    return overlay_text({**content, "parameters": [*rows, new]})


def without(text: str, name: str, ends: date) -> str:
    """Write the text of an overlay in which a figure has no value from a day on."""
    content = tomllib.loads(text)
    cut = Answer(name, "", "", "", ends, "", ends)
    rows = [kept for row in content.get("parameters", []) for kept in _until(row, cut)]
    return overlay_text({**content, "parameters": rows})


def overlay_text(content: Mapping[str, Any]) -> str:
    """Write an overlay as TOML, always in one way."""
    head = [
        f"{key} = {_literal(v)}" for key, v in content.items() if key != "parameters"
    ]
    rows = [
        "\n".join(
            ("[[parameters]]", *(f"{key} = {_literal(v)}" for key, v in row.items()))
        )
        for row in content.get("parameters", [])
    ]
    return "\n\n".join(("\n".join(head), *rows)) + "\n"


def _until(row: Mapping[str, Any], answer: Answer) -> Iterable[Mapping[str, Any]]:
    """Give a row as it stays beside a new answer: as it is, ended before it, or not at all."""
    if row["name"] != answer.name or row.get("until", date.max) < answer.since:
        return (row,)
    if row["from"] >= answer.since:
        return ()
    return ({**row, "until": answer.since - _DAY},)


def _typed(name: str, raw: str) -> object:
    """Read what was typed as TOML has it for the unit; what does not fit stays as typed."""
    try:
        unit = parameter(name).unit
    except ValueError:
        return raw
    if unit == "switch":
        return _SWITCHES.get(raw.strip(), raw)
    if unit == "names":
        return raw.replace("、", " ").replace(",", " ").split()
    if unit in {"rows", "table", "aliases"}:
        try:
            return tomllib.loads(f"value = {raw}")["value"]
        except ValueError:
            return raw
    return raw.strip()


def _literal(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Mapping):
        pairs = (
            f"{json.dumps(k, ensure_ascii=False)} = {_literal(v)}"
            for k, v in value.items()
        )
        return f"{{ {', '.join(pairs)} }}"
    if isinstance(value, list):
        return f"[{', '.join(map(_literal, value))}]"
    return str(value)
