"""The operator's overlay: values for what the texts leave open, each with its source."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from itertools import product
from pathlib import Path

from dispensing.policy.figures import Citation, Figure
from dispensing.policy.pack import load_packs, regions
from dispensing.policy.parameters import Parameter, parameter, read_value
from dispensing.policy.toml_file import BadPack, Table, TomlFile
from dispensing.policy.toml_lines import lines_of
from dispensing.policy.units import targets_of, unknown_unit, unknown_units
from dispensing.policy.valued import value_in

OPERATED = "运行参数"  # stands for the clause where no text has a figure of the name
TWICE = "expected one value for a day, an approved version has one too"
NO_RULE = "expected a parameter: a rule is not an operator's"

_KEYS = frozenset({"region", "title", "label", "parameters"})
_ROW_KEYS = frozenset({"name", "value", "source", "from", "until", "clause"})


@dataclass(frozen=True, slots=True, eq=False)
class Overlay:
    """A set of values that an operator answers for (compared by identity)."""

    region: str
    title: str
    label: str  # mark for every amount resting on it, such as 示例数据; may be empty
    figures: tuple[Figure, ...]
    sha256: str  # of what is written: a decision names what it used
    # Word for word: a file, or plain values as JSON; `overlay_from` reads it again.
    written: str = field(default="", repr=False)


def load_overlay(path: Path) -> Overlay:
    """Load an overlay file; all that is wrong with it is one `BadPack`.

    A value without a source is refused, and so is a quota unit that the texts of the
    region do not know.
    """
    try:
        raw = path.read_bytes()
    except OSError as error:
        expected = f"expected a file to read: {error.strerror}"
        raise BadPack(path.name, "file", expected) from error
    return _read(TomlFile(path.name, raw), regions())


def overlay_from(name: str, written: str) -> Overlay:
    """Read again what an overlay wrote, without asking whether the texts know its names."""
    if written.startswith("{"):
        content = json.loads(written)
        if "both" in content:
            return _both(*(overlay_from(name, text) for text in content["both"]))
        return overlay_of(**content, known=False)
    return _read(TomlFile(name, written.encode()), None)


def read_overlay(name: str, written: str) -> Overlay:
    """Read the text of an overlay as a file is read; all that is wrong is one `BadPack`."""
    return _read(TomlFile(name, written.encode()), regions())


def joined(file: Overlay, version: Overlay) -> Overlay:
    """Lay a file and an approved version over the texts; `BadPack` where both give a value.

    Neither wins: a figure has one value on a day, from the file or from a version.
    """
    faults = [
        BadPack(
            one.file, one.name, f"{TWICE}, from {max(one.since, other.since)}", one.line
        )
        for one, other in product(file.figures, version.figures)
        if one.name == other.name
        and (one.holds_on(other.since) or other.holds_on(one.since))
    ]
    if faults:
        raise BadPack.of(faults)
    return _both(file, version)


def _both(file: Overlay, version: Overlay) -> Overlay:
    texts = {"both": [file.written, version.written]}
    written = json.dumps(texts, ensure_ascii=False)
    return Overlay(
        region=file.region,
        title="；".join(dict.fromkeys((file.title, version.title))),
        label=file.label or version.label,
        figures=(*file.figures, *version.figures),
        sha256=hashlib.sha256(written.encode()).hexdigest(),
        written=written,
    )


def overlay_of(
    region: str,
    values: Mapping[str, object],
    *,
    source: str,
    label: str = "",
    known: bool = True,
) -> Overlay:
    """Make an overlay of plain values; bad names and values raise one `ValueError`.

    Each has a line of it. None leaves a figure as the texts have it. Unless `known` is
    switched off, quota units have to be those of the region's texts.
    """
    figures, faults = _plain_figures(values, source=source, label=label)
    targets = targets_of(figures) | _targets(region) if known else frozenset()
    for figure in figures if known else ():
        wrong = unknown_unit(figure, targets)
        if wrong is not None:
            faults.append(f"{figure.name}: {wrong[1]}")
    if faults:
        raise ValueError("\n".join(faults))
    given = {"region": region, "values": values, "source": source, "label": label}
    written = json.dumps(given, sort_keys=True, ensure_ascii=False, default=str)
    digest = hashlib.sha256(written.encode()).hexdigest()
    return Overlay(region, source, label, figures, digest, written)


def _plain_figures(
    values: Mapping[str, object], *, source: str, label: str
) -> tuple[tuple[Figure, ...], list[str]]:
    """Read plain values; give the figures, and what is wrong with the others."""
    figures, faults = [], []
    for name, raw in values.items():
        try:
            figure = _plain(name, raw, source=source, label=label)
        except ValueError as error:
            faults.append(str(error))
        else:
            figures += [figure] if figure else []
    return tuple(figures), faults


def _plain(name: str, raw: object, *, source: str, label: str) -> Figure | None:
    try:
        unit = parameter(name).unit
        if raw is None:
            return None
        value = read_value(name, raw)
    except ValueError as error:
        raise ValueError(f"{name}: {error}") from error
    if unit == "rule":
        raise ValueError(f"{name}: {NO_RULE}")
    return Figure(
        name=name,
        value=value,
        unit=unit,
        cited=Citation(source, OPERATED, says=source),
        since=date.min,
        layer="overlay",
        source=source,
        label=label,
    )


def _read(file: TomlFile, known: tuple[str, ...] | None) -> Overlay:
    """Read an overlay; where the regions are known, its names are compared with theirs."""
    content = file.content(_KEYS)
    tried = file.noted
    region = tried(lambda: file.words(content, "region", "file")) or ""
    if region and known is not None:
        tried(lambda: file.among("file.region", region, known))
    title = tried(lambda: file.words(content, "title", "file")) or ""
    label = tried(lambda: file.words_or(content, "label", "file")) or ""
    figures = _figures(file, content, title=title, label=label)
    file.no_twins("parameters", figures)
    if known is not None:
        targets = targets_of(figures.values()) | _targets(region)
        file.faults.extend(unknown_units(file, "parameters", figures, targets))
    file.refuse()
    digest = hashlib.sha256(file.raw).hexdigest()
    found = tuple(figures.values())
    return Overlay(region, title, label, found, digest, file.text)


def _targets(region: str) -> frozenset[str]:
    packs = (pack for pack in load_packs() if pack.region == region)
    return targets_of(figure for pack in packs for figure in pack.figures)


def _figures(
    file: TomlFile, content: Table, *, title: str, label: str
) -> dict[int, Figure]:
    if "parameters" not in content:
        return {}
    rows = file.noted(lambda: file.tables(content, "parameters")) or []
    lines, found = lines_of(file.text, "parameters"), {}
    for number, row in enumerate(rows):
        line = lines[number] if number < len(lines) else 0
        reader = _Row(file.of("parameters", number), number, row, line)
        figure = file.noted(partial(reader.figure, title, label))
        if figure is not None:
            found[number] = figure
    return found


@dataclass(frozen=True, slots=True)
class _Row:
    """Reads one value of an overlay; what is wrong with it is noted."""

    file: TomlFile
    number: int
    row: Table
    line: int

    def figure(self, title: str, label: str) -> Figure | None:
        file, row, where = self.file, self.row, f"parameters[{self.number}]"
        before, tried = len(file.faults), file.noted
        tried(lambda: file.known(where, row, _ROW_KEYS))
        name = file.words(row, "name", where)
        source = tried(lambda: file.words(row, "source", name)) or ""
        since, until = tried(lambda: self._days(name)) or (date.min, None)
        clause = tried(lambda: file.words_or(row, "clause", name, OPERATED)) or ""
        known = tried(lambda: self._parameter(name))
        value = tried(lambda: value_in(file, name, row.get("value"))) if known else None
        if known is None or len(file.faults) > before:
            return None
        return Figure(
            name=name,
            value=value,
            unit=known.unit,
            cited=Citation(title, clause, says=source),
            since=since,
            until=until,
            layer="overlay",
            source=source,
            label=label,
            file=file.name,
            line=self.line,
        )

    def _days(self, name: str) -> tuple[date, date | None]:
        # Without a day it would hold for years that its source never spoke of.
        return self.file.days(self.row, name, self.file.day(self.row, "from", name))

    def _parameter(self, name: str) -> Parameter:
        try:
            found = parameter(name)
        except ValueError as error:
            raise self.file.bad(name, str(error), "name") from error
        if found.unit == "rule":
            raise self.file.bad(name, NO_RULE, "name")
        return found
