"""What a test sees of a page: who is signed in, a picture of it, what keeps people out."""

from io import BytesIO
from typing import Any

import numpy as np
from axe_playwright_python.base import AXE_SCRIPT
from PIL import Image
from playwright.sync_api import Page, expect

from tests.platform import PASSWORD, ROOT, csrf

SHOTS = ROOT / "var" / "screens"
SERIOUS = {"serious", "critical"}
ASK_AXE = """async (rules) => {
  const only = rules.length ? { runOnly: rules } : {};
  const { violations } = await axe.run({ ...only, resultTypes: ["violations"] });
  return violations.map(({ id, impact, nodes }) =>
    [id, impact, nodes.slice(0, 3).map((node) => node.target.join(" "))]);
}"""


def enter(page: Page, address: str, name: str) -> None:
    """Sign one of the callers in, without drawing a page for it."""
    form = page.request.get(f"{address}/login").text()
    said = {"username": name, "password": PASSWORD, "csrf_token": csrf(form)}
    answer = page.request.post(f"{address}/login", form=said, max_redirects=0)
    assert answer.status == 302, answer.text()


def sign_in(page: Page, address: str, name: str) -> None:
    """Sign one of the callers in as people do, and see their first page."""
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


def pixels(shot: bytes) -> np.ndarray:
    """Turn a picture into grey pixels."""
    return np.array(Image.open(BytesIO(shot)).convert("L"))
