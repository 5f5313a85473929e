"""The page on packs does what it says: its example is a region, its output is real."""

import hashlib
import re
import shlex
import shutil
from datetime import date
from pathlib import Path

import pytest

from dispensing.packs import check
from dispensing.policy.pack import POLICIES, load_packs
from dispensing.policy.rules import compile_rules
from web import cli

PAGE = (Path(__file__).parents[2] / "docs" / "packs.md").read_text("utf-8")
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
TEXTS = [body for language, body in BLOCKS if language == "text"]
PACK, REQUIREMENTS = [body for language, body in BLOCKS if language == "toml"]


@pytest.fixture
def folder(tmp_path):
    """Follow the page on a copy of the packs."""
    copy = tmp_path / "policies"
    shutil.copytree(POLICIES, copy)
    (copy / "texts" / "jiashi-2026.txt").write_text(TEXTS[0], "utf-8")
    (copy / "jiashi-2026.toml").write_text(PACK, "utf-8")
    asked = copy / "requirements.toml"
    asked.write_text(asked.read_text("utf-8") + "\n" + REQUIREMENTS, "utf-8")
    return copy


def test_the_digest_of_the_page_is_that_of_its_text():
    digest = hashlib.sha256(TEXTS[0].encode()).hexdigest()
    assert f'text_sha256 = "{digest}"' in PACK


def test_the_region_of_the_page_passes_the_check_and_answers(folder):
    report = check(folder, seed=1, cases=50, seconds=lambda: 0)
    assert report.faults == ()
    assert [one.acted for one in report.carriages if one.region == "jiashi"] == [2]
    rules = compile_rules(load_packs(folder), "jiashi", date(2026, 3, 5), None)
    primary = rules.terms["resident", "primary", "diabetes"]
    assert primary.ratio_permyriad == 6_500
    mine = [one for one in rules.open_figures if one.layer == "city"]
    assert [one.name for one in mine] == ["ratio.resident"]


def test_the_fault_of_the_page_is_the_one_that_is_told(folder):
    pack = folder / "jiashi-2026.toml"
    pack.write_text(PACK.replace('"0.65"', '"0.60"'), "utf-8")
    (fault,) = check(folder, cases=0, seconds=lambda: 0).faults
    assert fault == TEXTS[1].strip()


def test_every_pack_stands_in_the_table():
    rows = dict(re.findall(r"^\| `([\w-]+)` \|.*\| (\S+) \|$", PAGE, re.MULTILINE))
    for pack in load_packs():
        assert rows[pack.id] == pack.effective_from.isoformat()


def test_what_the_page_prints_is_what_comes(capsys, monkeypatch):
    monkeypatch.delenv("YAODA_OVERLAY", raising=False)
    (shown,) = [body for language, body in BLOCKS if language == "console"]
    command, _, output = shown.partition("\n")
    words = shlex.split(command.removeprefix("$ yaoda "))
    assert cli.answer(lambda: cli.app(words, standalone_mode=False)) == 0
    assert capsys.readouterr().out == output
