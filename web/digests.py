"""What signs cookies, tokens and forms: HMAC-SHA256, in our own code and in the libraries'."""

from hashlib import sha256

from flask import Flask
from flask.sessions import SecureCookieSessionInterface
from itsdangerous import Signer


class Sessions(SecureCookieSessionInterface):
    """Sessions in signed cookies."""

    digest_method = staticmethod(sha256)


def init_app(app: Flask) -> None:
    """Let nothing be signed by SHA-1 (ASVS 11.4.1).

    Flask-WTF and Flask-Security make their signers themselves, and take the default.
    """
    Signer.default_digest_method = staticmethod(sha256)
    app.session_interface = Sessions()
