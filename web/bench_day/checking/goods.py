"""The shelves are balanced with what left them."""

from collections import Counter
from collections.abc import Iterator
from uuid import UUID

from fixtures.rounds.told import Fate
from web.bench_day.checking.rows import Rows, Truth


def of_shelves(rows: Rows, truth: Truth) -> Iterator[str]:
    """What came in, less what left for good, is there; what came back unspoilt is back."""
    received, moved = Counter[tuple[str, str]](), Counter[tuple[str, str]]()
    for row in rows["stock_movement"]:
        key = row["outlet_code"], row["medicine_code"]
        moved[key] += row["quantity"]
        received[key] += row["quantity"] if row["kind"] == "received" else 0
    left = _left(rows, truth)
    there = Counter[tuple[str, str]]()
    for row in rows["stock_batch"]:
        key = row["outlet_code"], row["medicine_code"]
        there[key] += row["on_hand"]
        if row["reserved"]:
            yield f"{key}: {row['reserved']} packs are still set aside"
    for key in sorted(received):
        wanted = received[key] - left[key]
        if (there[key], moved[key]) != (wanted, wanted):
            yield f"{key}: {there[key]} packs, {moved[key]} by movements, not {wanted}"


def of_sales(rows: Rows, truth: Truth) -> Iterator[str]:
    """Each settlement has taken its packs once, and given them back once where returned."""
    moved = rows.by("stock_movement", "settlement_id")
    for order in truth.day.orders:
        row = rows.orders.get(truth.ids[order.no])
        for held in rows["settlement"]:
            if row is None or held["prescription_id"] != row["prescription_id"]:
                continue
            packs = Counter[str]()
            for one in moved.get(held["id"], []):
                packs[one["kind"]] += one["quantity"]
            back = truth.journal.fates[order.no] is Fate.RETURN
            if packs["sale_returned"] != (-packs["sold"] if back else 0):
                yield f"order {order.no}: {dict(packs)} packs moved"


def _left(rows: Rows, truth: Truth) -> Counter[tuple[str, str]]:
    """Count the packs that left each outlet for good, by what was prescribed."""
    lines = rows.by("prescription_line", "prescription_id")
    spoilt = _spoilt(rows)
    left = Counter[tuple[str, str]]()
    for order in truth.day.orders:
        row = rows.orders.get(truth.ids[order.no])
        if row is None:
            continue
        returned = truth.journal.fates[order.no] is Fate.RETURN
        if returned and row["prescription_id"] not in spoilt:
            continue
        for line in lines.get(row["prescription_id"], []):
            left[row["outlet_code"], line["medicine_code"]] += line["quantity"]
    return left


def _spoilt(rows: Rows) -> set[UUID]:
    """Find whose cold chain broke without a pharmacist's word after it that lets it pass."""
    spoilt: set[UUID] = set()
    for row in sorted(rows["prescription_event"], key=lambda it: it["id"]):
        if row["kind"] == "breach_found" or row["detail"] == "destroy":
            spoilt.add(row["prescription_id"])
        elif row["kind"] == "breach_decided":
            spoilt.discard(row["prescription_id"])
    return spoilt
