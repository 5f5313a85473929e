"""Policy packs: one TOML file per document, every figure cited and checked."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cache, partial
from pathlib import Path

from dispensing.policy.figures import Figure
from dispensing.policy.reader import DocumentReader, FigureReader
from dispensing.policy.toml_file import BadPack, Table, TomlFile
from dispensing.policy.toml_lines import lines_of
from dispensing.policy.units import targets_in, unknown_units

POLICIES = Path(__file__).parent.parent / "policies"
# What the packs are held to, beside them: not documents themselves.
LISTS = frozenset({"requirements.toml", "not-implemented.toml"})


@dataclass(frozen=True, slots=True)
class Pack:
    """One policy document and its figures."""

    id: str
    region: str
    layer: str
    area: str  # the area it holds in: a prefix of GB/T 2260 codes; empty: none named
    title: str
    standing: str
    effective_from: date
    effective_until: date | None
    yields_to_later: tuple[str, ...]  # layers whose later texts win over this one
    figures: tuple[Figure, ...]
    text: str  # the shipped text; empty where only a reference is known
    sha256: str  # of the pack file itself, so that a decision can name what it used
    # The texts of a compilation, each with the day from which it holds.
    texts: tuple[tuple[str, date], ...] = ()
    # Why the document stands as it does, where its standing needs a word.
    note: str = ""
    file: str = ""  # its name
    # What the file says word for word, so that a decision can keep what it rests on.
    written: str = field(default="", repr=False)

    def fault(self, key: str, expected: str) -> BadPack:
        """Make the error that names this pack's file and the line of a key."""
        return TomlFile(self.file, self.written.encode()).bad(key, expected)

    def holds_on(self, day: date) -> bool:
        """Tell whether the document is in force on a day."""
        until = self.effective_until
        return self.effective_from <= day and (until is None or day <= until)


def pack_files(folder: Path = POLICIES) -> tuple[Path, ...]:
    """Find the pack files of a folder, in the order of their names."""
    found = sorted(folder.glob("*.toml"))
    return tuple(path for path in found if path.name not in LISTS)


@cache
def load_packs(folder: Path = POLICIES) -> tuple[Pack, ...]:
    """Load and check every pack of a folder, in the order of their file names.

    What is wrong in any of them is one `BadPack` with a line for each fault.
    """
    packs: list[Pack] = []
    faults: list[BadPack] = []
    for path in pack_files(folder):
        try:
            packs.append(load_pack(path))
        except BadPack as error:
            faults.append(error)
    faults += at_odds(packs)
    if faults:
        raise BadPack.of(faults)
    return tuple(packs)


def at_odds(packs: Sequence[Pack]) -> Iterator[BadPack]:
    """Find the packs with the id, or in the area of another region, of one before."""
    for number, pack in enumerate(packs):
        for other in packs[:number]:
            if pack.id == other.id:
                expected = f"expected an id of its own, {other.file} has it too"
                yield pack.fault("document.id", expected)
            elif _claims(pack, other):
                expected = f"expected an area of its own, {other.area} is of"
                yield pack.fault("document.area", f"{expected} {other.region}")


def _claims(pack: Pack, other: Pack) -> bool:
    """Tell whether two regions of one layer both claim an area."""
    if pack.region == other.region or pack.layer != other.layer:
        return False
    areas = sorted((pack.area, other.area))
    return bool(areas[0]) and areas[1].startswith(areas[0])


def regions() -> tuple[str, ...]:
    """Name the regions that have a document of their own."""
    return tuple(sorted({pack.region for pack in load_packs()} - {"national"}))


def load_pack(path: Path) -> Pack:
    """Load one pack; all that is wrong is one `BadPack`: file, line, key, expectation."""
    try:
        raw = path.read_bytes()
    except OSError as error:
        expected = f"expected a file to read: {error.strerror}"
        raise BadPack(path.name, "file", expected) from error
    return read_pack(path.name, raw, path.parent / "texts")


def read_pack(name: str, raw: bytes, texts: Path | None) -> Pack:
    """Read a pack from its bytes; without a folder of texts no quote is looked for."""
    file = TomlFile(name, raw)
    content = file.content(frozenset({"document", "figures"}))
    document = file.noted(lambda: file.table(content, "document")) or {}
    if not document:
        file.refuse()
    reader = DocumentReader(file, texts, document)
    figures = _figures(reader, content)
    file.no_twins("figures", figures)
    file.faults.extend(unknown_units(file, "figures", figures, targets_in(figures)))
    area = file.noted(lambda: file.words_or(document, "area", "document"))
    note = file.noted(lambda: file.words_or(document, "note", "document"))
    file.refuse()
    return Pack(
        id=document["id"],
        region=document["region"],
        layer=document["layer"],
        area=area or "",
        title=document["title"],
        standing=document["standing"],
        effective_from=reader.since,
        effective_until=reader.until,
        yields_to_later=reader.yields,
        figures=tuple(figures.values()),
        text=reader.text or "",
        sha256=hashlib.sha256(raw).hexdigest(),
        texts=tuple(reader.texts.values()),
        note=note or "",
        file=name,
        written=raw.decode("utf-8"),
    )


def _figures(reader: DocumentReader, content: Table) -> dict[int, Figure]:
    """Read the figures by their numbers, those that are not fit noted and left out."""
    file = reader.file
    items = file.noted(lambda: file.tables(content, "figures")) or []
    lines = lines_of(file.text, "figures")
    found = {}
    for number, item in enumerate(items):
        line = lines[number] if number < len(lines) else 0
        figure = file.noted(partial(_figure, reader, number, item, line))
        if figure is not None:
            found[number] = figure
    return found


def _figure(
    reader: DocumentReader, number: int, item: Table, line: int
) -> Figure | None:
    return FigureReader(reader, number, item, line).figure()
