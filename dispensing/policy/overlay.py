"""The operator's overlay: values for what the texts leave open, each with its source."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from dispensing.policy.figures import Citation, Figure
from dispensing.policy.pack import regions
from dispensing.policy.parameters import parameter, read_value
from dispensing.policy.toml_file import BadPack, Table, TomlFile

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
    sha256: str  # of the file or the values: a decision names what it used


def load_overlay(path: Path) -> Overlay:
    """Load an overlay file; a value without a source is refused with `BadPack`."""
    try:
        raw = path.read_bytes()
        file = TomlFile(path.name, raw)
    except OSError as error:
        expected = f"expected a file to read: {error.strerror}"
        raise BadPack(path.name, "file", expected) from error
    content = file.content(_KEYS)
    region = file.words(content, "region", "file")
    file.among("file.region", region, regions())
    title = file.words(content, "title", "file")
    label = file.words_or(content, "label", "file")
    rows = file.tables(content, "parameters") if "parameters" in content else []
    figures = tuple(
        _figure(file.of("parameters", number), number, row, title=title, label=label)
        for number, row in enumerate(rows)
    )
    file.no_twins("parameters", figures)
    return Overlay(region, title, label, figures, hashlib.sha256(raw).hexdigest())


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
    digest = hashlib.sha256(repr(sorted(values.items())).encode()).hexdigest()
    return Overlay(region, source, label, tuple(figures), digest)


def _figure(
    file: TomlFile, number: int, row: Table, *, title: str, label: str
) -> Figure:
    where = f"parameters[{number}]"
    file.known(where, row, _ROW_KEYS)
    name = file.words(row, "name", where)
    source = file.words(row, "source", name)
    # Without a day it would hold for years that its source never spoke of.
    since, until = file.days(row, name, file.day(row, "from", name))
    clause = file.words_or(row, "clause", name, OPERATED)
    try:
        unit = parameter(name).unit
    except ValueError as error:
        raise file.bad(name, str(error), "name") from error
    try:
        value = read_value(name, row.get("value"))
    except ValueError as error:
        raise file.bad(name, str(error), "value") from error
    if unit == "rule":
        raise file.bad(name, "expected a parameter: a rule is not an operator's")
    return Figure(
        name=name,
        value=value,
        unit=unit,
        cited=Citation(title, clause, says=source),
        since=since,
        until=until,
        layer="overlay",
        source=source,
        label=label,
    )
