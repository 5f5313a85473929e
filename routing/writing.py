"""A plan as plain values that JSON can hold, and back: to keep it, send it, compare it.

`VERSION` changes when a reader of older plans would misread newer ones.
"""

from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Any

from routing.plan import (
    Kind,
    Plan,
    Reason,
    Relaxation,
    Remedy,
    Rest,
    Route,
    Unserved,
    Visit,
)

VERSION = 1


def told(plan: Plan) -> dict[str, Any]:
    """Return a plan as plain values: dictionaries, lists, text and whole numbers."""
    return {"version": VERSION, **asdict(plan)}


def read(told: Mapping[str, Any]) -> Plan:
    """Return the plan that some plain values tell, or say what is wrong with them."""
    version = told.get("version")
    if version != VERSION:
        raise ValueError(f"plan: expected version {VERSION}, got {version!r}")
    try:
        return Plan(
            routes=tuple(_route(it) for it in told["routes"]),
            unserved=tuple(_unserved(it) for it in told["unserved"]),
            distance_m=_whole(told["distance_m"]),
            cost_fen=_whole(told["cost_fen"]),
        )
    except KeyError as missing:
        raise ValueError(f"plan: {missing} is missing") from missing
    except (TypeError, AttributeError) as odd:
        raise ValueError(f"plan: not as it is written: {odd}") from odd


def _route(told: Mapping[str, Any]) -> Route:
    return Route(
        courier_id=_text(told["courier_id"]),
        visits=tuple(_visit(it) for it in told["visits"]),
        breaks=tuple(
            Rest(_whole(it["start_s"]), _whole(it["end_s"])) for it in told["breaks"]
        ),
    )


def _visit(told: Mapping[str, Any]) -> Visit:
    name = told["parcel_id"]
    whole = {
        field: _whole(number)
        for field, number in told.items()
        if field not in ("kind", "parcel_id")
    }
    parcel_id = None if name is None else _text(name)
    return Visit(kind=Kind(told["kind"]), parcel_id=parcel_id, **whole)


def _unserved(told: Mapping[str, Any]) -> Unserved:
    cure = told["relaxation"]
    return Unserved(
        parcel_id=_text(told["parcel_id"]),
        reason=Reason(told["reason"]),
        detail=_text(told["detail"]),
        relaxation=None if cure is None else _relaxation(cure),
    )


def _relaxation(told: Mapping[str, Any]) -> Relaxation:
    as_told: dict[str, Callable[[Any], Any]] = {"remedy": Remedy, "courier_id": _text}
    return Relaxation(
        **{field: as_told.get(field, _whole)(value) for field, value in told.items()}
    )


def _whole(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError(f"expected a whole number, got {value!r}")
    return value


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"expected text, got {value!r}")
    return value
