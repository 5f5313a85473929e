"""The operator's overlay: values for what the texts leave open, each with its source."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from dispensing.policy.figures import Citation, Figure
from dispensing.policy.pack import BadPack
from dispensing.policy.parameters import parameter, read_value

OPERATED = "运行参数"  # stands for the clause where no text has a figure of the name

_KEYS = frozenset({"region", "title", "label", "parameters"})
_ROW_KEYS = frozenset({"name", "value", "source", "from", "until", "clause"})


@dataclass(frozen=True, slots=True, eq=False)
class Overlay:
    """A set of values that an operator answers for (compared by identity)."""

    region: str
    title: str
    label: str  # mark for every amount resting on it, such as 示例数据; may be empty
    figures: tuple[Figure, ...]


def load_overlay(path: Path) -> Overlay:
    """Load an overlay file; a value without a source is refused with `BadPack`."""
    try:
        content = tomllib.loads(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise BadPack(path.name, "file", f"expected TOML: {error}") from error
    _known(path.name, "file", content, _KEYS)
    for key in ("region", "title"):
        _words(path.name, "file", content, key)
    title, label = content["title"], content.get("label", "")
    rows = content.get("parameters", [])
    figures = tuple(
        _figure(path.name, f"parameters[{number}]", row, title=title, label=label)
        for number, row in enumerate(rows)
    )
    return Overlay(content["region"], title, label, figures)


def overlay_of(
    region: str, values: Mapping[str, object], *, source: str, label: str = ""
) -> Overlay:
    """Make an overlay of plain values; a bad name or value raises `ValueError`.

    None leaves a figure as the texts have it.
    """
    figures = []
    for name, raw in values.items():
        try:
            unit = parameter(name).unit
            value = None if raw is None else read_value(name, raw)
        except ValueError as error:
            raise ValueError(f"{name}: {error}") from error
        if value is None:
            continue
        cited = Citation(source, OPERATED, says=source)
        figures.append(
            Figure(
                name=name,
                value=value,
                unit=unit,
                cited=cited,
                since=date.min,
                layer="overlay",
                source=source,
                label=label,
            )
        )
    return Overlay(region, source, label, tuple(figures))


def _figure(
    file: str, where: str, row: Mapping[str, Any], *, title: str, label: str
) -> Figure:
    _known(file, where, row, _ROW_KEYS)
    name = _words(file, where, row, "name")
    source = _words(file, name, row, "source")
    since, until = _day(file, name, row, "from"), None
    if since is None:
        raise BadPack(file, f"{name}.from", "expected the day from which it holds")
    until = _day(file, name, row, "until")
    if until is not None and until < since:
        raise BadPack(file, name, f"expected from <= until, got {since} > {until}")
    try:
        value = read_value(name, row.get("value"))
    except ValueError as error:
        raise BadPack(file, name, str(error)) from error
    if parameter(name).unit == "rule":
        raise BadPack(file, name, "expected a parameter: a rule is not an operator's")
    return Figure(
        name=name,
        value=value,
        unit=parameter(name).unit,
        cited=Citation(title, row.get("clause", OPERATED), says=source),
        since=since,
        until=until,
        layer="overlay",
        source=source,
        label=label,
    )


def _known(
    file: str, where: str, item: Mapping[str, Any], keys: frozenset[str]
) -> None:
    for key in item:
        if key not in keys:
            expected = f"unknown key, expected one of {', '.join(sorted(keys))}"
            raise BadPack(file, f"{where}.{key}", expected)


def _words(file: str, where: str, item: Mapping[str, Any], key: str) -> str:
    value = item.get(key)
    if not isinstance(value, str) or not value.strip():
        raise BadPack(file, f"{where}.{key}", f"expected words, got {value!r}")
    return value


def _day(file: str, where: str, item: Mapping[str, Any], key: str) -> date | None:
    value = item.get(key)
    if value is None:
        return None
    if not isinstance(value, date) or isinstance(value, datetime):
        raise BadPack(file, f"{where}.{key}", f"expected a date, got {value!r}")
    return value
