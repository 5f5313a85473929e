"""The tile of the monthly forms: which month's form is due, which is late (T19, C15)."""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta

from flask import url_for
from sqlmodel import Session

from dispensing.days import day_of
from dispensing.forms.due import due_of
from dispensing.service.forms import monthly, reports
from dispensing.service.forms.kept import Standing, standings
from web import parts
from web.desk.tile import Entry, Tile

_MONTHS = 3  # that are looked back
LATELY = timedelta(days=14)


def _forms(session: Session, area: str, day: date) -> Sequence[Entry]:
    if not area:  # a form is a pooling area's
        return ()
    firsts = monthly.months_back(day, _MONTHS + 1)[1:]
    of = monthly.month_of(area, day)
    kept = standings(session, of.kind, of.place, first=firsts[-1], last=firsts[0])
    rules, found = parts.rules(day), []
    for first in firsts:
        due = due_of(first, rules).day
        if kept.get(first, Standing()).sent_at is None:
            found.append(
                Entry(
                    "late" if day > due else "due",
                    "{month} 的月度调度表还没有报送",
                    url_for("bureau_forms_pages.show", month=f"{first:%Y-%m}"),
                    {"month": f"{first:%Y-%m}"},
                    due,
                )
            )
    found += [one for first in firsts for one in _changed(kept.get(first), first, day)]
    return [*found, *_reports(session, area, firsts[0], day)]


def _changed(found: Standing | None, first: date, day: date) -> Iterator[Entry]:
    """Tell of a form that was corrected lately, or drawn up anew after it was sent."""
    if found is None or found.sent_at is None or found.last_sent_at is None:
        return
    month = f"{first:%Y-%m}"
    address = url_for("bureau_forms_pages.show", month=month)
    if found.is_ahead:
        words = "{month} 的月度调度表在报送以后又有新版本，还没有报送"
        yield Entry("changed", words, address, {"month": month})
    corrected = found.last_sent_at > found.sent_at
    if corrected and day - day_of(found.last_sent_at) <= LATELY:
        words = "{month} 的月度调度表已更正并重新报送"
        yield Entry("changed", words, address, {"month": month})


def _reports(session: Session, area: str, first: date, day: date) -> Sequence[Entry]:
    """Tell how many institutions have not reported the last month, where a text asks (C15)."""
    due = reports.due_on(first, parts.rules(day))
    waits = reports.waiting(session, area, first, day) if due.cited else 0
    if not waits:
        return ()
    return [
        Entry(
            "late" if day > due.day else "due",
            "{n} 家机构还没有报送 {month} 的数据",
            url_for("report_pages.of_area", month=f"{first:%Y-%m}"),
            {"n": waits, "month": f"{first:%Y-%m}"},
            due.day,
        )
    ]


FORMS = Tile("forms", "月度调度表", ("bureau", "auditor", "health"), _forms)
