"""Pairs of who is left, by name, birthday and address, each with its score (Splink)."""

import logging
import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import splink.comparison_level_library as levels
import splink.comparison_library as comparisons
from splink import DuckDBAPI, Linker, SettingsCreator, block_on

from dispensing.matching_bulk import statements

_FILE = Path(__file__).with_name("weights.toml")
_LEFT = "SELECT no AS unique_id, name, born_on::VARCHAR AS born_on, address FROM"


def score(con: duckdb.DuckDBPyConnection) -> None:
    """Fill `candidate` from `managed_left` and `insured_left`."""
    sides = ("managed_left", "insured_left")
    if not con.execute(statements.ALIKE).fetchall():
        return
    said = weights()
    for name in sides:
        con.execute(f"CREATE VIEW {name}_compared AS {_LEFT} {name}")
    database = DuckDBAPI(con)
    given = [
        database.register(f"{name}_compared", dataset_display_name=name)
        for name in sides
    ]
    linker = Linker(given, _settings(said), log_level=logging.ERROR)
    found = linker.inference.predict(
        threshold_match_probability=said["listed_from"]
    ).physical_name
    con.execute(_KEPT.format(found=found), [int(said["listed_max"])])


_KEPT = """
INSERT INTO candidate
SELECT managed, insured, points FROM (
    SELECT CASE WHEN source_dataset_l = 'managed_left' THEN unique_id_l
        ELSE unique_id_r END AS managed,
    CASE WHEN source_dataset_l = 'managed_left' THEN unique_id_r
        ELSE unique_id_l END AS insured,
    floor(match_probability * 10000)::INTEGER AS points
    FROM "{found}"
) QUALIFY row_number() OVER (PARTITION BY managed ORDER BY points DESC, insured) <= ?
"""


@cache
def weights() -> Mapping[str, Any]:
    """Read what the score rests on."""
    return tomllib.loads(_FILE.read_text("utf-8"))


def _settings(said: Mapping[str, Any]) -> SettingsCreator:
    return SettingsCreator(
        link_type="link_only",
        comparisons=[_comparison(each) for each in said["comparisons"]],
        blocking_rules_to_generate_predictions=[
            block_on("born_on"),
            block_on("name", "address"),
        ],
        probability_two_random_records_match=said["prior"],
        retain_matching_columns=False,
    )


def _comparison(said: Mapping[str, Any]) -> Any:
    column = said["column"]
    made: list[Any] = [levels.NullLevel(column)]
    for one in said["levels"]:
        if one["sql"] == "exact":
            frequent = bool(one.get("by_frequency"))
            level: Any = levels.ExactMatchLevel(
                column, term_frequency_adjustments=frequent
            )
        elif one["sql"] == "else":
            level = levels.ElseLevel()
        else:
            level = levels.CustomLevel(one["sql"])
        made.append(level.configure(m_probability=one["m"], u_probability=one["u"]))
    return comparisons.CustomComparison(made, column)
