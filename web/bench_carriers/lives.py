"""Lives of deliveries: when each was packed, left and ended, what it was planned and read at."""

from collections.abc import Sequence
from datetime import datetime, time, timedelta
from random import Random
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Engine, bindparam, insert, text, update
from sqlalchemy import select as choose
from sqlmodel import SQLModel

DAYS = 365
LATE_PERCENT, RETURNED_PERCENT = 8, 2
RATED_PERCENT, COMPLAINT_PERCENT = 20, 1
COLD_PERCENT, OUTSIDE_PERCENT, READINGS = 10, 3, 4
SEAL_PERCENT = 1
BATCH = 5000  # deliveries that are written at once
ROUTE = 25  # deliveries of one route
_COLUMNS = (
    *("placed_at", "packed_at", "window_opens", "window_closes"),
    *("promised_until", "ended_at", "state", "storage", "broken_by", "broken_why"),
)


def end_all(engine: Engine, now: datetime) -> int:
    """Let every order end on some day of the year, some late, some in vain; tells how many."""
    chance, orders, rx = Random(1), _table("delivery_order"), _table("prescription")
    columns = (orders.c.id, orders.c.prescription_id, orders.c.carrier_code)
    query = choose(*columns, rx.c.person_no, orders.c.area).join(
        rx, rx.c.id == orders.c.prescription_id
    )
    with engine.begin() as books:
        found = books.execute(query).all()
        for begin in range(0, len(found), BATCH):
            some = found[begin : begin + BATCH]
            _write(books, [_life(row, chance, now) for row in some], chance)
    with engine.connect() as resting:
        resting.execution_options(isolation_level="AUTOCOMMIT").execute(text("ANALYZE"))
    return len(found)


def _table(name: str) -> Any:
    return SQLModel.metadata.tables[name]


def _life(row: Any, chance: Random, now: datetime) -> dict[str, Any]:
    placed = now - timedelta(days=chance.uniform(0, DAYS), hours=4)
    until = placed + timedelta(hours=3)
    late, back = (chance.randrange(100) < it for it in (LATE_PERCENT, RETURNED_PERCENT))
    ended = until + timedelta(minutes=40 if late else -30)
    marked = ("other", "") if late or back else (None, None)  # still to be judged
    return {
        **row._mapping,
        "placed_at": placed,
        "packed_at": placed + timedelta(hours=1),
        "window_opens": placed + timedelta(hours=1),
        "window_closes": until,
        "promised_until": until,
        "out_at": placed + timedelta(hours=2),
        "ended_at": ended,
        "state": "returned" if back else "handed_over",
        "storage": "cold" if chance.randrange(100) < COLD_PERCENT else "ambient",
        **dict(zip(("broken_by", "broken_why"), marked, strict=True)),
        "detail": _detail(chance, back=back),
    }


def _detail(chance: Random, *, back: bool) -> str:
    if chance.randrange(100) < SEAL_PERCENT:
        return "broken_seal"
    return "not_home" if back else ""


def _write(books: Connection, lives: list[dict[str, Any]], chance: Random) -> None:
    orders = _table("delivery_order")
    changed = update(orders).where(orders.c.id == bindparam("key"))
    changed = changed.values({name: bindparam(f"to_{name}") for name in _COLUMNS})
    books.execute(
        changed,
        [{"key": it["id"], **{f"to_{n}": it[n] for n in _COLUMNS}} for it in lives],
    )
    books.execute(insert(_table("prescription_event")), _events(lives))
    for begin in range(0, len(lives), ROUTE):
        _drive(books, lives[begin : begin + ROUTE], chance)
    cold = [it for it in lives if it["storage"] == "cold"]
    books.execute(insert(_table("reading")), _readings(cold, chance))
    books.execute(insert(_table("feedback")), _said(lives, chance))


def _events(lives: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    return [
        {
            "prescription_id": it["prescription_id"],
            "at": at,
            "kind": kind,
            "by": "x",
            "detail": "",
        }
        for it in lives
        for at, kind in (
            (it["placed_at"], "order_placed"),
            (it["packed_at"], "order_packed"),
            (it["out_at"], "order_out"),
            (it["ended_at"], f"order_{it['state']}"),
        )
    ]


def _drive(books: Connection, lives: Sequence[dict[str, Any]], chance: Random) -> None:
    """Plan some deliveries on a route of their own, each picked up and brought."""
    plan_id, route_id = (UUID(int=chance.getrandbits(128)) for _ in range(2))
    first = lives[0]
    books.execute(
        insert(_table("plan")),
        {
            "id": plan_id,
            "carrier_code": first["carrier_code"],
            "day": first["placed_at"].date(),
            "opens": time(8),
            "closes": time(20),
            "state": "committed",
            **dict.fromkeys(("seed", "seconds_max", "distance_m", "cost_fen"), 1),
            "made_at": first["placed_at"],
            "version": 1,
            "conditions": {},
            "figures": {},
        },
    )
    route = {
        "id": route_id,
        "plan_id": plan_id,
        "courier_code": "x",
        "state": "done",
        "distance_m": 1,
        "leaves_at": first["out_at"],
        "ends_at": first["ended_at"],
    }
    books.execute(insert(_table("route")), route)
    stops = [(kind, it) for kind in ("pickup", "dropoff") for it in lives]
    books.execute(
        insert(_table("stop")),
        [_stop(route_id, no, kind, it) for no, (kind, it) in enumerate(stops)],
    )


def _stop(route_id: UUID, no: int, kind: str, life: dict[str, Any]) -> dict[str, Any]:
    at = life["out_at" if kind == "pickup" else "ended_at"]
    outcome = "return" if life["state"] == "returned" else "handed_over"
    return {
        "route_id": route_id,
        "no": no,
        "kind": kind,
        "order_id": life["id"],
        **{"point_sealed": "", "distance_m": 1, "locked": False},
        **dict.fromkeys(("arrive_at", "start_at", "depart_at", "done_at"), at),
        "outcome": "picked_up" if kind == "pickup" else outcome,
        "detail": life["detail"] if kind == "dropoff" else "",
    }


def _readings(lives: Sequence[dict[str, Any]], chance: Random) -> list[dict[str, Any]]:
    return [
        {
            "order_id": it["id"],
            "prescription_id": it["prescription_id"],
            "at": it["out_at"] + timedelta(minutes=no),
            "temperature_dc": 95 if chance.randrange(100) < OUTSIDE_PERCENT else 50,
            "source": "box",
            **{"logger": "", "file_sha256": "", "courier_code": "x", "by": "x"},
            "noted_at": it["ended_at"],
        }
        for it in lives
        for no in range(READINGS)
    ]


def _said(lives: Sequence[dict[str, Any]], chance: Random) -> list[dict[str, Any]]:
    """Let some patients rate the firm, and some complain of it."""
    found = []
    for it in lives:
        drawn = chance.randrange(100)
        if drawn >= RATED_PERCENT + COMPLAINT_PERCENT:
            continue
        rates = drawn < RATED_PERCENT
        at = it["ended_at"] + timedelta(hours=1)
        found.append(
            {
                "id": UUID(int=chance.getrandbits(128)),
                "kind": "rating" if rates else "complaint",
                "prescription_id": it["prescription_id"],
                "order_id": it["id"],
                "person_no": it["person_no"],
                "about": "carrier",
                "party": it["carrier_code"],
                "area": it["area"][:4],
                "stars": chance.randint(3, 5) if rates else None,
                **{"topic": "late", "words": "", "by": "x"},
                "at": at,
                "answer_by": None if rates else at.date(),
            }
        )
    return found
