"""An operator's own detour and speeds, from a TOML file that says where they come from.

[detour]
factor = 1.29
short_m = 180
source = "…"

[speeds]
kmh = 20
by_hour = [ … 24 of them … ]
source = "…"
"""

import tomllib
from pathlib import Path
from typing import Any

from routing.travel.detour import Detour, Speeds
from routing.travel.geodesic import GeodesicTravel

_KNOWN = {
    "detour": {"factor", "short_m", "source"},
    "speeds": {"kmh", "by_hour", "source"},
}


def read_figures(path: Path) -> GeodesicTravel:
    """Read an operator's figures; raises ValueError with what is wrong in one sentence."""
    try:
        told = tomllib.loads(path.read_text("utf-8"))
        _check(told)
        speeds = dict(told.get("speeds", {}))
        speeds["by_hour"] = tuple(speeds.get("by_hour", ()))
        return GeodesicTravel(Detour(**told.get("detour", {})), Speeds(**speeds))
    except (OSError, TypeError, ValueError) as error:
        raise ValueError(f"{path}: {error}") from None


def _check(told: dict[str, Any]) -> None:
    if unknown := set(told) - set(_KNOWN):
        raise ValueError(
            f"expected detour and speeds, got {', '.join(sorted(unknown))}"
        )
    for name, part in told.items():
        if unknown := set(part) - _KNOWN[name]:
            raise ValueError(f"{name}: unknown {', '.join(sorted(unknown))}")
        if "source" not in part:
            raise ValueError(f"{name}: expected the source of the figures")
