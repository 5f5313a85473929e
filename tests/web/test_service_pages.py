"""Health, counters, headers, logs, keys and the interface's own description."""

import json
import logging
import os
import stat
import threading
from datetime import UTC, datetime, timedelta

import pytest

from fixtures import cast
from tests.platform import settled
from web.clock import starting_at
from web.keys import load_keys
from web.settings import Settings

FOR_ANYBODY = {
    "/api/tokens",
    "/api/receipts/keys",
    "/api/receipts/verification",
    "/api/evidence/verification",
}


def test_the_platform_is_alive_and_ready(platform):
    client = platform.app.test_client()
    assert client.get("/healthz").json == {"status": "alive"}
    assert client.get("/readyz").json == {"status": "ready"}


def test_every_answer_is_hardened(platform):
    client = platform.app.test_client()
    for path in (
        "/login",
        "/api/quota",
        "/healthz",
        "/static/design/base.css",
        "/nowhere",
    ):
        with client.get(path) as answer:
            headers = answer.headers
        assert "default-src 'self'" in headers["Content-Security-Policy"]
        assert "unsafe" not in headers["Content-Security-Policy"]
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "no-referrer"
        assert headers["X-Request-ID"]


def test_the_session_cookie_is_kept_from_scripts_and_other_sites(platform):
    cookie = platform.app.test_client().get("/login").headers["Set-Cookie"]
    assert "HttpOnly" in cookie and "SameSite=Lax" in cookie


def test_counters_and_logs_name_nobody(platform, caplog):
    with caplog.at_level(logging.INFO):
        rx = settled(platform)
        platform.person("alice").get(f"/patient/prescriptions/{rx}")
    seen = platform.app.test_client().get("/metrics").text + caplog.text
    for secret in (
        cast.alice.id_number,
        cast.alice.name,
        cast.alice.person_no,
        str(rx),
    ):
        assert secret not in seen
    assert 'rule="/api/prescriptions/<uuid:prescription_id>/settlement"' in seen


def test_an_error_in_the_program_is_a_problem_without_a_traceback(platform):
    def broken() -> None:
        raise RuntimeError("the secret of 陈爱莲")

    platform.app.view_functions["healthz"] = broken
    answer = platform.app.test_client().get("/healthz")
    assert answer.status_code == 500
    assert answer.json["request_id"] == answer.headers["X-Request-ID"]
    assert "secret" not in answer.text and "Traceback" not in answer.text


def test_the_description_names_roles_examples_and_problems(platform):
    spec = json.loads(platform.app.test_client().get("/openapi.json").text)
    assert spec["openapi"] == "3.1.0"
    for path, item in spec["paths"].items():
        for method, operation in item.items():
            if not path.startswith("/api"):
                continue
            name = f"{method} {path}"
            assert operation["summary"], name
            assert operation.get("x-roles") or path in FOR_ANYBODY, name
            statuses = operation["responses"]
            assert any(code.startswith("2") for code in statuses), name
            assert "application/problem+json" in statuses["500"]["content"], name
            if "requestBody" in operation:
                content = operation["requestBody"]["content"]
                # A photograph comes as a file, which has no example in words.
                photograph = "multipart/form-data" in content
                assert photograph or content["application/json"]["example"], name


def test_keys_are_made_once_and_only_their_owner_reads_them(tmp_path):
    folder = tmp_path / "secrets"
    found = []
    threads = [
        threading.Thread(target=lambda: found.append(load_keys(folder)))
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8 and all(keys == found[0] for keys in found)
    names = os.listdir(folder)
    assert len(names) == 4
    for name in names:
        assert stat.S_IMODE((folder / name).stat().st_mode) == 0o600
    assert "session" not in repr(found[0])


def test_a_damaged_key_is_not_used(tmp_path):
    load_keys(tmp_path)
    (tmp_path / "code").write_bytes(b"short")
    with pytest.raises(ValueError, match="32 bytes"):
        load_keys(tmp_path)


def test_a_shifted_clock_flows_in_china():
    clock = starting_at(datetime(2025, 9, 14, 20, 0, tzinfo=UTC))
    first, second = clock.now(), clock.now()
    assert first <= second < first + timedelta(seconds=5)
    assert clock.today().isoformat() == "2025-09-15"


def test_settings_come_from_the_environment(monkeypatch):
    monkeypatch.setenv("YAODA_PORT", "9000")
    monkeypatch.setenv("YAODA_CLOCK_START", "2025-09-15T08:00:00+08:00")
    settings = Settings()
    assert settings.port == 9000
    assert settings.clock_start is not None


def test_answers_give_one_text_for_one_instant(platform):
    rx = settled(platform)
    counter = platform.program("counter")
    first = counter.get(f"/prescriptions/{rx}")
    assert first["issued_at"] == "2025-09-15T08:12:00+08:00"
    json.dumps(first)


def test_figures_are_for_this_machine_or_who_has_the_operators_key(
    platform, tmp_path, monkeypatch
):
    client = platform.app.test_client()
    assert client.get("/metrics").status_code == 200
    away = {"REMOTE_ADDR": "10.0.0.7"}
    assert client.get("/metrics", environ_base=away).status_code == 404
    handed_on = {"X-Forwarded-For": "10.0.0.7"}
    assert client.get("/metrics", headers=handed_on).status_code == 404
    key = tmp_path / "metrics"
    key.write_text("a key of the operator\n")
    kept = platform.app.extensions["settings"].model_copy(update={"metrics_key": key})
    monkeypatch.setitem(platform.app.extensions, "settings", kept)
    assert client.get("/metrics").status_code == 404
    header = {"Authorization": "Bearer a key of the operator"}
    told = client.get("/metrics", headers=header, environ_base=away)
    assert told.status_code == 200
