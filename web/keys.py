"""The keys of one installation: made at its first start, readable by its owner only.

Where the service is handed a master key (a systemd credential), every file of a key is sealed by
it: whoever copies the folder has none of them.
"""

import os
import secrets
from dataclasses import dataclass, fields
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

KEY_BYTES = 32
CREDENTIALS = "CREDENTIALS_DIRECTORY"  # set by systemd (systemd.exec(5), Credentials)
MASTER = "yaoda-master"
BACKUP = "backup"  # the key of the archives, which leaves the machine
_SEALED = b"yaoda-key-1\n"
_NONCE_BYTES = 12


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
    key = read_secret(path)
    if len(key) != KEY_BYTES:
        raise ValueError(f"{path} should hold {KEY_BYTES} bytes, it holds {len(key)}")
    return key


def read_secret(path: Path) -> bytes:
    """Read what a file of a key holds, opened by the master key where it was sealed."""
    raw = path.read_bytes()
    if not raw.startswith(_SEALED):
        return raw
    master = _master()
    if master is None:
        raise ValueError(f"{path} is sealed: the credential {MASTER} is not there")
    body = raw.removeprefix(_SEALED)
    nonce, sealed = body[:_NONCE_BYTES], body[_NONCE_BYTES:]
    try:
        return AESGCM(master).decrypt(nonce, sealed, path.name.encode())
    except InvalidTag:
        raise ValueError(f"{path} is sealed by another {MASTER}") from None


def seal_all(folder: Path) -> int:
    """Seal every file of a key in a folder by the master key; tells how many there are."""
    if _master() is None:
        raise ValueError(f"the credential {MASTER} is not there")
    names = sorted(folder.rglob("[!.]*"))
    paths = [each for each in names if each.is_file() and each.name != BACKUP]
    for path in paths:
        write_over(path, read_secret(path))
    return len(paths)


def write_once(path: Path, raw: bytes, *, plain: bool = False) -> bool:
    """Write a secret under its name, whole; false where another process was quicker.

    What is carried to another machine is kept plain: no master key of this one opens it there.
    """
    draft = _draft(path, raw if plain else _sealed(path.name, raw))
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
    os.replace(_draft(path, _sealed(path.name, raw)), path)


def _draft(path: Path, raw: bytes) -> Path:
    draft = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(raw)
        file.flush()
        os.fsync(file.fileno())
    return draft


def _sealed(name: str, raw: bytes) -> bytes:
    """Seal a secret to the name of its file, where there is a master key."""
    master = _master()
    if master is None:
        return raw
    nonce = secrets.token_bytes(_NONCE_BYTES)
    return _SEALED + nonce + AESGCM(master).encrypt(nonce, raw, name.encode())


def _master() -> bytes | None:
    folder = os.environ.get(CREDENTIALS)
    path = Path(folder, MASTER) if folder else None
    if path is None or not path.is_file():
        return None
    key = path.read_bytes()
    if len(key) != KEY_BYTES:
        raise ValueError(f"{path} should hold {KEY_BYTES} bytes, it holds {len(key)}")
    return key
