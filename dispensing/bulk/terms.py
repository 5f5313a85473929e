"""The rules of each stretch of days as plain rows, for the set-based form to join."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from types import MappingProxyType

from dispensing.conditions import CONDITIONS
from dispensing.policy.overlay import Overlay
from dispensing.policy.pack import Pack
from dispensing.policy.rules import NotInForce, Rules, compile_rules

UNBOUNDED_FEN = 2**62  # no cap is stated
_DAY = timedelta(days=1)
BITS = MappingProxyType({slug: 1 << place for place, slug in enumerate(CONDITIONS)})


@dataclass(frozen=True, slots=True)
class Policy:
    """A region's documents and an overlay: what a book is adjudicated by."""

    region: str
    packs: tuple[Pack, ...]
    overlay: Overlay | None = None

    def rules_on(self, day: date) -> Rules | None:
        """Compile the rules of a day; None before any text is in force."""
        try:
            return compile_rules(self.packs, self.region, day, self.overlay)
        except NotInForce:
            return None


@dataclass(frozen=True, slots=True)
class Period:
    """A stretch of days on which every figure keeps its value."""

    since: date
    rules: Rules | None  # None: no text is in force


@dataclass(frozen=True, slots=True)
class TermsRow:
    """What a scheme pays at a venue for a disease in a period."""

    period: int
    scheme: str
    venue: str
    disease: str
    ratio_permyriad: int
    vbp_permyriad: int
    deductible_fen: int
    is_open: bool


@dataclass(frozen=True, slots=True)
class PotRow:
    """The year's cap of people registered with a set of diseases."""

    period: int
    scheme: str
    registered: str
    registered_bits: int
    cap_fen: int
    shared: bool


def periods_of(policy: Policy, first: date, last: date) -> tuple[Period, ...]:
    """Cut the days of a book where a figure begins or ends."""
    cuts = {day for day in _edges(policy) if first < day <= last}
    return tuple(Period(day, policy.rules_on(day)) for day in sorted({first, *cuts}))


def terms_rows(periods: Sequence[Period]) -> list[TermsRow]:
    """Lay out the benefit tables of all periods."""
    return [
        TermsRow(
            number,
            scheme,
            venue,
            disease,
            terms.ratio_permyriad,
            terms.vbp_permyriad,
            terms.deductible_fen,
            bool(terms.open_figures),
        )
        for number, period in enumerate(periods)
        if period.rules is not None
        for (scheme, venue, disease), terms in period.rules.terms.items()
    ]


def pot_rows(periods: Sequence[Period], sets: Iterable[str]) -> list[PotRow]:
    """Find the pot of each set of registered diseases in each period."""
    registered = {
        one: frozenset(slug for slug in one.split("+") if slug) for one in sets
    }
    return [
        PotRow(
            number,
            scheme,
            one,
            sum(BITS[slug] for slug in slugs),
            _cap_fen(period.rules, scheme, slugs),
            period.rules.shared_cap,
        )
        for number, period in enumerate(periods)
        if period.rules is not None
        for scheme in sorted(period.rules.schemes)
        for one, slugs in registered.items()
    ]


def levels(amounts: Iterable[int]) -> tuple[int, ...]:
    """Give each ceiling that occurs once, the lowest first; 0 and unbounded are none."""
    return tuple(sorted({fen for fen in amounts if 0 < fen < UNBOUNDED_FEN}))


def _cap_fen(rules: Rules, scheme: str, registered: frozenset[str]) -> int:
    for pot in rules.pots.get(scheme, ()):
        if pot.diseases <= registered:
            return pot.cap_fen
    return UNBOUNDED_FEN


def _edges(policy: Policy) -> set[date]:
    """Find every day on which something begins to hold or has ceased to."""
    figures = [one for pack in policy.packs for one in pack.figures]
    figures += policy.overlay.figures if policy.overlay else ()
    since = {one.since for one in figures}
    since |= {pack.effective_from for pack in policy.packs}
    until = {one.until for one in figures} | {
        one.effective_until for one in policy.packs
    }
    return since | {day + _DAY for day in until if day is not None and day < date.max}
