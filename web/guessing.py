"""Who may try a password now: counted by name and address, by address alone, by name alone.

A name alone is counted only where the browser has not signed in with it before: a stranger
who guesses keeps strangers waiting, and not the one whose account it is.
"""

import hmac
from collections.abc import Iterator
from hashlib import sha256

from flask import Flask, Response, after_this_request, current_app, request
from flask_security import current_user, verify_password
from itsdangerous import BadSignature, URLSafeSerializer

from web import brake, db, parts
from web.brake import Brake, admit, forget, take_back, turned_away
from web.headers import cookie
from web.rates import network_of

WRONG = "密码不对，请再试一次。"
COOKIE = "yaoda_known"
COOKIE_S_MAX = 365 * 24 * 3600
# Many people share one address: a hospital, a village's network.
ADDRESSES_FACTOR = 10
NAMES_FACTOR = 5


def init_app(app: Flask, failures_max: int) -> None:
    """Give the app its brakes on guessed passwords."""
    app.extensions["brakes"] = {
        "both": Brake(failures_max, "name and address"),
        "address": Brake(failures_max * ADDRESSES_FACTOR, "address"),
        "name": Brake(failures_max * NAMES_FACTOR, "name"),
        "again": Brake(failures_max, "password again"),
    }


def admits(name: str) -> bool:
    """Tell whether somebody here may try this name now; counted until it passes.

    Where nobody may, the page is answered with when to come again.
    """
    tries = tuple(_tries(name))
    if admit(*tries):
        return True
    turned_away(*tries)
    return False


def hold(name: str) -> None:
    """Count a try of this name; raises TooManyRequests where nobody here may try it now."""
    brake.hold(*_tries(name))


def passed(name: str) -> None:
    """Forget the failures of a name whose password was right; of an address, this try alone."""
    brakes = _brakes()
    with db.open_session(current_app.extensions["engine"]) as work:
        forget(work, *_named(name))
        take_back(work, brakes["address"], _address())
        work.commit()


def wrong(password: str, name: str) -> str:
    """Say what is wrong with the password of the one signed in; nothing where it is right.

    It has a count of its own: who guesses on a phone that lies about keeps nobody from signing in.
    Raises TooManyRequests after too many.
    """
    brake.hold((again(), name))
    if not verify_password(password, current_user.password):
        return WRONG
    again().passed(name)
    return ""


def again() -> Brake:
    """Return the brake on what is asked once more of the one signed in."""
    return _brakes()["again"]


def know(name: str) -> None:
    """Let this browser be known as one that has signed in with a name."""
    kept = [*(one for one in _known() if one != _mark(name)), _mark(name)][-5:]

    @after_this_request
    def remember(answer: Response) -> Response:
        answer.set_cookie(
            cookie(COOKIE),
            _writer().dumps(kept),
            max_age=COOKIE_S_MAX,
            httponly=True,
            samesite="Lax",
            secure=bool(current_app.config["SESSION_COOKIE_SECURE"]),
        )
        return answer


def _tries(name: str) -> Iterator[tuple[Brake, str]]:
    yield from _named(name)
    yield _brakes()["address"], _address()


def _named(name: str) -> Iterator[tuple[Brake, str]]:
    if _mark(name) in _known():
        # Its own count: what others try from the same address does not stop it either.
        yield _brakes()["both"], f"{name}\0{request.cookies[cookie(COOKIE)]}"
        return
    yield _brakes()["both"], f"{name}\0{_address()}"
    yield _brakes()["name"], name


def _known() -> list[str]:
    try:
        found = _writer().loads(request.cookies.get(cookie(COOKIE), ""))
    except BadSignature:
        return []
    return [one for one in found if isinstance(one, str)]


def _mark(name: str) -> str:
    raw = f"known\0{name}".encode("utf-8", "surrogatepass")
    return hmac.digest(parts.keys().session, raw, sha256).hex()[:32]


def _writer() -> URLSafeSerializer:
    return URLSafeSerializer(parts.keys().session, "known browsers")


def _brakes() -> dict[str, Brake]:
    found: dict[str, Brake] = current_app.extensions["brakes"]
    return found


def _address() -> str:
    return network_of(request.remote_addr or "")
