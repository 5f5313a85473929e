"""States in step: pages hear that something changed, and fetch it again (server-sent events).

An event says which topics of the listener changed, and up to where: nothing about anybody.
"""

from functools import partial
from typing import Any

from flask import Flask
from sqlalchemy import Connection, event
from sqlalchemy.pool import ConnectionPoolEntry

from web.live.hub import Hub
from web.live.page import bp
from web.live.seen import attribute, since
from web.live.shared import Shared

HUB = "live"
_WROTE = "live_wrote"


def init_app(app: Flask) -> None:
    """Give the app its hub, its two addresses, and templates a way to tell where they stand."""
    engine = app.extensions["engine"]
    hub = Hub(engine, app.extensions["settings"].live_streams_max)
    app.extensions[HUB], app.extensions["shared"] = hub, Shared()
    event.listen(engine, "commit", _note)
    event.listen(engine, "checkin", partial(_wake, hub))
    app.jinja_env.globals.update(live_since=since, live=attribute)
    app.register_blueprint(bp)


def _note(connection: Connection) -> None:
    """Note that a connection is about to commit what somebody may listen for."""
    kept = connection.connection.record_info
    if kept is not None:
        kept[_WROTE] = True


def _wake(hub: Hub, _connection: Any, entry: ConnectionPoolEntry) -> None:
    """Let the watcher look as soon as that is written: the connection comes back after it."""
    if entry.record_info and entry.record_info.pop(_WROTE, False):
        hub.wake()
