"""Secrets that people read from paper and type: nothing in them looks like something else."""

import secrets

ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"
SIGNS, GROUP = 24, 4


def secret() -> str:
    """Make a secret of 24 signs, 118 bits, in six groups: a plain digest of it will do.

    ASVS 5.0 6.5.2 wants a slow hash where a secret to look up has fewer than 112 bits.
    """
    signs = "".join(secrets.choice(ALPHABET) for _ in range(SIGNS))
    return "-".join(signs[at : at + GROUP] for at in range(0, SIGNS, GROUP))


def plain(typed: str) -> str:
    """Give the signs of a secret as somebody typed it.

    >>> plain("ABCD efgh-2345")
    'abcdefgh2345'
    """
    return "".join(sign for sign in typed.lower() if sign in ALPHABET)
