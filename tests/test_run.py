"""The one command that sets up and runs everything."""

import os
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
RUN = ROOT / "run"
CI = ROOT / ".ci" / "run"


def run(*args: str, cwd: Path, path: str = os.defpath) -> subprocess.CompletedProcess:
    """Run the command as a newcomer would: without this environment on PATH."""
    return subprocess.run(
        [RUN, *args],
        cwd=cwd,
        env={"PATH": path, "HOME": str(cwd)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize("word", ["help", "--help", "-h"])
def test_help_needs_nothing_and_works_anywhere(word, tmp_path):
    done = run(word, cwd=tmp_path)
    assert done.returncode == 0
    for command in ("demo", "test", "serve", "bench", "lint", "audit", "yaoda"):
        assert f"./run {command}" in done.stdout
    assert not list(tmp_path.iterdir())


def test_an_unknown_command_is_refused_with_help(tmp_path):
    done = run("nonsense", cwd=tmp_path)
    assert done.returncode == 2
    assert "./run demo" in done.stderr


def test_without_a_python_it_says_what_to_do(tmp_path):
    """A shim on PATH that has no interpreter behind it does not count."""
    for name in ("bash", "dirname", "mkdir", "cat", "id"):
        (tmp_path / name).symlink_to(Path("/bin", name).resolve())
    shim = tmp_path / "python3"
    shim.write_text("#!/bin/sh\nexit 127\n")
    shim.chmod(0o755)
    alone = tmp_path / "alone"
    alone.mkdir()
    (alone / "run").write_bytes(RUN.read_bytes())
    done = subprocess.run(
        ["/bin/bash", alone / "run", "yaoda", "--help"],
        env={"PATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "no Python of 3.11 or later" in done.stderr


@pytest.mark.parametrize("path", [RUN, CI], ids=["run", "ci"])
def test_the_scripts_are_sound_and_may_be_executed(path):
    assert os.access(path, os.X_OK)
    assert subprocess.run(["/bin/bash", "-n", path], check=False).returncode == 0


def test_continuous_integration_runs_what_everybody_runs():
    assert "./run test" in CI.read_text("utf-8")
