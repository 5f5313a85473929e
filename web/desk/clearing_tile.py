"""The tile of groups paid by heads: years that are not cleared, and those that just were."""

from collections.abc import Sequence
from datetime import date

from flask import url_for
from sqlmodel import Session

from dispensing.service.clearing import groups, running
from web.desk.area import area_served
from web.desk.tile import Entry, Tile

CHANGED_DAYS = 30


def _tell(session: Session, area: str, day: date) -> Sequence[Entry]:
    place = area or area_served()
    last, found = day.year - 1, []
    for group in groups.group_codes(session, place):
        year_end = date(last, 12, 31)
        if not groups.nodes_on(session, place, group, year_end):
            continue
        page = url_for("clearing_pages.standing", group=group, year=last)
        told: dict[str, str | int] = {"group": group, "year": last}
        versions = running.clearings(session, place, group, last)
        if not versions:
            found.append(Entry("due", "{group} {year}年还没有清算", page, told))
        elif (day - versions[0].at.date()).days <= CHANGED_DAYS:
            told["number"] = versions[0].number
            words = "{group} {year}年清算了，第{number}版"
            found.append(Entry("changed", words, page, told))
    return found


CLEARING = Tile("clearing", "按人头付费", ("bureau", "admin", "auditor"), _tell)
