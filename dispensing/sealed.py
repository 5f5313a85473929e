"""Where the sealed values of rows stand: a column whose name ends in `sealed` holds one."""

from typing import TYPE_CHECKING, Any

from sqlmodel import SQLModel

from dispensing.vault import Place, Vault
from pharmacies.places import Point

if TYPE_CHECKING:
    from sqlalchemy import Table


def at(row: type[SQLModel], column: str, *key: object) -> Place:
    """Name the place of a value: the table, the column, and the key of the row."""
    table: Table = row.__table__  # type: ignore[attr-defined]
    return Place(table.name, column, tuple(str(each) for each in key))


def spot(row: SQLModel, column: str) -> Place:
    """Name the place of a column of a row that has its key."""
    table: Table = row.__table__  # type: ignore[attr-defined]
    return at(type(row), column, *(getattr(row, c.key) for c in table.primary_key))


def unseal(vault: Vault, row: SQLModel, column: str) -> str:
    """Open what a column of a row holds sealed."""
    return vault.open(getattr(row, column), spot(row, column))


def unseal_bytes(vault: Vault, row: SQLModel, column: str) -> bytes:
    """Open bytes that a column of a row holds sealed."""
    return vault.open_bytes(getattr(row, column), spot(row, column))


def seal_in(vault: Vault, row: SQLModel, column: str, text: str) -> None:
    """Seal a text into a column of a row."""
    setattr(row, column, vault.seal(text, spot(row, column)))


def point_of(vault: Vault, row: SQLModel) -> Point:
    """Open where the home, or the stop, of a row is."""
    return Point.read(unseal(vault, row, "point_sealed"))


def place_of(table: "Table", column: str, values: Any) -> Place:
    """Name the place of a column, with the row's values at hand by name."""
    key = tuple(str(values[each.key]) for each in table.primary_key)
    return Place(table.name, column, key)
