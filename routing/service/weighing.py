"""How much a person counts when places are chosen: by disease or by district, as one says.

No policy text gives such a figure, so everybody counts once unless weights are given.
"""

from collections.abc import Iterable, Mapping

from dispensing.conditions import CONDITIONS
from dispensing.errors import FieldError, Malformed
from dispensing.service.needing import Need
from pharmacies.places import AREAS
from routing.siting.problem import WEIGHT_MAX

_KNOWN: Mapping[str, str] = {
    **{slug: slug for slug in CONDITIONS},
    **{one.name: slug for slug, one in CONDITIONS.items()},
    **{area: area for area in AREAS},
    **{name: area for area, name in AREAS.items()},
}


def weights_of(said: Iterable[str]) -> Mapping[str, int]:
    """Read weights such as tuberculosis=3 or 泰顺县=2, or raise Malformed.

    >>> weights_of(["肺结核=3", "330329=2", " "])
    {'tuberculosis': 3, '330329': 2}
    """
    found: dict[str, int] = {}
    for one in filter(None, (each.strip() for each in said)):
        name, _, figure = one.partition("=")
        known = _KNOWN.get(name.strip())
        if known is None or not figure.strip().isdecimal():
            raise _refused(one)
        found[known] = int(figure)
        if not 1 <= found[known] <= WEIGHT_MAX:
            raise _refused(one)
    return found


def weight_of(need: Need, weights: Mapping[str, int]) -> int:
    """Tell how much each person of a need counts: the most that one of the names gives."""
    return max(weights.get(name, 1) for name in (need.area, *need.diseases))


def _refused(one: str) -> Malformed:
    wanted = f"disease or district=1 to {WEIGHT_MAX}, such as tuberculosis=3"
    return Malformed([FieldError("weights", f"{wanted}, got {one[:40]}")])
