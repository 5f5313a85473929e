"""What is locked since its patient closed the account is not there for staff, at any door.

A prescription, a settlement or an order that the address names is held here; what only follows
from it (a proof, an opening) is held where it is read.
"""

from collections.abc import Collection
from typing import Any
from uuid import UUID, uuid4

from flask import current_app, g

from dispensing.service.locking_away import is_locked, named_locked
from web import db

_NAMES = ("prescription_id", "settlement_id", "order_id")


def put_away(roles: set[str], named: dict[str, Any]) -> dict[str, Any]:
    """Give what an address names, and for what is under lock the number of nothing.

    So a view answers in every respect as to a number that nobody has. The patient still has it.
    """
    numbers = {
        name: named[name] for name in _NAMES if isinstance(named.get(name), UUID)
    }
    if not numbers or "patient" in roles:
        return named
    engine = current_app.extensions["engine"]
    with db.open_session(engine, read_only=True) as session:
        if not named_locked(session, **numbers):
            g.at_hand = numbers.get("prescription_id")
            return named
    return {**named, **{name: uuid4() for name in numbers}}


def is_away(roles: Collection[str], prescription_id: UUID) -> bool:
    """Tell whether a prescription is under lock for these roles; the patient alone still has it."""
    if "patient" in roles or g.get("at_hand") == prescription_id:
        return False
    return is_locked(db.session(), prescription_id)
