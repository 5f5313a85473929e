"""Products that could stand in a line's place, read from a catalogue in CSV."""

import csv
from pathlib import Path

from dispensing.explain.changes import Product

COLUMNS = ("name", "atc", "tier", "standard_fen", "conditions")


def read_products(path: Path) -> tuple[Product, ...]:
    """Read a catalogue such as the sample's; `ValueError` names file, line and column.

    The price is `price_fen` where there is such a column, else the payment standard.
    """
    try:
        with path.open(encoding="utf-8", newline="") as file:
            rows = csv.DictReader(file)
            missing = [name for name in COLUMNS if name not in (rows.fieldnames or ())]
            if missing:
                raise ValueError(f"{path}: expected the columns {', '.join(missing)}")
            return tuple(_product(row, f"{path}:{rows.line_num}") for row in rows)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise ValueError(f"{path}: expected CSV in UTF-8: {error}") from error


def _product(row: dict[str, str], where: str) -> Product:
    standard_fen = _whole(row, "standard_fen", where)
    return Product(
        name=row["name"],
        atc=row["atc"],
        tier=row["tier"],
        price_fen=_whole(row, "price_fen", where, standard_fen),
        standard_fen=standard_fen,
        self_pay_permyriad=_whole(row, "self_pay_permyriad", where, 0),
        vbp=row.get("vbp") == "1",
        on_platform=row.get("on_platform", "1") == "1",
        group=row.get("group") or "ordinary",
        spec=row.get("spec") or "",
        diseases=frozenset((row["conditions"] or "").split()),
    )


def _whole(
    row: dict[str, str], column: str, where: str, default: int | None = None
) -> int:
    given = row.get(column)
    if not given and default is not None:
        return default
    if not given or not given.isascii() or not given.isdigit():
        raise ValueError(f"{where}: {column}: expected a whole number, got {given!r}")
    return int(given)
