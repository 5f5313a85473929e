"""What the search for outlets asks the database: a few statements, each on indexes alone.

Each is written so that what is asked for drives it: on PostgreSQL a subquery for each
stretch of cells or each outlet (OFFSET 0 keeps it whole), on SQLite CROSS JOIN. What
decides about one outlet are counts and sums of its own rows, which no planner turns into
a look at everybody's.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Date, TextClause, bindparam, text
from sqlmodel import Session

_IN_FORCE = """agreement.begins <= :day
   AND (agreement.ends IS NULL OR agreement.ends >= :day)
   AND (SELECT count(*) FROM suspension
      WHERE suspension.outlet_code = agreement.outlet_code
        AND suspension.kind = agreement.kind AND suspension.begins = agreement.begins
        AND suspension.first_day <= :day
        AND (suspension.last_day IS NULL OR suspension.last_day >= :day)) = 0"""
_USABLE = """NOT recalled AND on_hand > reserved
   AND (expires_on IS NULL OR expires_on >= :last_day)"""


# What one outlet lacks, as one bit for each medicine; batches as `pharmacies.serving` counts.
_LACKS = """SELECT COALESCE(sum(wanted.bit), 0) AS lacks FROM {wanted}
   WHERE wanted.quantity > (
     SELECT COALESCE(sum(on_hand - reserved), 0) FROM stock_batch
      WHERE stock_batch.pooling_area = :area AND stock_batch.outlet_code = outlet.code
        AND stock_batch.medicine_code = wanted.code
        AND NOT recalled AND on_hand > reserved
        AND (expires_on IS NULL OR expires_on >= wanted.last_day))"""
_WANTED_POSTGRES = """unnest(CAST(:medicines AS text[]), CAST(:quantities AS int[]),
   CAST(:last_days AS date[]), CAST(:bits AS bigint[]))
   AS wanted(code, quantity, last_day, bit)"""
_WANTED_SQLITE = """(SELECT json_extract(value, '$[0]') AS code,
   json_extract(value, '$[1]') AS quantity, json_extract(value, '$[2]') AS last_day,
   json_extract(value, '$[3]') AS bit FROM json_each(:wants)) AS wanted"""
# Most lack a medicine: the agreements are asked of those that have everything. -1: not agreed.
_LOOKED = f"""outlet.code, outlet.lon, outlet.lat, outlet.kind, outlet.cold_chain,
   outlet.price_list, (SELECT CASE WHEN shelf.lacks <> 0 THEN shelf.lacks WHEN (
     SELECT COALESCE(max(CASE WHEN agreement.kind = 'general' THEN 1 ELSE 0 END)
         + max(CASE WHEN agreement.kind = 'chronic' OR outlet.kind <> 'pharmacy'
               THEN 1 ELSE 0 END), 0)
       FROM agreement WHERE agreement.outlet_code = outlet.code AND {_IN_FORCE}) = 2
   THEN 0 ELSE -1 END FROM ({_LACKS}) AS shelf) AS lacks"""
_ADMITTED = f"""(SELECT count(*) FROM agreement
   WHERE agreement.outlet_code = outlet.code AND agreement.kind = 'chronic'
     AND {_IN_FORCE}) > 0"""
_BETWEEN = """((outlet.lon - :lon) * (outlet.lon - :lon) * :narrow
   + (outlet.lat - :lat) * (outlet.lat - :lat) BETWEEN :known AND :within)"""


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


# Who lies in stretches of cells, neither well inside the circle that is known already nor
# well outside the one that is asked for.
NEAR = _question(
    f"""
SELECT near.*
  FROM unnest(CAST(:firsts AS int[]), CAST(:lasts AS int[])) AS stretch(first, last)
 CROSS JOIN LATERAL (
   SELECT {_LOOKED.format(wanted=_WANTED_POSTGRES)} FROM outlet
    WHERE outlet.pooling_area = :area
      AND outlet.cell BETWEEN stretch.first AND stretch.last AND {_BETWEEN}
   OFFSET 0) AS near""",
    f"""
SELECT {_LOOKED.format(wanted=_WANTED_SQLITE)}
  FROM json_each(:cells) AS stretch CROSS JOIN outlet
 WHERE outlet.pooling_area = :area
   AND outlet.cell BETWEEN json_extract(stretch.value, '$[0]')
   AND json_extract(stretch.value, '$[1]') AND {_BETWEEN}""",
    "day",
)
# Pharmacies in stretches of cells whose chronic agreement is in force.
ADMITTED = _question(
    f"""
SELECT near.*
  FROM unnest(CAST(:firsts AS int[]), CAST(:lasts AS int[])) AS stretch(first, last)
 CROSS JOIN LATERAL (
   SELECT outlet.code, outlet.lon, outlet.lat FROM outlet
    WHERE outlet.pooling_area = :area
      AND outlet.cell BETWEEN stretch.first AND stretch.last
      AND outlet.kind = 'pharmacy' AND {_ADMITTED}
   OFFSET 0) AS near""",
    f"""
SELECT outlet.code, outlet.lon, outlet.lat
  FROM json_each(:cells) AS stretch CROSS JOIN outlet
 WHERE outlet.pooling_area = :area
   AND outlet.cell BETWEEN json_extract(stretch.value, '$[0]')
   AND json_extract(stretch.value, '$[1]')
   AND outlet.kind = 'pharmacy' AND {_ADMITTED}""",
    "day",
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
 CROSS JOIN unnest(CAST(:asked AS text[])) AS wanted(code)
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
  FROM json_each(:codes) AS one CROSS JOIN json_each(:asked) AS wanted
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
   SELECT {_LOOKED.format(wanted=_WANTED_POSTGRES)} FROM outlet
    WHERE outlet.code = one.code OFFSET 0) AS those""",
    f"""
SELECT {_LOOKED.format(wanted=_WANTED_SQLITE)}
  FROM json_each(:codes) AS one CROSS JOIN outlet WHERE outlet.code = one.value""",
    "day",
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
    """Give what is asked with as PostgreSQL takes it: rows as one array for each column."""
    asked: dict[str, Any] = {}
    for name, value in given.items():
        if name in _COLUMNS:
            columns = zip(*value, strict=True) if value else [()] * len(_COLUMNS[name])
            asked.update(zip(_COLUMNS[name], map(list, columns), strict=True))
        else:
            asked[name] = list(value) if isinstance(value, tuple) else value
    return asked


def day_of(value: date | str | None) -> date | None:
    """Read a day; SQLite tells it as text."""
    return date.fromisoformat(value) if isinstance(value, str) else value


def _on_sqlite(given: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: json.dumps(value, default=str)
        if isinstance(value, list | tuple)
        else value
        for name, value in given.items()
    }


_COLUMNS = {
    "cells": ("firsts", "lasts"),
    "wants": ("medicines", "quantities", "last_days", "bits"),
}
