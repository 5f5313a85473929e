"""Engines for crowds: the last in the queue has to wait for all the others."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Engine

PATIENCE_S = 300


@pytest.fixture(params=["sqlite", "postgresql"])
def patient_engine(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Engine]:
    """Open a fresh database of each kind, on which nobody gives up waiting."""
    from web import db

    name = "sqlite_url" if request.param == "sqlite" else "postgres_url"
    engine = db.open_engine(request.getfixturevalue(name), wait_s_max=PATIENCE_S)
    if request.param == "postgresql":
        monkeypatch.setattr(engine.pool, "_timeout", PATIENCE_S)
    yield engine
    engine.dispose()
