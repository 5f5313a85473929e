"""Why one order of many is left out of a bulk act: a code, and words in both languages."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from uuid import UUID

from dispensing.errors import DomainError

# What a plan says of an order that it could not put on the road when it was committed.
REFUSALS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "order_cancelled": (
            "订单已取消或已结束",
            "the order was cancelled or has ended",
        ),
        "order_taken": ("订单已在别的路线上", "the order is on another route already"),
        "order_moved": (
            "订单改了时段，不属于本计划",
            "the order's window is no longer of this plan",
        ),
        "order_unpacked": ("药店还没有打包", "the pharmacy has not packed it yet"),
        "order_held": ("订单已暂缓派送", "the order is held back"),
        "outlet_stopped": (
            "药店的协议已中止，药品暂停交付",
            "the pharmacy is suspended, and nothing is to leave it",
        ),
        "courier_busy": (
            "配送员在同一时间已有别的路线",
            "the courier has another route at the same time",
        ),
        "not_waiting": (
            "订单已在路线上或已结束",
            "the order is on a route already, or has ended",
        ),
        "not_found": ("没有这个订单", "there is no such order"),
    }
)


@dataclass(frozen=True, slots=True)
class OrderRefused:
    """One order that an act on many left as it was, and why."""

    order_id: UUID
    reason: str
    words_zh: str
    words_en: str


@dataclass(frozen=True, slots=True)
class BulkDone:
    """What an act on many orders came to: how many it was asked of, how many it did, who not."""

    asked: int
    done: int
    refused: tuple[OrderRefused, ...]


def refused(order_id: UUID, reason: str) -> OrderRefused:
    """Say why an order was left out."""
    chinese, english = REFUSALS[reason]
    return OrderRefused(order_id, reason, chinese, english)


def reason_of(error: DomainError) -> str:
    """Name why an order's own law refused a step."""
    return "outlet_stopped" if error.code == "outlet-stopped" else "order_cancelled"
