"""Each parcel has one end, and each hand-over one act."""

from collections.abc import Iterator
from typing import Any

from fixtures.rounds.given import Order
from fixtures.rounds.told import Fate
from web.bench_day.checking.rows import Row, Rows, Truth

STATES = {
    Fate.HANDED_OVER: "handed_over",
    Fate.RETRY: "packed",
    Fate.RETURN: "returned",
    Fate.LEFT: "cancelled",
}
_TAKEN = (Fate.HANDED_OVER, Fate.LEFT)  # by the patient: at the door, or at the counter


def of_orders(rows: Rows, truth: Truth) -> Iterator[str]:
    """Find orders whose state is not how they ended, and rows that nobody ordered."""
    entered = set(truth.ids.values())
    for id_ in rows.orders.keys() - entered:
        yield f"order {id_} was never placed"
    for order in truth.day.orders:
        row = rows.orders.get(truth.ids[order.no])
        if row is None:
            yield f"order {order.no} is gone"
        else:
            yield from _of_order(order, row, truth)


def _of_order(order: Order, row: Row, truth: Truth) -> Iterator[str]:
    fate = truth.journal.fates[order.no]
    if row["state"] != STATES[fate]:
        yield f"order {order.no} is {row['state']}, but ended as {fate}"
    later_s = 24 * 3600 if fate is Fate.RETRY else 0
    if truth.at(row["window_opens"]) != order.open_s + later_s:
        yield f"order {order.no} has another window than was promised"
    if (row["ended_at"] is None) != (fate is Fate.RETRY):
        yield f"order {order.no}: {fate}, ended at {row['ended_at']}"


def of_handovers(rows: Rows, truth: Truth) -> Iterator[str]:
    """Find parcels without the one act that says who took them, when and from whom."""
    acts = rows.by("handover", "prescription_id")
    for order in truth.day.orders:
        row = rows.orders.get(truth.ids[order.no])
        if row is None:
            continue
        fate, found = (
            truth.journal.fates[order.no],
            acts.get(row["prescription_id"], []),
        )
        if len(found) != (fate in _TAKEN):
            yield f"order {order.no}: {fate}, and {len(found)} acts of a hand-over"
        deed = truth.deed(order)
        if deed and truth.at(row["ended_at"] or row["placed_at"]) != deed.at_s:
            yield f"order {order.no}: handed over at {deed.at_s}, ended {row['ended_at']}"
        for act in found if deed else ():
            assert deed is not None
            code = truth.day.couriers[deed.courier].code
            if (act["by"], truth.at(act["at"])) != (code, truth.heard(deed)):
                yield f"order {order.no}: handed over by {act['by']} at {act['at']}"
            proxy = "proxy" if deed.meeting == "proxy" else "patient"
            if act["receiver"] != proxy:
                yield f"order {order.no}: taken by {act['receiver']}, not {proxy}"
            if (act["temperature_dc"] is None) == order.cold:
                yield f"order {order.no}: temperature {act['temperature_dc']}"


def of_routes(rows: Rows, truth: Truth) -> Iterator[str]:
    """Find orders that two routes have at one time, and stops that were done twice."""
    plans = {row["id"]: row for row in rows["plan"] if row["state"] == "committed"}
    routes = {row["id"]: row for row in rows["route"] if row["plan_id"] in plans}
    numbers = {id_: no for no, id_ in truth.ids.items()}
    done: dict[Any, set[str]] = {}
    has: dict[Any, set[str]] = {}
    for stop in rows["stop"]:
        route = routes.get(stop["route_id"])
        if route is None or stop["kind"] != "dropoff":
            continue
        has.setdefault(stop["order_id"], set()).add(route["courier_code"])
        if stop["done_at"] is not None:
            done.setdefault(stop["order_id"], set()).add(route["courier_code"])
    for order_id, couriers in has.items():
        if len(couriers) > 1:
            yield f"order {numbers.get(order_id)} is with {', '.join(sorted(couriers))}"
    for order in truth.day.orders:
        deed = truth.deed(order)
        code = truth.day.couriers[deed.courier].code if deed else None
        if deed and done.get(truth.ids[order.no]) != {code}:
            yield f"order {order.no}: no stop says that {code} handed it over"
