"""Least assortments (最低配备): which classes and how many 集采 medicines must be there."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from pharmacies.medicines import Medicine
from pharmacies.outlets import Outlet

TWO_DISEASES = frozenset({"hypertension", "diabetes"})  # the “两病” of the texts
_DETAIL = re.compile(r"[(（].*?[)）]")


@dataclass(frozen=True, slots=True)
class Minimum:
    """What a text asks to be in stock: classes of a disease, or 集采 medicines.

    `outlets` is all, township or village_clinic.
    """

    outlets: str
    what: str  # classes or vbp_medicines
    disease: str | None
    at_least: int
    clause: str
    quote: str


@dataclass(frozen=True, slots=True)
class Held:
    """How an outlet stands against one minimum; `found` names what it has."""

    minimum: Minimum
    found: tuple[str, ...]

    @property
    def lacking(self) -> int:
        """Tell how many lack."""
        return max(0, self.minimum.at_least - len(self.found))


def class_of(medicine: Medicine) -> str:
    """Name the class (大类) of a medicine: what stands in brackets is a kind of it.

    The texts count classes without listing them; short and long insulin are one class here.
    """
    return _DETAIL.sub("", medicine.drug_class).strip()


def concerns(minimum: Minimum, outlet: Outlet) -> bool:
    """Tell whether a minimum is asked of an outlet: institutions, never retail pharmacies."""
    if outlet.kind == "pharmacy":
        return False
    if minimum.outlets == "township":
        return outlet.kind == "hospital" and outlet.level == "primary"
    return minimum.outlets in ("all", outlet.kind)


def held_against(
    minima: Iterable[Minimum], outlet: Outlet, there: Sequence[Medicine]
) -> tuple[Held, ...]:
    """Hold what an outlet has in stock against each minimum that concerns it."""
    return tuple(
        Held(one, _found(one, there)) for one in minima if concerns(one, outlet)
    )


def _found(minimum: Minimum, there: Sequence[Medicine]) -> tuple[str, ...]:
    if minimum.what == "classes":
        of = {class_of(one) for one in there if minimum.disease in one.conditions}
        return tuple(sorted(of - {""}))  # of some no class is known
    return tuple(
        sorted(one.code for one in there if one.vbp and one.conditions & TWO_DISEASES)
    )
