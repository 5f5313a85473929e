"""One clock for the platform: the hour in China, shifted only by the settings."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from flask import Flask, current_app

from dispensing.days import CHINA


@dataclass(frozen=True, slots=True)
class Clock:
    """A clock that runs at the real pace, ahead of the real hour by `shift`."""

    shift: timedelta = timedelta()

    def now(self) -> datetime:
        """Tell the hour in China."""
        return (datetime.now(UTC) + self.shift).astimezone(CHINA)

    def today(self) -> date:
        """Tell the day in China."""
        return self.now().date()


def starting_at(start: datetime | None) -> Clock:
    """Make a clock that shows `start` at this moment, or the real hour."""
    return Clock() if start is None else Clock(start - datetime.now(UTC))


def init_app(app: Flask, start: datetime | None) -> None:
    """Give the app its clock."""
    app.extensions["clock"] = starting_at(start)


def now() -> datetime:
    """Tell the hour in China by the clock of this app."""
    clock: Clock = current_app.extensions["clock"]
    return clock.now()


def today() -> date:
    """Tell the day in China by the clock of this app."""
    return now().date()
