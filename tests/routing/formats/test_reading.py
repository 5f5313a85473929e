"""Benchmark files are read as they are, or refused in one sentence that names the line."""

import json
from io import StringIO
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import fixtures
from routing.formats import li_lim, lines, sartori, solomon
from routing.formats.instance import Format
from routing.formats.lines import BadFile, Lines
from routing.formats.reading import read_instance
from tests.routing.formats.files import LI_LIM, SARTORI, SOLOMON, TEXTS

BENCHMARKS = Path(fixtures.__file__).parent / "benchmarks"
READERS = {
    "li-lim": li_lim.read,
    "solomon": solomon.read,
    "sartori": sartori.read,
}
COMMITTED = sorted(BENCHMARKS.glob("*/*.txt"))


@pytest.fixture
def read(tmp_path):
    """Read a text as a file of a format."""

    def reading(form, text):
        path = tmp_path / "given.txt"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return read_instance(path, Format(form))

    return reading


def test_a_li_lim_file_is_read_as_it_is(read):
    instance = read("li-lim", LI_LIM)
    assert (instance.vehicles, instance.capacity) == (2, 10)
    assert instance.pairs == ((1, 2), (3, 4))
    assert instance.way(1, 2) == 5.0
    third = instance.nodes[3]
    assert (third.demand, third.open, third.close, third.service) == (6, 10, 500.5, 10)


def test_a_solomon_file_has_loads_from_the_depot(read):
    instance = read("solomon", SOLOMON)
    assert (instance.vehicles, instance.capacity, instance.pairs) == (2, 10, ())
    assert [node.demand for node in instance.nodes] == [0, 6, 4, 5]
    assert instance.way(1, 3) == 6.0


def test_a_sartori_file_brings_its_own_ways(read):
    instance = read("sartori", SARTORI)
    assert (instance.vehicles, instance.capacity) == (2, 10)
    assert instance.pairs == ((1, 3), (2, 4))
    assert instance.way(0, 2) == 8 and instance.way(3, 4) == 2


@pytest.mark.parametrize("form", TEXTS)
def test_ends_of_lines_and_blank_lines_do_not_matter(read, form):
    plain = read(form, TEXTS[form])
    other = read(form, TEXTS[form].replace("\n", "\r\n\r\n"))
    assert other.nodes == plain.nodes and other.pairs == plain.pairs


@pytest.mark.parametrize("path", COMMITTED, ids=lambda path: path.stem)
def test_the_benchmarks_that_come_with_it_are_read(path):
    instance = read_instance(path, Format(path.parent.name))
    known = json.loads((BENCHMARKS / "best-known.json").read_text("utf-8"))[path.stem]
    assert known["format"] == path.parent.name
    assert 0 < known["vehicles"] <= instance.vehicles
    assert len(instance.nodes) > 100
    paired = len({number for pair in instance.pairs for number in pair})
    assert paired in (0, len(instance.nodes) - 1)


def broken(form, old, new):
    assert old in TEXTS[form], old
    return form, TEXTS[form].replace(old, new, 1)


@pytest.mark.parametrize(
    ("form", "text", "said"),
    [
        ("li-lim", "", "line 1: expected vehicles, capacity and speed, got the end"),
        ("li-lim", "2 10 1\n", "line 2: expected the depot, got the end of the file"),
        (*broken("li-lim", "2 10 1", "2 10"), "line 1: expected 3 numbers"),
        (
            *broken("li-lim", "2 10 1", "0 10 1"),
            "line 1: expected a whole number from 1",
        ),
        (*broken("li-lim", "2 10 1", "2 1.5 1"), "as capacity, got 1.5"),
        (
            *broken("li-lim", "1 3 4", "1 NaN 4"),
            "line 3: expected a number as x, got 'NaN'",
        ),
        (*broken("li-lim", "1 3 4", "1 inf 4"), "line 3: expected a number as x"),
        (*broken("li-lim", "1 3 4", "1 3_0 4"), "line 3: expected a number as x"),
        (*broken("li-lim", "1 3 4", "1 1e99 4"), "at most 1000000000 as x, got '1e99'"),
        (*broken("li-lim", "1 3 4", "7 3 4"), "line 3: expected node 1, in order"),
        (*broken("li-lim", "0 500 10", "600 500 10"), "a window that closes after"),
        (*broken("li-lim", "0 500 10", "-5 500 10"), "ready and service from 0"),
        (*broken("li-lim", "0 500 10", "0 500 -1"), "ready and service from 0"),
        (*broken("li-lim", "4 5 0", "4 -5 0"), "line 3: expected a demand from 0"),
        (
            *broken("li-lim", "4 5 0", "4 5.5 0"),
            "line 3: expected a whole number as dem",
        ),
        (*broken("li-lim", "10 0 2", "10 0 0"), "line 3: expected a pickup that names"),
        (*broken("li-lim", "10 0 2", "10 3 2"), "line 3: expected a pickup that names"),
        (*broken("li-lim", "10 0 2", "10 0 4"), "node 4 to name node 1 as its pickup"),
        (*broken("li-lim", "10 0 2", "10 0 9"), "node 9 to name node 1 as its pickup"),
        (*broken("li-lim", "10 1 0", "10 3 0"), "node 2 to name node 1 as its pickup"),
        (*broken("solomon", "VEHICLE", "CARS"), "the heading VEHICLE, got 'CARS'"),
        (
            *broken("solomon", "  2         10", "ten 10"),
            "a number as number, got 'ten'",
        ),
        (
            *broken("solomon", "  1      3", "  1      x"),
            "line 11: expected a number as x",
        ),
        (*broken("solomon", " 6        100", "-6 100"), "a demand from 0, got -6"),
        (
            "solomon",
            "\n".join(SOLOMON.split("\n")[:8]),
            "expected the depot, got the end",
        ),
        (*broken("sartori", "SIZE: 5", "SIZE: five"), "a number as SIZE, got 'five'"),
        (*broken("sartori", "SIZE: 5", "SIZE: 100000000"), "a SIZE of at most 10001"),
        (*broken("sartori", "SIZE: 5", "SIZE: 6"), "line 12: expected 9 numbers"),
        (*broken("sartori", "CAPACITY: 10\n", ""), "expected CAPACITY before NODES"),
        (*broken("sartori", "TYPE: PDPTW", "PDPTW"), "line 3: expected KEY: value"),
        (*broken("sartori", "TYPE", "NAME"), "expected each key once"),
        (*broken("sartori", "EDGES", "WAYS"), "line 12: expected EDGES, got 'WAYS'"),
        (
            *broken("sartori", "7 0 3 4 5", "7 0 3 4"),
            "line 14: expected 5 numbers in row 1",
        ),
        (
            *broken("sartori", "7 0 3 4 5", "7 1 3 4 5"),
            "0 from node 1 to itself, got 1",
        ),
        (
            *broken("sartori", "7 0 3 4 5", "-7 0 3 4 5"),
            "whole numbers from 0, got '-7'",
        ),
        (
            *broken("sartori", "7 0 3 4 5", "99999999999 0 3 4 5"),
            "whole numbers from 0",
        ),
        (*broken("sartori", "EOF\n", ""), "line 18: expected EOF, got the end"),
        (*broken("sartori", "EOF\n", "EOF\nmore\n"), "expected nothing after EOF"),
        ("sartori", "A: 1\n" * 3, "expected each key once"),
        ("li-lim", b"\x00\xff\xfe\x93", "line 1: expected 3 numbers"),
    ],
)
def test_a_broken_file_gets_one_sentence_with_the_line(read, form, text, said):
    with pytest.raises(BadFile) as caught:
        read(form, text)
    assert said in str(caught.value)
    assert str(caught.value).startswith("given.txt, line ")
    assert "\n" not in str(caught.value)


def test_a_line_without_an_end_is_not_read_to_its_end(read):
    with pytest.raises(BadFile, match="at most 200000 characters"):
        read("li-lim", "7" * 300_000)


def test_a_file_without_an_end_is_not_read_to_its_end(read, monkeypatch):
    monkeypatch.setattr(lines, "FILE_CHARS_MAX", 1000)
    with pytest.raises(BadFile, match="at most 1000 characters in all"):
        read("li-lim", LI_LIM + "\n" * 2000)


def test_more_nodes_than_are_planned_are_refused(read, monkeypatch):
    monkeypatch.setattr("routing.formats.nodes.NODES_MAX", 3)
    with pytest.raises(BadFile, match="line 5: expected at most 2 nodes"):
        read("li-lim", LI_LIM)


@pytest.mark.parametrize("form", TEXTS)
@given(place=st.integers(0, 200), odd=st.text(max_size=12))
def test_whatever_is_broken_is_told_and_never_crashes(form, place, odd):
    words = TEXTS[form].split(" ")
    words[place % len(words)] = odd
    stream = StringIO(" ".join(words))
    try:
        assert READERS[form](Lines("given.txt", stream)).nodes
    except BadFile as told:
        assert str(told).startswith("given.txt, line ")
