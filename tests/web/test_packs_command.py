"""The officer's pack commands: check, show, compare."""

import shutil

import pytest

from dispensing.policy.pack import POLICIES
from web import cli


@pytest.fixture(autouse=True)
def own_home(tmp_path, monkeypatch):
    monkeypatch.setenv("YAODA_VAR_DIR", str(tmp_path / "var"))
    monkeypatch.delenv("YAODA_OVERLAY", raising=False)


def run(*words: object) -> int:
    said = [str(word) for word in words]
    return cli.answer(lambda: cli.app(said, standalone_mode=False))


def test_the_shipped_packs_are_checked(capsys):
    assert run("packs", "check", "--cases", 50) == 0
    said = capsys.readouterr().out
    assert "wenzhou-2019" in said
    assert "250 cases drawn" in said
    assert said.endswith("\n0 faults\n")


def test_a_broken_pack_fails_with_a_sentence(capsys, tmp_path):
    folder = tmp_path / "policies"
    shutil.copytree(POLICIES, folder)
    pack = folder / "tieling-2021.toml"
    pack.write_text(pack.read_text("utf-8").replace('"0.55"', '"1.55"'), "utf-8")
    assert run("packs", "check", folder) == 1
    said = capsys.readouterr().out
    assert "ratio.resident.level2: expected a share" in said
    assert said.startswith("tieling-2021.toml:")
    assert said.endswith("\n1 fault\n")


def test_figures_are_shown(capsys):
    assert run("packs", "show", "tieling", "--day", "2024-03-05") == 0
    said = capsys.readouterr().out
    assert "ratio.resident.level2: 55%" in said
    assert "“二级医疗机构补偿比例55%”" in said


def test_two_days_are_compared(capsys):
    assert run("packs", "diff", "wenzhou@2020-01-01", "wenzhou@2024-01-01") == 0
    assert "+ voucher.e_code: true" in capsys.readouterr().out


@pytest.mark.parametrize(
    "words",
    [
        ("check", "no-such-folder"),
        ("show", "atlantis"),
        ("show", "wenzhou", "--day", "1999-01-01"),
        ("diff", "wenzhou", "wenzhou@yesterday"),
    ],
)
def test_a_wrong_command_is_one_line(capsys, words):
    assert run("packs", *words) == 2
    assert capsys.readouterr().err.count("\n") == 1
