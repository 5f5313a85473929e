"""What matters for security, as lines of the log: by a stable name, with a number for who acted.

The number is that of the account's row, or the public beginning of a program's key: whose it
is stands in the database alone.
"""

from collections.abc import MutableMapping
from typing import Any, Final

import structlog
from flask import Flask, Response, g, has_request_context, request
from flask_login import (  # type: ignore[import-untyped]
    user_logged_in,
    user_logged_out,
)
from flask_security.signals import password_changed

log = structlog.stdlib.get_logger("yaoda.security")

# Listed in docs/operating.md; whoever watches the log looks for these names.
NAMES: Final = frozenset(
    {
        *("sign_in", "sign_in_failed", "sign_out", "token_given"),
        *("second_factor_failed", "password_changed"),
        *("key_used", "key_refused", "form_forged", "refused", "braked"),
        "evidence_opened",
    }
)
REFUSED: Final = frozenset({401, 403})


def init_app(app: Flask) -> None:
    """Tell of sign-ins, sign-outs and new passwords, and of every answer that refuses."""
    app.after_request(_look)
    user_logged_in.connect(_in, app)
    user_logged_out.connect(_out, app)
    password_changed.connect(_changed, app)


def tell(name: str, account: Any = None, **more: Any) -> None:
    """Write one event; `account` is whom it concerns where nobody is signed in."""
    assert name in NAMES, name
    if account is not None:
        more["account"] = number_of(account)
    log.warning(name, area="security", **more)


def number_of(account: Any) -> str:
    """Give the number by which the log knows an account."""
    return str(account.id or account.username)


def name_who(_logger: Any, _method: str, line: MutableMapping[str, Any]) -> Any:
    """Add to a line who acts in the request that is at work; a processor of structlog."""
    if has_request_context() and "account" not in line:
        # Only who is known already: a line of the log asks the database nothing.
        who = g.get("_login_user")
        if who is not None and who.is_authenticated:
            line["account"] = number_of(who)
    return line


def _look(response: Response) -> Response:
    rule = request.url_rule.rule if request.url_rule else "none"
    if response.status_code in REFUSED:
        tell("refused", status=response.status_code, rule=rule)
    return response


def _in(_app: Flask, user: Any, **_more: Any) -> None:
    tell("sign_in", user)


def _out(_app: Flask, user: Any = None, **_more: Any) -> None:
    if user is not None and user.is_authenticated:
        tell("sign_out", user)


def _changed(_app: Flask, user: Any, **_more: Any) -> None:
    tell("password_changed", user)
