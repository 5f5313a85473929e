"""What a test sees of a page: who is signed in, a picture of it, what keeps people out."""

from base64 import b64encode
from typing import Any

import numpy as np
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page, expect

from tests.platform import PASSWORD, ROOT

SHOTS = ROOT / "var" / "screens"
SERIOUS = {"serious", "critical"}
DECODE = """async (png) => {
  const image = new Image();
  image.src = "data:image/png;base64," + png;
  await image.decode();
  const canvas = new OffscreenCanvas(image.width, image.height);
  const pen = canvas.getContext("2d");
  pen.drawImage(image, 0, 0);
  const raw = pen.getImageData(0, 0, image.width, image.height).data;
  return [image.width, Array.from(raw).filter((_, at) => at % 4 === 0)];
}"""
ASK_AXE = """async (rules) => {
  const only = rules.length ? { runOnly: rules } : {};
  const { violations } = await axe.run({ ...only, resultTypes: ["violations"] });
  return violations.map(({ id, impact, nodes }) =>
    [id, impact, nodes.slice(0, 3).map((node) => node.target.join(" "))]);
}"""


def enter(page: Page, address: str, name: str) -> None:
    """Sign one of the callers in."""
    page.goto(f"{address}/login")
    page.get_by_label("账号").fill(name)
    page.get_by_label("密码").fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="退出")).to_be_visible()


def violations(page: Page, *rules: str) -> list[tuple[str, str, list[str]]]:
    """Let axe say what keeps people out: rule, how serious, and where."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE_SCRIPT)
    found: list[Any] = page.evaluate(ASK_AXE, list(rules))
    return [(rule, impact, targets) for rule, impact, targets in found]


def examine(page: Page, name: str) -> None:
    """Keep a picture of the page and refuse what keeps people out."""
    SHOTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=SHOTS / f"{name}.png", full_page=True)
    bad = [one for one in violations(page) if one[1] in SERIOUS]
    assert not bad, (name, bad)


def pixels(blank: Page, shot: bytes) -> np.ndarray:
    """Turn a picture into grey pixels; the browser has the decoder at hand."""
    width, grey = blank.evaluate(DECODE, b64encode(shot).decode())
    return np.array(grey, dtype=np.uint8).reshape(-1, width)
