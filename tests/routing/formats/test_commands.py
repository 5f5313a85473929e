"""`yaoda route` on the command line: what it writes, says and returns."""

import json

import pytest

from tests.routing.formats.files import LI_LIM, TEXTS
from web import cli


@pytest.fixture
def route(tmp_path, monkeypatch):
    """Run `yaoda route ...` in a folder with a file of each format."""
    for form, text in TEXTS.items():
        (tmp_path / f"{form}.txt").write_text(text)
    monkeypatch.chdir(tmp_path)

    def running(*words):
        return cli.answer(lambda: cli.app(["route", *words], standalone_mode=False))

    return running


def test_a_file_is_solved_and_its_answer_passes_the_check(route, tmp_path, capsys):
    asked = ("li-lim.txt", "--format", "li-lim", "--seconds", "1", "--seed", "3")
    assert route("solve", *asked, "--workers", "2", "--out", "plan.json") == 0
    told = json.loads((tmp_path / "plan.json").read_text())
    assert told["unserved"] == [] and told["vehicles"] == 1
    assert sorted(it for nodes in told["routes"] for it in nodes) == [1, 2, 3, 4]
    assert "plan.json: 1 vehicles, distance " in capsys.readouterr().out
    assert route("verify", "li-lim.txt", "--format", "li-lim", "plan.json") == 0
    assert capsys.readouterr().out.endswith("nothing wrong\n")


def test_a_wrong_answer_has_a_line_for_each_fault(route, tmp_path, capsys):
    wrong = {"vehicles": 2, "distance": 40, "routes": [[2, 1], [3]], "unserved": []}
    (tmp_path / "plan.json").write_text(json.dumps(wrong))
    assert route("verify", "li-lim.txt", "--format", "li-lim", "plan.json") == 1
    said = capsys.readouterr().out.splitlines()
    assert "delivery 2 comes before its pickup 1" in said
    assert "node 4 is neither served nor told as unserved" in said


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("none.txt", "--format", "li-lim"), "none.txt: no such file"),
        (
            ("li-lim.txt", "--format", "solomon"),
            "li-lim.txt, line 2: expected the head",
        ),
        (("bad.txt", "--format", "li-lim"), "bad.txt, line 3: expected a window"),
        (("li-lim.txt", "--format", "li-lim", "--seconds", "nan"), "--seconds nan"),
        (
            ("li-lim.txt", "--format", "li-lim", "--seconds", "0"),
            "--seconds 0: expected",
        ),
        ((".", "--format", "li-lim"), "directory"),
    ],
)
def test_bad_input_is_one_line_and_code_two(route, tmp_path, capsys, words, said):
    (tmp_path / "bad.txt").write_text(LI_LIM.replace("0 500 10", "501 500 10", 1))
    assert route("solve", *words, "--out", "plan.json") == 2
    told = capsys.readouterr().err.strip()
    assert said in told and len(told.splitlines()) == 1
    assert not (tmp_path / "plan.json").exists()


def test_a_folder_to_write_into_must_be_there(route, capsys):
    asked = ("li-lim.txt", "--format", "li-lim", "--out", "none/plan.json")
    assert route("solve", *asked) == 2
    assert "no such folder" in capsys.readouterr().err
