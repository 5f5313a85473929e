"""The headers of every answer: what a browser may load, frame, keep and tell others."""

from typing import Final

from flask import Flask, Response, current_app, request

YEAR_S = 365 * 24 * 3600
HEADERS: Final = {
    "Content-Security-Policy": (
        "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self';"
        " object-src 'none'; base-uri 'none'; form-action 'self';"
        " frame-src 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": "geolocation=(), microphone=(), camera=(self)",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
HTTPS_ONLY: Final = f"max-age={YEAR_S}; includeSubDomains"


def init_app(app: Flask, *, https: bool) -> None:
    """Harden every answer of the app."""

    def harden(response: Response) -> Response:
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        if not request.path.startswith("/static/"):
            response.headers["Cache-Control"] = "no-store"
        if https:
            response.headers["Strict-Transport-Security"] = HTTPS_ONLY
        return response

    app.after_request(harden)


def cookie(name: str) -> str:
    """Name a cookie: over TLS so that no other host and no plain line can set it.

    A browser takes a cookie called `__Host-...` from this host alone, by TLS, for every path.
    """
    return f"__Host-{name}" if current_app.config["SESSION_COOKIE_SECURE"] else name
