"""Where pages listen: a stream of events, or the same asked from time to time."""

from typing import TYPE_CHECKING, Any

from flask import Blueprint, Response, current_app, jsonify, request
from flask.typing import ResponseReturnValue

from web.auth import caller, may
from web.live.hub import Full, Hub
from web.live.place import Place, read_place
from web.live.reading import Key, last_place, news_after
from web.live.seen import reading
from web.live.stream import Stream, event, hello
from web.live.topics import keys_of

if TYPE_CHECKING:
    from collections.abc import Callable

bp = Blueprint("live", __name__, url_prefix="/live")

KEEP = "yaoda.keep_open"  # of a server that can keep a connection without a thread
ASK_AGAIN_S = 5


@bp.get("")
@may("change.hear", page=True)
def listen() -> ResponseReturnValue:
    """Tell the caller from now on what changes of the topics asked for."""
    keys = keys_of(caller(), request.args.get("topics", "").split())
    keep: Callable[[Stream], Any] | None = request.environ.get(KEEP)
    hub: Hub = current_app.extensions["live"]
    try:
        if keep is None:
            raise Full
        stream = hub.join(keys)
    except Full:
        answer = Response(status=503)
        answer.headers["Retry-After"] = str(ASK_AGAIN_S)
        return answer
    # After joining: what happens meanwhile is told twice rather than not at all.
    place, changed = _heard(keys)
    first = hello(place) + (event(changed, place) if changed else b"")
    keep(stream)
    return Response(iter([first]), content_type="text/event-stream; charset=utf-8")


@bp.get("/since")
@may("change.hear", page=True)
def ask() -> ResponseReturnValue:
    """Tell what changed since a place: 204 where nothing did."""
    keys = keys_of(caller(), request.args.get("topics", "").split())
    place, changed = _heard(keys)
    if not changed:
        return Response(status=204)
    return jsonify({"id": str(place), "changed": changed})


def _heard(keys: dict[Key, str]) -> tuple[Place, list[str]]:
    """Read what the caller has missed since the place that it tells, if any."""
    told = request.headers.get("Last-Event-ID") or request.args.get("since")
    place = read_place(told)
    with reading() as session:
        last = last_place(session)
        if place is None:
            return last, []
        if _is_before(last, place):
            return last, sorted(keys.values())  # another database than it has heard of
        news = news_after(session, place)
    both = zip(news.numbers, place.numbers, strict=True)
    heard = Place(*(max(numbers, default=number) for numbers, number in both))
    changed = sorted({name for key, name in keys.items() if key in news.keys})
    if _is_before(heard, last):
        return last, sorted(keys.values())  # too much to tell apart
    return heard, changed


def _is_before(one: Place, other: Place) -> bool:
    """Tell whether one place lacks something that the other has heard, in any sequence."""
    return any(a < b for a, b in zip(one.numbers, other.numbers, strict=True))
