"""What the bureau's desk takes: each part its own module, with the work that it measures."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from web.bench_bureau import audit, form, matching

Echo = Callable[[str], object]
# A part of the desk appends its own: a name, and what tells its figures.
PARTS: Mapping[str, Callable[[Echo], None]] = MappingProxyType(
    {"form": form.run, "matching": matching.run, "audit": audit.run}
)


def run(echo: Echo) -> None:
    """Measure every part in its turn."""
    for name, part in PARTS.items():
        echo(f"-- {name}")
        part(echo)
