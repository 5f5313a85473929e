"""The pharmacists on duty at a counter: whoever reviewed last need not be typed again."""

from dataclasses import dataclass

from flask import session

from dispensing.service.views import ReviewView

_KEY = "pharmacists"
_MANY = 4


@dataclass(frozen=True, slots=True)
class Pharmacist:
    """Who reviews: the number and the name on the licence (执业药师)."""

    code: str
    name: str


def keep(code: str, name: str) -> None:
    """Remember who has just reviewed, in this session only."""
    others = [one for one in session.get(_KEY, []) if one[0] != code]
    session[_KEY] = [[code, name], *others][:_MANY]


def known() -> tuple[Pharmacist, ...]:
    """List who reviewed in this session, the last one first."""
    return tuple(Pharmacist(*one) for one in session.get(_KEY, []))


def next_one(reviews: tuple[ReviewView, ...]) -> Pharmacist | None:
    """Propose who reviews now: somebody who has not agreed to this prescription yet."""
    agreed = {one.pharmacist_code for one in reviews if one.stands}
    return next((one for one in known() if one.code not in agreed), None)
