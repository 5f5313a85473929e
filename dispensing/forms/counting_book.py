"""The numbers of the monthly form over millions of claim lines, by one statement of DuckDB."""

import duckdb

from dispensing.forms.counting import RESIDENT
from dispensing.forms.schedule import KEYS, Cell, Counted, Key, Span

_FIVE = """
    count(distinct person){of}, count(distinct claim){of},
    coalesce(sum(total_fen){of}, 0)::bigint, coalesce(sum(in_scope_fen){of}, 0)::bigint,
    coalesce(sum(fund_fen){of}, 0)::bigint"""
_ASKED = f"""
select channel, disease, {_FIVE.format(of=" filter (day >= $first)")}, {_FIVE.format(of="")}
from lines
where not reversed and scheme = $scheme and day between $since and $last
    and disease in ('hypertension', 'diabetes')
group by channel, disease
"""


def count_book(connection: duckdb.DuckDBPyConnection, span: Span) -> dict[Key, Cell]:
    """Count the view `lines` by scheme and disease; each person and each settlement once."""
    asked = {
        "since": span.since,
        "first": span.first,
        "last": span.last,
        "scheme": RESIDENT,
    }
    found = {
        (row, disease): Cell(Counted(*numbers[:5]), Counted(*numbers[5:]))
        for row, disease, *numbers in connection.execute(_ASKED, asked).fetchall()
    }
    return {key: found.get(key, Cell()) for key in KEYS}
