"""Where a page may lead: to a path of this site and nowhere else."""

import re

# Browsers read a backslash as a slash and leave out tabs and line breaks.
_OWN = re.compile(r"/(?![/\\])[^\\\x00-\x20\x7f]*")


def is_own(address: str) -> bool:
    r"""Tell whether an address is a path of this site, however a browser reads it.

    >>> is_own("/counter?day=2025-09-15")
    True
    >>> any(map(is_own, ["//a.example", "/\\a.example", "/\t/a.example", "https:a"]))
    False
    """
    return _OWN.fullmatch(address) is not None
