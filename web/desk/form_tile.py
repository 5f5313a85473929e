"""The tile of the monthly forms: which month's form is due, which is late (T19, C15)."""

from collections.abc import Sequence
from datetime import date

from flask import url_for
from sqlmodel import Session

from dispensing.service.forms import monthly
from web.desk.tile import Entry, Tile

_MONTHS = 3  # that are looked back


def _forms(session: Session, area: str, day: date) -> Sequence[Entry]:
    if not area:  # a form is a pooling area's
        return ()
    found, first = [], monthly.month_before(day)
    for _ in range(_MONTHS):
        one = monthly.look(session, monthly.month_of(area, first))
        if one.sent_at is None:
            found.append(
                Entry(
                    "late" if day > one.due else "due",
                    "{month} 的月度调度表还没有报送",
                    url_for("bureau_forms_pages.show", month=f"{first:%Y-%m}"),
                    {"month": f"{first:%Y-%m}"},
                    one.due,
                )
            )
        first = monthly.month_before(first)
    return found


FORMS = Tile("forms", "月度调度表", ("bureau", "auditor", "health"), _forms)
