"""Who needs what, and where: chronic patients by place, told without anybody's name.

A person needs, of each registered disease, what was taken home for it within a year: the ATC
codes of those medicines. Where nothing was, any medicine of the disease's range will do, and
the disease itself stands for it. So a need is a set of ATC codes and diseases.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from sqlmodel import Session, col, select

from dispensing.sealed import at
from dispensing.service.diseases import registrations_in
from dispensing.tables import PersonRow, SupplyRow
from dispensing.vault import Vault
from pharmacies.places import Point
from pharmacies.tables import MedicineConditionRow, MedicineRow

SINCE_DAYS = 365
_DIGITS = 3  # of a degree: places about a hundred metres apart are told apart


@dataclass(frozen=True, slots=True)
class Need:
    """How many people of one place need the same things."""

    point: Point
    area: str
    needs: frozenset[str]  # ATC codes, and diseases of which any medicine will do
    diseases: frozenset[str]
    persons: int


def needs_by_place(
    session: Session,
    vault: Vault,
    *,
    pooling_area: str,
    day: date,
    since_days: int = SINCE_DAYS,
) -> tuple[Need, ...]:
    """Count the insured of a pooling area with a chronic disease by place and need.

    Places are rounded to about a hundred metres, and no person is named.
    """
    ranges = disease_ranges(session)
    registered = registrations_in(session, vault, pooling_area, on=day)
    taken = _taken(session, day, since_days)
    counted: Counter[tuple[Point, str, frozenset[str], frozenset[str]]] = Counter()
    query = select(PersonRow.person_no, PersonRow.point_sealed, PersonRow.area)
    query = query.where(
        col(PersonRow.area).startswith(pooling_area),
        col(PersonRow.closed_at).is_(None),  # whose home is not kept any more
    )
    for person_no, sealed, area in session.exec(query.where(col(PersonRow.active))):
        has = {it.disease for it in registered.get(person_no, ())}
        needs = _needs(has, taken.get(person_no, set()), ranges)
        if needs:
            home = Point.read(
                vault.open(sealed, at(PersonRow, "point_sealed", person_no))
            )
            spot = Point(round(home.lon, _DIGITS), round(home.lat, _DIGITS))
            counted[spot, area, needs, frozenset(has)] += 1
    found = (Need(*key, persons) for key, persons in counted.items())
    return tuple(sorted(found, key=_order))


def disease_ranges(session: Session) -> Mapping[str, frozenset[str]]:
    """Return the ATC codes of the medicines that each disease has."""
    query = select(MedicineConditionRow.condition, MedicineRow.atc).join(
        MedicineRow, col(MedicineRow.code) == col(MedicineConditionRow.medicine_code)
    )
    found: dict[str, set[str]] = defaultdict(set)
    for disease, atc in session.exec(query):
        found[disease].add(atc)
    return {disease: frozenset(codes) for disease, codes in found.items()}


def _order(need: Need) -> tuple[object, ...]:
    return (
        need.point.lon,
        need.point.lat,
        need.area,
        sorted(need.needs),
        sorted(need.diseases),
    )


def _needs(
    diseases: set[str], taken: set[str], ranges: Mapping[str, frozenset[str]]
) -> frozenset[str]:
    needs: set[str] = set()
    for disease in diseases:
        needs |= taken & ranges.get(disease, frozenset()) or {disease}
    return frozenset(needs)


def _taken(session: Session, day: date, since_days: int) -> Mapping[str, set[str]]:
    query = select(SupplyRow.person_no, SupplyRow.atc).where(
        col(SupplyRow.on) <= day,
        col(SupplyRow.on) >= day - timedelta(days=since_days),
        col(SupplyRow.taken_back).is_(False),
    )
    found: dict[str, set[str]] = defaultdict(set)
    for person_no, atc in session.exec(query):
        found[person_no].add(atc)
    return found
