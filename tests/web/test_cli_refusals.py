"""The yaoda command with everything wrong around it: one line, exit code two, no secret."""

import json
import socket
import sqlite3

import pytest

from web import accounts, cli, demo
from web.settings import Settings


@pytest.fixture(autouse=True)
def own_home(tmp_path, monkeypatch):
    monkeypatch.setenv("YAODA_VAR_DIR", str(tmp_path / "var"))
    monkeypatch.setenv("YAODA_DATABASE_URL", f"sqlite:///{tmp_path}/yaoda.db")
    monkeypatch.setenv("YAODA_PASSWORD_MEMORY_KIB", "64")


def refused(capsys, *words: str) -> str:
    """Run a command that must be refused; return the one line that it says."""
    assert cli.answer(lambda: cli.app(list(words), standalone_mode=False)) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert len(said.err.strip().splitlines()) == 1, said.err
    assert "Traceback" not in said.err and "hidden" not in said.err
    return said.err


@pytest.fixture
def places(tmp_path):
    """Make what an operator might name by mistake."""
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").write_text("words")
    (tmp_path / "binary").write_bytes(b"\x00\xff\xfe")
    (tmp_path / "no-map.json").write_text(json.dumps({"features": [{}]}))
    (tmp_path / "odd.toml").write_text('region = "wenzhou"\ntitle = "x"\nx = 1\n')
    with sqlite3.connect(tmp_path / "half.db") as half:
        half.execute("CREATE TABLE account (id INTEGER)")
    half.close()
    return tmp_path


@pytest.mark.usefixtures("sqlite_url")
@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("YAODA_VAR_DIR", "{}/file"),
        ("YAODA_VAR_DIR", "{}/file/below"),
        ("YAODA_DATABASE_URL", "sqlite:///{}/folder"),
        ("YAODA_DATABASE_URL", "sqlite:///{}/binary"),
        ("YAODA_DATABASE_URL", "sqlite:///{}/half.db"),
        ("YAODA_DATABASE_URL", "mysql://user:hidden@localhost/x"),
        ("YAODA_DATABASE_URL", "oracle://user:hidden@localhost/x"),
        ("YAODA_DATABASE_URL", "postgresql://user:hidden@127.0.0.1:1/x"),
        ("YAODA_DATABASE_URL", "postgresql://user:hidden@127.0.0.1:port/x"),
        ("YAODA_DATABASE_URL", "postgresql+none://user:hidden@127.0.0.1/x"),
        ("YAODA_GATEWAY", "{}/folder"),
        ("YAODA_GATEWAY", "{}/file"),
        ("YAODA_OVERLAY", "{}/folder"),
        ("YAODA_OVERLAY", "{}/binary"),
        ("YAODA_OVERLAY", "{}/odd.toml"),
        ("YAODA_BASEMAP", "{}/nothing"),
        ("YAODA_BASEMAP", "{}/binary"),
        ("YAODA_BASEMAP", "{}/no-map.json"),
        ("YAODA_REGION", "nowhere"),
        ("YAODA_CLOCK_START", "0001-01-01T00:00:00Z"),
        ("YAODA_CLOCK_START", "9999-12-31T23:59:59Z"),
        ("YAODA_CLOCK_START", "2025-09-15"),
        ("YAODA_THREADS", "0"),
        ("YAODA_HTTPS", "perhaps"),
        ("YAODA_BODY_BYTES_MAX", "1"),
    ],
)
def test_a_bad_place_or_setting_is_one_line(name, value, places, monkeypatch, capsys):
    monkeypatch.setenv(name, value.format(places))
    refused(capsys, "users", "add", "yan", "bureau", "330300")


@pytest.mark.usefixtures("sqlite_url")
@pytest.mark.parametrize(
    ("username", "role", "subject"),
    [
        ("", "bureau", "330300"),
        ("x" * 65, "bureau", "330300"),
        ("two\nlines", "bureau", "330300"),
        ("yan", "bureau", ""),
        ("yan", "bureau", "Wenzhou"),
        ("yan", "patient", "330302195703124025"),
        ("yan", "counter", "C330300001"),
        ("yan", "courier", "courier1"),
    ],
)
def test_an_account_that_could_not_work_is_not_opened(username, role, subject, capsys):
    refused(capsys, "users", "add", username, role, subject)


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31", "2025-W01-1", "0"])
def test_a_day_beyond_reach_is_not_told(day, tmp_path, capsys):
    refused(capsys, "sample", "--day", day, "--out", str(tmp_path / "out"))
    refused(capsys, "packs", "open", "--day", day)
    assert not (tmp_path / "out").exists()


def test_a_sample_is_not_written_into_a_file(places, capsys):
    refused(capsys, "sample", "--out", str(places / "file"))
    assert (places / "file").read_text() == "words"


@pytest.mark.usefixtures("sqlite_url")
def test_a_port_in_use_is_said_before_any_address(capsys):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert "cannot listen" in refused(capsys, "serve", "--port", str(port))


def test_a_key_of_the_wrong_length_is_not_used(tmp_path, capsys):
    folder = Settings().secrets_dir
    folder.mkdir(parents=True)
    (folder / "code").write_bytes(b"short")
    assert "32 bytes" in refused(capsys, "db", "init")


def test_what_is_set_to_nothing_is_not_set(monkeypatch):
    for name in ("VAR_DIR", "HOST", "PORT", "OVERLAY", "REGION", "CLOCK_START"):
        monkeypatch.setenv(f"YAODA_{name}", "")
    settings = Settings()
    assert settings.var_dir.name == "var"
    assert settings.host == "127.0.0.1"
    assert settings.overlay is None


def test_every_login_of_the_demo_could_work():
    for username, name, role, subject in demo._logins():
        assert accounts.NewAccount(username, name, (role,), subject, "")


FAULTY = """region = "atlantis"
title = "市局参数"

[[parameters]]
name = "ratio.resident.level2"
value = "1.35"
from = 2024-01-01

[[parameters]]
name = "quota.kind.鹿城"
value = "ceiling"
source = "市局复函"
from = 2024-02-01
until = 2024-01-01
"""


def test_an_overlay_is_told_all_its_faults_a_line_each(tmp_path, monkeypatch, capsys):
    (tmp_path / "overlay.toml").write_text(FAULTY, "utf-8")
    monkeypatch.setenv("YAODA_OVERLAY", str(tmp_path / "overlay.toml"))
    assert cli.answer(lambda: cli.app(["db", "init"], standalone_mode=False)) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert not (tmp_path / "yaoda.db").exists()
    wanted = [
        "yaoda: overlay.toml:1: file.region: expected one of",
        "yaoda: overlay.toml:4: ratio.resident.level2.source: expected words",
        "yaoda: overlay.toml:6: ratio.resident.level2: expected a share",
        "yaoda: overlay.toml:14: quota.kind.鹿城: expected from <= until",
    ]
    told = said.err.splitlines()
    assert len(told) == len(wanted)
    for line, beginning in zip(told, wanted, strict=True):
        assert line.startswith(beginning)


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        # It parses, and yet employees would have no ratio anywhere.
        (
            "schemes",
            '["resident", "employee"]',
            "overlay.toml:4: ratio.employee.primary: expected a ratio in tieling",
        ),
        (
            "ratio.resident.pharmacy.epilepsy",
            '"0.50"',
            "epilepsy: expected schemes and diseases of tieling",
        ),
    ],
)
def test_an_overlay_that_cannot_be_compiled_is_refused_at_the_start(
    name, value, told, tmp_path, monkeypatch, capsys
):
    row = f'[[parameters]]\nname = "{name}"\nvalue = {value}\nsource = "a"\n'
    text = f'region = "tieling"\ntitle = "a"\n\n{row}from = 2024-01-01\n'
    (tmp_path / "overlay.toml").write_text(text, "utf-8")
    monkeypatch.setenv("YAODA_OVERLAY", str(tmp_path / "overlay.toml"))
    assert cli.answer(lambda: cli.app(["db", "init"], standalone_mode=False)) == 2
    assert told in capsys.readouterr().err
