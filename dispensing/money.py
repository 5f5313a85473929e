"""Money in whole fen, shares in whole ten-thousandths, and the one place that rounds."""

import re

WHOLE_PERMYRIAD = 10_000  # the national interface gives shares as n5,4: four decimals

_YUAN = re.compile(r"(-?)([0-9]{1,12})(?:\.([0-9]{1,2}))?")
_SHARE = re.compile(r"([01])(?:\.([0-9]{1,4}))?")


def share_fen(amount_fen: int, share_permyriad: int) -> int:
    """Take a share of an amount, half a fen rounded up (四舍五入到分).

    Every rounding of money in the product happens here, line by line (R17).

    >>> share_fen(3303, 3500)
    1156
    >>> share_fen(1, 5000)
    1
    """
    assert amount_fen >= 0
    assert 0 <= share_permyriad <= WHOLE_PERMYRIAD
    return (amount_fen * share_permyriad + WHOLE_PERMYRIAD // 2) // WHOLE_PERMYRIAD


def parse_yuan(text: str) -> int:
    """Read an amount in yuan with at most two decimals as fen.

    >>> parse_yuan("12.60")
    1260
    """
    match = _YUAN.fullmatch(text.strip())
    if match is None:
        raise ValueError(f"expected yuan such as '12.60', got {text!r}")
    sign, whole, part = match.groups()
    fen = int(whole) * 100 + int((part or "").ljust(2, "0"))
    return -fen if sign else fen


def yuan(amount_fen: int) -> str:
    """Write fen as yuan with two decimals.

    >>> yuan(1260), yuan(-5)
    ('12.60', '-0.05')
    """
    whole, part = divmod(abs(amount_fen), 100)
    return f"{'-' if amount_fen < 0 else ''}{whole}.{part:02d}"


def parse_share(text: str) -> int:
    """Read a share between 0 and 1 with at most four decimals as ten-thousandths.

    >>> parse_share("0.35"), parse_share("1")
    (3500, 10000)
    """
    match = _SHARE.fullmatch(text.strip())
    whole, part = match.groups() if match else ("9", None)
    permyriad = int(whole) * WHOLE_PERMYRIAD + int((part or "").ljust(4, "0"))
    if permyriad > WHOLE_PERMYRIAD:
        raise ValueError(
            f"expected a share from '0' to '1' such as '0.35', got {text!r}"
        )
    return permyriad


def share(share_permyriad: int) -> str:
    """Write ten-thousandths as a decimal share, at least two decimals.

    >>> share(3500), share(125), share(10_000)
    ('0.35', '0.0125', '1.00')
    """
    whole, part = divmod(share_permyriad, WHOLE_PERMYRIAD)
    digits = f"{part:04d}"
    return f"{whole}.{digits[:2]}{digits[2:].rstrip('0')}"


def percent(share_permyriad: int) -> str:
    """Write ten-thousandths as a percentage for people.

    >>> percent(3500), percent(1250)
    ('35%', '12.5%')
    """
    whole, part = divmod(share_permyriad, 100)
    return f"{whole}.{part:02d}".rstrip("0").rstrip(".") + "%"
