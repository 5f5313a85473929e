"""How one region speaks the interface: its signature, its words, and the names that drift."""

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent / "regions"
SIGNINGS = ("none", "SM3", "SM2")
QUERIES = ("statement", "message")
UNKNOWN = ("bars", "refuses")
WORDS = ("uncertain", "unknown_number", "reversed_before", "not_signed_in")
LATER_WORDS = (
    "uploaded_before",
    "duplicate",
)  # a region's file may say nothing of these
_TOLD: dict[str, dict[str, type]] = {
    "region": {"name": str, "title": str},
    "envelope": {
        **{"version": str, "receiver": str, "device": str},
        **{"operator_kind": str, "sign_in": bool},
    },
    "signing": {"kind": str, "replies": bool},
    "charging": {"med_type": str, "echo": str, "expects": bool},
    "query": {"by": str, "infno": str},
    "reversal": {"unknown": str, "late_s_max": int},
    "words": dict.fromkeys((*WORDS, *LATER_WORDS), list),
}


class BadRegion(ValueError):
    """A region's file is not fit to be used; names the file and the key."""


@dataclass(frozen=True, slots=True)
class Region:
    """What of the interface is one region's own, as its file says."""

    name: str
    title: str
    version: str
    receiver: str
    device: str
    operator_kind: str
    sign_in: bool
    kind: str
    replies: bool
    med_type: str
    echo: str
    expects: bool
    by: str
    infno: str
    unknown: str
    late_s_max: int
    words: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    fields: Mapping[str, str] = field(default_factory=dict)

    def outgoing(self, value: Any) -> Any:
        """Write our names of fields as the region's."""
        return _renamed(value, lambda name: self.fields.get(name, name))

    def incoming(self, value: Any) -> Any:
        """Read the region's names of fields as ours; ours are read, too."""
        ours = {theirs: name for name, theirs in self.fields.items()}
        return _renamed(value, lambda name: ours.get(name, name))

    def says(self, meaning: str, words: str) -> bool:
        """Tell whether an error message has one of the words of a meaning."""
        return any(each in words for each in self.words[meaning])


def load_region(name: str | Path) -> Region:
    """Load a region by its name, or from a file of the operator's.

    >>> load_region("national").version
    'V1.0'
    """
    path = Path(name) if str(name).endswith(".toml") else FOLDER / f"{name}.toml"
    try:
        return read_region(path.read_text("utf-8"), str(path))
    except FileNotFoundError:
        known = ", ".join(sorted(each.stem for each in FOLDER.glob("*.toml")))
        raise BadRegion(f"{name}: expected one of {known}, or a .toml file") from None


def read_region(text: str, where: str) -> Region:
    """Read a region's file; raises BadRegion where a key is missing, unknown or unfit."""
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise BadRegion(f"{where}: {error}") from error
    flat: dict[str, Any] = {}
    for table, keys in _TOLD.items():
        told = raw.get(table)
        if table == "words" and isinstance(told, dict):
            told = {**{key: [] for key in LATER_WORDS}, **told}
        flat.update(_table(told, table, keys, where))
    names = raw.get("fields", {})
    words = {each: tuple(flat.pop(each)) for each in (*WORDS, *LATER_WORDS)}
    unknown = raw.keys() - _TOLD.keys() - {"fields"}
    if unknown:
        raise BadRegion(f"{where}: [{min(unknown)}] is not known")
    found = Region(**flat, words=words, fields=names)
    _check(found, where)
    return found


def _table(
    raw: Any, table: str, keys: Mapping[str, type], where: str
) -> Mapping[str, Any]:
    if not isinstance(raw, dict):
        raise BadRegion(f"{where}: [{table}] is missing")
    for key in sorted(raw.keys() ^ keys.keys()):
        fault = "is missing" if key in keys else "is not known"
        raise BadRegion(f"{where}: {table}.{key} {fault}")
    for key, kind in keys.items():
        if type(raw[key]) is not kind:
            raise BadRegion(f"{where}: {table}.{key} is no {kind.__name__}")
    return raw


def _check(found: Region, where: str) -> None:
    choices = (
        ("signing.kind", found.kind, SIGNINGS),
        ("query.by", found.by, QUERIES),
        ("reversal.unknown", found.unknown, UNKNOWN),
    )
    for key, value, known in choices:
        if value not in known:
            raise BadRegion(f"{where}: {key}: expected one of {', '.join(known)}")
    if (found.by == "message") != (len(found.infno) == 4):
        raise BadRegion(f"{where}: query.infno has four characters where by = message")
    if found.replies and found.kind == "none":
        raise BadRegion(f"{where}: signing.replies needs a kind of signature")
    theirs = list(found.fields.values())
    if len(set(theirs)) < len(theirs) or not all(
        isinstance(each, str) for each in theirs
    ):
        raise BadRegion(f"{where}: fields: each name is a text, and used once")


def _renamed(value: Any, name_of: Callable[[str], str]) -> Any:
    if isinstance(value, Mapping):
        return {name_of(key): _renamed(each, name_of) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_renamed(each, name_of) for each in value]
    return value
