"""Passwords that others have lost: looked up in the operator's own file, never elsewhere.

The file is what the downloader of Have I Been Pwned writes: a line `SHA-1:COUNT` for each
password, sorted. It is tens of gigabytes, so it is searched where it lies.
"""

import hashlib
import re
from io import SEEK_END
from pathlib import Path
from typing import BinaryIO

DIGITS = 40  # of a SHA-1
LOOKED_AT = 64  # lines at the start, spread over the file
_LINE = re.compile(rb"[0-9A-Fa-f]{40}(:\d{1,12})?\s*")


def holds(path: Path, password: str) -> bool:
    """Tell whether a password stands in the operator's file (ASVS 6.2.12)."""
    wanted = hashlib.sha1(password.encode(), usedforsecurity=False).hexdigest()
    key = wanted.upper().encode()
    with path.open("rb") as file:
        low, high = 0, file.seek(0, SEEK_END)
        while low < high:
            middle = (low + high) // 2
            if _key(_line_at(file, middle)) < key:
                low = middle + 1
            else:
                high = middle
        return _key(_line_at(file, low)) == key


def check(path: Path) -> Path:
    """Look at some lines of the file; ValueError says why it cannot be searched."""
    try:
        with path.open("rb") as file:
            size = file.seek(0, SEEK_END)
            before = b""
            for part in range(LOOKED_AT):
                before = _checked(
                    path, _line_at(file, size * part // LOOKED_AT), before
                )
    except OSError as error:
        raise ValueError(f"{path}: {error.strerror}") from None
    if not before:
        raise ValueError(f"{path}: is empty")
    return path


def _checked(path: Path, line: bytes, before: bytes) -> bytes:
    if not line:
        return before  # the last line began earlier
    if not _LINE.fullmatch(line):
        raise ValueError(
            f"{path}: expected lines of SHA-1:COUNT, 40 hexadecimal digits"
        )
    if _key(line) < before:
        raise ValueError(f"{path}: expected lines sorted by their SHA-1")
    return _key(line)


def _line_at(file: BinaryIO, place: int) -> bytes:
    """Read the first line that begins at a place or after it; nothing at the end."""
    file.seek(max(0, place - 1))
    if place:
        file.readline(DIGITS * 2)  # the rest of the line before
    return file.readline(DIGITS * 2)


def _key(line: bytes) -> bytes:
    # After the last line comes what is greater than every SHA-1.
    return line[:DIGITS].upper() or b"~"
