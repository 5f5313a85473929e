"""The pledge that an outlet signs beforehand (事前承诺): its words and their version."""

import hashlib
import tomllib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

PATH = Path(__file__).parent / "pledge.toml"


@dataclass(frozen=True, slots=True)
class Pledge:
    """One version of the pledge's words."""

    version: int
    zh: str
    en: str

    @property
    def sha256(self) -> str:
        """Give the digest of what is signed: the Chinese words."""
        return hashlib.sha256(self.zh.encode()).hexdigest()


@lru_cache(maxsize=1)
def current() -> Pledge:
    """Read the pledge that is to be signed now."""
    return Pledge(**tomllib.loads(PATH.read_text("utf-8")))
