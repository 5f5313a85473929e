"""What the search for outlets asks the database: four statements, each on indexes alone.

Each is written so that what is asked for drives it: on PostgreSQL a subquery for each
stretch of cells or each outlet (OFFSET 0 keeps it whole), on SQLite CROSS JOIN.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Date, TextClause, bindparam, text
from sqlmodel import Session

_OUTLET = "outlet.code, outlet.lon, outlet.lat, outlet.kind, outlet.cold_chain"
_IN_FORCE = """agreement.begins <= :day
   AND (agreement.ends IS NULL OR agreement.ends >= :day)
   AND NOT EXISTS (
     SELECT 1 FROM suspension
      WHERE suspension.outlet_code = agreement.outlet_code
        AND suspension.kind = agreement.kind AND suspension.begins = agreement.begins
        AND suspension.first_day <= :day
        AND (suspension.last_day IS NULL OR suspension.last_day >= :day))"""
_USABLE = """NOT recalled AND on_hand > reserved
   AND (expires_on IS NULL OR expires_on >= :last_day)"""


@dataclass(frozen=True, slots=True)
class Question:
    """One statement in the words of each database."""

    postgresql: TextClause
    sqlite: TextClause


def _question(on_postgres: str, on_sqlite: str, *days: str) -> Question:
    kinds = [bindparam(name, type_=Date) for name in days]
    return Question(
        text(on_postgres).bindparams(*kinds), text(on_sqlite).bindparams(*kinds)
    )


# The outlets of a pooling area in stretches of cells.
NEAR = _question(
    f"""
SELECT near.*
  FROM unnest(CAST(:firsts AS int[]), CAST(:lasts AS int[])) AS stretch(first, last)
 CROSS JOIN LATERAL (
   SELECT {_OUTLET}, outlet.price_list FROM outlet
    WHERE outlet.pooling_area = :area
      AND outlet.cell BETWEEN stretch.first AND stretch.last
   OFFSET 0) AS near""",
    f"""
SELECT {_OUTLET}, outlet.price_list
  FROM json_each(:cells) AS stretch CROSS JOIN outlet
 WHERE outlet.pooling_area = :area
   AND outlet.cell BETWEEN json_extract(stretch.value, '$[0]')
   AND json_extract(stretch.value, '$[1]')""",
)
# Agreements in force, and every batch of the wanted medicines.
FACTS = _question(
    f"""
SELECT 'agreement', mine.outlet_code, mine.kind, CAST(NULL AS date), 0, false
  FROM unnest(CAST(:codes AS text[])) AS one(code)
 CROSS JOIN LATERAL (
   SELECT outlet_code, kind FROM agreement
    WHERE agreement.outlet_code = one.code AND {_IN_FORCE} OFFSET 0) AS mine
UNION ALL
SELECT 'stock', held.outlet_code, held.medicine_code, held.expires_on, held.free,
       held.recalled
  FROM unnest(CAST(:codes AS text[])) AS one(code)
 CROSS JOIN unnest(CAST(:medicines AS text[])) AS wanted(code)
 CROSS JOIN LATERAL (
   SELECT outlet_code, medicine_code, expires_on, on_hand - reserved AS free, recalled
     FROM stock_batch
    WHERE pooling_area = :area AND outlet_code = one.code
      AND medicine_code = wanted.code
   OFFSET 0) AS held""",
    f"""
SELECT 'agreement', agreement.outlet_code, agreement.kind, NULL, 0, 0
  FROM json_each(:codes) AS one CROSS JOIN agreement
 WHERE agreement.outlet_code = one.value AND {_IN_FORCE}
UNION ALL
SELECT 'stock', outlet_code, medicine_code, expires_on, on_hand - reserved, recalled
  FROM json_each(:codes) AS one CROSS JOIN json_each(:medicines) AS wanted
 CROSS JOIN stock_batch
 WHERE pooling_area = :area AND outlet_code = one.value
   AND medicine_code = wanted.value""",
    "day",
)
# Who has a medicine at all, of a pooling area.
HOLDERS = _question(
    *(
        f"""
SELECT DISTINCT outlet_code FROM stock_batch
 WHERE pooling_area = :area AND medicine_code = :medicine AND {_USABLE}"""
        for _ in range(2)
    ),
    "last_day",
)
THOSE = _question(
    f"""
SELECT those.* FROM unnest(CAST(:codes AS text[])) AS one(code)
 CROSS JOIN LATERAL (
   SELECT {_OUTLET}, outlet.price_list FROM outlet
    WHERE outlet.code = one.code OFFSET 0) AS those""",
    f"""
SELECT {_OUTLET}, outlet.price_list
  FROM json_each(:codes) AS one CROSS JOIN outlet WHERE outlet.code = one.value""",
)


def ask(
    session: Session, question: Question, given: Mapping[str, Any]
) -> Sequence[Any]:
    """Ask in the words of the session's database; lists go as its arrays, or as JSON."""
    connection = session.connection()
    if connection.dialect.name == "postgresql":
        return connection.execute(question.postgresql, on_postgres(given)).all()
    return connection.execute(question.sqlite, _on_sqlite(given)).all()


def on_postgres(given: Mapping[str, Any]) -> dict[str, Any]:
    """Give what is asked with as PostgreSQL takes it: stretches of cells as two arrays."""
    asked = {
        name: list(value) if isinstance(value, tuple) else value
        for name, value in given.items()
        if name != "cells"
    }
    if "cells" in given:
        asked["firsts"] = [first for first, _ in given["cells"]]
        asked["lasts"] = [last for _, last in given["cells"]]
    return asked


def day_of(value: date | str | None) -> date | None:
    """Read a day; SQLite tells it as text."""
    return date.fromisoformat(value) if isinstance(value, str) else value


def _on_sqlite(given: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: json.dumps(value) if isinstance(value, list | tuple) else value
        for name, value in given.items()
    }
