"""Two registries held against each other: exact by keyed digests of ID numbers, then by score.

Everything stands in memory and DuckDB may not lay anything on disk: names and addresses are
opened for the matching alone, and ID numbers are not in it at all.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

import duckdb
import pyarrow as pa

from dispensing.matching_bulk import statements
from dispensing.matching_bulk.scoring import score

MEMORY = "3000MB"
THREADS = 2


@dataclass(frozen=True, slots=True)
class ManagedEntry:
    """One managed patient, as it is compared."""

    no: int
    id_digest: str | None
    name: str
    born_on: date
    address: str
    diseases: Sequence[str]
    chronic_outpatient: bool = False


@dataclass(frozen=True, slots=True)
class InsuredEntry:
    """One insured person, as it is compared; `fits` where the region lets the scheme in."""

    no: int
    id_digest: str
    name: str
    born_on: date
    address: str
    fits: bool
    two_disease: Sequence[str] = ()
    chronic_outpatient: Sequence[str] = ()
    diagnosed: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Decided:
    """What a person has said of a pair before."""

    managed: int
    insured: int
    same: bool


@dataclass(frozen=True, slots=True)
class Asked:
    """Which diseases count, whether 门诊慢特病 shuts 两病 out, from which score pairs are one."""

    diseases: Sequence[str]
    exclusive: bool
    score_min: int | None = None  # permyriad; none: exact ID alone


@dataclass(frozen=True, slots=True)
class Found:
    """One person on one list: managed, insured or both, by their numbers."""

    list: str
    managed: int | None
    insured: int | None
    diseases: tuple[str, ...]
    detail: str  # the benefit; of a pair, what is at odds or alike
    score: int | None = None  # permyriad


class Matcher:
    """One matching in memory: put both sides in, run, read the lists."""

    def __init__(self) -> None:
        self._con = duckdb.connect()
        self._con.execute(
            f"SET threads={THREADS}; SET memory_limit='{MEMORY}';"
            " SET temp_directory=''; SET enable_progress_bar=false"
        )
        self._con.execute(statements.TABLES)

    def __enter__(self) -> "Matcher":
        return self

    def __exit__(self, *_: object) -> None:
        self._con.close()

    def add_managed(self, entries: Iterable[ManagedEntry]) -> None:
        """Put managed patients in."""
        self._add("managed", _MANAGED, [_values(it) for it in entries])

    def add_insured(self, entries: Iterable[InsuredEntry]) -> None:
        """Put insured people in."""
        self._add("insured", _INSURED, [_values(it) for it in entries])

    def add_decided(self, entries: Iterable[Decided]) -> None:
        """Put in what people have said of pairs before."""
        self._add("decided", _DECIDED, [_values(it) for it in entries])

    def read_parquet(self, table: str, path: str) -> None:
        """Put a side in from a file that has the columns of its table."""
        assert table in ("managed", "insured")
        columns = _MANAGED.names if table == "managed" else _INSURED.names
        self._con.execute(
            f"INSERT INTO {table} BY NAME SELECT {', '.join(columns)} FROM read_parquet(?)",
            [path],
        )

    def run(self, asked: Asked) -> dict[str, int]:
        """Hold the sides against each other; tells how many there are of each kind."""
        con = self._con
        con.execute(
            "INSERT INTO asked VALUES (?, ?, ?)",
            [list(asked.diseases), asked.exclusive, asked.score_min],
        )
        con.execute(statements.EXACT)
        score(con)
        con.execute(statements.LINKED)
        con.execute(statements.LISTS)
        return dict(con.execute(statements.COUNTS).fetchall())

    def found(self) -> Iterator[Found]:
        """Give the lists, person by person, in a fixed order."""
        asked = self._con.execute(statements.FOUND)
        while some := asked.fetchmany(10_000):
            for name, managed, insured, diseases, detail, points in some:
                told = tuple(diseases or ())
                yield Found(name, managed, insured, told, detail, points)

    def pairs(self) -> Iterator[tuple[int, int, int]]:
        """Give the pairs of the candidates with their scores: managed, insured, permyriad."""
        yield from self._con.execute(
            "SELECT managed, insured, points FROM candidate ORDER BY ALL"
        ).fetchall()

    def linked(self) -> Iterator[tuple[int, int]]:
        """Give who is one person: managed, insured."""
        asked = self._con.execute("SELECT managed, insured FROM linked ORDER BY ALL")
        while some := asked.fetchmany(10_000):
            yield from some

    def _add(
        self, table: str, schema: pa.Schema, rows: Sequence[tuple[object, ...]]
    ) -> None:
        if not rows:
            return
        columns = [list(values) for values in zip(*rows, strict=True)]
        batch = pa.table(
            [pa.array(c, f.type) for c, f in zip(columns, schema, strict=True)],
            schema=schema,
        )
        self._con.register("batch", batch)
        self._con.execute(f"INSERT INTO {table} BY NAME FROM batch")
        self._con.unregister("batch")


def _values(entry: object) -> tuple[object, ...]:
    return tuple(getattr(entry, name) for name in entry.__slots__)  # type: ignore[attr-defined]


_TEXTS = pa.list_(pa.string())
_PERSON = (
    ("no", pa.int64()),
    ("id_digest", pa.string()),
    ("name", pa.string()),
    ("born_on", pa.date32()),
    ("address", pa.string()),
)
_MANAGED = pa.schema(
    [*_PERSON, ("diseases", _TEXTS), ("chronic_outpatient", pa.bool_())]
)
_INSURED = pa.schema(
    [
        *_PERSON,
        ("fits", pa.bool_()),
        ("two_disease", _TEXTS),
        ("chronic_outpatient", _TEXTS),
        ("diagnosed", _TEXTS),
    ]
)
_DECIDED = pa.schema(
    [("managed", pa.int64()), ("insured", pa.int64()), ("same", pa.bool_())]
)
