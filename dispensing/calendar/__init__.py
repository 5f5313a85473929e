"""The dates of the texts: duties, the days on which they are due, and the tasks they become."""

from dispensing.calendar.duties import Due, Duty, dues, duties_of, period_of
from dispensing.calendar.tasks import (
    ACTS,
    LATE_DAYS_MAX,
    UNITS,
    Listed,
    State,
    listed,
    state_of,
)

__all__ = (
    "ACTS",
    "LATE_DAYS_MAX",
    "UNITS",
    "Due",
    "Duty",
    "Listed",
    "State",
    "dues",
    "duties_of",
    "listed",
    "period_of",
    "state_of",
)
