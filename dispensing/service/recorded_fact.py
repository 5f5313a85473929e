"""A kind of fact: in which rows it is kept, and how a record of the audit chain tells of them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlmodel import SQLModel

Values = Mapping[str, Any]
_NEVER = object()


@dataclass(frozen=True, slots=True)
class Fact:
    """A kind of fact: in which rows it is kept, and how a record tells of them."""

    name: str
    row: type[SQLModel]
    key: str = "id"
    turn: str | None = None  # the column that tells what became of it
    at: tuple[str, ...] = ("at",)  # the first of these that is filled in
    changes: bool = False  # the row is written over: its last record tells of it
    together: tuple[str, ...] = ()  # rows that agree in these have one record
    columns: tuple[str, ...] = ()  # what the digest is over, else every column
    where: str | None = None  # only where this column is filled in
    only: Values = field(default_factory=dict)  # only rows with these values
    added: Values = field(
        default_factory=dict
    )  # columns of later, and what is left out

    def content(self, values: Values) -> Values:
        """Give what the digest of a row is over.

        A column that came later is left out where it has the value that older rows got.
        """
        if self.columns:
            return {c: values[c] for c in self.columns}
        if self.added:
            return {c: v for c, v in values.items() if self.added.get(c, _NEVER) != v}
        return values

    @property
    def asked(self) -> tuple[str, ...]:
        """Name the columns that tell whether a row is a fact of this kind."""
        return (*self.only, *((self.where,) if self.where else ()))

    def tells(self, values: Values) -> bool:
        """Tell whether a row is a fact of this kind."""
        kept = self.where is None or values[self.where] is not None
        return kept and all(values[name] == each for name, each in self.only.items())

    def kind(self, values: Values) -> str:
        """Name what happened."""
        return f"{self.name}.{values[self.turn]}" if self.turn else self.name
