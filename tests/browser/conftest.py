"""The browser that the tests of the pages drive."""

import socket
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from tests.browser.driving import launched, visiting, watch
from tests.platform import Platform, open_platform
from tests.serving import serving


# One browser for each file of tests, not for the whole run: while it is open it keeps
# an event loop in this thread, and other tests may want their own.
@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Launch Chromium."""
    with launched() as opened:
        yield opened


@pytest.fixture(scope="module")
def town(tmp_path_factory) -> Iterator[Platform]:
    """Open the platform with the small world, once for each file of tests."""
    folder = tmp_path_factory.mktemp("town")
    opened = open_platform(f"sqlite:///{folder}/yaoda.db", folder)
    yield opened
    opened.app.extensions["engine"].dispose()


@pytest.fixture(scope="module")
def address(town) -> Iterator[str]:
    """Serve that platform."""
    with serving(town.app) as served:
        yield served


@pytest.fixture
def visitor(browser: Browser) -> Iterator[BrowserContext]:
    """Open a visitor with cookies of their own; every request stays on loopback."""
    with visiting(browser) as context:
        yield context


@pytest.fixture
def page(visitor: BrowserContext) -> Iterator[Page]:
    """Open a page that must not raise an error or run into its security policy."""
    opened = visitor.new_page()
    complaints = watch(opened)
    yield opened
    assert not complaints


@pytest.fixture
def unused_port() -> int:
    """Find a port of loopback that nobody listens on."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])
