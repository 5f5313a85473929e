"""The fen that docs/money.md follows from the prescription to the closed day is a real one."""

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from uuid import UUID

from sqlalchemy import text

from dispensing import service
from dispensing.gateway import Charge, Receipt
from dispensing.gateway.sandbox import SandboxGateway
from dispensing.gateway.statements import write_lines
from dispensing.money import percent, yuan
from dispensing.service import DifferenceView, RunView
from dispensing.service.day_books import day_books
from dispensing.service.platform_day import entry
from dispensing.tables import AllowanceRow
from tests import world
from tests.dispensing import attacks
from tests.dispensing.attacks import ALICE, SHOP
from tests.reconcile.street import MORNING, Street
from tests.world import DAY, NOON
from web import db

PAGE = Path(__file__).parents[2] / "docs" / "money.md"
PART = "## One fen, from the prescription to the reconciled day"

LEDGER = """
SELECT entry, debit, '<-' AS from_, credit, amount_fen AS fen FROM ledger
 WHERE settlement_id IS NOT NULL ORDER BY id
"""
STOCK = "SELECT kind, outlet_code, medicine_code, quantity FROM stock_movement"
HANDED = """
SELECT prescription.state, handover.receiver, handover."by"
  FROM handover JOIN prescription ON prescription.id = handover.prescription_id
"""
BOOKED = """
SELECT entry, debit, '<-' AS from_, credit, amount_fen AS fen, "on" FROM ledger
 WHERE entry = 'difference'
"""


class Peeking(SandboxGateway):
    """A platform that looks into our books while it is asked to charge."""

    def __init__(self, path: Path, engine: object) -> None:
        super().__init__(path)
        self.engine, self.seen = engine, ""

    def charge(self, charge: Charge) -> Receipt:
        with db.open_session(self.engine, read_only=True) as session:
            used = session.get_one(AllowanceRow, (ALICE, 2025))
            self.seen = (
                f"allowance  fund {yuan(used.fund_fen)}"
                f"  fund_reserved {yuan(used.fund_reserved_fen)}\n"
                f"2102       {charge.msgid}  total {yuan(charge.total_fen)}"
                f"  fund {yuan(charge.fund_fen)}  acct {yuan(charge.account_fen)}"
            )
        return super().charge(charge)


def test_the_page_shows_what_happens_to_one_fen(engine, tmp_path):
    shown = blocks(PAGE.read_text("utf-8").split(PART)[1])
    assert shown == list(story(engine, tmp_path))


def story(engine, folder) -> Iterator[str]:
    """Live one settlement until its day is closed; give what each stage has written."""
    platform = Peeking(folder / "platform.db", engine)
    street = Street(engine, world.open_desk(platform), platform)
    with street.open() as session:
        world.populate(session, street.desk)
        used = session.get_one(AllowanceRow, (ALICE, 2025))
        used.deductible_fen = 10_000
        session.commit()
    id_ = attacks.received(engine, street.desk, 1)
    yield checked(street, id_)
    with street.open() as session:
        row = attacks.settle(session, street.desk, id_, 1)
    yield platform.seen
    yield rows(street, LEDGER)
    yield rows(street, STOCK)
    street.collect(row, NOON + timedelta(minutes=2))
    yield rows(street, HANDED)
    yield compared(street.run())
    yield sent(street)
    platform.tamper(row.msgid, fund_fen=row.fund_fen + 1)
    yield platform.compare_lines(SHOP, "resident", DAY, sent(street)).rstrip("\n")
    found = street.run()
    (one,) = found.differences
    booked = street.mend(one, "book", "rounding")
    yield f"{compared(found)}\n{told(one)}\n{done(booked)}"
    yield rows(street, BOOKED)
    closed = street.close()
    assert street.run(thorough=True) == closed
    yield f"closed_day  {closed.outlet_code}  {closed.day}  by {closed.closed_by}"


def checked(street: Street, id_: UUID) -> str:
    """Check the prescription as the counter does, and tell the split."""
    with street.open() as session:
        view = service.check(
            session,
            street.desk,
            prescription_id=id_,
            outlet_code=SHOP,
            voucher="card",
            trace_codes=world.trace_codes(),
            now=NOON,
        )
    split = view.assessment.split
    (line,) = split.lines
    ratio = percent(line.ratio_permyriad)
    return (
        f"{view.decision}  in scope {yuan(line.in_scope_fen)}"
        f"  deductible {yuan(line.deductible_fen)}\n"
        f"fund       {yuan(line.in_scope_fen)} × {ratio} = {yuan(line.fund_fen)}\n"
        f"cash       {yuan(line.total_fen)} − {yuan(line.fund_fen)}"
        f" = {yuan(line.cash_fen)}"
    )


def rows(street: Street, query: str) -> str:
    """Show rows as a table: fen as yuan, without ids and instants."""
    with street.engine.connect() as connection:
        found = connection.execute(text(query)).all()
    cells = [
        [
            yuan(cell) if name == "fen" else str(cell)
            for name, cell in row._mapping.items()
        ]
        for row in found
    ]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    return "\n".join(
        "  ".join(
            cell.ljust(width) for cell, width in zip(row, widths, strict=True)
        ).rstrip()
        for row in cells
    )


def sent(street: Street) -> str:
    """Write the file of our lines as 3202 takes it."""
    with street.open() as session:
        books = day_books(session, SHOP, DAY, MORNING)
    return write_lines(map(entry, books.bookings)).rstrip("\n")


def compared(run: RunView) -> str:
    """Tell the sums of the one scheme that has any."""
    (one,) = [total for total in run.totals if total.ours_count]
    return (
        f"3201  {run.outlet_code}  {one.scheme}  {run.day}  {one.verdict}\n"
        f"ours      {one.ours_count}  total {yuan(one.ours_total_fen)}"
        f"  fund {yuan(one.ours_fund_fen)}  acct {yuan(one.ours_account_fen)}\n"
        f"platform  {one.theirs_count}  total {yuan(one.theirs_total_fen)}"
        f"  fund {yuan(one.theirs_fund_fen)}  acct {yuan(one.theirs_account_fen)}"
    )


def told(one: DifferenceView) -> str:
    """Tell a difference as `yaoda reconcile` does, without the settlement's id."""
    return (
        f"{one.kind}: {one.event_kind} {one.msgid}, ours {yuan(one.ours)},"
        f" theirs {yuan(one.theirs)} ({one.detail})"
    )


def done(run: RunView) -> str:
    """Tell what was done about the one difference."""
    (mend,) = run.differences[0].mends
    return f"{mend.kind} ({mend.reason}) by {mend.by}: {mend.outcome}"


def blocks(part: str) -> list[str]:
    """Find what a part of the page shows as text."""
    ours = part.split("\n## ")[0]
    return [one.rstrip("\n") for one in re.findall(r"```text\n(.*?)```", ours, re.S)]
