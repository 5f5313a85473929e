"""What a plan leaves behind, by reason: counts first, one group's orders page by page."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from routing.plan import Reason
from routing.service.views import UnservedView

SHOWN_MAX = 20
SECONDS_MAX = 300  # that a plan may be given
_TIMES, _SECONDS_LEAST = 3, 30
_CUT_SHORT = (Reason.TIME_IS_UP, Reason.STILL_FITS)


@dataclass(frozen=True, slots=True)
class Group:
    """The orders that stay behind for one reason; only the open group lists one page of them."""

    reason: str
    words_zh: str
    words_en: str
    number: int
    orders: tuple[UnservedView, ...]
    page: int

    @property
    def pages(self) -> int:
        """Count the pages that the orders of the group take."""
        return -(-self.number // SHOWN_MAX)


def grouped(left: Sequence[UnservedView], opened: str, page: int) -> tuple[Group, ...]:
    """Group what stays behind, the largest group first; `opened` shows one page of orders."""
    by_reason = sorted(left, key=lambda it: it.reason)
    groups = [
        _group(tuple(found), opened, page)
        for _, found in groupby(by_reason, lambda it: it.reason)
    ]
    return tuple(sorted(groups, key=lambda it: -it.number))


def more_time(left: Sequence[UnservedView], seconds_max: int) -> tuple[int, int] | None:
    """Tell how many orders only more time could place, and how many seconds to plan for next.

    None where no order is left for want of time, or no more time can be given.
    """
    short = sum(it.reason in _CUT_SHORT for it in left)
    if not short or seconds_max >= SECONDS_MAX:
        return None
    return short, min(SECONDS_MAX, max(_SECONDS_LEAST, _TIMES * seconds_max))


def _group(found: tuple[UnservedView, ...], opened: str, page: int) -> Group:
    first = found[0]
    last_page = -(-len(found) // SHOWN_MAX)
    page = min(page, last_page)
    begins = (page - 1) * SHOWN_MAX
    shown = found[begins : begins + SHOWN_MAX] if first.reason == opened else ()
    return Group(
        reason=first.reason,
        words_zh=first.words_zh,
        words_en=first.words_en,
        number=len(found),
        orders=shown,
        page=page,
    )
