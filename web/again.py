"""Long forms after a refusal: where each is shown again, with what was typed into it."""

from dataclasses import dataclass

from flask import request

PLACES = {
    "paper_pages.take": "paper_pages.again",
    "presenting_pages.present": "presenting_pages.again",
}
STATUSES = (404, 409, 422)
_OF_ONE_SENDING = ("csrf_token", "client_key")


@dataclass(frozen=True, slots=True)
class Again:
    """A form to go back to: its endpoint, and the fields as they were sent."""

    endpoint: str
    typed: tuple[tuple[str, str], ...]


def form_sent(status: int) -> Again | None:
    """Give the form that was refused, or None where nothing worth keeping was typed."""
    place = PLACES.get(request.endpoint or "")
    if place is None or request.method != "POST" or status not in STATUSES:
        return None
    typed = tuple(
        (name, value)
        for name, value in request.form.items()
        if name not in _OF_ONE_SENDING
    )
    return Again(place, typed) if typed else None
