"""The numbers of the forms over millions of claim lines, by two statements of DuckDB."""

import duckdb

from dispensing.claim_book.columns import CHANNELS
from dispensing.forms.apart import APART
from dispensing.forms.counting import RESIDENT
from dispensing.forms.layout import DISEASES
from dispensing.forms.schedule import KEYS, Cell, FormCount, Key, Span

_TWO = tuple(DISEASES)
_ROW = " ".join(f"when '{name}' then {2 * no}" for no, name in enumerate(CHANNELS))
_LINES = f"""
select (case channel {_ROW} end {{disease}})::tinyint as row, person, claim,
    day >= $first as now, total_fen, in_scope_fen, fund_fen
from lines
where not reversed and scheme = $scheme and disease in {_TWO}
    and starts_with(area, $area) and day between $since and $last
"""
# Claims and people apart: of millions of claims nothing is kept but that each was there.
_VISITS = """
select row, count(*) filter (now), count(*)
from (select distinct row, claim, now from ({lines})) group by row
"""
_PEOPLE = """
select row, count(*) filter (now), sum(now_cost), sum(now_scope), sum(now_fund),
    count(*), sum(cost), sum(scope), sum(fund)
from (
    select row, person, bool_or(now) as now,
        coalesce(sum(total_fen) filter (now), 0)::bigint as now_cost,
        coalesce(sum(in_scope_fen) filter (now), 0)::bigint as now_scope,
        coalesce(sum(fund_fen) filter (now), 0)::bigint as now_fund,
        sum(total_fen)::bigint as cost, sum(in_scope_fen)::bigint as scope,
        sum(fund_fen)::bigint as fund
    from ({lines}) group by row, person
) group by row
"""


def count_book(
    connection: duckdb.DuckDBPyConnection, span: Span, *, area: str = ""
) -> dict[Key, Cell]:
    """Count the view `lines` by scheme and disease; each person and each settlement once.

    `area` is what the area of insurance begins with, '' for all of them.
    """
    found = _counted(connection, span, area, f"+ (disease = '{_TWO[1]}')::int")
    return {
        key: found.get(2 * CHANNELS.index(key[0]) + _TWO.index(key[1]), Cell())
        for key in KEYS
    }


def count_book_apart(
    connection: duckdb.DuckDBPyConnection, span: Span, *, area: str = ""
) -> dict[str, Cell]:
    """Count the view `lines` by scheme, both diseases of a person together (L27)."""
    found = _counted(connection, span, area, "")
    return {row: found.get(2 * CHANNELS.index(row), Cell()) for row in APART}


def _counted(
    connection: duckdb.DuckDBPyConnection, span: Span, area: str, disease: str
) -> dict[int, Cell]:
    asked = {
        "since": span.since,
        "first": span.first,
        "last": span.last,
        "scheme": RESIDENT,
        "area": area,
    }
    lines = _LINES.format(disease=disease)
    visits: dict[int, tuple[int, int]] = {
        row: (now, whole)
        for row, now, whole in connection.execute(
            _VISITS.format(lines=lines), asked
        ).fetchall()
    }
    people = connection.execute(_PEOPLE.format(lines=lines), asked).fetchall()
    return {
        row: Cell(
            FormCount(numbers[0], visits[row][0], *map(int, numbers[1:4])),
            FormCount(numbers[4], visits[row][1], *map(int, numbers[5:8])),
        )
        for row, *numbers in people
    }
