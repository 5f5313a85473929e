"""What stands at a counter: a scanner of any make, and a clerk who counts the keys pressed."""

from dataclasses import dataclass
from uuid import UUID

from playwright.sync_api import Page, expect

from fixtures import cast
from tests import world
from tests.browser.seeing import enter
from tests.platform import Platform

LONG_MS = 20_000  # for a machine that does much else
SHOP = cast.LUCHENG_PHARMACY


@dataclass
class Clerk:
    """Works at one counter; `pressed` counts the keys beside the scans."""

    page: Page
    pressed: int = 0

    def scan(self, text: str, *, each_ms: int = 0, ends: str = "Enter") -> None:
        """Scan a code, as a scanner of that speed and that ending types."""
        self.is_ready()
        self.page.keyboard.type(text, delay=each_ms)
        if ends:
            self.page.keyboard.press(ends)

    def press(self, *keys: str) -> None:
        """Press keys by hand."""
        expect(self.page.locator("[data-keys], [data-print]").first).to_be_visible()
        for key in keys:
            self.page.keyboard.press(key)
            self.pressed += 1

    def is_ready(self) -> None:
        """Wait until the script of the desk is there, and the scan field has the focus."""
        expect(self.page.locator("[data-keys]")).to_be_visible(timeout=LONG_MS)
        expect(self.page.locator("#scan")).to_be_focused(timeout=LONG_MS)

    def go_on(self) -> None:
        """Press Enter where the field is empty, a moment after the last scan."""
        self.is_ready()
        self.press("Enter")

    def sees(self, what: str, words: str | None = None) -> None:
        """Wait until a part of the page is there."""
        part = self.page.locator(what).first
        expect(part).to_be_visible(timeout=LONG_MS)
        if words is not None:
            expect(part).to_contain_text(words, timeout=LONG_MS)


def at_desk(page: Page, address: str, path: str = "/counter", name: str = "counter"):
    """Sign a clerk in and open a page of the counter."""
    enter(page, address, name)
    page.goto(address + path)
    return Clerk(page)


def paying(platform: Platform, outlet: str = SHOP) -> str:
    """Make the code that alice shows to pay."""
    wanted = {"purpose": "settle", "outlet": outlet}
    text: str = platform.program("alice").post("/insurance-codes", wanted)["text"]
    return text


def presented(platform: Platform, rx: UUID) -> str:
    """Make the code by which alice's telephone shows one prescription."""
    asked = {"prescriptions": [str(rx)]}
    text: str = platform.program("alice").post("/access-codes", asked)["text"]
    return text


def boxes(batch: int) -> tuple[str, ...]:
    """Name the codes of three boxes."""
    return world.trace_codes(batch=batch)[1]
