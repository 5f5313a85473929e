"""The tile of smart audit: alarms without a case, cases that wait, pledges that are missing."""

from collections.abc import Sequence
from datetime import date

from flask import url_for
from sqlmodel import Session

from dispensing.service.smart import cases, pledges, runs
from web.desk.tile import Entry, Tile


def _tell(session: Session, area: str, day: date) -> Sequence[Entry]:
    found: list[Entry] = []
    told = cases.listed(session, place=area, outlet=None, today=day)
    waits = [one for one in told if one.state in ("answered", "unanswered", "appealed")]
    late = sum(one.state == "unanswered" for one in waits)
    if late:
        found.append(
            Entry(
                "late",
                "{n} 个案件机构逾期未说明",
                url_for("smart_pages.cases"),
                {"n": late},
            )
        )
    if len(waits) > late:
        rest = {"n": len(waits) - late}
        found.append(
            Entry("due", "{n} 个案件等决定", url_for("smart_pages.cases"), rest)
        )
    due = sum(one.state == "closed" and one.recover_fen > 0 for one in told)
    if due:
        found.append(
            Entry(
                "due", "{n} 个案件等追回入账", url_for("smart_pages.cases"), {"n": due}
            )
        )
    new = len(runs.alarms(session, area, waiting=True))
    if new:
        home = url_for("smart_pages.home", waiting="true")
        found.append(Entry("changed", "{n} 条审核预警还没有立案", home, {"n": new}))
    missing = sum(one.at is None for one in pledges.pledges(session, area))
    if missing:
        page = url_for("smart_pages.list_pledges")
        found.append(Entry("due", "{n} 家机构没有签承诺", page, {"n": missing}))
    return found


SMART = Tile("smart", "智能审核", ("bureau", "admin", "auditor"), _tell)
