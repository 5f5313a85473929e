"""Who is asked in whose name: what a run is given, by a YAML file or from the sample."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from dispensing.money import parse_yuan
from fixtures import cast

_KEYS = {"institution", "people", "cap", "tokens", "medicine", "issuer", "second"}
TOKENS = ("hospital", "counter", "second_counter", "patient")


class BadGiven(ValueError):
    """The file of a run is not fit to be used."""


@dataclass(frozen=True, slots=True)
class Given:
    """The institution, the people, the year's cap, and for our own interface the tokens."""

    institution: str = cast.LUCHENG_PHARMACY
    second: str = "P33030200002"
    issuer: str = cast.HOSPITAL
    medicine: str = ""
    cap_fen: int | None = None
    people: Mapping[str, Mapping[str, str]] = field(
        default_factory=lambda: {"居民": _of(cast.alice), "职工": _of(cast.bob)}
    )
    tokens: Mapping[str, str] = field(default_factory=dict)


def _of(person: Any) -> dict[str, str]:
    return {
        "person_no": person.person_no,
        "id_number": person.id_number,
        "name": person.name,
    }


def load_given(path: Path | None) -> Given:
    """Read what a run is given; what a file does not say is the sample's."""
    if path is None:
        return Given()
    try:
        raw = yaml.safe_load(path.read_text("utf-8"))
    except yaml.YAMLError as error:
        raise BadGiven(f"{path}: {' '.join(str(error).split())}") from error
    if not isinstance(raw, dict) or raw.keys() - _KEYS:
        raise BadGiven(f"{path}: expected some of {', '.join(sorted(_KEYS))}")
    cap = raw.pop("cap", None)
    people = {**Given().people, **_mapping(path, raw.pop("people", {}))}
    return Given(
        cap_fen=parse_yuan(str(cap)) if cap is not None else None,
        people=people,
        tokens=_mapping(path, raw.pop("tokens", {})),
        **{key: str(value) for key, value in raw.items()},
    )


def _mapping(path: Path, value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise BadGiven(f"{path}: people and tokens are mappings")
    return value
