"""The dates of the texts as iCalendar (RFC 5545), for any calendar program."""

from datetime import datetime, timedelta

from icalendar import Alarm, Calendar, Event

from dispensing.service.tasks import TaskView

# How long before the day a program is asked to remind.
REMIND = timedelta(days=-3)


def written(found: tuple[TaskView, ...], *, place: str, now: datetime) -> bytes:
    """Write what is due as whole days, each with its clause, its sentence and a reminder."""
    calendar = Calendar()
    calendar.add("prodid", "-//Yaoda//Desk//ZH")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    for one in found:
        if one.due is not None:
            calendar.add_component(_event(one, place, now))
    return bytes(calendar.to_ical())


def _event(one: TaskView, place: str, now: datetime) -> Event:
    event = Event()
    event.add("uid", f"{one.key}@{place}.yaoda")
    event.add("dtstamp", now)
    assert one.due is not None
    event.add("dtstart", one.due)
    event.add("dtend", one.due + timedelta(days=1))
    event.add("summary", one.words)
    event.add("description", "\n".join(filter(None, (one.clause, one.quote))))
    event.add("categories", list(one.of))
    event.add("status", "CONFIRMED")
    event.add("transp", "TRANSPARENT")
    alarm = Alarm()
    alarm.add("action", "DISPLAY")
    alarm.add("description", one.words)
    alarm.add("trigger", REMIND)
    event.add_component(alarm)
    return event
