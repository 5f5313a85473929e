"""For how long data is kept (保存期限): which kinds there are, and the operator's terms."""

from dispensing.retention.kinds import (
    EXISTING,
    HOLDS,
    KINDS,
    LOCK,
    NEVER,
    Existing,
    Kind,
    Never,
)
from dispensing.retention.terms import NO_TERMS, Hold, Term, Terms, read_terms

__all__ = [
    "EXISTING",
    "HOLDS",
    "KINDS",
    "LOCK",
    "NEVER",
    "NO_TERMS",
    "Existing",
    "Hold",
    "Kind",
    "Never",
    "Term",
    "Terms",
    "read_terms",
]
