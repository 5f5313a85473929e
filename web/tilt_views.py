"""How the tilt of a group's year is told: in plain numbers, each with its sentence."""

from dataclasses import dataclass

from dispensing.clearing.indicators import indicators, of_row
from dispensing.clearing.tilt import Tilted, TiltTerms
from dispensing.policy.rules import Rules
from dispensing.service.clearing.entering import FIGURES
from dispensing.service.clearing.tilting import TiltDraft


@dataclass(frozen=True, slots=True)
class TiltSentence:
    """A sentence that the tilt rests on."""

    clause: str
    quote: str


@dataclass(frozen=True, slots=True)
class TiltLack:
    """What nobody has entered of an institution."""

    code: str
    name: str
    what: str


@dataclass(frozen=True, slots=True)
class TiltedView:
    """One institution: how it does, its part before and after, what is kept back, in fen."""

    code: str
    name: str
    part: int
    of: int
    is_qualified: bool
    is_managed_well: bool
    is_health_up: bool
    is_favoured: bool
    base_fen: int
    moved_fen: int
    due_fen: int
    insurance_fen: int
    insurance_deducted_fen: int
    health_fen: int
    health_deducted_fen: int


@dataclass(frozen=True, slots=True)
class TiltView:
    """A year's tilt as it stands; nothing is reckoned while something is open or missing."""

    group: str
    year: int
    is_asked: bool
    sentences: tuple[TiltSentence, ...]
    open_figures: tuple[str, ...]
    lacking: tuple[TiltLack, ...]
    terms: TiltTerms | None
    members: tuple[TiltedView, ...]


def tilt_told(draft: TiltDraft, rules: Rules, group: str, year: int) -> TiltView:
    """Tell a draft in plain numbers."""
    return TiltView(
        group,
        year,
        draft.is_asked,
        tuple(TiltSentence(one.clause, one.quote) for one in draft.cited),
        draft.open_figures,
        tuple(
            TiltLack(code, draft.names[code], _called(rules, what))
            for code, what in draft.lacking
        ),
        draft.terms,
        tuple(_member(draft.names[one.team.code], one) for one in draft.done),
    )


def _called(rules: Rules, what: str) -> str:
    if what in FIGURES:
        return FIGURES[what].zh
    return of_row(indicators(rules), what).item


def _member(name: str, one: Tilted) -> TiltedView:
    team = one.team
    return TiltedView(
        team.code,
        name,
        team.score.part,
        team.score.of or 0,
        one.is_qualified,
        team.is_managed_well,
        team.is_health_up,
        one.is_favoured,
        team.base_fen,
        one.moved_fen,
        one.due_fen,
        team.fees_fen["contract_fee_insurance"],
        one.deducted_fen["contract_fee_insurance"],
        team.fees_fen["contract_fee_health"],
        one.deducted_fen["contract_fee_health"],
    )
