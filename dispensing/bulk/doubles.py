"""Each line once, each claim one person's, each person's claims one after another.

The pots run in the order of settlement: a tie in it, or a line that comes twice, would give
amounts that depend on chance.
"""

from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from ibis.backends.duckdb import Backend
from ibis.expr.types import Table

from dispensing.bulk.columns import BadBook

_ASKED = ("claim", "line", "person", "settled_no")


def refuse_doubles(backend: Backend, path: Path, claims: Table) -> None:
    """Refuse a book with a doubled line or a tie in the order of settlement.

    A book that is written claim after claim in the order of settlement shows at one
    reading that nothing in it can come twice. Any other is counted out by hash, exactly.
    """
    if _ascends(path):
        return
    for counted, words in (_claims(claims), _lines(claims), _places(claims)):
        example = backend.raw_sql(backend.compile(counted.limit(1))).fetchone()
        if example:
            raise BadBook(f"{path}: {words.format(*example)}")


def _ascends(path: Path) -> bool:
    """Tell whether claims and their places in the order rise from row to row."""
    with pq.ParquetFile(path) as file:
        names = [name for name in _ASKED if name in file.schema_arrow.names]
        last = None
        try:
            for batch in file.iter_batches(columns=names):
                whole = batch if last is None else pa.concat_batches([last, batch])
                if not _rises(whole):
                    return False
                last = whole.slice(whole.num_rows - 1)
        except pa.ArrowException:  # categories, say, have no order
            return False
    return True


def _rises(batch: Any) -> bool:
    def each(name: str, holds: Any) -> Any:
        column = batch[name]
        return holds(column.slice(0, len(column) - 1), column.slice(1))

    same_claim = each("claim", pc.equal)
    later = pc.and_(each("claim", pc.less), each("settled_no", pc.less))
    if "line" not in batch.schema.names:
        return bool(pc.all(later).as_py())
    within = pc.and_(each("settled_no", pc.equal), each("person", pc.equal))
    next_line = pc.and_(within, each("line", pc.less))
    return bool(pc.all(pc.if_else(same_claim, next_line, later)).as_py())


def _claims(claims: Table) -> tuple[Table, str]:
    rows = claims.group_by("claim").aggregate(
        people=claims.person.max() != claims.person.min(),
        places=claims.settled_no.max() != claims.settled_no.min(),
    )
    words = "claim {}: expected the same person and settled_no on each line"
    return rows.filter(rows.people | rows.places).select("claim"), words


def _lines(claims: Table) -> tuple[Table, str]:
    rows = claims.group_by("claim", "line").aggregate(n=claims.count())
    words = "claim {}, line {}: expected one row, got {}"
    return rows.filter(rows.n > 1), words


def _places(claims: Table) -> tuple[Table, str]:
    rows = claims.group_by("person", "settled_no").aggregate(
        one=claims.claim.min(), other=claims.claim.max()
    )
    words = "person {}, settled_no {}: expected one claim, got {} and {}"
    return rows.filter(rows.one != rows.other), words
