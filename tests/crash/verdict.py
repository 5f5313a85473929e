"""What has to be true of a town's books after any load, and at every moment of it.

Each fault is one sentence; a good build has none.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from sqlite3 import connect

from sqlalchemy import Connection, Engine, text
from sqlmodel import Session, col, func, select

from dispensing import service
from dispensing.desk import Desk
from dispensing.recompute import recompute
from dispensing.tables import (
    AllowanceRow,
    LedgerRow,
    PrescriptionRow,
    SettlementRow,
    TillClosingRow,
    TraceSaleRow,
)
from routing import service as routing
from tests.crash.load import Asked
from tests.crash.town import CAP_FEN, FULL_SHARE_FEN, RATIO, Town
from web import db

POSTED = ("posted", "reversing")
PACKS = 3
_SUM = text(
    "SELECT COALESCE(SUM(fen), 0) FROM (SELECT amount_fen AS fen FROM ledger"
    " UNION ALL SELECT -amount_fen FROM ledger) AS sides"
)
_OVER = text(
    "SELECT person_no FROM allowance WHERE fund_fen + fund_reserved_fen > :cap"
)


def snapshot(connection: Connection) -> Iterator[str]:
    """Look at one snapshot of the books, whatever is going on: always balanced."""
    for off in recompute(connection).off:
        yield f"off: {off}"
    if connection.scalar(_SUM):
        yield "the ledger does not sum to zero"
    for person_no in connection.scalars(_OVER, {"cap": CAP_FEN}):
        yield f"{person_no} is over the cap"


def sweep(engine: Engine, desk: Desk, now: datetime) -> None:
    """Finish whatever is open, as the service does by itself half a minute later."""
    later = now + timedelta(seconds=31)
    for _ in range(2):
        with db.open_session(engine) as session:
            service.recover(session, desk, now=later)
        with db.open_session(engine) as session:
            routing.finish_returns(session, desk, now=later)


def faults(
    engine: Engine, town: Town, done: Sequence[Asked], now: datetime
) -> list[str]:
    """Hold what clients were told against the books, and the books against each other."""
    with db.open_session(engine, read_only=True) as session:
        rows = {str(row.id): row for row in session.exec(select(SettlementRow))}
        found = [
            *snapshot(session.connection()),
            *_answers(done),
            *_lost(rows, done),
            *_doubled(session, rows, done),
            *_shares(session, town, rows),
            *_platform(town, rows),
            *_packs(session, rows),
        ]
    with db.open_session(engine) as session:
        service.seal(session, now=now, everything=True)
    with db.open_session(engine, read_only=True) as session:
        chain = service.verify(session, now=now)
    return [*found, *(f"audit: {each}" for each in chain.breaks)]


def _answers(done: Sequence[Asked]) -> Iterator[str]:
    for asked in done:
        if len({(status, body) for status, body in asked.answers}) > 1:
            yield f"answers differ: {asked.kind} {asked.path} {asked.answers}"


def _lost(rows: dict[str, SettlementRow], done: Sequence[Asked]) -> Iterator[str]:
    """Find what was acknowledged and is not there, or is there otherwise."""
    reversed_ = {
        asked.said["id"]
        for asked in done
        if asked.kind == "reverse" and asked.went_well
    }
    for asked in done:
        if asked.kind != "settle" or not asked.went_well:
            continue
        said, row = asked.said, rows.get(asked.said["id"])
        if row is None:
            yield f"lost: settlement {said['id']}"
            continue
        if said["state"] == "posted":
            wanted = "reversed" if said["id"] in reversed_ else "posted"
            if row.state != wanted:
                yield f"lost: {row.id} is {row.state}, it was told {wanted}"
        for name in ("total_fen", "fund_fen", "account_fen", "mutual_aid_fen", "msgid"):
            if getattr(row, name) != said[name]:
                yield f"lost: {row.id} {name} is not what was told"


def _doubled(
    session: Session, rows: dict[str, SettlementRow], done: Sequence[Asked]
) -> Iterator[str]:
    told = {
        asked.said["id"]
        for asked in done
        if asked.kind == "settle"
        and asked.went_well
        and asked.said["state"] == "posted"
    }
    known = {asked.path.split("/")[2] for asked in done if asked.kind == "settle"}
    live: Counter[str] = Counter()
    for id_, row in rows.items():
        rx = str(row.prescription_id)
        if row.state in {*POSTED, "reversed"} and rx in known and id_ not in told:
            yield f"doubled: {id_} of {rx} was settled, and nobody was told"
        live[rx] += row.state in POSTED
    yield from (
        f"doubled: {rx} is settled {n} times" for rx, n in live.items() if n > 1
    )
    handed_in = select(func.count()).where(col(LedgerRow.entry) == "hand_in")
    asked_in = sum(asked.kind == "hand in" and asked.went_well for asked in done)
    if (n := session.exec(handed_in).one()) != asked_in:
        yield f"doubled: {asked_in} hand-ins were asked for, {n} are booked"
    closed = session.exec(select(func.count()).select_from(TillClosingRow)).one()
    told_ = sum(asked.kind == "close" and asked.went_well for asked in done)
    if closed != told_:
        yield f"doubled: {told_} closings were asked for, {closed} are made"
    states = session.exec(
        select(PrescriptionRow.id, PrescriptionRow.state).where(
            col(PrescriptionRow.state).not_in(("received", "settled", "dispensed"))
        )
    )
    yield from (f"prescription {id_} is left {state}" for id_, state in states)


def _shares(
    session: Session, town: Town, rows: dict[str, SettlementRow]
) -> Iterator[str]:
    """Work each share out anew: all of it, but at the cap exactly what was left."""
    left = town.left_fen
    bills: Counter[str] = Counter()
    for row in rows.values():
        if row.state in POSTED:
            bills[row.person_no] += 1
            full_fen = _half_up(row.in_scope_fen * RATIO)
            free = row.person_no in {each.person_no for each in town.free}
            if free and row.fund_fen != full_fen:
                yield f"share: {row.id} got {row.fund_fen} of {full_fen} fen"
    for person_no, left_fen in left.items():
        used = session.get_one(AllowanceRow, (person_no, 2025))
        got_fen = used.fund_fen - (CAP_FEN - left_fen)
        owed_fen = min(left_fen, bills[person_no] * FULL_SHARE_FEN)
        if got_fen != owed_fen:
            yield f"cap: {person_no} got {got_fen} fen, is owed {owed_fen}"


def _platform(town: Town, rows: dict[str, SettlementRow]) -> Iterator[str]:
    with closing(connect(town.folder / "var" / "platform.db")) as books:
        query = "SELECT msgid, fund_fen FROM charge WHERE state = 'booked'"
        theirs: dict[str, int] = dict(books.execute(query).fetchall())
    ours = {row.msgid: row.fund_fen for row in rows.values() if row.state in POSTED}
    for msgid in sorted(set(ours) ^ set(theirs)):
        yield f"platform: {msgid} is booked by one side only"
    for msgid in sorted(set(ours) & set(theirs)):
        if ours[msgid] != theirs[msgid]:
            yield f"platform: {msgid} differs"
    yield from (f"{row.id} is still {row.state}" for row in rows.values() if _open(row))


def _open(row: SettlementRow) -> bool:
    return row.state in {"pending", "unknown", "reversing"}


def _packs(session: Session, rows: dict[str, SettlementRow]) -> Iterator[str]:
    sold: Counter[str] = Counter()
    codes: Counter[str] = Counter()
    query = select(TraceSaleRow).where(col(TraceSaleRow.returned_at).is_(None))
    for sale in session.exec(query):
        sold[str(sale.settlement_id)] += 1
        codes[sale.code] += 1
    for id_, row in rows.items():
        wanted = PACKS if row.state in POSTED else 0
        if sold[id_] != wanted:
            yield f"packs: {id_} holds {sold[id_]} of {wanted}"
    yield from (
        f"packs: {code} is sold {n} times" for code, n in codes.items() if n > 1
    )


def _half_up(fen: Decimal) -> int:
    return int(fen.quantize(Decimal(1), ROUND_HALF_UP))
