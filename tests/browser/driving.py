"""Drive a real browser, and notice what goes wrong in it."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    Request,
    expect,
    sync_playwright,
)

from tests.network import is_local

# Debian's Chromium, run as root in a container, without a graphics card and silent.
ARGS = (
    "--no-sandbox",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-dev-shm-usage",
    "--disable-sync",
    "--disable-gpu",
    "--enable-unsafe-swiftshader",  # maps are drawn by the processor
    "--use-fake-ui-for-media-stream",
    "--use-fake-device-for-media-stream",
    # No name and no address but this machine's leads anywhere.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1",
)
# What the browser itself writes down, beside what the page says of it.
EXPECTED = (
    "net::ERR_INTERNET_DISCONNECTED",  # a line that a test has cut
    "net::ERR_CONNECTION_RESET",
    "net::ERR_CONNECTION_REFUSED",
    "net::ERR_FAILED",  # an answer that a test has lost
    "GPU stall due to ReadPixels",  # a map drawn by the processor
    "MultiFormatReader: ",  # the decoder, of each picture of the camera without a code
)
REFUSED = "the server responded with a status of 4"
NAMES = ("chromium", "chromium-browser", "google-chrome")
TIMEOUT_MS = 45_000
expect.set_options(timeout=TIMEOUT_MS)  # a machine may do much else


def find_chromium() -> str:
    """Find the browser's program, or say how to get it."""
    named = os.environ.get("YAODA_CHROMIUM")
    found = named or next(filter(None, map(shutil.which, NAMES)), None)
    if found is None:
        raise RuntimeError(
            "no Chromium: run ./run test without arguments as root, or"
            " apt-get install chromium fonts-wqy-microhei fontconfig"
        )
    return found


@contextmanager
def launched() -> Iterator[Browser]:
    """Launch the browser; it ends with the block."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=find_chromium(), args=list(ARGS)
        )
        yield browser
        browser.close()


@contextmanager
def visiting(browser: Browser, **options: Any) -> Iterator[BrowserContext]:
    """Open a visitor of their own: fresh cookies, Chinese, the time of China."""
    context = browser.new_context(
        locale="zh-CN", timezone_id="Asia/Shanghai", **options
    )
    context.set_default_timeout(TIMEOUT_MS)
    strayed: list[str] = []

    # Only noted: what looks at each request itself switches the browser's cache off.
    def note(request: Request) -> None:
        if not is_local(_host(request.url)):
            strayed.append(request.url)

    context.on("request", note)
    yield context
    context.close()
    assert not strayed, f"pages asked for things outside this machine: {strayed}"


def watch(page: Page) -> list[str]:
    """Collect what a page complains of: uncaught errors, and errors and warnings it is told of."""
    complaints: list[str] = []

    def hear(said: ConsoleMessage) -> None:
        if said.type in {"error", "warning"} and not _is_expected(said):
            complaints.append(f"{said.type}: {said.text} ({said.location['url']})")

    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", hear)
    return complaints


def _is_expected(said: ConsoleMessage) -> bool:
    """Tell whether the browser itself says this of what a test does on purpose."""
    # A page may be refused; a part of one is missing for everybody.
    refused = REFUSED in said.text and "/static/" not in said.location["url"]
    return refused or any(each in said.text for each in EXPECTED)


def _host(url: str) -> str | None:
    parts = urlsplit(url)
    return parts.hostname if parts.scheme in {"http", "https"} else None
