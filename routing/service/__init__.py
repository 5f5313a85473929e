"""The units of work of delivery: what a view may ask, in one place."""

from routing.service.driving import (
    OUTCOMES,
    Door,
    depart,
    fail,
    finish_returns,
    hand_over,
)
from routing.service.planning import Slice, commit_plan, orders_waiting, plan_slice
from routing.service.reading import plan, plans, route, routes, tracking

__all__ = [
    "OUTCOMES",
    "Door",
    "Slice",
    "commit_plan",
    "depart",
    "fail",
    "finish_returns",
    "hand_over",
    "orders_waiting",
    "plan",
    "plan_slice",
    "plans",
    "route",
    "routes",
    "tracking",
]
