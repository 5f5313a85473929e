"""What the texts of a day ask an area to do: their dates, and their list of tasks."""

from dataclasses import dataclass
from datetime import date

from dispensing.calendar import Due, Duty, Listed, dues, duties_of, listed
from dispensing.policy import Rules


@dataclass(frozen=True, slots=True)
class Plan:
    """The duties and the listed tasks of the texts in force on a day."""

    duties: tuple[Duty, ...]
    listed: tuple[Listed, ...]
    list_clause: str = ""

    def due(self, first: date, last: date) -> tuple[Due, ...]:
        """List what is due from one day to another, what is due once whenever it was."""
        once = [one for one in self.duties if one.until and one.until < first]
        return (*dues(once, date.min, first), *dues(self.duties, first, last))

    def due_at(self, key: str) -> Due | None:
        """Find the due day that a key names, or None."""
        try:
            kind, slug, on = key.split(":")
            day = date.fromisoformat(on)
        except ValueError:
            return None
        found = [one for one in dues(self.duties, day, day) if one.duty.slug == slug]
        return found[0] if kind == "due" and found else None


def plan_of(rules: Rules) -> Plan:
    """Read the dates and the list of tasks of the texts in force."""
    calendar = rules.figures.get("calendar")
    duties = (
        duties_of(
            rules.rows("calendar"),
            document=calendar.cited.document,
            clause=calendar.cited.clause,
        )
        if calendar
        else ()
    )
    tasks = rules.figures.get("task.list")
    clause = tasks.cited.clause if tasks else ""
    return Plan(duties, listed(rules.rows("task.list")), clause)
