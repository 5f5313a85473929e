"""How pages show temperatures and spans of time."""


def degrees(dc: int | None) -> str:
    """Show tenths of a degree.

    >>> degrees(45), degrees(-5), degrees(None)
    ('4.5°C', '-0.5°C', '—')
    """
    if dc is None:
        return "—"
    whole, part = divmod(abs(dc), 10)
    return f"{'-' if dc < 0 else ''}{whole}.{part}°C"


def minutes(seconds: int) -> str:
    """Show seconds as minutes, rounded up: nothing that happened is shown as nothing.

    >>> minutes(0), minutes(1), minutes(600)
    ('0', '1', '10')
    """
    return str(-(-seconds // 60))
