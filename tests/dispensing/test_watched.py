"""A running service reads its overlay again, and keeps the last good one."""

import os
from datetime import date

import pytest

from dispensing.desk import Desk
from dispensing.gateway.sandbox import SandboxGateway
from dispensing.policy import BadPack, WatchedOverlay
from dispensing.vault import Vault

DAY = date(2024, 3, 5)
NAME = "ratio.resident.level2"
FILE = """
region = "wenzhou"
title = "市局参数"

[[parameters]]
name = "ratio.resident.level2"
value = "{share}"
source = "市局复函"
from = 2024-01-01
"""


@pytest.fixture
def write(tmp_path):
    """Write the overlay; each writing is a second later than the one before."""
    path, clock = tmp_path / "overlay.toml", iter(range(1_700_000_000, 1_800_000_000))

    def put(content: str):
        path.write_text(content, "utf-8")
        now = next(clock)
        os.utime(path, (now, now))
        return path

    return put


@pytest.fixture
def desk(write):
    watched = WatchedOverlay(write(FILE.format(share="0.35")))
    return Desk(watched, SandboxGateway(":memory:"), Vault(b"v" * 32), b"c" * 32)


def share(desk: Desk) -> object:
    return desk.rules_of("wenzhou", DAY).figures[NAME].value


def test_a_changed_overlay_is_in_force_with_the_next_question(desk, write):
    assert share(desk) == 3_500
    write(FILE.format(share="0.40"))
    assert share(desk) == 4_000
    assert desk.overlay.title == "市局参数"


def test_the_rules_are_compiled_once_while_the_file_stays(desk):
    assert desk.rules_of("wenzhou", DAY) is desk.rules_of("wenzhou", DAY)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (FILE.format(share="1.40"), "overlay.toml:7: ratio.resident.level2: expected"),
        (FILE.replace("source", "sauce"), "overlay.toml:8: parameters[0].sauce: unk"),
        (FILE.replace("= 2024", "2024"), "overlay.toml:9: file: expected TOML"),
        (FILE.replace("level2", "level9"), "overlay.toml:6: ratio.resident.level9"),
    ],
)
def test_a_bad_overlay_is_told_in_one_line_and_the_last_good_one_stays(
    desk, write, caplog, content, told
):
    write(content)
    assert share(desk) == share(desk) == 3_500
    (record,) = caplog.records
    assert "the last good one stays" in record.getMessage()
    assert told in record.getMessage()
    assert "\n" not in record.getMessage()
    write(FILE.format(share="0.45"))
    assert share(desk) == 4_500


TIELING = """
region = "tieling"
title = "市局参数"

[[parameters]]
name = "schemes"
value = ["resident", "employee"]
source = "市局复函"
from = 2024-01-01
"""


def test_an_overlay_that_leaves_rules_without_a_ratio_is_refused(write):
    """Employees without a ratio: each answer would fail, so the file does."""
    with pytest.raises(
        BadPack, match=r"overlay\.toml:5: ratio\.employee.*or the document"
    ):
        WatchedOverlay(write(TIELING))


def test_an_overlay_that_is_gone_is_told_and_stays(desk, write, caplog):
    write(FILE).unlink()
    assert share(desk) == 3_500
    assert "expected a file to read" in caplog.records[0].getMessage()


def test_the_service_does_not_begin_with_a_bad_overlay(write):
    with pytest.raises(BadPack, match=r"overlay\.toml:7: ratio\.resident\.level2"):
        WatchedOverlay(write(FILE.format(share="3")))


def test_other_regions_are_not_touched(desk):
    figure = desk.rules_of("tieling", DAY).figures["ratio.resident.level2"]
    assert figure.value == 5_500
    assert figure.layer == "city"
