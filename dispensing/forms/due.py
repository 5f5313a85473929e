"""By when a month's form is sent, and the sentence of the region's text that says so."""

from dataclasses import dataclass, replace
from datetime import date, timedelta

from dispensing.policy.figures import Citation
from dispensing.policy.rules import Rules

SCHEDULE_MEETS = "form.schedule"  # what a row of the calendar meets
REPORT_MEETS = "form.report"
USUAL_DAY = 2  # where the region's text names none (T19)


@dataclass(frozen=True, slots=True)
class FormDue:
    """A day, and its sentence; None where the region's text names no day."""

    day: date
    cited: Citation | None = None


def due_of(
    first: date, rules: Rules | None = None, meets: str = SCHEDULE_MEETS
) -> FormDue:
    """Tell by which day of the month after a month's form or report is sent (T19, C15)."""
    after = next_month(first)
    for row in rules.rows("calendar") if rules else ():
        if rules and row.get("meets") == meets:
            cited = replace(rules.cited("calendar"), quote=row["quote"])
            return FormDue(after.replace(day=row["day"]), cited)
    return FormDue(after.replace(day=USUAL_DAY))


def next_month(first: date) -> date:
    """Give the first day of the month after.

    >>> next_month(date(2025, 12, 1))
    datetime.date(2026, 1, 1)
    """
    return (first.replace(day=1) + timedelta(days=31)).replace(day=1)
