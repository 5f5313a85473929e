"""Policy packs: one TOML file per document, every figure cited and checked."""

import hashlib
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path

from dispensing.policy.figures import Figure
from dispensing.policy.reader import DocumentReader, FigureReader
from dispensing.policy.toml_file import BadPack, TomlFile

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
    """Load and check every pack of a folder, in the order of their file names."""
    packs = tuple(load_pack(path) for path in pack_files(folder))
    seen: dict[str, str] = {}
    for pack in packs:
        if pack.id in seen:
            raise BadPack(f"{pack.id}.toml", "document.id", "expected an id of its own")
        seen[pack.id] = pack.title
    return packs


def regions() -> tuple[str, ...]:
    """Name the regions that have a document of their own."""
    return tuple(sorted({pack.region for pack in load_packs()} - {"national"}))


def load_pack(path: Path) -> Pack:
    """Load one pack; whatever is wrong raises `BadPack` with file, line, key, expectation."""
    file = TomlFile(path.name, path.read_bytes())
    content = file.content(frozenset({"document", "figures"}))
    document = file.table(content, "document")
    reader = DocumentReader(file, path.parent / "texts", document)
    figures = tuple(
        FigureReader(reader, number, item).figure()
        for number, item in enumerate(file.tables(content, "figures"))
    )
    file.no_twins("figures", figures)
    return Pack(
        id=document["id"],
        region=document["region"],
        layer=document["layer"],
        area=file.words_or(document, "area", "document"),
        title=document["title"],
        standing=document["standing"],
        effective_from=reader.since,
        effective_until=reader.until,
        yields_to_later=reader.yields,
        figures=figures,
        text=reader.text,
        sha256=hashlib.sha256(file.raw).hexdigest(),
        texts=tuple(reader.texts.values()),
        note=file.words_or(document, "note", "document"),
    )
