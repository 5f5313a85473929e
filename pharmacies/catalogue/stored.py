"""The catalogue as it was put in force last."""

from typing import Any

from sqlalchemy import ColumnElement
from sqlmodel import Session, SQLModel

from pharmacies import rows
from pharmacies.medicines import Medicine
from pharmacies.tables import MedicineConditionRow

_MEDICINE = SQLModel.metadata.tables["medicine"]
_SERVES = SQLModel.metadata.tables[str(MedicineConditionRow.__tablename__)]


def stored(session: Session, where: ColumnElement[bool] | None) -> dict[str, Medicine]:
    """Read medicines with the diseases that they serve, by code."""
    query = _MEDICINE.select().add_columns(_SERVES.c.condition)
    joined = _MEDICINE.outerjoin(_SERVES, _SERVES.c.medicine_code == _MEDICINE.c.code)
    query = query.select_from(joined)
    if where is not None:
        query = query.where(where)
    found: dict[str, Any] = {}
    served: dict[str, set[str]] = {}
    session.flush()
    for row in session.connection().execute(query):
        found[row.code] = row
        served.setdefault(row.code, set()).update({row.condition} - {None})
    return {
        code: rows.medicine_of(row, frozenset(served[code]))
        for code, row in found.items()
    }
