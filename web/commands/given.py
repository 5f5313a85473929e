"""What is given on the command line or in the environment, read or refused in one line."""

from datetime import date, datetime
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from dispensing.intake import instants
from dispensing.policy import load_packs
from web.settings import Settings

Form = TypeVar("Form", bound=BaseModel)


class BadInput(Exception):
    """Something given on the command line or in the environment cannot be used."""


def settings(**given: Any) -> Settings:
    """Read the settings; what is given on the command line wins.

    The packs come first: the settings name a region of theirs.
    """
    load_packs()
    try:
        return Settings(**{k: v for k, v in given.items() if v is not None})
    except ValidationError as error:
        first = error.errors()[0]
        where = "_".join(str(part) for part in first["loc"])
        raise BadInput(f"YAODA_{where.upper()}: {first['msg']}") from error


def day(text: str) -> date:
    """Read a day."""
    try:
        return instants.day(text)
    except ValueError as error:
        raise BadInput(f"{text}: {error}") from None


def instant(option: str, text: str | None) -> datetime | None:
    """Read the instant of an option, where one is given."""
    try:
        return instants.instant(text) if text else None
    except ValueError as error:
        raise BadInput(f"{option}: {error}") from None


def form(kind: type[Form], path: Path) -> Form:
    """Read a form from a file of JSON, as the interface takes it."""
    try:
        return kind.model_validate_json(readable(path).read_bytes())
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        told = ": ".join(filter(None, (str(path), where, first["msg"])))
        raise BadInput(told) from error


def readable(path: Path) -> Path:
    """Refuse a path where there is no file."""
    if existing(path).is_dir():
        raise BadInput(f"{path}: a folder; expected a file")
    return path


def existing(path: Path) -> Path:
    """Refuse a path where there is nothing."""
    if not path.exists():
        raise BadInput(f"{path}: no such file")
    return path


def place_for(path: Path) -> Path:
    """Refuse a path at which no file can be written."""
    if not path.absolute().parent.is_dir():
        raise BadInput(f"{path.parent}: no such folder")
    if path.is_dir():
        raise BadInput(f"{path}: expected a file, got a folder")
    return path
