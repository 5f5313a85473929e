"""A small OpenID Connect provider on loopback: honest, or made wrong in one point."""

import json
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any
from urllib.parse import parse_qs, urlsplit

from authlib.common.encoding import urlsafe_b64encode
from flask import Flask, jsonify, request
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet, OctKey

from tests.world import NOON

CLIENT, SECRET = "yaoda", "a secret: of the client's"
HOUR_S = 3600


@dataclass
class Provider:
    """What it says of itself and of the one who signs in; tests change it."""

    issuer: str = ""
    key: ECKey = field(default_factory=lambda: ECKey.generate_key("P-256"))
    signs_with: Any = None
    claims: dict[str, Any] = field(default_factory=dict)
    header: dict[str, Any] = field(default_factory=lambda: {"alg": "ES256"})
    about: dict[str, Any] = field(default_factory=dict)
    asked: dict[str, str] = field(default_factory=dict)  # at the authorization endpoint
    is_down: bool = False

    def sign_in(self, url: str, **changes: str) -> tuple[str, dict[str, str]]:
        """Be the browser at the authorization endpoint; give the way back."""
        self.asked = {k: v[0] for k, v in parse_qs(urlsplit(url).query).items()}
        told = {"code": "the-code", "state": self.asked["state"], **changes}
        return urlsplit(self.asked["redirect_uri"]).path, told

    def token(self) -> str:
        """Sign an ID token for whoever is signing in."""
        now_s = int(NOON.timestamp())
        claims = {
            "iss": self.issuer,
            "sub": "u-1001",
            "aud": CLIENT,
            "iat": now_s,
            "exp": now_s + HOUR_S,
            "nonce": self.asked["nonce"],
            **self.claims,
        }
        if self.header["alg"] == "none":
            parts = (json.dumps(each) for each in (self.header, claims))
            return ".".join(urlsafe_b64encode(p.encode()).decode() for p in parts) + "."
        key = self.signs_with or self.key
        return jwt.encode(self.header, claims, key, algorithms=[self.header["alg"]])

    def app(self) -> Flask:
        """Give its three addresses."""
        made = Flask("provider")

        @made.before_request
        def down() -> Any:
            return ("", 503) if self.is_down else None

        @made.get("/.well-known/openid-configuration")
        def about() -> Any:
            return jsonify(
                {
                    "issuer": self.issuer,
                    "authorization_endpoint": f"{self.issuer}/authorize",
                    "token_endpoint": f"{self.issuer}/token",
                    "jwks_uri": f"{self.issuer}/keys",
                    **self.about,
                }
            )

        @made.get("/keys")
        def keys() -> Any:
            return jsonify(KeySet([self.key]).as_dict(private=False))

        @made.post("/token")
        def token() -> Any:
            verifier = request.form["code_verifier"].encode()
            challenge = urlsafe_b64encode(sha256(verifier).digest()).decode()
            right = (
                request.authorization is not None
                and request.authorization.username == CLIENT
                and request.form["code"] == "the-code"
                and request.form["redirect_uri"] == self.asked["redirect_uri"]
                and challenge == self.asked["code_challenge"]
            )
            told = {
                "id_token": self.token(),
                "access_token": "x",
                "token_type": "Bearer",
            }
            return (jsonify(told), 200) if right else ("", 400)

        return made


def shared(secret: str) -> OctKey:
    """Make a key of a secret that both sides know."""
    return OctKey.import_key(secret)
