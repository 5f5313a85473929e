"""States in step: pages hear that something changed, and fetch it again (server-sent events).

An event says which topics of the listener changed, and up to where: nothing about anybody.
"""

from flask import Flask

from web.live.hub import Hub
from web.live.page import bp
from web.live.seen import attribute, since

HUB = "live"


def init_app(app: Flask) -> None:
    """Give the app its hub, its two addresses, and templates a way to tell where they stand."""
    app.extensions[HUB] = Hub(
        app.extensions["engine"], app.extensions["settings"].live_streams_max
    )
    app.jinja_env.globals.update(live_since=since, live=attribute)
    app.register_blueprint(bp)
