"""The audit trail has each event once, and its chain is whole: hashed here once more."""

import hashlib
import json
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from fixtures.rounds.told import Deed, Fate
from web.bench_day.checking.rows import Row, Rows, Truth

_FIRST = "0" * 64
_ENDS = {
    Fate.HANDED_OVER: ("order_handed_over",),
    Fate.RETRY: ("order_packed", "attempt_failed"),
    Fate.RETURN: ("order_returned",),
}


def of_events(rows: Rows, truth: Truth) -> Iterator[str]:
    """Each thing that couriers did is told of, by whom and when, once."""
    told = Counter(
        (row["prescription_id"], row["kind"], row["by"], truth.at(row["at"]))
        for row in rows["prescription_event"]
    )
    for deed in truth.journal.deeds:
        if deed.meeting is None:
            continue
        row = rows.orders.get(truth.ids[deed.order])
        code = truth.day.couriers[deed.courier].code
        for kind in _ENDS[truth.journal.fates[deed.order]] if row else ():
            assert row is not None
            count = told[row["prescription_id"], kind, code, truth.heard(deed)]
            if count != 1:
                yield f"order {deed.order}: {kind} is told {count} times"
    yield from _of_loading(rows, truth)


def _of_loading(rows: Rows, truth: Truth) -> Iterator[str]:
    """A parcel is on its way from its first pickup on."""
    events = rows.by("prescription_event", "prescription_id")
    first: dict[int, Deed] = {}
    for deed in truth.journal.deeds:
        if deed.meeting is None:
            first.setdefault(deed.order, deed)
    for no, deed in first.items():
        row = rows.orders.get(truth.ids[no])
        outs = [
            truth.at(it["at"])
            for it in events.get(row["prescription_id"] if row else None, [])
            if it["kind"] == "order_out"
        ]
        if not outs or min(outs) != truth.heard(deed):
            yield f"order {no}: fetched at {truth.heard(deed)}, on its way at {outs}"


def of_records(rows: Rows, truth: Truth) -> Iterator[str]:
    """Each event, hand-over, transfer and settlement has its record, and each record a link."""
    told: Counter[tuple[str, str]] = Counter()
    for row in rows["audit_record"]:
        for key in row["subject"].split(","):
            told[row["kind"].partition(".")[0], key] += 1
    for fact, table in (
        ("event", "prescription_event"),
        ("ledger", "ledger"),
        ("handover", "handover"),
    ):
        for row in rows[table]:
            if told[fact, str(row["id"])] != 1:
                count = told[fact, str(row["id"])]
                yield f"{table} {row['id']} has {count} records"
    linked = Counter(row["record_id"] for row in rows["audit_link"])
    for row in rows["audit_record"]:
        if linked[row["id"]] != 1:
            yield f"record {row['id']} has {linked[row['id']]} links"


def of_alerts(rows: Rows, truth: Truth) -> Iterator[str]:
    """An alert is told once while it holds: it ends before the same one begins again."""
    open_: set[tuple[Any, ...]] = set()
    for row in sorted(rows["desk_act"], key=lambda it: int(it["id"])):
        if row["about"] != "alert":
            continue
        about = row["courier_code"], row["kind"], row["order_id"]
        if row["act"] == "began" and about in open_:
            yield f"{about} is told once more while it holds"
        if row["act"] == "ended" and about not in open_:
            yield f"{about} ends without having begun"
        if row["act"] == "began":
            open_.add(about)
        elif row["act"] == "ended":
            open_.discard(about)


def of_chain(rows: Rows, truth: Truth) -> Iterator[str]:
    """Each link is the hash of the one before it and of its record."""
    records = {row["id"]: row for row in rows["audit_record"]}
    for area, links in sorted(rows.by("audit_link", "area").items()):
        before = _FIRST
        for no, link in enumerate(sorted(links, key=lambda it: int(it["seq"])), 1):
            record = records.get(link["record_id"])
            whole = record is not None and link["seq"] == no
            if not whole or link["hash"] != _hashed(before, link, record or {}):
                yield f"the chain of {area} breaks at {link['seq']}"
                break
            before = link["hash"]


def _hashed(before: str, link: Row, record: Row) -> str:
    fields = [before, link["area"], link["seq"], link["batch"], _utc(link["sealed_at"])]
    fields += [record[name] for name in ("id", "area", "kind", "subject", "person_no")]
    fields += [record["who"], record["role"], _utc(record["at"])]
    fields += [record["salt"], record["digest"]]
    return hashlib.sha256(_written(fields)).hexdigest()


def _written(fields: list[Any]) -> bytes:
    return json.dumps(fields, ensure_ascii=False, separators=(",", ":")).encode()


def _utc(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="microseconds")
