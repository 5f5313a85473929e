"""The checks over all rows at once: each a condition, the worst and first one kept.

The order and the names are those of the row engine. The checks of the medicines differ
from line to line; all others are the same for every line of a claim.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import ibis
from ibis.expr.types import IntegerValue, Table

from dispensing.bulk.terms import Period
from dispensing.checks import ALL_CHECKS, OPEN_PARAMETER
from dispensing.checks.person import POOLING_DIGITS
from dispensing.policy.rules import Rules
from dispensing.prescription import LEVELS

# The code of a row: larger is worse, and of two as bad the check that comes first.
REVIEW, REFUSED, NOT_IN_FORCE = 100, 200, 300
_PLACE = {check: len(ALL_CHECKS) - no for no, check in enumerate(ALL_CHECKS)}

Condition = Any  # an Ibis truth value; Ibis has no types that a checker could read
Asked = tuple[str, int, Condition]


def code_of(check: str, severity: int) -> int:
    """Give the code of a check that did not pass."""
    return severity + _PLACE[check]


def of_claim(rows: Table, periods: Sequence[Period]) -> IntegerValue:
    """Give the code of the worst check that a claim fails whatever its medicines."""
    ask = _Ask(rows, periods)
    asked = [*_paper(ask), *_person(ask), *_place(ask)]
    asked.append((OPEN_PARAMETER, REVIEW, rows.is_open.fill_null(False)))
    return _worst(asked, [(rows.period < 0, NOT_IN_FORCE)])


def of_line(rows: Table, periods: Sequence[Period]) -> IntegerValue:
    """Give the code of the worst check that the medicine of a line fails."""
    return _worst(_medicine(_Ask(rows, periods)))


def told(code: IntegerValue) -> tuple[ibis.Value, ibis.Value]:
    """Turn a code into the decision and the name of the check that it rests on."""
    # What most rows are comes first: they are not asked the rest.
    decision = ibis.cases(
        (code < REVIEW, "accepted"),
        (code < REFUSED, "review"),
        (code < NOT_IN_FORCE, "refused"),
        else_="not_in_force",
    )
    named = [(code % REVIEW == place, check) for check, place in _PLACE.items()]
    return decision, ibis.cases((code == 0, ibis.null("string")), *named)


def _worst(
    asked: Iterable[Asked], first: Sequence[tuple[Condition, int]] = ()
) -> IntegerValue:
    """Give the code of the worst condition that holds, 0 where none does."""
    found = sorted(
        ((code_of(check, severity), said) for check, severity, said in asked),
        key=lambda pair: -pair[0],
    )
    branches = [*first, *((said, code) for code, said in found)]
    return ibis.cases(
        *((said, ibis.literal(code, type="int16")) for said, code in branches),
        else_=ibis.literal(0, type="int16"),
    )


class _Ask:
    """Puts the figures of each period beside the rows of that period."""

    def __init__(self, rows: Table, periods: Sequence[Period]) -> None:
        self.rows = rows
        self.rules = [(no, one.rules) for no, one in enumerate(periods) if one.rules]

    def each(
        self, figure: Callable[[Rules], Any], said: Callable[[Any], Any]
    ) -> Condition:
        """Say a condition by the figure of the row's period; once where all are equal."""
        values = [(number, figure(rules)) for number, rules in self.rules]
        if len({value for _, value in values}) <= 1:
            return _literal(said(values[0][1]) if values else False)
        branches = [
            (self.rows.period == number, _literal(said(value)))
            for number, value in values
        ]
        return ibis.cases(*branches, else_=ibis.literal(False))


def _paper(ask: _Ask) -> list[Asked]:
    """Ask of the prescription as a document: way, signature, issuer, dates, use."""
    rows = ask.rows
    electronic = rows.source == "internet_hospital"
    on_record = (rows.signature == "none") & rows.recorded & ~electronic
    days = ibis.coalesce(rows.valid_days, _valid_days(ask))
    age_days = rows.day.delta(rows.issued_on, unit="day")
    in_time = (age_days >= 0) & (age_days < days)
    unknown_way = ask.each(
        lambda rules: rules.sources, lambda names: rows.source.notin(sorted(names))
    )
    return [
        ("prescription.source", REFUSED, unknown_way),
        (
            "prescription.signature",
            REFUSED,
            (rows.signature != "valid") & ~on_record,
        ),
        ("prescription.issuer", REFUSED, ~rows.issuer_designated),
        (
            "prescription.validity",
            REFUSED,
            ~in_time | rows.status.isin(("lapsed", "revoked")),
        ),
        ("prescription.unused", REFUSED, rows.status == "used"),
    ]


def _valid_days(ask: _Ask) -> Any:
    branches = [(ask.rows.period == no, rules.valid_days) for no, rules in ask.rules]
    return ibis.cases(*branches, else_=1) if branches else ibis.literal(1)


def _person(ask: _Ask) -> list[Asked]:
    """Ask of the person and the disease."""
    rows = ask.rows
    there = rows.outlet_area.left(POOLING_DIGITS)
    elsewhere = rows.area.left(POOLING_DIGITS) != there
    filed = (rows.away_filed.left(POOLING_DIGITS) == there).fill_null(False)
    led_astray = ask.each(
        lambda rules: rules.away_levels,
        lambda levels: rows.venue.notin(sorted(levels or LEVELS)),
    )
    uncovered = ask.each(
        lambda rules: rules.schemes, lambda names: rows.scheme.notin(sorted(names))
    )
    registered = (rows.registered_bits & rows.disease_bit) != 0
    excluded = ask.each(
        lambda rules: rules.exclusive,
        lambda holds: rows.chronic_outpatient if holds else False,
    )
    return [
        ("insured.active", REFUSED, ~rows.active),
        ("insured.scheme", REFUSED, uncovered),
        ("insured.area", REFUSED, elsewhere & ~filed),
        ("insured.area", REVIEW, elsewhere & filed & led_astray),
        (
            "disease.covered",
            REFUSED,
            ask.each(
                lambda rules: rules.diseases | rules.diseases_open,
                lambda names: rows.disease.notin(sorted(names)),
            ),
        ),
        (
            "disease.covered",
            REVIEW,
            ask.each(
                lambda rules: rules.diseases_open,
                lambda names: rows.disease.isin(sorted(names)) if names else False,
            ),
        ),
        ("disease.registered", REFUSED, ~registered.fill_null(False)),
        ("disease.exclusive", REFUSED, excluded),
    ]


def _medicine(ask: _Ask) -> list[Asked]:
    """Ask of the medicines: range, platform, groups, days of supply, trace codes."""
    rows = ask.rows
    off_platform = ask.each(
        lambda rules: rules.platform_venues,
        lambda venues: rows.venue.isin(sorted(venues)) & ~rows.on_platform,
    )
    too_long = ask.each(
        lambda rules: rules.days_max,
        lambda most: False if most is None else rows.supply_days > most,
    )
    unflagged = ask.each(
        lambda rules: rules.days_usual,
        lambda usual: False if usual is None else rows.supply_days > usual,
    )
    stored_long = ask.each(
        lambda rules: rules.special_storage_days,
        lambda most: False if most is None else rows.supply_days > most,
    )
    return [
        ("drug.catalogue", REFUSED, ~rows.in_range),
        ("drug.platform", REFUSED, off_platform),
        ("drug.forbidden", REFUSED, _forbidden(ask)),
        ("quantity.max_days", REFUSED, too_long),
        ("quantity.max_days", REVIEW, unflagged & ~rows.long_term),
        (
            "quantity.special_storage",
            REVIEW,
            (rows.group == "special_storage") & stored_long,
        ),
        (
            "quantity.duplicate",
            REVIEW,
            ask.each(
                lambda rules: rules.early_refill_days,
                lambda early: rows.left_days > early,
            ),
        ),
        (
            "trace.codes",
            REFUSED,
            ask.each(
                lambda rules: rules.trace_required,
                lambda asked: ~rows.traced if asked else False,
            ),
        ),
    ]


def _forbidden(ask: _Ask) -> Condition:
    """Ask for medicines that a pharmacy or a long prescription may not hold (R12)."""
    rows = ask.rows
    at_pharmacy = ask.each(
        lambda rules: rules.forbidden_groups,
        lambda groups: rows.group.isin(sorted(groups)) & (rows.venue == "pharmacy"),
    )
    return at_pharmacy | ask.each(
        lambda rules: (
            rules.days_usual,
            rules.long_excluded_groups,
            rules.antimicrobial_diseases,
        ),
        lambda figures: _excluded_long(rows, *figures),
    )


def _excluded_long(
    rows: Table, usual: int | None, groups: frozenset[str], let_off: frozenset[str]
) -> Any:
    if usual is None or not groups:
        return False
    allowed = (rows.group == "antimicrobial") & rows.disease.isin(sorted(let_off))
    longer = rows.supply_days > usual
    return longer & rows.group.isin(sorted(groups)) & ~allowed


def _place(ask: _Ask) -> list[Asked]:
    """Ask of the outlet and the voucher."""
    rows = ask.rows
    at_pharmacy = rows.venue == "pharmacy"

    def admitted(answer: bool | None) -> Callable[[bool | None], Any]:
        return lambda found: at_pharmacy if found is answer else False

    return [
        (
            "outlet.admitted",
            REFUSED,
            ask.each(lambda rules: rules.pharmacy_admitted, admitted(False)),
        ),
        (
            "outlet.admitted",
            REVIEW,
            ask.each(lambda rules: rules.pharmacy_admitted, admitted(None)),
        ),
        ("outlet.designated", REFUSED, ~rows.designated),
        (
            "outlet.quota",
            REFUSED,
            ask.each(_ceilings, lambda most: at_pharmacy & _above(rows, most)),
        ),
        (
            "voucher.admitted",
            REFUSED,
            ask.each(
                lambda rules: rules.vouchers,
                lambda names: rows.voucher.notin(sorted(names)),
            ),
        ),
    ]


def _ceilings(rules: Rules) -> tuple[tuple[str, int], ...]:
    """Give every name of a unit that has a ceiling, with the most pharmacies in it."""
    names = {unit: unit for unit in rules.quota_targets} | dict(rules.quota_units)
    return tuple(
        (name, rules.quota_targets[unit])
        for name, unit in sorted(names.items())
        if unit in rules.quota_ceilings
    )


def _above(rows: Table, ceilings: tuple[tuple[str, int], ...]) -> Condition:
    """Ask whether a pharmacy was designated after its unit was full (R1)."""
    if not ceilings:
        return ibis.literal(False)
    most = ibis.cases(
        *((rows.quota_unit == unit, most) for unit, most in ceilings),
        else_=ibis.null("int64"),
    )
    return (rows.quota_rank > most).fill_null(False)


def _literal(said: Any) -> Condition:
    return ibis.literal(said) if isinstance(said, bool) else said
