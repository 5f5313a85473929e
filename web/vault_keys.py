"""The keys of the vault: one file each, the newest seals, the older open until they are retired.

The folder is looked at again at most once a second, so that a rotation is soon known to
every process. An installation of before there were numbers had one key in the place of the
folder: it becomes number 0, which opens what names neither key nor place.
"""

import fcntl
import json
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from time import monotonic
from typing import Any

from dispensing.ciphers import AES, CIPHERS
from dispensing.signing import base64url, from_base64url
from dispensing.vault import UNBOUND, VaultKey, VaultKeys, derived_index
from web.keys import KEY_BYTES, read_secret, write_once, write_over

FOLDER = "vault"
LOOKED_S = 1.0  # how long a process goes by what it has read
_OLD = ".vault.old"
_MARKING = "fingerprint.json"


@dataclass
class VaultRing:
    """The folder of one installation's vault keys, and the algorithm of the next one."""

    secrets_dir: Path
    algorithm: str = AES
    _read: VaultKeys | None = field(default=None, init=False, repr=False)
    _until: float = field(default=0.0, init=False, repr=False)

    @property
    def folder(self) -> Path:
        """Name the folder of the keys."""
        return self.secrets_dir / FOLDER

    def __call__(self, anew: bool = False) -> VaultKeys:
        """Return the keys as they are, those of a second ago unless asked anew."""
        if self._read is None or anew or monotonic() >= self._until:
            self._read = self._opened()
            self._until = monotonic() + LOOKED_S
        return self._read

    def names(self) -> dict[str, bytes]:
        """Give the secret of each key that has one, by the name of its file."""
        return {path.stem: secret for path, secret in self._secrets("*")}

    def standing(self) -> list[tuple[str, str, str, bool]]:
        """List the keys: name, algorithm, when made, whether it still opens."""
        found = []
        for path in self._paths("*-[0-9]*"):
            kept = _kept(path)
            found.append(
                (path.stem, kept["algorithm"], kept["made_at"], bool(kept["secret"]))
            )
        return found

    def rotate(self, now: datetime, *, index: bool = False) -> str:
        """Make a new key, by which everything is sealed from now on; name it."""
        self(True)
        kind = "index" if index else "seal"
        size = KEY_BYTES if index else CIPHERS[self.algorithm].KEY_BYTES
        name = self.algorithm if not index else "hmac-sha256"
        while True:
            number = max(_number(each) for each in self._paths(f"{kind}-*")) + 1
            path = self.folder / f"{kind}-{number:04d}.json"
            raw = _written(name, secrets.token_bytes(size), now.isoformat())
            if write_once(path, raw):  # else another rotation took that number
                self(True)
                return path.stem

    def made_since(self, when: datetime) -> bool:
        """Tell whether any key was made after an instant."""
        made = (_kept(path)["made_at"] for path in self._paths("*-[0-9]*"))
        return any(datetime.fromisoformat(each) > when for each in made if each)

    def retire(self) -> tuple[str, ...]:
        """Erase the secrets of all keys but the newest of each kind; name those erased."""
        erased = []
        for kind in ("seal", "index"):
            for path, _ in self._secrets(f"{kind}-*")[:-1]:
                kept = _kept(path)
                write_over(path, _written(kept["algorithm"], None, kept["made_at"]))
                erased.append(path.stem)
        self(True)
        return tuple(erased)

    def _opened(self) -> VaultKeys:
        if not (self.folder / _MARKING).exists():
            self._make()
        sealing = tuple(
            VaultKey(_number(path), _kept(path)["algorithm"], secret)
            for path, secret in self._secrets("seal-*")
        )
        indexing = tuple(secret for _, secret in self._secrets("index-*"))
        ((_, marking),) = self._secrets(_MARKING.removesuffix(".json"))
        if not sealing or not indexing:
            raise ValueError(
                f"{self.folder}: expected a key that seals and an index key"
            )
        return VaultKeys(sealing, indexing, marking)

    def _secrets(self, names: str) -> list[tuple[Path, bytes]]:
        found = ((path, _kept(path)["secret"]) for path in self._paths(names))
        return [(path, from_base64url(secret)) for path, secret in found if secret]

    def _paths(self, names: str) -> list[Path]:
        return sorted(self.folder.glob(f"{names}.json"))

    def _make(self) -> None:
        """Make the first keys; what was one file before becomes a folder."""
        self.secrets_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        with _alone(self.secrets_dir):
            if (self.folder / _MARKING).exists():
                return  # another process was quicker
            old = self.secrets_dir / _OLD
            if self.folder.is_file():
                self.folder.rename(old)
            draft = self.secrets_dir / f".vault.{secrets.token_hex(4)}"
            draft.mkdir(mode=0o700)
            self._fill(draft, read_secret(old) if old.exists() else None)
            shutil.rmtree(self.folder, ignore_errors=True)  # never whole
            draft.rename(self.folder)
            old.unlink(missing_ok=True)

    def _fill(self, draft: Path, old: bytes | None) -> None:
        if old is not None:
            if len(old) != KEY_BYTES:
                raise ValueError(
                    f"{self.folder} should hold {KEY_BYTES} bytes, it holds {len(old)}"
                )
            write_once(draft / f"seal-{UNBOUND:04d}.json", _written(AES, old, ""))
        index = derived_index(old) if old else secrets.token_bytes(KEY_BYTES)
        marking = derived_index(old) if old else secrets.token_bytes(KEY_BYTES)
        first = secrets.token_bytes(CIPHERS[self.algorithm].KEY_BYTES)
        write_once(draft / "seal-0001.json", _written(self.algorithm, first, ""))
        write_once(draft / "index-0001.json", _written("hmac-sha256", index, ""))
        write_once(draft / _MARKING, _written("hmac-sha256", marking, ""))


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _number(path: Path) -> int:
    return int(path.stem.rpartition("-")[2])


def _kept(path: Path) -> dict[str, Any]:
    raw = read_secret(path)
    try:
        kept: dict[str, Any] = json.loads(raw)
        return {name: kept[name] for name in ("algorithm", "secret", "made_at")}
    except (ValueError, KeyError, TypeError) as error:
        raise ValueError(f"{path}: expected a key of the vault") from error


def _written(algorithm: str, secret: bytes | None, made_at: str) -> bytes:
    kept = {
        "algorithm": algorithm,
        "secret": base64url(secret) if secret else None,
        "made_at": made_at,
    }
    return json.dumps(kept, indent=1).encode()
