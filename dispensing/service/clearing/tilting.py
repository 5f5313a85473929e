"""The tilt of a group's year (临沧 二（三）8, L23): reckoned once every number is there."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlmodel import Session

from dispensing.clearing.group import Node
from dispensing.clearing.scores import Measured
from dispensing.clearing.tilt import FEES, Team, Tilted, TiltTerms, tilt
from dispensing.policy.figures import Citation
from dispensing.policy.rules import Rules
from dispensing.service.clearing.entering import EnteredNumber, entries
from dispensing.service.clearing.groups import nodes_on

BASE, WELL, UP = "surplus_part", "managed_well", "health_up"
ASKED = (BASE, *FEES, WELL, UP)
SHARES = ("score.qualified_share", "payout.tilt_share", "contract.deducted_share")


@dataclass(frozen=True, slots=True)
class TiltDraft:
    """A year's tilt as it stands: the sentences, what is open or missing, and what came of it."""

    is_asked: bool  # a text here has it
    cited: tuple[Citation, ...]
    open_figures: tuple[str, ...]
    lacking: tuple[tuple[str, str], ...]  # institution, and what nobody entered
    terms: TiltTerms | None
    names: Mapping[str, str]
    done: tuple[Tilted, ...]


def tilt_of(
    session: Session, rules: Rules, *, place: str, group: str, year: int
) -> TiltDraft:
    """Reckon the tilt of a year; while a figure is open or a number missing, nothing is."""
    nodes = nodes_on(session, place, group, date(year, 12, 31))
    names = {one.code: one.name for one in nodes}
    values = {name: _permyriad(rules, name) for name in SHARES}
    asked = [name for name in SHARES if name in rules.figures]
    cited = tuple(rules.cited(name) for name in asked)
    if len(asked) < len(SHARES):
        return TiltDraft(False, cited, (), (), None, names, ())
    open_figures = tuple(name for name, value in values.items() if value is None)
    found = entries(session, place, group, year)
    teams, lacking = _teams(rules, nodes, found)
    if open_figures or lacking or not teams:
        return TiltDraft(True, cited, open_figures, lacking, None, names, ())
    terms = TiltTerms(*(value or 0 for value in values.values()))
    return TiltDraft(True, cited, (), (), terms, names, tilt(terms, teams))


def score_row(rules: Rules) -> str:
    """Name the row whose share of points says who qualifies; '' where no text has one."""
    rows = (row["row"] for row in rules.rows("score.indicators") if row.get("passes"))
    return next(rows, "")


def _permyriad(rules: Rules, name: str) -> int | None:
    figure = rules.figures.get(name)
    value = figure.value if figure is not None else None
    return value if isinstance(value, int) else None


def _teams(
    rules: Rules, nodes: Sequence[Node], found: Sequence[EnteredNumber]
) -> tuple[list[Team], tuple[tuple[str, str], ...]]:
    row = score_row(rules)
    scores = {one.code: one for one in found if one.code and one.name == row}
    said = {(one.ref, one.name): one.part for one in found if not one.code}
    lacking = [
        (node.code, name)
        for node in nodes
        for name in (*ASKED, row)
        if (node.code not in scores if name == row else (node.code, name) not in said)
    ]
    if lacking:
        return [], tuple(lacking)
    return [_team(node.code, scores[node.code], said) for node in nodes], ()


def _team(
    code: str, scored: EnteredNumber, said: Mapping[tuple[str, str], int]
) -> Team:
    return Team(
        code,
        said[code, BASE],
        {payer: said[code, payer] for payer in FEES},
        Measured(scored.part, scored.of),
        said[code, WELL] == 1,
        said[code, UP] == 1,
    )
