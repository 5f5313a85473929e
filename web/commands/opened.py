"""The platform and its books, as a command opens them."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from apiflask import APIFlask
from sqlmodel import Session

from web import create_app, db
from web.commands.given import settings


@contextmanager
def opened(**given: Any) -> Iterator[APIFlask]:
    """Make the platform by the settings, and let its connections go in the end."""
    platform = create_app(settings(**given))
    try:
        yield platform
    finally:
        platform.extensions["engine"].dispose()


@contextmanager
def books(*, read_only: bool = False) -> Iterator[tuple[Session, Mapping[str, Any]]]:
    """Open one unit of work, and give with it what the platform is made of."""
    with (
        opened() as platform,
        platform.app_context(),
        db.open_session(platform.extensions["engine"], read_only=read_only) as session,
    ):
        yield session, platform.extensions
