"""What could be otherwise in a dispensing: small general changes, none made for one check.

A change knows nothing of the checks. Whether it helps is found by running the rules on
the changed dispensing (`dispensing.explain.ways`).
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from dispensing.policy.rules import Rules
from dispensing.prescription import (
    LEVELS,
    SOURCES,
    VOUCHERS,
    Dispensing,
    Line,
    Outlet,
    Used,
)

Apply = Callable[[Dispensing], Dispensing]

_STRENGTH = re.compile(r"[0-9.]+(?:mg|μg|g|ml)(?![a-z])")

# How much a change asks of the patient: 1 is done at the counter, 9 cannot be done.
EFFORT_COUNTER, EFFORT_SMALL, EFFORT_OUTLET, EFFORT_PRODUCT = 1, 2, 3, 3
EFFORT_DOCTOR, EFFORT_NEW, EFFORT_OFFICE, EFFORT_HARD, EFFORT_PAST = 4, 5, 6, 7, 50


@dataclass(frozen=True, slots=True)
class Product:
    """One product of a catalogue that could stand in a line's place."""

    name: str
    atc: str
    tier: str
    price_fen: int
    standard_fen: int | None
    self_pay_permyriad: int = 0
    vbp: bool = False  # won a centralised procurement (集采中选)
    on_platform: bool = True
    group: str = "ordinary"
    spec: str = ""  # strength and pack; products of another spec are not compared
    diseases: frozenset[str] = frozenset()  # whose drug range holds it

    @property
    def strength(self) -> str:
        """Give the strength of one tablet, as the spec begins: 5mg of 5mg×28片."""
        return self.spec.partition("×")[0]

    def is_that_of(self, line: Line) -> bool:
        """Tell whether a line holds this very product.

        Makers share a generic name: the one that won a procurement is another product.
        """
        named = line.name in (self.name, f"{self.name} {self.strength}")
        return named and (self.vbp, self.tier) == (line.vbp, line.tier)


@dataclass(frozen=True, slots=True)
class Change:
    """One change: what part of the case it touches, and what it asks of a person."""

    kind: str  # the key of its words
    part: str  # two changes of one part are never made together
    effort: int
    apply: Apply = field(compare=False)
    values: Mapping[str, str | int] = field(default_factory=dict, compare=False)
    degree: int = field(default=0, compare=False)  # days taken off, or days away

    @property
    def possible(self) -> bool:
        """Tell whether it can still be done: a day that is over cannot come again."""
        return self.effort < EFFORT_PAST


def changes(
    dispensing: Dispensing, rules: Rules, catalogue: Sequence[Product]
) -> tuple[Change, ...]:
    """Give every single change of a dispensing that changes something, but of the day."""
    found = [
        *_outlets(dispensing),
        *_papers(),
        *_fewer_days(dispensing, rules),
        *_products(dispensing, catalogue),
    ]
    return tuple(each for each in found if each.apply(dispensing) != dispensing)


def another_day(day: date, today: date) -> Change:
    """Move the dispensing to another day; a new year starts with nothing used."""
    later = day > today
    return Change(
        kind="day_later" if later else "day_earlier",
        part="day",
        effort=EFFORT_SMALL + (day - today).days // 14 if later else EFFORT_PAST,
        apply=lambda case: _on_day(case, day),
        values={"on": day.isoformat()},
        degree=abs((day - today).days),
    )


def _on_day(case: Dispensing, day: date) -> Dispensing:
    insured = case.insured
    if day.year != case.on.year:
        insured = replace(insured, used=Used())
    return replace(case, on=day, insured=insured)


def _outlets(dispensing: Dispensing) -> Iterator[Change]:
    """Go to a designated outlet of each kind, at home or where this one is."""
    home, here = dispensing.insured.area, dispensing.outlet
    areas = (home,) if here.area[:4] == home[:4] else (home, here.area)
    venues: list[tuple[str, str | None]] = [("hospital", level) for level in LEVELS]
    venues += [("pharmacy", None), ("village_clinic", None)]
    for area in areas:
        for kind, level in venues:
            same = (kind, level, area[:4]) == (here.kind, here.level, here.area[:4])
            if same and here.designated:
                continue
            effort = EFFORT_OUTLET if kind == here.kind else EFFORT_OUTLET + 1
            yield Change(
                kind="outlet_home" if area == home else "outlet_there",
                part="outlet",
                effort=effort + (area != here.area and area[:4] != here.area[:4]),
                apply=_setter("outlet", Outlet(kind, level, area)),
                values={"venue": kind if level is None else level},
            )


def _papers() -> Iterator[Change]:
    """Bring what may be missing: codes, voucher, signature, number, flag, filing."""
    yield Change("trace_codes", "traces", EFFORT_COUNTER, _traced)
    for voucher in VOUCHERS:
        yield Change(
            "voucher",
            "voucher",
            EFFORT_COUNTER,
            _setter("voucher", voucher),
            {"voucher": voucher},
        )
    number = {"signature": "none", "record_no": "备案号"}
    yield Change("record_no", "signature", EFFORT_SMALL, _rx(**number))
    yield Change("signature", "signature", EFFORT_DOCTOR, _rx(signature="valid"))
    yield Change("long_term", "long_term", EFFORT_DOCTOR, _rx(long_term=True))
    yield Change("renewal", "renewal", EFFORT_NEW, _renewed)
    for source in SOURCES:
        yield Change(
            "source", "source", EFFORT_NEW, _rx(source=source), {"source": source}
        )
    yield Change("issuer", "issuer", EFFORT_NEW, _rx(issuer_designated=True))
    yield Change("registration", "registration", EFFORT_OFFICE, _registered)
    yield Change("filing", "filing", EFFORT_HARD, _filed)
    yield Change("insurance", "insurance", EFFORT_HARD, _insured)


def _setter(name: str, value: object) -> Apply:
    def apply(case: Dispensing) -> Dispensing:
        return replace(case, **{name: value})  # type: ignore[arg-type]

    return apply


def _rx(**given: object) -> Apply:
    def apply(case: Dispensing) -> Dispensing:
        if given.get("signature") == "none" and case.prescription.signature == "valid":
            return case
        changed = replace(case.prescription, **given)  # type: ignore[arg-type]
        return replace(case, prescription=changed)

    return apply


def _traced(case: Dispensing) -> Dispensing:
    lines = tuple(replace(line, traced=True) for line in case.lines)
    return replace(case, lines=lines)


def _renewed(case: Dispensing) -> Dispensing:
    """Write the same prescription anew on the day."""
    rx = replace(case.prescription, issued_on=case.on, status="valid")
    return replace(case, prescription=rx)


def _registered(case: Dispensing) -> Dispensing:
    disease, insured = case.prescription.disease, case.insured
    since = insured.diseases.get(disease)
    if since is not None and since <= case.on:
        return case
    diseases = {**insured.diseases, disease: case.on}
    return replace(case, insured=replace(insured, diseases=diseases))


def _filed(case: Dispensing) -> Dispensing:
    """File a long-term residence where the outlet is, if that is away from home."""
    insured, there = case.insured, case.outlet.area
    if insured.area[:4] == there[:4]:
        return case
    return replace(case, insured=replace(insured, away_filed=there))


def _insured(case: Dispensing) -> Dispensing:
    return replace(case, insured=replace(case.insured, active=True))


def _fewer_days(dispensing: Dispensing, rules: Rules) -> Iterator[Change]:
    """Shorten lines to each number of days that stands in the rules.

    The rules compare days with their own figures only, so nothing between two figures
    can make a difference.
    """
    limits = {
        figure.value for figure in rules.figures.values() if figure.unit == "days"
    }
    for days in sorted((one for one in limits if type(one) is int), reverse=True):
        longer = [
            number
            for number, line in enumerate(dispensing.lines)
            if 0 < days < line.supply_days
        ]
        for chosen in [[number] for number in longer] + [longer] * (len(longer) > 1):
            cut_days = _cut_days(dispensing, chosen, days)
            yield Change(
                "days",
                f"days:{chosen[0]}",
                EFFORT_DOCTOR + cut_days // 14,
                _shortened(frozenset(chosen), days),
                {"medicine": _packs(dispensing, chosen, days), "supply_days": days},
                cut_days,
            )


def _shortened(numbers: frozenset[int], days: int) -> Apply:
    def apply(case: Dispensing) -> Dispensing:
        lines = tuple(
            shorten(line, days) if number in numbers else line
            for number, line in enumerate(case.lines)
        )
        return replace(case, lines=lines)

    return apply


def shorten(line: Line, days: int) -> Line:
    """Give fewer days in the same proportion, in whole packs: one at least.

    >>> shorten(Line("氨氯地平", None, "甲", 420, None, 13, 85), 84).quantity
    12
    """
    if line.supply_days <= days:
        return line
    quantity = max(1, line.quantity * days // line.supply_days)
    return replace(line, supply_days=days, quantity=quantity)


def _cut_days(dispensing: Dispensing, numbers: Sequence[int], days: int) -> int:
    return sum(dispensing.lines[number].supply_days - days for number in numbers)


def _packs(dispensing: Dispensing, numbers: Sequence[int], days: int) -> str:
    lines = [shorten(dispensing.lines[number], days) for number in numbers]
    return "、".join(f"{line.name} × {line.quantity}" for line in lines)


def _products(dispensing: Dispensing, catalogue: Sequence[Product]) -> Iterator[Change]:
    """Put another product of the same ATC code in a line's place, pack for pack."""
    for number, line in enumerate(dispensing.lines):
        rivals = [product for product in catalogue if product.atc == line.atc]
        own = next((one for one in rivals if one.is_that_of(line)), None)
        for product in rivals:
            if product.is_that_of(line) or not _alike(product, line, own):
                continue
            shown = f"{product.name} {product.spec}".strip()
            yield Change(
                "product_vbp" if product.vbp else "product",
                f"product:{number}",
                EFFORT_PRODUCT,
                _swapped(number, product),
                {"medicine": line.name, "product": shown},
            )


def _alike(product: Product, line: Line, own: Product | None) -> bool:
    """Tell whether packs may be compared: the same spec, or strength, where known."""
    if own is not None:
        return product.spec == own.spec
    strength = _STRENGTH.search(line.name)
    return strength is None or product.strength in ("", strength.group())


def _swapped(number: int, product: Product) -> Apply:
    def apply(case: Dispensing) -> Dispensing:
        lines = list(case.lines)
        lines[number] = replace(
            lines[number],
            name=product.name,
            tier=product.tier,
            price_fen=product.price_fen,
            standard_fen=product.standard_fen,
            self_pay_permyriad=product.self_pay_permyriad,
            vbp=product.vbp,
            on_platform=product.on_platform,
            group=product.group,
            in_range=case.prescription.disease in product.diseases,
        )
        return replace(case, lines=tuple(lines))

    return apply
