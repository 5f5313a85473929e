"""What a command writes is there whole, or what was there before is."""

import stat
from pathlib import Path

import pytest

from web.commands.writing import write_whole


def test_a_file_is_written_and_written_over(tmp_path):
    path = tmp_path / "plan.json"
    write_whole(path, b"older")
    path.chmod(0o640)
    write_whole(path, b"newer")
    assert path.read_bytes() == b"newer"
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert list(tmp_path.iterdir()) == [path]


def test_a_link_goes_on_to_lead_where_it_led(tmp_path):
    path, link = tmp_path / "plan.json", tmp_path / "latest.json"
    path.write_bytes(b"older")
    link.symlink_to(path)
    write_whole(link, b"newer")
    assert link.is_symlink()
    assert path.read_bytes() == b"newer"


def test_a_full_disk_leaves_the_older_file_and_nothing_else(tmp_path, monkeypatch):
    path = tmp_path / "plan.json"
    path.write_bytes(b"older")

    def full(self: Path, raw: bytes) -> int:
        with self.open("wb") as stream:
            stream.write(raw[:2])
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(OSError, match="No space"):
        write_whole(path, b"newer")
    assert path.read_text() == "older"
    assert list(tmp_path.iterdir()) == [path]


def test_a_device_is_written_to():
    write_whole(Path("/dev/null"), b"gone")
    assert not Path("/dev/null").is_file()
