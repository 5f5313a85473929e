"""The secret of a claim: shown once to the pharmacy that holds it, kept as its digest."""

import hashlib
import hmac
import secrets

_BYTES = 32


def fresh() -> str:
    """Draw a secret of 32 random bytes, as text."""
    return secrets.token_urlsafe(_BYTES)


def digest(secret: str) -> str:
    """Give what is kept of a secret: its SHA-256."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def fits(secret: str, kept: str | None) -> bool:
    """Tell whether a secret is the one whose digest is kept."""
    return kept is not None and hmac.compare_digest(digest(secret), kept)
