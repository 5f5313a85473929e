"""The fund's ledger agrees with what was handed over, to the fen; so does everybody's year."""

from collections.abc import Iterable, Iterator

from fixtures.rounds.given import Order
from fixtures.rounds.told import Fate
from web.bench_day.checking.rows import Row, Rows, Truth

_FREED = (Fate.RETURN,)
_PAID = (Fate.HANDED_OVER, Fate.LEFT)


def of_fund(rows: Rows, truth: Truth) -> Iterator[str]:
    """Settled less reversed is what was handed over and what is still open."""
    settlements, ledger = _settlements(rows), rows.by("ledger", "settlement_id")
    charged = handed = still_open = 0
    for order in truth.day.orders:
        held = settlements.get(_rx(rows, truth, order))
        if held is None:
            yield f"order {order.no} has no settlement"
            continue
        fate, entries = truth.journal.fates[order.no], ledger.get(held["id"], [])
        fund_fen = _moved(entries, "receivable", "fund")
        owed_fen = 0 if fate in _FREED else held["fund_fen"]
        if fund_fen != owed_fen:
            yield f"order {order.no}: {fate}, the fund has paid {fund_fen} of {owed_fen} fen"
        yield from _of_share(order, fate, held, entries)
        charged += fund_fen
        handed += owed_fen if fate in _PAID else 0
        still_open += owed_fen if fate is Fate.RETRY else 0
    if charged != handed + still_open:
        yield f"the fund has paid {charged} fen for {handed} handed over, {still_open} open"
    total = sum(it["amount_fen"] for it in rows["ledger"] if it["credit"] == "fund")
    if total != charged:
        yield f"the ledger has {total} fen of the fund, the orders {charged}"


def _of_share(
    order: Order, fate: Fate, held: Row, entries: Iterable[Row]
) -> Iterator[str]:
    """The patient's own share is paid where the parcel was taken, and only there."""
    due_fen = held["cash_fen"] if fate in _PAID else 0
    paid_fen = sum(
        it["amount_fen"] for it in entries if it["entry"] in ("tender", "refund")
    )
    if paid_fen != due_fen:
        yield f"order {order.no}: {fate}, the patient has paid {paid_fen} of {due_fen} fen"
    state = "reversed" if fate in _FREED else "posted"
    if held["state"] != state:
        yield f"order {order.no}: {fate}, its settlement is {held['state']}"


def of_purses(rows: Rows, truth: Truth) -> Iterator[str]:
    """Each courier has in the purse what the own hand-overs brought."""
    settlements = _settlements(rows)
    wanted = {it.code: 0 for it in truth.day.couriers}
    for order in truth.day.orders:
        deed, held = truth.deed(order), settlements.get(_rx(rows, truth, order))
        if deed and held:
            wanted[truth.day.couriers[deed.courier].code] += held["cash_fen"]
    found = dict.fromkeys(wanted, 0)
    for entry in rows["ledger"]:
        if entry["debit"] == "courier":
            found[entry["holder"]] = found.get(entry["holder"], 0) + entry["amount_fen"]
    for code in sorted(found):
        if found[code] != wanted.get(code, 0):
            yield f"{code} holds {found[code]} fen, not {wanted.get(code, 0)}"


def of_years(rows: Rows, truth: Truth) -> Iterator[str]:
    """What was returned is free again in the patient's year; nothing is held."""
    years = rows.by("allowance", "person_no")
    settlements = _settlements(rows)
    for order in truth.day.orders:
        held = settlements.get(_rx(rows, truth, order))
        if held is None:
            continue
        freed = truth.journal.fates[order.no] in _FREED
        for year in years.get(held["person_no"], []):
            for name in ("fund_fen", "deductible_fen"):
                wanted = 0 if freed else held[name]
                if year[name] != wanted:
                    yield f"order {order.no}: the year has {year[name]} {name}, not {wanted}"
            if year["fund_reserved_fen"] or year["deductible_reserved_fen"]:
                yield f"order {order.no}: something is still held in the year"


def _settlements(rows: Rows) -> dict[object, Row]:
    return {row["prescription_id"]: row for row in rows["settlement"]}


def _rx(rows: Rows, truth: Truth, order: Order) -> object:
    row = rows.orders.get(truth.ids[order.no])
    return row["prescription_id"] if row else None


def _moved(entries: Iterable[Row], debit: str, credit: str) -> int:
    return sum(
        it["amount_fen"]
        for it in entries
        if (it["debit"], it["credit"]) == (debit, credit)
    )
