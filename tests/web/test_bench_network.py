"""The network to be measured is made up alike each time, and its indexes are all there."""

from contextlib import contextmanager
from random import Random

import pytest
from sqlalchemy import text

from web import bench_network

OUTLETS = 30


@contextmanager
def filled(engine, *, areas):
    """Load pooling areas, look, and forget them."""
    with engine.connect() as connection:
        cursor = connection.connection.cursor()
        shelves = bench_network.shelves_of(Random(1))
        bench_network.fill(cursor, range(areas), shelves, OUTLETS)
        yield connection
        connection.rollback()


def indexes(connection):
    asked = "SELECT indexname, indexdef FROM pg_indexes WHERE tablename = 'stock_batch'"
    return sorted(map(tuple, connection.execute(text(asked))))


def test_each_pooling_area_has_its_outlets_and_batches(postgres_engine):
    with filled(postgres_engine, areas=2) as connection:
        for table, count in (
            ("outlet", 2 * OUTLETS),
            ("stock_batch", 2 * OUTLETS * bench_network.BATCHES),
        ):
            found = connection.scalar(text(f"SELECT count(*) FROM {table}"))
            assert found == count, table
        areas = "SELECT count(DISTINCT pooling_area) FROM stock_batch"
        assert connection.scalar(text(areas)) == 2


def test_a_large_load_builds_the_indexes_of_the_schema_again(
    postgres_engine, monkeypatch
):
    with postgres_engine.connect() as connection:
        before = indexes(connection)
    monkeypatch.setattr(bench_network, "LARGE_LOAD", 0)
    with filled(postgres_engine, areas=1) as connection:
        assert indexes(connection) == before


@pytest.mark.parametrize("number", [0, 7])
def test_a_pooling_area_is_drawn_alike_each_time(number):
    first, again = (list(bench_network._shops(number, 9)) for _ in range(2))
    assert first == again
    assert len({each.code for each in first}) == 9
