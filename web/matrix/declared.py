"""The actions as they are declared: who may do each, on whose objects."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

from web.matrix.scopes import SCOPES, Scope

_SCOPES = {scope.name: scope for scope in SCOPES}
_FILE = Path(__file__).with_name("actions.toml")


@dataclass(frozen=True, slots=True)
class Action:
    """One action, a noun and a verb: its words, and the scope of each role that may do it."""

    name: str
    zh: str
    en: str
    grants: Mapping[str, Scope]
    of_people: bool = False  # whoever does it sees what is about a patient
    dear: bool = False  # it keeps the machine busy: rationed (web/rates.py)
    why: str = ""  # why others than an administrator reach it whosesoever it is

    def __post_init__(self) -> None:
        if not self.grants:
            raise ValueError(f"{self.name}: expected a role that may do it")


@dataclass(frozen=True, slots=True)
class Section:
    """Actions that belong together, under one heading."""

    zh: str
    en: str
    actions: tuple[Action, ...]


def read_sections(text: str) -> tuple[Section, ...]:
    """Read a declaration; raises ValueError for an action without a role, KeyError for a scope."""
    return tuple(
        Section(
            each["zh"],
            each["en"],
            tuple(_action(name, said) for name, said in each["actions"].items()),
        )
        for each in tomllib.loads(text)["sections"]
    )


def _action(name: str, said: dict[str, Any]) -> Action:
    zh, en, seen = said.pop("zh"), said.pop("en"), said.pop("of_people", False)
    dear, why = said.pop("dear", False), said.pop("why", "")
    grants = {role: _SCOPES[scope] for role, scope in said.items()}
    return Action(name, zh, en, MappingProxyType(grants), seen, dear, why)


SECTIONS = read_sections(_FILE.read_text("utf-8"))
