"""Dispensings drawn by chance, so that the clauses meet cases that nobody thought of."""

from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from dispensing.policy.pack import Pack
from dispensing.policy.rules import Rules
from dispensing.prescription import (
    GROUPS,
    OUTLET_KINDS,
    SCHEMES,
    SOURCES,
    TIERS,
    VENUES,
    VOUCHERS,
    Dispensed,
    Dispensing,
    Insured,
    Line,
    Outlet,
    Prescription,
    Used,
)

_ELSEWHERE = "990101"
_DAYS = (7, 14, 28, 29, 56, 84, 85)
_ATC = ("C08CA01", "C09CA03", "A10BA02", "A10AB01", "J04AB02")
_YEARS = 366 * 8


@dataclass(frozen=True, slots=True)
class Place:
    """A region, the area its people are insured in, and the days worth asking about."""

    region: str
    area: str
    days: tuple[date, ...]


def place_of(packs: tuple[Pack, ...], region: str, rng: Random) -> Place:
    """Choose days on both sides of each change of a figure, and some by chance."""
    own = [pack for pack in packs if pack.region == region]
    first = min(pack.effective_from for pack in own)
    step = timedelta(days=1)
    changes = {first}
    for figure in (figure for pack in packs for figure in pack.figures):
        changes |= {figure.since - step, figure.since}
        changes |= {figure.until, figure.until + step} if figure.until else set()
    changes |= {first + step * rng.randrange(_YEARS) for _ in range(8)}
    days = sorted(day for day in changes if any(pack.holds_on(day) for pack in own))
    area = next((pack.area for pack in own if pack.area), "")
    return Place(region, area.ljust(6, "0") if area else _ELSEWHERE, tuple(days))


def draw(rng: Random, place: Place, rules: Rules) -> Dispensing:
    """Draw one dispensing on the day of the rules; the same chance draws the same."""
    on = rules.on
    # Most prescriptions are for a disease of the text; some are not.
    known = sorted(rules.diseases) or ["hypertension"]
    disease = rng.choice(known if rng.random() * 20 > 1 else ["epilepsy", "gout"])
    others = rng.sample(known, min(len(known), rng.randrange(3)))
    since = on - timedelta(days=rng.choice((0, 1, 400)))
    return Dispensing(
        on=on,
        voucher=rng.choice(VOUCHERS),
        insured=_insured(rng, place, {name: since for name in (disease, *others)}, on),
        outlet=_outlet(rng, place),
        prescription=_prescription(rng, disease, on),
        lines=tuple(_line(rng) for _ in range(rng.choice((1, 1, 2, 3)))),
    )


def _insured(rng: Random, place: Place, diseases: dict[str, date], on: date) -> Insured:
    usual = rng.random() * 10 > 1
    history = (Dispensed(rng.choice(_ATC), on - timedelta(days=20), 28),)
    used = Used(rng.choice((0, 0, 29_000, 59_900)), rng.choice((0, 5_000)))
    return Insured(
        scheme=rng.choice(SCHEMES),
        area=place.area if usual else "310101",
        diseases=diseases,
        chronic_outpatient=diseases if rng.random() * 10 < 1 else {},
        away_filed=rng.choice((None, place.area, "310101")),
        used=used,
        account_fen=rng.choice((0, 10_000)),
        history=history if rng.random() * 10 < 1 else (),
    )


def _outlet(rng: Random, place: Place) -> Outlet:
    kind = rng.choice(OUTLET_KINDS)
    level = rng.choice(VENUES[:3]) if kind == "hospital" else None
    usual = rng.random() * 10 > 1
    return Outlet(kind, level, place.area if usual else "310101")


def _prescription(rng: Random, disease: str, on: date) -> Prescription:
    return Prescription(
        source=rng.choice(SOURCES),
        signature="valid",
        record_no=None,
        issued_on=on,
        valid_days=3,
        status="valid",
        issuer_designated=True,
        disease=disease,
        long_term=rng.random() * 2 < 1,
    )


def _line(rng: Random) -> Line:
    usual = rng.random() * 10 > 2
    standard_fen = rng.randrange(100, 20_000)
    return Line(
        name="药品",
        atc=rng.choice(_ATC),
        tier=rng.choice(TIERS),
        price_fen=standard_fen + rng.choice((0, 0, 120)),
        standard_fen=standard_fen,
        quantity=rng.randrange(1, 4),
        supply_days=rng.choice(_DAYS[:3] if usual else _DAYS),
        self_pay_permyriad=1_000,
        vbp=rng.random() * 2 < 1,
        group="ordinary" if usual else rng.choice(GROUPS),
    )
