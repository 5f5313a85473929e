"""The packs of a folder, each figure with the line it stands on."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from dispensing.policy.figures import Figure
from dispensing.policy.pack import Pack, at_odds, load_pack, pack_files
from dispensing.policy.toml_file import BadPack, TomlFile


@dataclass(frozen=True, slots=True)
class Placed:
    """A figure and where it stands."""

    figure: Figure
    pack: Pack
    file: TomlFile

    def fault(self, expected: str, field: str = "name") -> str:
        """Say what is wrong with the figure: file, line, key, what was expected."""
        return str(self.file.bad(self.figure.name, expected, field))

    @property
    def told(self) -> str:
        """Name the figure with its document's id and its clause."""
        return f"{self.figure.name} ({self.pack.id} {self.figure.cited.clause})"


@dataclass(frozen=True, slots=True)
class Shelf:
    """What could be loaded of a folder, and what is wrong with the rest."""

    folder: Path
    packs: tuple[Pack, ...]
    placed: tuple[Placed, ...]
    faults: tuple[str, ...]

    def of(self, pack: Pack) -> tuple[Placed, ...]:
        """Give the figures of one pack."""
        return tuple(one for one in self.placed if one.pack is pack)


def load_shelf(folder: Path) -> Shelf:
    """Load every pack of a folder; one that is not fit becomes a fault."""
    packs: list[Pack] = []
    placed: list[Placed] = []
    faults: list[str] = []
    for path in pack_files(folder):
        try:
            pack = load_pack(path)
        except BadPack as error:
            faults.extend(one.said for one in error.each)
            continue
        odds = list(at_odds([*packs, pack]))
        if odds:
            faults.extend(one.said for one in odds)
            continue
        packs.append(pack)
        placed.extend(_placed(path, pack))
    if not packs and not faults:
        faults.append(f"{folder.name}: file: expected a folder with packs (*.toml)")
    return Shelf(folder, tuple(packs), tuple(placed), tuple(faults))


def _placed(path: Path, pack: Pack) -> Iterator[Placed]:
    file = TomlFile(path.name, path.read_bytes())
    for number, figure in enumerate(pack.figures):
        yield Placed(figure, pack, file.of("figures", number))
