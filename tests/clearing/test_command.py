"""`yaoda clearing` tells a year's pools, shares and losses, or one line on what is wrong."""

import copy
import json

import pytest
from typer.testing import CliRunner

from dispensing.clearing.terms import terms
from dispensing.policy.rules import rules_for
from tests.clearing.test_clearing import IN_2021
from web import cli
from web.commands.given import BadInput

ITEMS = terms(rules_for("suixi", IN_2021)).items
FULL = {
    item.row: {"part": 0} if item.how == "deduction" else {"part": 1, "of": 1}
    for item in ITEMS
}
YEAR = {
    "region": "suixi",
    "year": 2021,
    "people": 100,
    "heads": [
        {"people": "two_diseases", "care": "outpatient", "signed": True, "number": 100}
    ],
    "outpatient": {"fund_fen": {"two_diseases": 14_000_00}, "contract_fen": 10_000_00},
    "inpatient": {},
    "members": [
        {"code": "H1", "level": "county", "heads": 100, "measured": FULL},
        {
            "code": "V1",
            "level": "village",
            "heads": 100,
            "measured": FULL | {"9": {"part": 35, "of": 100}},
        },
    ],
}


def run(folder, year):
    path = folder / "year.json"
    path.write_text(json.dumps(year), "utf-8")
    return CliRunner().invoke(cli.app, ["clearing", str(path)])


def test_a_year_is_told_with_its_sentences_and_what_a_lost_point_costs(tmp_path):
    told = run(tmp_path, YEAR)
    assert told.exit_code == 0, told.output
    assert "outpatient: 34000.00 - 24000.00 = 10000.00" in told.stdout
    assert "H1 (county): 60.00 of 60 points, 2000.00 of 2000.00" in told.stdout
    assert "V1 (village): 55.00 of 60 points, 2750.00 of 3000.00" in told.stdout
    assert "paid 4750.00, to the group's pool 5250.00" in told.stdout
    assert "V1: 9 两病人员就诊率 -250.00  (附件2: 达到70%得满分" in told.stdout


@pytest.mark.parametrize(
    ("where", "value", "told"),
    [
        (("year",), 2022, "open in 2022: heads.quotas; no text gives it"),
        (("year",), 2019, "no text of suixi is in force in 2019"),
        (("region",), "nowhere", "nowhere"),
        (("people",), 99, "county: 100 people in a group of 99"),
        (("members", 0, "measured"), {}, "H1: not measured: rows 1.1"),
        (("outpatient", "contract_fen"), 0.5, "outpatient.contract_fen"),
        (("outpatient", "fund_fen"), {"chronic": -1}, "below nothing"),
        (("heads", 0, "number"), -1, "heads.0.number"),
    ],
)
def test_a_year_that_cannot_be_gets_one_line(tmp_path, monkeypatch, where, value, told):
    year = copy.deepcopy(YEAR)
    part = year
    for step in where[:-1]:
        part = part[step]
    part[where[-1]] = value
    path = tmp_path / "year.json"
    path.write_text(json.dumps(year), "utf-8")
    result = CliRunner().invoke(cli.app, ["clearing", str(path)])
    assert isinstance(result.exception, BadInput), result.output
    assert told in str(result.exception)
