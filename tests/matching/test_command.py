"""The command: a registry tried and taken, a run, its lists."""

import pytest

from tests.matching.test_registry import ALICE, table
from tests.platform import commands

GOOD = table(ALICE, "外乡人,530902194906010066,糖尿病,,", encoding="gb18030")
BAD = table("李四,330302195703124026,糖尿病,,", ALICE)


@pytest.fixture
def yaoda(platform, monkeypatch):
    """Give what runs a command on the platform."""
    ask = commands(platform, monkeypatch)
    return lambda *words: ask("matching", *words)


@pytest.fixture
def take(yaoda, tmp_path):
    """Give what writes a registry and hands it to the command."""

    def taken(content: bytes, *more: str):
        path = tmp_path / "名单.csv"
        path.write_bytes(content)
        return yaoda("import", str(path), "--area", "3303", *more)

    return taken


def test_a_registry_is_tried_taken_and_matched(yaoda, take):
    tried = take(GOOD, "--dry-run")
    assert (tried.exit_code, tried.output) == (0, "2 rows, 2 people, 0 refused\n")
    none = yaoda("run", "--area", "3303")
    assert "No registry" in str(none.exception)
    assert take(GOOD).exit_code == 0
    run = yaoda("run", "--area", "330300")
    assert run.exit_code == 0 and "2 managed" in run.output
    assert "uninsured: 1 people" in run.output
    assert yaoda("runs", "--area", "3303").output == run.output


def test_a_bad_file_is_told_and_nothing_is_taken(yaoda, take, tmp_path):
    report = tmp_path / "bad.csv"
    bad = take(BAD, "--report", str(report))
    assert bad.exit_code == 1 and "row 2: 身份证号: '3303**********4026'" in bad.output
    assert "330302195703124026" not in report.read_text("utf-8-sig")
    assert "No registry" in str(yaoda("run", "--area", "3303").exception)
    assert "damaged" in str(take(b"PK\x03\x04").exception)
