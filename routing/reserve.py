"""How much of a window a plan leaves free, so that an unlucky road breaks no promise. Pure.

A hand-over that is planned for the last second of its window is late by the first red light.
The reserve is as wide as the span of minutes that people are told (`eta.py`): where a plan
keeps it, the later end of that span still lies within the window. It grows with the time
until the window closes, for all that may come between is still to come: ways, stairs,
and orders that are put in.
"""

from routing.eta import SPREAD_PERCENT, SPREAD_S, SPREAD_S_MAX

RESERVE_PERCENT = SPREAD_PERCENT


def reserve_s(to_close_s: int, percent: int = RESERVE_PERCENT) -> int:
    """Return the last seconds of a window that a plan leaves free; none for 0 percent.

    >>> reserve_s(3_600), reserve_s(8 * 3_600), reserve_s(-60), reserve_s(3_600, 0)
    (840, 1800, 300, 0)
    """
    if not percent:
        return 0
    return min(SPREAD_S + max(0, to_close_s) * percent // 100, SPREAD_S_MAX)
