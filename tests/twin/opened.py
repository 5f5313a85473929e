"""A settlement of alice that is open: the platform has not answered yet."""

from collections.abc import Callable
from functools import partial

from sqlalchemy import Engine
from sqlmodel import Session

from dispensing.desk import Desk, Work
from dispensing.service.opening import Opened, Presented, open_settlement
from fixtures import cast
from tests import world
from tests.dispensing import attacks
from web import db


def open_one(engine: Engine, desk: Desk) -> tuple[Opened, Callable[[Session], Work]]:
    """Open it; gives what is to be posted, and how a session works at this desk."""
    work_of = partial(Work, desk=desk, now=world.NOON)
    id_ = attacks.received(engine, desk, 1)
    shown = Presented(
        "card", cast.alice.id_number, world.trace_codes(), attacks.REASON, "cash", "c"
    )
    with db.open_session(engine) as session:
        opened = open_settlement(work_of(session), id_, attacks.SHOP, shown)
    assert isinstance(opened, Opened)
    return opened, work_of
