"""Numbers of a form that cannot be, or that want a word: told beside the number, never hidden."""

from collections.abc import Iterator
from dataclasses import dataclass

from dispensing.forms.layout import DISEASES, MEASURES, ROWS, SPANS
from dispensing.forms.schedule import KEYS, Schedule


@dataclass(frozen=True, slots=True)
class FormFault:
    """What is wrong, and where: a scheme ('' for all), a disease, a span ('' for both)."""

    code: str
    row: str
    disease: str
    span: str

    @property
    def is_impossible(self) -> bool:
        """Tell whether the numbers contradict each other; else they only want a word."""
        return self.code not in WANT_A_WORD


# Who has the benefit need not be managed yet: these are told to the health commission (T2).
WANT_A_WORD = ("more-than-managed", "managed-unknown")


def faults(found: Schedule, before: Schedule | None = None) -> tuple[FormFault, ...]:
    """Name what cannot be in a form; `before` is the one sent for the month before."""
    return (*report_faults(found, before), *_managed(found))


def report_faults(
    found: Schedule, before: Schedule | None = None
) -> tuple[FormFault, ...]:
    """Name what cannot be in an institution's report, which tells nothing of the managed."""
    return (*_in_cells(found), *_falling(found, before))


def _in_cells(found: Schedule) -> Iterator[FormFault]:
    for row, disease in KEYS:
        cell = found.cells[row, disease]
        for span in SPANS:
            one = getattr(cell, span)
            if one.fund_fen > one.in_scope_fen:
                yield FormFault("fund-over-scope", row, disease, span)
            if one.in_scope_fen > one.cost_fen:
                yield FormFault("scope-over-cost", row, disease, span)
            if one.people > one.visits:
                yield FormFault("people-over-visits", row, disease, span)
        if any(getattr(cell.month, m) > getattr(cell.whole, m) for m in MEASURES):
            yield FormFault("month-over-whole", row, disease, "")


def _managed(found: Schedule) -> Iterator[FormFault]:
    for disease in DISEASES:
        managed = found.managed[disease]
        if managed is None:
            yield FormFault("managed-unknown", "", disease, "whole")
        elif found.number("two_disease", disease, "whole", "people") > managed:
            yield FormFault("more-than-managed", "two_disease", disease, "whole")


def _falling(found: Schedule, before: Schedule | None) -> Iterator[FormFault]:
    """What has been counted since the policy began only grows, but for what was taken back."""
    if before is None:
        return
    for row in ROWS:
        for disease in DISEASES:
            asked = [(row, disease, "whole", measure) for measure in MEASURES]
            if any(found.number(*one) < before.number(*one) for one in asked):
                yield FormFault("falls", row, disease, "whole")
