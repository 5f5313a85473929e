"""The authorization code flow with PKCE (OpenID Connect Core 3.1, RFC 7636, RFC 9207)."""

import secrets
from base64 import b64encode
from dataclasses import dataclass
from time import monotonic
from typing import Any
from urllib.parse import quote

from authlib.oauth2.rfc6749.parameters import (  # type: ignore[import-untyped]
    prepare_grant_uri,
)
from authlib.oauth2.rfc7636 import (  # type: ignore[import-untyped]
    create_s256_code_challenge,
)
from authlib.oidc.core import CodeIDToken  # type: ignore[import-untyped]
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from web.oidc.asking import NoAnswer, ask
from web.oidc.providers import Provider

# Signed by keys that the provider alone has: no `none`, and none by a shared secret.
ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "ES256", "ES384", "EdDSA", "Ed25519")
LEEWAY_S = 60
KEPT_S = 600.0  # how long a process goes by what a provider says of itself
_NEEDED = ("authorization_endpoint", "token_endpoint", "jwks_uri")
_SUBJECT_MAX = 255


class Distrusted(Exception):
    """An answer of a provider that does not hold; the words say what, for the log alone."""


@dataclass(frozen=True, slots=True)
class Begun:
    """A sign-in under way: where the browser goes, and what has to come back."""

    url: str
    state: str
    nonce: str
    verifier: str


@dataclass(frozen=True, slots=True)
class Identity:
    """Whom a provider names, and whether it asked for a second factor."""

    issuer: str
    subject: str
    second_factor: bool


class Flow:
    """Speaks with the providers, and remembers for a while what they say of themselves."""

    def __init__(self, providers: dict[str, Provider]) -> None:
        self.providers = providers
        self._told: dict[tuple[str, str], tuple[float, dict[str, Any]]] = {}

    def begin(self, provider: Provider, redirect_uri: str) -> Begun:
        """Begin a sign-in at a provider; raises NoAnswer."""
        state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
        url = prepare_grant_uri(
            self._about(provider)["authorization_endpoint"],
            client_id=provider.client_id,
            response_type="code",
            redirect_uri=redirect_uri,
            scope="openid",
            state=state,
            nonce=nonce,
            code_challenge=create_s256_code_challenge(verifier),
            code_challenge_method="S256",
        )
        return Begun(url, state, nonce, verifier)

    def complete(
        self, provider: Provider, begun: Begun, *, code: str, back: str, now_s: int
    ) -> Identity:
        """Change a code for an ID token, and tell whom it names; NoAnswer, Distrusted."""
        named = ":".join(
            quote(each, safe="") for each in (provider.client_id, provider.secret)
        )
        told = ask(
            provider,
            self._about(provider)["token_endpoint"],
            {
                "grant_type": "authorization_code",
                "code": code,
                "redirect_uri": back,
                "code_verifier": begun.verifier,
            },
            {"Authorization": f"Basic {b64encode(named.encode()).decode()}"},
        )
        return self._read(provider, told, begun.nonce, now_s)

    def _read(
        self, provider: Provider, told: dict[str, Any], nonce: str, now_s: int
    ) -> Identity:
        try:
            token = self._decoded(provider, str(told.get("id_token", "")))
            claims = CodeIDToken(
                token.claims,
                token.header,
                {
                    "iss": {"essential": True, "value": provider.issuer},
                    "aud": {
                        "essential": True,
                        "value": provider.audience or provider.client_id,
                    },
                },
                {
                    "nonce": nonce,
                    "client_id": provider.client_id,
                    "access_token": told.get("access_token"),
                },
            )
            claims.validate(now_s, LEEWAY_S)
        except (JoseError, ValueError, TypeError, KeyError) as error:
            raise Distrusted(type(error).__name__) from error
        subject = claims.get(provider.claim)
        if not isinstance(subject, str) or not 0 < len(subject) <= _SUBJECT_MAX:
            raise Distrusted(f"no {provider.claim}")
        return Identity(provider.issuer, subject, _had_second(provider, claims))

    def _decoded(self, provider: Provider, raw: str) -> jwt.Token:
        try:
            return jwt.decode(raw, self._keys(provider), algorithms=list(ALGORITHMS))
        except (JoseError, ValueError):
            # The provider may have new keys: what is kept of it is asked for once more.
            if self._forget(provider, "jwks_uri", older_s=LEEWAY_S):
                return jwt.decode(
                    raw, self._keys(provider), algorithms=list(ALGORITHMS)
                )
            raise

    def _about(self, provider: Provider) -> dict[str, Any]:
        where = provider.issuer.rstrip("/") + "/.well-known/openid-configuration"
        told = self._kept(provider, "about", where)
        if told.get("issuer") != provider.issuer or not all(
            isinstance(told.get(each), str) for each in _NEEDED
        ):
            self._forget(provider, "about")
            raise NoAnswer("another issuer")
        return told

    def _keys(self, provider: Provider) -> KeySet:
        where = self._about(provider)["jwks_uri"]
        told = self._kept(provider, "jwks_uri", where)
        return KeySet.import_key_set({"keys": told.get("keys", [])})

    def _kept(self, provider: Provider, what: str, where: str) -> dict[str, Any]:
        at_s, told = self._told.get((provider.slug, what), (0.0, {}))
        if not told or monotonic() - at_s > KEPT_S:
            told = ask(provider, where)
            self._told[provider.slug, what] = (monotonic(), told)
        return told

    def _forget(self, provider: Provider, what: str, older_s: float = 0.0) -> bool:
        at_s, _ = self._told.get((provider.slug, what), (monotonic(), {}))
        if monotonic() - at_s < older_s:
            return False
        return self._told.pop((provider.slug, what), None) is not None


def _had_second(provider: Provider, claims: dict[str, Any]) -> bool:
    methods = claims.get("amr") or []
    return claims.get("acr") in provider.second_factor_acr or any(
        each in provider.second_factor_amr for each in methods
    )
