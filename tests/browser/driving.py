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
    Page,
    Route,
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
)
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

    def stay_home(route: Route) -> None:
        if is_local(_host(route.request.url)):
            route.continue_()
        else:
            strayed.append(route.request.url)
            route.abort()

    context.route("**/*", stay_home)
    yield context
    context.close()
    assert not strayed, f"pages asked for things outside this machine: {strayed}"


def watch(page: Page) -> list[str]:
    """Collect what a page complains of: uncaught errors and refused scripts."""
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on(
        "console",
        lambda said: (
            complaints.append(said.text) if "Content Security" in said.text else None
        ),
    )
    return complaints


def _host(url: str) -> str | None:
    parts = urlsplit(url)
    return parts.hostname if parts.scheme in {"http", "https"} else None
