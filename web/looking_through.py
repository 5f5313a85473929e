"""Run the rules of smart audit over the claims of an area, with what the database knows beside."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from sqlmodel import Session

from dispensing.audit import pooling_area
from dispensing.bureau_lists.kinds import Cells, ListKind
from dispensing.desk import Desk
from dispensing.errors import Conflict, Words
from dispensing.service import bureau_lists
from dispensing.service.claim_lines import claim_lines
from dispensing.service.smart import thresholds
from dispensing.service.smart.runs import AskedAudit
from dispensing.smart.alarms import Audit
from pharmacies import service as pharmacies

Rows = Sequence[Mapping[str, Any]]
_BESIDE: tuple[ListKind, ...] = ("auxiliary", "ends", "stays")
NO_PACKAGES = Words(
    "这台服务器没有安装批量计算的组件，不能运行审核规则。",
    "The extra packages of bulk are not installed here: the rules cannot run.",
    "请系统管理员安装 yaoda[bulk]，或用命令行在别处运行。",
    "Let the operator install yaoda[bulk], or run them elsewhere by the command.",
)


def looked_through(session: Session, desk: Desk, asked: AskedAudit) -> Audit:
    """Run the rules over the claims of an area; nothing is written.

    Raises Conflict where the packages that it takes are not installed.
    """
    try:
        from dispensing.smart_book.opened import audit_lines
    except ModuleNotFoundError as error:
        raise Conflict(NO_PACKAGES, code="no-packages") from error
    area = asked.place
    given = _handed_in(session, desk, area)
    lines = claim_lines(
        session,
        desk,
        area=area,
        first=asked.since,
        last=asked.until,
        diagnoses=any(one["indicated"] for one in given.get("auxiliary", ())),
    )
    sides = {**_sides(session, area), **given}
    return audit_lines(lines, thresholds.rules_of(session, area), sides)


def _handed_in(session: Session, desk: Desk, area: str) -> dict[str, Rows]:
    """Give the lists that the bureau has handed in; a rule whose list is missing waits."""
    found: dict[str, Rows] = {}
    for kind in _BESIDE:
        rows = bureau_lists.rows_of(session, desk.vault, area, kind)
        if rows is not None:
            found[kind] = [_side(kind, cells) for cells in rows]
    return found


def _side(kind: ListKind, cells: Cells) -> dict[str, object]:
    first, *rest = cells
    if kind == "auxiliary":
        return {"medicine": first, "indicated": rest[0]}
    names = ("admitted", "discharged") if kind == "stays" else ("ended_on",)
    days = dict(zip(names, map(date.fromisoformat, rest), strict=True))
    return {"person": first, **days}


def _sides(session: Session, area: str) -> dict[str, list[dict[str, object]]]:
    """Give what the database knows beside the claims: where outlets are, and their hours."""
    here = [
        one
        for one in pharmacies.outlets(session)
        if not area or pooling_area(one.code) == area
    ]
    hours = [
        {
            "outlet": one.code,
            "weekday": day,
            "opens_minute": one.opens.hour * 60 + one.opens.minute,
            "closes_minute": one.closes.hour * 60 + one.closes.minute,
        }
        for one in here
        for day in range(1, 8)
    ]
    places = [
        {"outlet": one.code, "lon": one.point.lon, "lat": one.point.lat} for one in here
    ]
    boxes = [
        {"medicine": one.code, "parts": one.pack_parts}
        for one in pharmacies.catalogue(session)
        if one.pack_parts > 1
    ]
    return {"hours": hours, "places": places, "parts": boxes}
