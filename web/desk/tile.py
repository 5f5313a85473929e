"""One tile of the bureau's desk: what is due, what is late, what has changed."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from types import MappingProxyType
from typing import Literal

from sqlmodel import Session

Kind = Literal["late", "due", "changed"]
KINDS: Mapping[Kind, str] = MappingProxyType(
    {"late": "逾期", "due": "到期", "changed": "有变化"}
)


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing to look at: a sentence with its values, where it is done, and by when."""

    kind: Kind
    words: (
        str  # in Chinese, with places such as {n}; its English stands in words_en.toml
    )
    address: str
    values: Mapping[str, str | int] = field(default_factory=dict)
    day: date | None = None


Teller = Callable[[Session, str, date], Sequence[Entry]]


@dataclass(frozen=True, slots=True)
class Tile:
    """A tile: its name, its title, the roles that see it, and what tells its entries.

    `tell` is asked with a reading session, the pooling area (four digits, '' for all of
    them) and the day; it says counts and never names a person.
    """

    name: str
    title: str
    roles: tuple[str, ...]
    tell: Teller
