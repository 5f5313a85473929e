"""An empty database for a measurement, of either kind, thrown away afterwards."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from web.bench_settle.postgres import postgres

DATABASES = ("sqlite", "postgresql")


@contextmanager
def empty(kind: str) -> Iterator[tuple[Path, str]]:
    """Give a folder and the address of an empty database."""
    with TemporaryDirectory(prefix="yaoda-bench-") as folder:
        if kind == "sqlite":
            yield Path(folder), f"sqlite:///{folder}/bench.db"
            return
        with postgres() as server:
            yield Path(folder), server.url("postgres")
