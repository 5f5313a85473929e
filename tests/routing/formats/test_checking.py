"""The check of an answer finds every fault that there can be, and no other."""

import json
from dataclasses import replace

import pytest

from routing.formats.answer import answer_of, read_answer
from routing.formats.checking import objections
from routing.formats.instance import Format
from routing.formats.lines import BadFile
from routing.formats.reading import read_instance
from tests.routing.formats.files import TEXTS

GOOD = {
    "li-lim": [[1, 2], [3, 4]],
    "solomon": [[1, 2], [3]],
    "sartori": [[1, 3], [2, 4]],
}


@pytest.fixture
def instance_of(tmp_path):
    def reading(form, old="", new=""):
        path = tmp_path / "given.txt"
        path.write_text(TEXTS[form].replace(old, new, 1) if old else TEXTS[form])
        return read_instance(path, Format(form))

    return reading


@pytest.mark.parametrize("form", GOOD)
def test_a_good_answer_passes(instance_of, form):
    instance = instance_of(form)
    answer = answer_of(instance, GOOD[form])
    assert answer.vehicles == 2 and answer.unserved == ()
    assert objections(instance, answer) == ()


def test_distances_are_those_of_the_file(instance_of):
    assert answer_of(instance_of("li-lim"), GOOD["li-lim"]).distance == 40
    assert answer_of(instance_of("sartori"), GOOD["sartori"]).distance == 20 + 22


def test_leaving_a_pair_is_no_fault_when_it_is_told(instance_of):
    instance = instance_of("li-lim")
    answer = answer_of(instance, [[1, 2]])
    assert answer.unserved == (3, 4)
    assert objections(instance, answer) == ()


@pytest.mark.parametrize(
    ("form", "routes", "said"),
    [
        ("li-lim", [[1, 2], [3, 4], [1]], "node 1 is told twice"),
        ("li-lim", [[1, 2], [3, 4, 9]], "node 9 is no node of the file"),
        ("li-lim", [[0, 1, 2], [3, 4]], "node 0 is no node of the file"),
        ("li-lim", [[2, 1], [3, 4]], "delivery 2 comes before its pickup 1"),
        ("li-lim", [[1, 4], [3, 2]], "pickup 1 and delivery 2 are in two routes"),
        ("li-lim", [[1, 3, 2, 4]], "route 1: 11 on board after node 3, room for 10"),
        ("li-lim", [[1], [3, 4]], "of pickup 1 and delivery 2 only one is served"),
        ("solomon", [[1, 2, 3]], "route 1: 15 loaded at the depot, room for 10"),
        ("solomon", [[1], [2], [3]], "3 routes driven, 2 vehicles in the file"),
    ],
)
def test_a_broken_answer_is_told(instance_of, form, routes, said):
    instance = instance_of(form)
    answer = answer_of(
        instance, [[it for it in r if it in range(1, 5)] for r in routes]
    )
    answer = replace(answer, routes=tuple(tuple(route) for route in routes))
    assert said in objections(instance, answer)


@pytest.mark.parametrize(
    ("form", "old", "new", "said"),
    [
        (
            "li-lim",
            "0 600 10 1",
            "0 19.9 10 1",
            "node 2 closes at 19.9, reached at 20.0",
        ),
        (
            "li-lim",
            "0 0 0 0 0 1000",
            "0 0 0 0 0 39",
            "back at 40.000000, the depot clos",
        ),
        (
            "sartori",
            "0 240 5 1 0",
            "0 15 5 1 0",
            "node 3 closes at 15, reached at 16.0",
        ),
    ],
)
def test_time_is_kept_by_the_clock_of_the_file(instance_of, form, old, new, said):
    instance = instance_of(form, old, new)
    found = objections(instance, answer_of(instance, GOOD[form]))
    assert any(said in each for each in found)


def test_a_vehicle_waits_for_a_window_to_open(instance_of):
    waits = instance_of("solomon", "  0        300", "150 151")
    assert not objections(waits, answer_of(waits, GOOD["solomon"]))


def test_what_is_told_must_be_so(instance_of):
    instance = instance_of("li-lim")
    answer = answer_of(instance, GOOD["li-lim"])
    assert objections(instance, replace(answer, vehicles=1)) == (
        "1 vehicles told, 2 routes driven",
    )
    assert objections(instance, replace(answer, distance=39)) == (
        "distance 39 told, 40.000000 reckoned",
    )
    assert objections(instance, replace(answer, unserved=(2,))) == (
        "node 2 is told twice",
    )
    assert objections(instance_of("li-lim"), replace(answer, routes=((1, 2),)))


def test_an_answer_is_written_as_it_is_read(instance_of, tmp_path):
    answer = answer_of(instance_of("li-lim"), [[1, 2]])
    path = tmp_path / "plan.json"
    path.write_text(answer.json())
    assert read_answer(path) == answer
    assert list(json.loads(path.read_text())) == [
        *("vehicles", "distance", "routes", "unserved")
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "expected JSON"),
        ("[" * 100_000, "expected JSON"),
        ("[]", "expected an object of distance, routes, unserved, vehicles"),
        ('{"vehicles": 1}', "expected an object"),
        ('{"vehicles": true, "distance": 1, "routes": [], "unserved": []}', "vehicles"),
        ('{"vehicles": 1, "distance": NaN, "routes": [], "unserved": []}', "distance"),
        ('{"vehicles": 1, "distance": "1", "routes": [], "unserved": []}', "distance"),
        (
            '{"vehicles": 1, "distance": 1'
            + "0" * 400
            + ', "routes": [], "unserved": []}',
            "a number as distance",
        ),
        (
            '{"vehicles": 1, "distance": 1, "routes": 1, "unserved": []}',
            "list of routes",
        ),
        (
            '{"vehicles": 1, "distance": 1, "routes": [[1.5]], "unserved": []}',
            "route 1",
        ),
        ('{"vehicles": 1, "distance": 1, "routes": [], "unserved": 3}', "unserved"),
    ],
)
def test_an_answer_that_is_none_is_refused_in_one_sentence(tmp_path, text, said):
    path = tmp_path / "plan.json"
    path.write_text(text)
    with pytest.raises(BadFile, match=said) as caught:
        read_answer(path)
    assert "\n" not in str(caught.value)
