"""Ask a provider: no redirect, no proxy, ten seconds in all, a small answer, no way inside."""

import json
import ssl
from collections.abc import Mapping
from time import monotonic
from typing import Any
from urllib.parse import urlencode

import httpcore

from web.oidc.providers import Provider
from web.webhooks.reach import Unreachable, fault_of, look_up
from web.webhooks.sending import CONNECT_S, Guarded, trusted

TOTAL_S = 10.0
BYTES_MAX = 256 * 1024
_FAILS = (
    httpcore.TimeoutException,
    httpcore.NetworkError,
    httpcore.ProtocolError,
    httpcore.UnsupportedProtocol,
    Unreachable,
    TimeoutError,
    OSError,
    ssl.SSLError,
    ValueError,
)


class NoAnswer(Exception):
    """A provider that did not answer, or not as the standard asks for."""


def ask(
    provider: Provider,
    url: str,
    form: Mapping[str, str] | None = None,
    headers: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """Get a JSON object from a provider, or post a form to it; raises NoAnswer."""
    if fault_of(url, provider.reach):
        raise NoAnswer("address")
    try:
        return _object(_fetched(provider, url, form, headers or {}))
    except _FAILS as error:
        raise NoAnswer(type(error).__name__) from error


def _fetched(
    provider: Provider,
    url: str,
    form: Mapping[str, str] | None,
    headers: Mapping[str, str],
) -> bytes:
    sent = {"Accept": "application/json", "Connection": "close", **headers}
    if form is not None:
        sent["Content-Type"] = "application/x-www-form-urlencoded"
    guarded = Guarded(provider.reach, look_up, monotonic() + TOTAL_S)
    certificates = trusted(str(provider.ca_file) if provider.ca_file else None)
    with (
        httpcore.ConnectionPool(
            certificates, max_connections=1, network_backend=guarded
        ) as pool,
        pool.stream(
            "GET" if form is None else "POST",
            url,
            headers=list(sent.items()),
            content=None if form is None else urlencode(form).encode(),
            extensions={"timeout": {"connect": CONNECT_S}},
        ) as answer,
    ):
        if answer.status != 200:
            raise ValueError(f"status {answer.status}")
        return _read(answer)


def _read(answer: httpcore.Response) -> bytes:
    raw = b""
    for part in answer.iter_stream():
        raw += part
        if len(raw) > BYTES_MAX:
            raise ValueError("too long an answer")
    return raw


def _object(raw: bytes) -> dict[str, Any]:
    found = json.loads(raw)
    if not isinstance(found, dict):
        raise ValueError("no object")
    return found
