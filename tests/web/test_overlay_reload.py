"""An overlay changed under a running service, over real HTTP: taken up, kept out, mended."""

import http.client
import json
import os
import re
from itertools import count
from urllib.parse import urlsplit

import pytest

from tests import platform as platforms

FREE = re.compile(r'(?<=name = "deductible.resident.level2"\nvalue = )"[0-9.]+"')
SHARE = re.compile(r'(?<=name = "ratio.resident.level2"\nvalue = )"[0-9.]+"')
TEXT = FREE.sub('"0.00"', platforms.OVERLAY.read_text("utf-8"))
STALE = {"status": "ready", "overlay": "last good one"}


@pytest.fixture
def overlay(tmp_path):
    """Write the operator's file with a ratio; each writing is a second later."""
    path, clock = tmp_path / "overlay.toml", count(1_700_000_000)

    def put(share: str):
        path.write_text(SHARE.sub(f'"{share}"', TEXT), "utf-8")
        now = next(clock)
        os.utime(path, (now, now))
        return path

    return put


@pytest.fixture
def platform(sqlite_url, tmp_path, monkeypatch, overlay):
    """Open the platform with that file as its overlay."""
    usual, path = platforms.settings_for, overlay("0.35")
    monkeypatch.setattr(
        platforms,
        "settings_for",
        lambda *given: usual(*given).model_copy(update={"overlay": path}),
    )
    opened = platforms.open_platform(sqlite_url, tmp_path)
    yield opened
    opened.app.extensions["engine"].dispose()


@pytest.fixture
def ask(platform, live_server):
    """Ask the served platform, as the Lucheng counter."""
    address = urlsplit(live_server(platform.app)).netloc
    token = platform.program("counter").token

    def asked(method: str, path: str, body=None):
        headers = {"Authentication-Token": token, "Content-Type": "application/json"}
        connection = http.client.HTTPConnection(address, timeout=30)
        sent = None if body is None else json.dumps(body)
        connection.request(method, path, sent, headers)
        said = connection.getresponse().read().decode()
        connection.close()
        return said

    return asked


def test_the_running_service_takes_up_what_is_fit_and_keeps_the_last_good_one(
    platform, overlay, ask, caplog
):
    first = platforms.sent(platform)

    def fund_fen() -> int:
        path = f"/api/prescriptions/{first}/checks"
        return json.loads(ask("POST", path, {"voucher": "card"}))["split"]["fund_fen"]

    def ready() -> dict:
        return json.loads(ask("GET", "/readyz"))

    def stale() -> str:
        gauge = re.compile(r"^yaoda_overlay_stale (\S+)$", re.MULTILINE)
        return gauge.search(ask("GET", "/metrics"))[1]

    assert (fund_fen(), ready(), stale()) == (441, {"status": "ready"}, "0.0")
    overlay("0.40")
    assert fund_fen() == 504
    overlay("1.40")
    assert (fund_fen(), ready(), stale()) == (504, STALE, "1.0")
    (told,) = [one for one in caplog.messages if "the last good one stays" in one]
    assert re.search(r"overlay\.toml:\d+: ratio\.resident\.level2: expected", told)
    page = platform.person("bureau").get("/bureau").text
    assert re.search(r"overlay\.toml:\d+: ratio\.resident\.level2: expected", page)

    # A settlement while the file is broken goes on with the last good one.
    settlement = platforms.settlement(platform)
    path = f"/api/prescriptions/{first}/settlement"
    assert json.loads(ask("PUT", path, settlement))["fund_fen"] == 504

    overlay("0.50")
    first = platforms.sent(platform, 2)
    assert (fund_fen(), ready(), stale()) == (630, {"status": "ready"}, "0.0")
    assert "overlay.toml" not in platform.person("bureau").get("/bureau").text
