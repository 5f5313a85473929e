"""The sheets of security name tests, checks and places that there are."""

import ast
import re
from collections import Counter
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
ASVS = ROOT / "docs" / "asvs.md"
THREATS = ROOT / "docs" / "threats.md"
ROW = re.compile(r"^\| (\d+\.\d+\.\d+) \| ([12]) \| ([a-z ]+) \| `([^`]+)` \|", re.M)
STANDINGS = {"tested", "by design", "deployment", "not met"}
LEVELS = {"1": 65, "2": 152}


@cache
def names_in(path: str) -> frozenset[str]:
    tree = ast.parse((ROOT / path).read_text("utf-8"))
    return frozenset(
        node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)
    )


def is_there(place: str) -> bool:
    path, _, name = place.partition("::")
    return (ROOT / path).exists() and (not name or name in names_in(path))


def rows() -> list[tuple[str, str, str, str]]:
    return ROW.findall(ASVS.read_text("utf-8"))


def test_every_requirement_of_both_levels_stands_once():
    found = rows()
    assert len({each[0] for each in found}) == len(found) == 217
    assert Counter(each[1] for each in found) == LEVELS
    assert not {each[0].split(".")[0] for each in found} & {"10", "17"}


def test_every_standing_is_one_of_four_and_counted():
    counted = Counter(each[2] for each in rows())
    assert counted.keys() <= STANDINGS
    text = ASVS.read_text("utf-8")
    for standing, number in counted.items():
        assert f"| {standing} | {number} |" in text, (standing, number)


def test_every_place_is_there_and_what_is_tested_names_a_test():
    for number, _level, standing, place in rows():
        assert is_there(place), (number, place)
        if standing == "tested":
            assert place.startswith("tests/"), (number, place)


def test_every_threat_names_checks_that_there_are():
    text = THREATS.read_text("utf-8")
    threats = re.findall(r"^\| (T\d+) \|.*\| ([^|]+) \|$", text, re.M)
    assert [name for name, _ in threats] == [
        f"T{number}" for number in range(1, len(threats) + 1)
    ]
    assert len(threats) > 20
    for name, held in threats:
        places = re.findall(r"`([^`]+)`", held)
        assert places, name
        assert all(map(is_there, places)), (name, places)


def test_each_check_answers_to_a_requirement_that_there_is():
    from tests.security.test_checks import THERE

    known = {each[0] for each in rows()}
    third = {"1.2.10", "15.4.2", "16.4.3"}  # asked for at level 3
    for check in (check for checks in THERE.values() for check in checks):
        ids = {each for each in check.answers_to if re.fullmatch(r"[\d.]+", each)}
        assert ids <= known | third | OPEN, (check.name, ids)


# Level 3, or of V10: what checks of other groups answer to besides.
OPEN = frozenset({"2.3.5", "6.3.8", "8.3.2", "14.2.6", "14.2.7"})
