"""The faces in a real browser over TLS: each account sets its password and signs in."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import time

from passlib.totp import TOTP  # type: ignore[import-untyped]
from playwright.sync_api import (
    Browser,
    BrowserContext,
    Page,
    sync_playwright,
)

from tests.browser.driving import ARGS, TIMEOUT_MS, find_chromium, watch
from tests.deployment.machine import NAME, Trial, invite

FACES = {
    "alice": "/patient",
    "counter": "/counter",
    "bureau": "/bureau",
    "courier1": "/courier",
}
WIDTHS = (390, 1280)
READY = "navigator.serviceWorker.ready.then(it => it.scope)"
POLICY = "navigator.permissions.query({name: 'camera'}).then(it => it.state)"


def faces_open(trial: Trial, password: str) -> str:
    """Let each set its password by a link, sign in, and look at its page at two widths."""
    told = []
    with _browser(trial) as browser:
        for name, path in FACES.items():
            context = browser.new_context(
                locale="zh-CN", timezone_id="Asia/Shanghai", permissions=["camera"]
            )
            context.set_default_timeout(TIMEOUT_MS)
            page = context.new_page()
            complaints = watch(page)
            _enter(trial, page, name, password)
            _look(page, name, path, trial.pictures)
            told.append(name)
            trial.signed[name] = _cookies(context)
            if name == "courier1":
                assert page.evaluate(READY) == f"https://{NAME}/courier"
                assert page.evaluate(POLICY) == "granted"
                page.reload()  # by the service worker, which keeps it
                context.set_offline(True)
                page.reload()
                assert page.locator("main").inner_text()
                told[-1] += " (also without a line)"
            assert not complaints, (name, complaints)
            context.close()
    return f"signed in by Chromium: {', '.join(told)}"


def _enter(trial: Trial, page: Page, name: str, password: str) -> None:
    page.goto(f"https://{NAME}{invite(trial, name)}")
    page.fill("#password", password)
    page.fill("#again", password)
    page.click("main form button:not([type=button])")
    page.goto(f"https://{NAME}/login")
    page.fill("[name=username]", name)
    page.fill("[name=password]", password)
    page.click("main form button:not([type=button])")
    if name == "alice":
        return
    page.wait_for_url("**/second-factor*")
    secret = page.locator("main code").first.inner_text().replace(" ", "")
    digits = TOTP(key=secret, format="base32").generate(time()).token
    page.fill("#code", digits)
    page.get_by_role("button", name="确认").click()
    page.get_by_text("备用码").first.wait_for()


def _look(page: Page, name: str, path: str, pictures: Path | None) -> None:
    for wide in WIDTHS:
        page.set_viewport_size({"width": wide, "height": 900})
        answer = page.goto(f"https://{NAME}{path}")
        assert answer is not None and answer.status == 200, (path, answer)
        line = answer.security_details()
        assert line is not None and line["protocol"] == "TLS 1.3"
        assert "camera=(self)" in answer.headers["permissions-policy"]
        page.wait_for_timeout(500)
        if pictures is not None:
            page.screenshot(path=pictures / f"{name}-{wide}.png")


def _cookies(context: BrowserContext) -> dict[str, str]:
    kept = context.cookies()
    for each in kept:
        assert each["name"].startswith("__Host-"), each["name"]
        assert each["secure"] and each["httpOnly"] and each["sameSite"] == "Lax"
    return {each["name"]: each["value"] for each in kept}


@contextmanager
def _browser(trial: Trial) -> Iterator[Browser]:
    """Launch a browser that trusts the trial's authority, and knows one name alone."""
    home = trial.folder / "home"
    trusted = home / ".pki" / "nssdb"
    trusted.mkdir(parents=True)
    for words in (
        ("-N", "--empty-password"),
        ("-A", "-n", "trial", "-t", "C,,", "-i", str(trial.folder / "ca.pem")),
    ):
        command = ["certutil", "-d", f"sql:{trusted}", *words]
        subprocess.run(command, check=True, capture_output=True, timeout=60)
    args = [each for each in ARGS if "host-resolver" not in each]
    args.append(
        f"--host-resolver-rules=MAP {NAME}:443 127.0.0.1:{trial.tls}, MAP * ~NOTFOUND"
    )
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=find_chromium(), args=args, env={"HOME": str(home)}
        )
        yield browser
        browser.close()
