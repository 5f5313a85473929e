"""Couriers' phones in a browser, and what came of what they sent."""

from uuid import UUID

from playwright.sync_api import BrowserContext, Locator, Page
from sqlmodel import col, select

from dispensing.service.ordering import order_row
from routing.service.keeping import renumber
from routing.tables import CourierActRow, StopRow
from tests import road
from tests.browser.driving import watch
from tests.browser.seeing import enter
from tests.platform import Platform, delivery, settled
from tests.world import NOON
from web import db

READY = "navigator.serviceWorker.ready.then(() => true)"


def on_route(platform: Platform, count: int = 2) -> list[UUID]:
    """Put packed parcels on the courier's route, which is not left with yet."""
    orders = []
    for number in range(1, count + 1):
        rx = settled(platform, number, reason="出远门，提前配药")
        placed = platform.program("alice").post(
            f"/prescriptions/{rx}/order", delivery()
        )
        platform.program("counter").post(f"/orders/{placed['id']}/packing")
        orders.append(UUID(placed["id"]))
    with db.open_session(platform.app.extensions["engine"]) as session:
        vault = platform.app.extensions["desk"].vault
        road.put_on_route(session, orders, now=NOON, vault=vault)
    return orders


def side_by_side(platform: Platform) -> None:
    """Let the courier load everything first, at one counter, then deliver in that order."""
    vault = platform.app.extensions["desk"].vault
    with db.open_session(platform.app.extensions["engine"]) as session:
        rows = session.exec(select(StopRow).order_by(col(StopRow.no))).all()
        rows = sorted(rows, key=lambda row: row.kind != "pickup")
        for far in (len(rows), 0):  # no two stops bear one number meanwhile
            for no, row in enumerate(rows, 1):
                renumber(vault, row, row.route_id, far + no)
            session.flush()
        session.commit()


def acts(platform: Platform) -> list[CourierActRow]:
    """List what came, in the order in which it came."""
    engine = platform.app.extensions["engine"]
    with db.open_session(engine, read_only=True) as session:
        rows = session.exec(select(CourierActRow)).all()
        session.expunge_all()
    return sorted(rows, key=lambda row: (row.received_at, row.at))


def state(platform: Platform, order: UUID) -> str:
    engine = platform.app.extensions["engine"]
    with db.open_session(engine, read_only=True) as session:
        return order_row(session, order).state


def phone_of(visitor: BrowserContext, address: str) -> tuple[Page, list[str]]:
    """Open the courier's page on a phone that can then do without a line."""
    page = visitor.new_page()
    complaints = watch(page)
    enter(page, address, "courier")
    page.goto(f"{address}/courier")
    page.evaluate(READY)
    page.reload()
    return page, complaints


def stop(page: Page, order: UUID, kind: str = "dropoff") -> Locator:
    """Find a stop on the page."""
    return page.locator(f'.stop[data-order="{order}"][data-kind={kind}]')
