"""The keys of one installation: made at its first start, readable by its owner only."""

import os
import secrets
from dataclasses import dataclass, fields
from pathlib import Path

KEY_BYTES = 32


@dataclass(frozen=True, slots=True)
class Keys:
    """The four secrets that an installation needs beside its vault, 32 random bytes each."""

    session: bytes  # signs cookies and tokens
    password: bytes  # salts the HMAC under every password hash
    code: bytes  # signs insurance codes (医保码)
    handover: bytes  # derives the six digits of a hand-over

    def __repr__(self) -> str:
        return "Keys(...)"


def load_keys(folder: Path) -> Keys:
    """Read the keys from their folder, making those that are missing."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return Keys(**{part.name: load_key(folder / part.name) for part in fields(Keys)})


def load_key(path: Path) -> bytes:
    """Read one key from its file, making it where it is missing."""
    if not path.exists():
        write_once(path, secrets.token_bytes(KEY_BYTES))
    key = path.read_bytes()
    if len(key) != KEY_BYTES:
        raise ValueError(f"{path} should hold {KEY_BYTES} bytes, it holds {len(key)}")
    return key


def write_once(path: Path, raw: bytes) -> bool:
    """Write a secret under its name, whole; false where another process was quicker."""
    draft = _draft(path, raw)
    try:
        # A link is made whole or not at all, and never over an existing name.
        os.link(draft, path)
    except FileExistsError:
        return False
    finally:
        draft.unlink(missing_ok=True)
    return True


def write_over(path: Path, raw: bytes) -> None:
    """Put a secret in the place of what has its name, whole or not at all."""
    os.replace(_draft(path, raw), path)


def _draft(path: Path, raw: bytes) -> Path:
    draft = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(raw)
        file.flush()
        os.fsync(file.fileno())
    return draft
