"""Settled lines against stock movements and hand-overs (账实相符)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from dispensing.reconcile.difference import Difference

Line = tuple[str, int, str]  # settlement, number of the line, medicine


@dataclass(frozen=True, slots=True)
class SettledLine:
    """What a settlement's line sold on a day, or a reversal took back (below 0), in packs."""

    settlement_id: str
    msgid: str
    line_no: int
    medicine_code: str
    quantity: int


@dataclass(frozen=True, slots=True)
class Moved:
    """One stock movement of a day; the quantity is below 0 where stock went out."""

    movement_id: str
    settlement_id: str  # empty where it belongs to none
    line_no: int
    medicine_code: str
    quantity: int
    kind: str


@dataclass(frozen=True, slots=True)
class Dispensed:
    """What became of a settlement's medicine: handed over, on its way, returned, or none."""

    settlement_id: str
    msgid: str
    outcome: str  # "handed_over" | "on_the_way" | "returned" | "at_outlet"


@dataclass(frozen=True, slots=True)
class HandedOver:
    """One hand-over, and the settlement that it rests on, if any."""

    event_id: str
    on: date
    prescription_id: str
    settlement_id: str
    msgid: str | None


def compare_stock(
    settled: Iterable[SettledLine],
    moved: Iterable[Moved],
    *,
    outlet_code: str,
    day: date,
) -> list[Difference]:
    """Compare what was settled on a day with what left the stock for it, line by line."""
    sold: dict[Line, int] = {}
    msgids: dict[str, str] = {}
    for line in settled:
        key = line.settlement_id, line.line_no, line.medicine_code
        sold[key] = sold.get(key, 0) + line.quantity
        msgids[line.settlement_id] = line.msgid
    gone: dict[Line, list[Moved]] = {}
    found = []
    for one in moved:
        if one.settlement_id:
            key = one.settlement_id, one.line_no, one.medicine_code
            gone.setdefault(key, []).append(one)
        elif one.kind == "counted":
            found.append(_of_movement("stock_counted", one, outlet_code, day))
    for key in sorted(sold.keys() | gone.keys()):
        movements = gone.get(key, [])
        out = -sum(one.quantity for one in movements)
        wanted = sold.get(key, 0)
        if out == wanted:
            continue
        if key not in sold:
            last = movements[-1]
            found.append(_of_movement("stock_extra", last, outlet_code, day))
            continue
        found.append(
            _of_line(
                key,
                wanted,
                movements,
                msgid=msgids[key[0]],
                where=(outlet_code, day),
            )
        )
    return found


def compare_handovers(
    dispensed: Iterable[Dispensed],
    handed_over: Iterable[HandedOver],
    *,
    outlet_code: str,
    day: date,
) -> list[Difference]:
    """Compare what was settled on a day with what was handed over or brought back.

    `handed_over` comes in its order, and may begin before the day.
    """
    kinds = {"at_outlet": "handover_missing", "returned": "return_unreversed"}
    found = [
        Difference(
            kinds[one.outcome],
            outlet_code,
            day,
            "settlement",
            one.settlement_id,
            one.msgid,
            1,
            0,
            one.outcome,
        )
        for one in dispensed
        if one.outcome in kinds
    ]
    seen: set[str] = set()
    for one in handed_over:
        again = one.prescription_id in seen
        seen.add(one.prescription_id)
        if one.on == day and (again or not one.settlement_id):
            kind = "handover_doubled" if again else "handover_unsettled"
            found.append(
                Difference(
                    kind,
                    outlet_code,
                    day,
                    "handover",
                    one.event_id,
                    one.msgid,
                    0 if kind == "handover_unsettled" else 1,
                    2 if again else 1,
                    one.prescription_id,
                )
            )
    return found


def _of_movement(kind: str, one: Moved, outlet_code: str, day: date) -> Difference:
    return Difference(
        kind,
        outlet_code,
        day,
        "movement",
        one.movement_id,
        None,
        0,
        one.quantity,
        one.medicine_code,
    )


def _of_line(
    key: Line,
    wanted: int,
    movements: list[Moved],
    *,
    msgid: str,
    where: tuple[str, date],
) -> Difference:
    """Tie a difference to the settlement, or to the movement that was written twice."""
    settlement_id, line_no, medicine_code = key
    out = -sum(one.quantity for one in movements)
    kind = "stock_amount" if movements else "stock_missing"
    event = ("settlement", settlement_id)
    if len(movements) > 1 and out - wanted == -movements[-1].quantity:
        kind, event = "stock_doubled", ("movement", movements[-1].movement_id)
    detail = f"{line_no} {medicine_code}"
    return Difference(kind, *where, *event, msgid, wanted, out, detail)
