"""The secrets of the claims that a counter holds, in its signed session: nowhere else."""

from uuid import UUID

from flask import session

_KEY = "claims"
_MANY = 20  # a cookie is small; who holds more claims anew


def keep(prescription_id: UUID, secret: str) -> None:
    """Keep the secret of a claim for the pages of this session."""
    held = {**session.get(_KEY, {}), str(prescription_id): secret}
    session[_KEY] = dict(list(held.items())[-_MANY:])


def kept(prescription_id: UUID) -> str | None:
    """Give the secret of a claim that these pages made, if it is still kept."""
    secret: str | None = session.get(_KEY, {}).get(str(prescription_id))
    return secret


def forget(prescription_id: UUID) -> None:
    """Forget the secret of a claim that is over."""
    held = dict(session.get(_KEY, {}))
    held.pop(str(prescription_id), None)
    session[_KEY] = held
