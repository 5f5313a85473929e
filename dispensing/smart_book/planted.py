"""A made-up year with planted fraud, and with the innocent look-alikes of each rule.

The same year, people and seed give the same book. Everybody in it is invented: what a rule
finds here tells how it reads books, not how much fraud there is in a county.

Innocent on purpose: families and villages at one address, care homes, collecting early before
the spring festival (also elsewhere), medicines lost once, long prescriptions, moving away,
working in many places, relatives with an e-code, towns with one doctor and one pharmacy,
doctors next door to an outlet, specialists, boxes sold in parts, slips of the scanner,
patients who pay above the standard themselves, a standard that changed, outages caught up at
night, outlets open all night, collecting on the day of discharge, uploads a day late.
"""

from collections.abc import Mapping
from pathlib import Path

import duckdb

from dispensing.smart_book.planted_fraud import EXTRAS, TRUTH
from dispensing.smart_book.planted_world import BOOK, SIDES, WORLD

PEOPLE_A_TOWN = 600
LINES_A_PERSON = 17  # about so many in a year


def write_planted(
    connection: duckdb.DuckDBPyConnection,
    folder: Path,
    *,
    lines: int,
    year: int,
    seed: int,
) -> Mapping[str, Path]:
    """Write a book of about so many lines with its sides and the truth; gives the files by name."""
    people = max(2 * PEOPLE_A_TOWN, lines // LINES_A_PERSON)
    towns = people // PEOPLE_A_TOWN
    terms = {
        "seed": seed,
        "year": year,
        "towns": towns,
        "people": towns * PEOPLE_A_TOWN,
        "town_people": PEOPLE_A_TOWN,
        "some_people": max(3, people // 2000),
        "some_towns": max(1, towns // 9),
    }
    for statement in (*WORLD, *EXTRAS):
        connection.execute(statement.format(**terms))
    folder.mkdir(parents=True, exist_ok=True)
    asked = {"claims": BOOK, **SIDES, "truth": TRUTH}
    files = {name: folder / f"{name}.parquet" for name in asked}
    for name, statement in asked.items():
        place = str(files[name]).replace("'", "''")
        query = statement.format(**terms)
        connection.execute(f"copy ({query}) to '{place}' (format parquet)")
    for name in ("towns", "folk", "visits", "frauds", "doctors_bad", "outlets_bad"):
        connection.execute(f"drop table temp.{name}")
    return files
