"""Telephone numbers as people write them: one number, one spelling."""

import re
import unicodedata


def plain_phone(written: str) -> str:
    """Give the digits of a number without what people put between them, or before it.

    >>> plain_phone("+86 139-0000 1234"), plain_phone("１３９００００１２３４")
    ('13900001234', '13900001234')
    """
    folded = unicodedata.normalize("NFKC", written)
    digits = re.sub(r"[\s().\-]", "", folded)
    return re.sub(r"^(?:\+|00)86(?=[0-9])", "", digits)


def is_phone(written: str) -> bool:
    """Tell whether something looks like a telephone number.

    >>> is_phone("0577-8888 1234"), is_phone("I000000001")
    (True, False)
    """
    return re.fullmatch(r"[0-9]{7,15}", plain_phone(written)) is not None


def indexed_phone(written: str) -> str:
    """Give what a phone's blind index is made of: never the index of another number."""
    return f"phone {plain_phone(written)}"
