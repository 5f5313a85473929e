"""Where a page stands: noted before it reads what it shows, so that nothing falls between."""

from flask import current_app, g
from markupsafe import Markup
from sqlmodel import Session

from web import db
from web.live.reading import last_place


def note() -> None:
    """Note the place that is heard up to; a view calls it before it reads."""
    engine = current_app.extensions["engine"]
    with db.open_session(engine, read_only=True) as session:
        g.live_since = str(last_place(session))


def since() -> str:
    """Tell where the page stands that is being drawn; nothing where it did not note it."""
    return str(g.get("live_since", ""))


def attribute(topics: str) -> Markup:
    """Write the attribute of an element that follows topics, on a page that can be asked again."""
    if not since():
        return Markup("")
    return Markup(' data-live="{}"').format(topics)


def reading() -> Session:
    """Open a session that reads what is there now."""
    return db.open_session(current_app.extensions["engine"], read_only=True)
