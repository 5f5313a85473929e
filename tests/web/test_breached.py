"""Passwords that others have lost, in the operator's file."""

import hashlib

import pytest
from pydantic import ValidationError

from tests.platform import PASSWORD, commands, send
from web import breached, passwords
from web.settings import Settings

LOST = "four frogs sing at dusk"


def written(path, words, ending="\r\n"):
    found = sorted(hashlib.sha1(word.encode()).hexdigest().upper() for word in words)
    lines = (f"{digest}:{number * 7}{ending}" for number, digest in enumerate(found, 1))
    path.write_bytes("".join(lines).encode())
    return path


@pytest.mark.parametrize("ending", ["\r\n", "\n"])
@pytest.mark.parametrize("many", [1, 2, 3, 200])
def test_each_line_of_the_file_is_found_and_nothing_else(tmp_path, many, ending):
    words = [f"word {number}" for number in range(many)]
    file = breached.check(written(tmp_path / "lost.txt", words, ending))
    assert all(breached.holds(file, word) for word in words)
    assert not any(breached.holds(file, f"other {number}") for number in range(200))


def test_a_file_without_counts_in_small_letters_and_no_last_break_is_read(tmp_path):
    file = written(tmp_path / "lost.txt", ["a", "b", "c"])
    digests = [line.split(":")[0].lower() for line in file.read_text().split()]
    file.write_text("\n".join(digests))
    assert all(breached.holds(breached.check(file), word) for word in "abc")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "is empty"),
        ("password\n", "expected lines of SHA-1"),
        ("0" * 32 + ":3\n", "expected lines of SHA-1"),
        ("F" * 40 + ":3\n" + "0" * 40 + ":3\n", "sorted"),
    ],
)
def test_a_file_that_cannot_be_searched_is_told_at_the_start(tmp_path, text, said):
    file = tmp_path / "lost.txt"
    file.write_text(text)
    with pytest.raises(ValidationError, match=said):
        Settings(breached_passwords=file)
    with pytest.raises(ValidationError, match="No such file"):
        Settings(breached_passwords=tmp_path / "none")


@pytest.mark.parametrize(
    "word",
    ["woaini1314520", "woaizhongguo", "yiyuan123456", "taobao123456", "1qaz2wsx3edc"],
)
def test_what_half_the_country_would_try_is_too_common(word, platform):
    with platform.app.test_request_context():
        assert "太常见" in passwords.fault(word, {"patient"})


def test_a_lost_password_is_set_at_no_door(tmp_path, platform, monkeypatch):
    file = written(tmp_path / "lost.txt", [LOST])
    settings = platform.app.extensions["settings"]
    changed = settings.model_copy(update={"breached_passwords": file})
    monkeypatch.setitem(platform.app.extensions, "settings", changed)
    here = platform.person("counter")
    sent = {"password": PASSWORD, "new_password": LOST, "new_password_confirm": LOST}
    assert "泄露过" in send(here, "/change", **sent).text
    with platform.app.test_request_context():
        assert not passwords.fault("five toads sing at dawn", {"patient"}, lost=file)
        file.unlink()
        assert "核对不了" in passwords.fault(LOST, {"patient"}, lost=file)


def test_a_lost_password_is_refused_on_an_invitation(tmp_path, platform, monkeypatch):
    file = written(tmp_path / "lost.txt", [LOST])
    settings = platform.app.extensions["settings"]
    changed = settings.model_copy(update={"breached_passwords": file})
    run = commands(platform, monkeypatch)
    said = run("users", "add", "lin", "bureau", "330300").stdout
    monkeypatch.setitem(platform.app.extensions, "settings", changed)
    link = said.strip().removeprefix("http://127.0.0.1:8000")
    refused = platform.app.test_client().post(
        link, data={"password": LOST, "again": LOST}
    )
    assert refused.status_code == 422 and "泄露过" in refused.text
