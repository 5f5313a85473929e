"""Read an instance of any format from a file."""

from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType

from routing.formats import li_lim, sartori, solomon
from routing.formats.instance import Format, Instance
from routing.formats.lines import Lines

_READERS: Mapping[Format, Callable[[Lines], Instance]] = MappingProxyType(
    {
        Format.LI_LIM: li_lim.read,
        Format.SOLOMON: solomon.read,
        Format.SARTORI: sartori.read,
    }
)


def read_instance(path: Path, form: Format) -> Instance:
    """Read a file; BadFile tells in one sentence which line is not as expected."""
    with path.open(encoding="utf-8", errors="replace") as stream:
        return _READERS[form](Lines(path.name, stream))
