"""Look at the road soon after something happened on it."""

from datetime import timedelta

from flask import Flask, Response, current_app, request

from web.jobs.port import JOBS, Jobs
from web.riding import WATCH

SOON = timedelta(seconds=2)  # what happens within it is looked at together
# After these acts something may be over, or wrong, that was not before.
_ACTS = ("courier_pages.", "courier.", "feed.", "cases.", "road_pages.")
_OTHERS = frozenset(
    {
        *("dispatch.depart", "dispatch.pick_up", "dispatch.hand_over", "dispatch.fail"),
        *("dispatch.commit", "dispatch_pages.commit"),
    }
)


def init_app(app: Flask) -> None:
    """Look at the road soon after each act on it."""
    app.after_request(_after_act)


def _after_act(response: Response) -> Response:
    name = request.endpoint or ""
    acts = request.method == "POST" or name.startswith("feed.")
    watched = name.startswith(_ACTS) or name in _OTHERS
    if acts and watched and response.status_code < 400:
        _look_soon()
    return response


def _look_soon() -> None:
    """Ask for a look, once for all that happens in the same moment."""
    jobs: Jobs | None = current_app.extensions.get(JOBS)
    if jobs is None:
        return  # nobody works beside the answers here
    soon = current_app.extensions["clock"].now() + SOON
    jobs.submit(WATCH, {}, at=soon, alone=True)
