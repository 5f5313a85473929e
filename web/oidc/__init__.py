"""Sign-in by an institution's own identity provider (OpenID Connect), as the operator sets it."""
