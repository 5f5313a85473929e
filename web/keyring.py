"""The keys that the service signs with: one file each, replaced by rotation, never forgotten.

A replaced key loses its secret and keeps its public part with its last instant, so that what
it signed can be checked for as long as the list of keys is kept. The folder is read at every
use: a rotation is known at once to every process.
"""

import json
import secrets
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import gmalg

from dispensing.signing import (
    SM2,
    PublicKey,
    SigningKey,
    base64url,
    from_base64url,
    key_list,
    read_key_list,
    signing_key,
)
from web.keys import read_secret, write_once, write_over

# Work that is under way while keys change hands ends under either of the two.
OVERLAP = timedelta(minutes=1)
_KEY_BYTES = 32


@dataclass(frozen=True, slots=True)
class KeyRing:
    """The folder of the signing keys, and the algorithm that is signed by today."""

    folder: Path
    algorithm: str

    def signer(self) -> SigningKey:
        """Return the key that signs now, made where there is none yet.

        The first key of an algorithm has no first instant: nothing was signed before it.
        """
        found = self._open()
        if not found:
            self._add(self._made(None))
            found = self._open()
        return found[-1][1]

    def public(self) -> dict[str, PublicKey]:
        """Return every key that ever signed here, by its name."""
        kept = [self._read(path)["public"] for path in self._paths()]
        return read_key_list({"keys": kept})

    def rotate(self, now: datetime) -> PublicKey:
        """Sign by a new key from now on; the secrets of the older ones are erased."""
        now = now.replace(microsecond=0)
        older = self._open()
        made = self._made(now - OVERLAP)
        while not self._add(made):
            pass  # another rotation took that number
        for path, key in older:
            ended = replace(key.public, valid_until=now + OVERLAP)
            write_over(path, _written(ended, None))
        return made.public

    def _open(self) -> list[tuple[Path, SigningKey]]:
        """Read the keys of the algorithm that still have their secret, the newest last."""
        found = []
        for path in self._paths(self.algorithm):
            kept = self._read(path)
            if kept["secret"] is None:
                continue
            (public,) = read_key_list({"keys": [kept["public"]]}).values()
            key = signing_key(
                public.algorithm,
                from_base64url(kept["secret"]),
                valid_from=public.valid_from,
                valid_until=public.valid_until,
            )
            if key.public != public:
                raise ValueError(f"{path}: the secret does not fit its public key")
            found.append((path, key))
        return found

    def _add(self, key: SigningKey) -> bool:
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        number = len(self._paths(self.algorithm)) + 1
        path = self.folder / f"{self.algorithm}-{number:04d}.json"
        # Two processes that make the first key at once must end with one.
        return write_once(path, _written(key.public, key.secret))

    def _made(self, valid_from: datetime | None) -> SigningKey:
        if self.algorithm == SM2:
            secret = gmalg.SM2().generate_keypair()[0].rjust(_KEY_BYTES, b"\0")
        else:
            secret = secrets.token_bytes(_KEY_BYTES)
        return signing_key(self.algorithm, secret, valid_from=valid_from)

    def _paths(self, algorithm: str = "*") -> list[Path]:
        return sorted(self.folder.glob(f"{algorithm}-[0-9]*.json"))

    @staticmethod
    def _read(path: Path) -> dict[str, Any]:
        raw = read_secret(path)
        try:
            kept: dict[str, Any] = json.loads(raw)
            return {"public": kept["public"], "secret": kept["secret"]}
        except (ValueError, KeyError, TypeError) as error:
            raise ValueError(f"{path}: expected a signing key") from error


def _written(public: PublicKey, secret: bytes | None) -> bytes:
    (shown,) = key_list([public])["keys"]
    kept = {"public": shown, "secret": base64url(secret) if secret else None}
    return json.dumps(kept, indent=1).encode()
