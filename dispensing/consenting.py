"""What people agree to, purpose by purpose: the texts, their versions and their digests."""

import hashlib
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType

WAYS = ("page", "paper", "helper")  # on one's own page, on paper, said by a helper
_FILE = Path(__file__).with_name("consents.toml")


@dataclass(frozen=True, slots=True)
class Wording:
    """A purpose in one language: what is agreed to, and what follows on withdrawing it."""

    title: str
    text: str
    follows: str


@dataclass(frozen=True, slots=True)
class Purpose:
    """One purpose that needs a consent of its own (个人信息保护法 14, 29)."""

    slug: str
    version: int
    clause: str
    wordings: Mapping[str, Wording]  # by language, zh and en

    def written(self, language: str) -> str:
        """Write out what is shown to whoever agrees, as it is kept."""
        said = self.wordings[language]
        head = f"{self.slug} {self.version} {language} {self.clause}"
        return "\n".join((head, said.title, said.text, said.follows))

    def sha256(self, language: str) -> str:
        """Give the digest of the text in a language."""
        return hashlib.sha256(self.written(language).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Other:
    """What rests on a duty or a contract, and on which clause."""

    zh: str
    en: str
    basis_zh: str
    basis_en: str
    clause: str


@dataclass(frozen=True, slots=True)
class Grounds:
    """Everything of people that is done, by the ground that it rests on."""

    purposes: Mapping[str, Purpose]
    others: tuple[Other, ...]
    open: tuple[tuple[str, str], ...]  # questions of the operator


@cache
def grounds() -> Grounds:
    """Read the purposes, what rests on other grounds, and what is not settled."""
    said = tomllib.loads(_FILE.read_text("utf-8"))
    purposes = {
        each["slug"]: Purpose(
            each["slug"],
            each["version"],
            each["clause"],
            MappingProxyType({name: Wording(**each[name]) for name in ("zh", "en")}),
        )
        for each in said["purposes"]
    }
    return Grounds(
        MappingProxyType(purposes),
        tuple(Other(**each) for each in said["others"]),
        tuple((each["zh"], each["en"]) for each in said["open"]),
    )
