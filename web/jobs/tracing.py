"""Carries the number of a request into the job that it hands in, so that both can be followed."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from structlog import contextvars

from web.jobs.port import Payload

_REQUEST = "request_id"
_ASKED = "asked_by"  # among what a job is given


def carried(payload: Payload) -> dict[str, Any]:
    """Give a payload with the number of the request that is at work, if any."""
    number = contextvars.get_contextvars().get(_REQUEST)
    return {**payload, _ASKED: number} if number else dict(payload)


@contextmanager
def resumed(name: str, payload: Payload) -> Iterator[Payload]:
    """Let every line that is logged in the block name the job and the request behind it."""
    rest = {key: value for key, value in payload.items() if key != _ASKED}
    bound = {"job": name, _REQUEST: payload.get(_ASKED)}
    with contextvars.bound_contextvars(**{k: v for k, v in bound.items() if v}):
        yield rest
