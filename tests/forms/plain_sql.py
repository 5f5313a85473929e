"""The numbers of a form once more, by SQL of its own on SQLite: shares nothing with the code."""

import sqlite3
from collections.abc import Iterable

from dispensing.claim_book.lines import ClaimLine

_KEPT = (
    *("claim", "person", "day", "area", "scheme", "channel", "disease"),
    *("total_fen", "in_scope_fen", "fund_fen", "reversed_on"),
)


def recount(
    lines: Iterable[ClaimLine], begins: str, until: str, area: str = ""
) -> dict[tuple[str, str], tuple[int, ...]]:
    """Count people, visits and fen from one day to another, by scheme and disease."""
    base = sqlite3.connect(":memory:")
    base.execute(f"create table book ({', '.join(_KEPT)})")
    base.executemany(
        f"insert into book values ({', '.join('?' * len(_KEPT))})",
        [
            [str(v) if n in ("day", "reversed_on") and v else v for n, v in _of(one)]
            for one in lines
        ],
    )
    found = base.execute(
        """select channel, disease, count(distinct person), count(distinct claim),
            sum(total_fen), sum(in_scope_fen), sum(fund_fen)
        from book
        where day >= ? and day <= ? and scheme = 'resident' and area like ? || '%'
            and disease in ('hypertension', 'diabetes')
            and reversed_on is null
        group by channel, disease""",
        (begins, until, area),
    ).fetchall()
    base.close()
    return {(channel, disease): tuple(values) for channel, disease, *values in found}


def _of(one: ClaimLine) -> list[tuple[str, object]]:
    return [(name, getattr(one, name)) for name in _KEPT]
