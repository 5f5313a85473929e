"""A street whose sales are uploaded to a sandbox over HTTP, and what both sides then have."""

import json
from contextlib import closing
from datetime import datetime
from sqlite3 import connect
from typing import Any

from sqlmodel import col, select

from dispensing.service import notices, uploads
from dispensing.tables import UploadEventRow, UploadRow
from fixtures import cast
from tests import world
from tests.gateway.street import Street
from tests.world import NOON
from web import db

SHOP = cast.LUCHENG_PHARMACY


def planned(street: Street, now: datetime = NOON) -> int:
    """Tell the events, and write down what the platform is owed for them."""
    with db.open_session(street.engine) as session:
        notices.tell(session, now=now)
    with db.open_session(street.engine) as session:
        return uploads.plan(session, now=now)


def claimed(street: Street, now: datetime = NOON) -> uploads.Due | None:
    """Take the shop's next upload into a sender's hands."""
    msgid = street.desk.gateway.number(SHOP)
    with db.open_session(street.engine) as session:
        return uploads.claim(session, world.VAULT, SHOP, msgid, now=now)


def tried(street: Street, now: datetime = NOON, **more: Any) -> str | None:
    """Send the next upload, and write down what came back; gives its state."""
    due = claimed(street, now)
    if due is None:
        return "nothing"
    outcome = uploads.send(street.desk.gateway, due)
    with db.open_session(street.engine) as session:
        return uploads.conclude(session, due, outcome, now=now, **more)


def told(street: Street) -> list[tuple[str, dict[str, Any]]]:
    """Read what the platform was told: the kind of message, and its content."""
    with closing(connect(street.folder / "platform.db")) as books:
        rows = books.execute("SELECT infno, input FROM told ORDER BY id").fetchall()
    return [(infno, json.loads(text)) for infno, text in rows]


def states(street: Street) -> list[tuple[str, str]]:
    """List the uploads in their order, with where they stand."""
    query = select(UploadRow).order_by(col(UploadRow.no))
    with db.open_session(street.engine, read_only=True) as session:
        return [(row.infno, row.state) for row in session.exec(query)]


def kept(street: Street) -> list[UploadEventRow]:
    """Read what is kept of every try."""
    query = select(UploadEventRow).order_by(col(UploadEventRow.id))
    with db.open_session(street.engine, read_only=True) as session:
        return list(session.exec(query))
