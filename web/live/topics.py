"""Which topics a caller may listen to, and whose changes each of them stands for."""

from uuid import UUID

from flask import abort

from web import scope
from web.auth import Caller
from web.live.reading import Key

TOPICS_MAX = 8
# The whole of what a role has before it, by the name that pages use.
OWN = {
    "mine": ("patient", "person"),
    "desk": ("counter", "outlet"),
    "firm": ("dispatch", "firm"),
    "fleet": ("dispatch", "fleet"),
    "route": ("courier", "courier"),
    "area": ("bureau", "area"),
}
_AREA_DIGITS = 4


def keys_of(who: Caller, topics: list[str]) -> dict[Key, str]:
    """Give the key of each topic with its name; 403 or 404 for one that is not the caller's."""
    if not 0 < len(topics) <= TOPICS_MAX:
        abort(400)
    return {_key(who, topic): topic for topic in topics}


def _key(who: Caller, topic: str) -> Key:
    name, _, number = topic.partition(":")
    if topic in OWN:
        role, kind = OWN[topic]
        if role not in who.roles:
            abort(403)
        subject = who.subject[:_AREA_DIGITS] if kind == "area" else who.subject
        return kind, subject
    try:
        asked = UUID(number)
    except ValueError:
        abort(400)
    looks = {
        "prescription": scope.may_see_prescription,
        "order": scope.order,
        "plan": scope.plan,
    }
    roles = {
        "prescription": {"patient", "counter"},
        "order": {"patient", "counter", "dispatch", "courier"},
        "plan": {"dispatch"},
    }
    if name not in looks:
        abort(400)
    if not roles[name] & who.roles:
        abort(403)
    looks[name](asked)
    return name, str(asked)
