"""Tiles of the calendar: what the texts and the meetings want by when, for each unit its own."""

from collections.abc import Sequence
from datetime import date

from flask import url_for
from sqlmodel import Session

from dispensing.service.tasks import TaskView, meetings
from web.auth import caller
from web.desk import planning
from web.desk.area import area_served
from web.desk.task_words import UNIT_WORDS
from web.desk.tile import Entry, Tile
from web.words import say

SHOWN_MAX = 8
DUE_DAYS = 14  # what is due later is in the calendar
_OWN = {"bureau": {"bureau", "institution"}, "health": {"health"}}


def _dates(session: Session, area: str, day: date) -> Sequence[Entry]:
    place = area_served()
    if area not in {"", place}:
        return ()
    found = [
        one for one in planning.at_hand(session, place, day) if _is_own(one) and one.due
    ]
    late = [_entry(one, "late") for one in found if one.state == "late"]
    due = [
        _entry(one, "due")
        for one in found
        if one.state in {"open", "in_progress"}
        and one.due
        and 0 <= (one.due - day).days <= DUE_DAYS
    ]
    return (*late[-SHOWN_MAX:], *due[:SHOWN_MAX])


def _entry(one: TaskView, kind: str) -> Entry:
    address = url_for("tasks_pages.show", key=one.key)
    return Entry(
        "late" if kind == "late" else "due",
        "{task}（{who}）",
        address,
        {"task": f"{one.words} {one.period}".strip(), "who": one.who or _units(one)},
        one.due,
    )


def _units(one: TaskView) -> str:
    return "、".join(say(UNIT_WORDS[unit]) for unit in one.of)


def _is_own(one: TaskView) -> bool:
    """Tell whether a unit of the caller does it; who has none sees all."""
    own = [_OWN[role] for role in caller().roles if role in _OWN]
    return not own or any(units & set(one.of) for units in own)


def _meetings(session: Session, area: str, day: date) -> Sequence[Entry]:
    place = area_served()
    if area not in {"", place}:
        return ()
    held = [one for one in meetings(session, place) if one.held_on <= day]
    if not held or (held[0].held_on.year, held[0].held_on.month) != (
        day.year,
        day.month,
    ):
        return ()
    return (
        Entry(
            "changed",
            "本月已开会，决定 {n} 件事",
            url_for("tasks_pages.list_meetings"),
            {"n": len(held[0].tasks)},
            held[0].held_on,
        ),
    )


_SEEN_BY = ("bureau", "admin", "auditor", "health")
DATES = Tile("dates", "日程与任务", _SEEN_BY, _dates)
MEETINGS = Tile("meetings", "工作例会", _SEEN_BY, _meetings)
