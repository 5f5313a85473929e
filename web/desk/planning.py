"""What the caller's area has to do by the texts, and how it stands."""

from datetime import date, timedelta

from flask import abort
from sqlmodel import Session

from dispensing.service import tasks
from dispensing.service.tasks import Plan, TaskView
from pharmacies.places import pooling_area
from web import parts
from web.auth import Caller, caller
from web.desk.area import area_served

AHEAD_DAYS, BEHIND_DAYS = 31, 366


def plan(day: date) -> Plan:
    """Give what the texts in force on a day ask for."""
    return tasks.plan_of(parts.rules(day))


def place_of_caller() -> str:
    """Name the pooling area whose tasks the caller sees: the one that is served here."""
    return place_of(caller())


def place_of(who: Caller) -> str:
    """Name the area that is served here; officers of another one are turned away."""
    area = area_served()
    if "admin" not in who.roles and pooling_area(who.subject) != area:
        abort(403)
    return area


def year_of(
    session: Session, year: int, place: str, today: date
) -> tuple[TaskView, ...]:
    """List what is due in a year, by day."""
    first, last = date(year, 1, 1), date(year, 12, 31)
    found = tasks.tasks(
        session, plan(today), place, first=first, last=last, today=today
    )
    return tuple(one for one in found if one.due and first <= one.due <= last)


def at_hand(session: Session, place: str, today: date) -> tuple[TaskView, ...]:
    """List the tasks of a year back and a month ahead, and those without a day."""
    return tasks.tasks(
        session,
        plan(today),
        place,
        first=today - timedelta(days=BEHIND_DAYS),
        last=today + timedelta(days=AHEAD_DAYS),
        today=today,
    )
