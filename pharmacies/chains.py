"""Chain groups (连锁): where they have shops, and the drug lists that they publish. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class DrugList:
    """The list of common drugs that a chain has published (常用药品清单), from a day on."""

    chain: str
    published_on: date
    medicines: frozenset[str]

    def __post_init__(self) -> None:
        if not self.medicines:
            raise ValueError(f"an empty list: {self.chain}, {self.published_on}")


def list_on(lists: Iterable[DrugList], chain: str, day: date) -> DrugList | None:
    """Return the list of a chain that holds on a day: the one published last before it."""
    mine = (each for each in lists if each.chain == chain and each.published_on <= day)
    return max(mine, key=lambda each: each.published_on, default=None)


def uncovered(
    listed: DrugList, diseases: Sequence[str], served: Mapping[str, frozenset[str]]
) -> tuple[str, ...]:
    """List the diseases for which a list has no medicine; `served` are those of each one."""
    covered = set[str]().union(
        *(served.get(code, frozenset()) for code in listed.medicines)
    )
    return tuple(each for each in diseases if each not in covered)
