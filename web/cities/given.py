"""Which cities are planned: from a TOML file, or so many alike."""

import hashlib
import json
import tomllib
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from fixtures.city.wenzhou import COURIERS_MAX, ORDERS_MAX, OUTLETS_MAX

CITIES_MAX = 1_000
FILE_BYTES_MAX = 1_000_000


class BadCities(ValueError):
    """A file of cities that is not as expected."""


@dataclass(frozen=True, slots=True)
class City:
    """What the day of a city is drawn from, and how many seconds its plan may take."""

    name: str
    orders: int
    outlets: int
    couriers: int | None
    seed: int
    seconds: float

    def json(self) -> str:
        """Write the city on one line."""
        return json.dumps(asdict(self), ensure_ascii=False, sort_keys=True)


class _Told(BaseModel):
    """A city as the file tells it; what is left out is as on the command line."""

    model_config = ConfigDict(extra="forbid", strict=True)

    name: Annotated[str, Field(pattern=r"^[^\x00-\x1f|]{1,40}$")]
    orders: Annotated[int, Field(ge=1, le=ORDERS_MAX)]
    outlets: Annotated[int, Field(ge=1, le=OUTLETS_MAX)]
    couriers: Annotated[int, Field(ge=1, le=COURIERS_MAX)] | None = None
    seed: Annotated[int, Field(ge=0, le=2**31 - 1)]
    seconds: Annotated[float, Field(gt=0, le=86_400, strict=False)]


def alike(count: int, one: City) -> tuple[City, ...]:
    """Give so many cities that differ in name and seed."""
    if not 1 <= count <= CITIES_MAX:
        raise BadCities(f"--count {count}: expected 1 to {CITIES_MAX} cities")
    return tuple(
        City(
            name=f"city {number + 1}",
            orders=one.orders,
            outlets=one.outlets,
            couriers=one.couriers,
            seed=one.seed + number,
            seconds=one.seconds,
        )
        for number in range(count)
    )


def read_cities(path: Path, usual: City) -> tuple[City, ...]:
    """Read a file of cities; BadCities says in a sentence what is not as expected."""
    try:
        raw = path.read_bytes()
        if len(raw) > FILE_BYTES_MAX:
            raise BadCities(f"{path.name}: expected at most {FILE_BYTES_MAX} bytes")
        told = tomllib.loads(raw.decode("utf-8-sig"))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise BadCities(f"{path.name}: expected TOML, {error}") from None
    listed = told.get("cities")
    if set(told) != {"cities"} or not isinstance(listed, list) or not listed:
        raise BadCities(f"{path.name}: expected [[cities]] and nothing else")
    if len(listed) > CITIES_MAX:
        raise BadCities(f"{path.name}: expected at most {CITIES_MAX} cities")
    cities = tuple(_city(path.name, no, it, usual) for no, it in enumerate(listed, 1))
    names = [city.name for city in cities]
    twice = next((it for it in names if names.count(it) > 1), None)
    if twice is not None:
        raise BadCities(f"{path.name}: two cities are called {twice}")
    return cities


def run_of(cities: Sequence[City]) -> str:
    """Name a run after what is planned in it: asking for the same again is the same run."""
    text = "\n".join(city.json() for city in cities)
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def _city(file: str, number: int, told: Any, usual: City) -> City:
    # A seed of its own, so that two cities of one size are not the same day.
    base = asdict(usual) | {"name": f"city {number}", "seed": usual.seed + number - 1}
    try:
        city = _Told.model_validate(base | told)
    except (TypeError, ValidationError) as error:
        raise BadCities(f"{file}: city {number}: {_first(error)}") from None
    return City(**city.model_dump())


def _first(error: TypeError | ValidationError) -> str:
    if isinstance(error, TypeError):
        return "expected a table"
    wrong = error.errors()[0]
    return f"{'.'.join(str(each) for each in wrong['loc'])}: {wrong['msg']}"
