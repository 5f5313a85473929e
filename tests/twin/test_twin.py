"""What the hot path writes is what the plain ORM writes, row by row, whatever happens."""

import shutil
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from dispensing import service
from dispensing.recompute import recompute
from tests import world
from tests.twin.books import books
from tests.twin.lives import PEOPLE, Act, Life
from web import db, migrating

# The long form: pytest tests/twin --examples 500
SHORT = {"sqlite": 16, "postgresql": 5}
prescribing = st.builds(
    Act,
    st.just("prescribe"),
    person=st.integers(0, 2),
    quantity=st.sampled_from([1, 3, 3, 30, 90]),
    lines=st.sampled_from([1, 1, 1, 2]),
)
settling = st.builds(
    Act,
    st.just("settle"),
    which=st.integers(0, 5),
    outlet=st.sampled_from([0, 0, 0, 1, 2]),
    batch=st.integers(0, 7),
    mood=st.sampled_from(["books"] * 4 + ["declines", "loses", "is deaf", "is silent"]),
    override=st.sampled_from([True, True, True, False]),
    tender=st.sampled_from(["cash", "bank_card", "mobile", "on_delivery"]),
    later_s=st.sampled_from([1, 60]),
)
others = st.builds(
    Act,
    st.sampled_from(
        ["check", "recover", "recover", "reverse", "aid", "end_aid", "new year"]
    ),
    which=st.integers(0, 5),
    outlet=st.integers(0, 2),
    mood=st.sampled_from(["books", "books", "is silent"]),
)
lives = st.lists(st.one_of(prescribing, settling, settling, others), max_size=16).map(
    lambda acts: [Act("prescribe"), Act("prescribe", person=1), *acts]
)
# Each way once, so that no run leaves one out.
EVERY_WAY = [
    Act("aid"),
    *(Act("prescribe", person=no % 3, quantity=30) for no in range(9)),
    Act("check", which=0),
    Act("settle", which=0, batch=0),
    Act("settle", which=0, batch=0),
    Act("settle", which=0, outlet=1, batch=0),
    Act("settle", which=1, batch=1, tender="mobile"),
    Act("settle", which=2, batch=2, override=False),
    Act("settle", which=2, batch=2, tender="on_delivery"),
    Act("settle", which=3, batch=0),
    Act("settle", which=3, batch=3, mood="declines"),
    Act("settle", which=4, batch=4, mood="loses"),
    Act("settle", which=5, batch=5, mood="is deaf"),
    Act("settle", which=6, batch=6, mood="is silent"),
    Act("recover", mood="is silent"),
    Act("recover"),
    Act("reverse", which=1),
    Act("settle", which=1, batch=1),
    Act("new year"),
    Act("reverse", which=0),
    Act("prescribe", person=0),
    Act("settle", which=9, batch=7),
    Act("end_aid"),
]


def many(request: pytest.FixtureRequest, kind: str) -> settings:
    """Say how many lives are tried."""
    asked = request.config.getoption("--examples") or SHORT[kind]
    return settings(
        max_examples=asked, suppress_health_check=[HealthCheck.function_scoped_fixture]
    )


def live(both: tuple[Life, Life], acts: list[Act]) -> None:
    for act in acts:
        came = [life.live(act) for life in both]
        assert came[0] == came[1], act
    told, wanted = (books(life.engine) for life in both)
    for table, rows in wanted.items():
        assert told[table] == rows, table
    for life in both:
        prove(life)


def prove(life: Life) -> None:
    """The records fit the rows, and an independent sum fits the books."""
    with db.open_session(life.engine) as session:
        service.seal(session, now=life.now, everything=True)
    with db.open_session(life.engine, read_only=True) as session:
        found = service.verify(session, now=life.now)
        assert found.whole, found.breaks
    with life.engine.connect() as connection:
        assert not recompute(connection).off


def test_both_write_the_same_rows_on_sqlite(request, sqlite_template, tmp_path):
    street = tmp_path / "street.db"
    shutil.copy(sqlite_template, street)
    begin(f"sqlite:///{street}")

    @many(request, "sqlite")
    @example(EVERY_WAY)
    @given(lives)
    def each(acts: list[Act]) -> None:
        with ExitStack() as stack:
            folder = Path(stack.enter_context(TemporaryDirectory(dir=tmp_path)))
            engines = []
            for name in ("mine", "twin"):
                shutil.copy(street, folder / f"{name}.db")
                engines.append(db.open_engine(f"sqlite:///{folder}/{name}.db"))
                stack.callback(engines[-1].dispose)
            live((Life(engines[0]), Life(engines[1], is_twin=True)), acts)

    each()


def test_both_write_the_same_rows_on_postgresql(request, postgres_server):
    urls = []
    for name in ("twin_mine", "twin_plain"):
        postgres_server.create(name)
        urls.append(postgres_server.url(name))
        engine = db.open_engine(urls[-1])
        migrating.create(engine)
        engine.dispose()

    @many(request, "postgresql")
    @example(EVERY_WAY)
    @given(lives)
    def each(acts: list[Act]) -> None:
        with ExitStack() as stack:
            engines = [db.open_engine(url) for url in urls]
            for engine in engines:
                stack.callback(postgres_server.empty, engine.url.database)
                stack.callback(engine.dispose)
            for url in urls:
                begin(url)
            live((Life(engines[0]), Life(engines[1], is_twin=True)), acts)

    each()


def begin(url: str) -> None:
    """Let the street and its people in."""
    engine = db.open_engine(url)
    with db.open_session(engine) as session:
        world.populate(session, world.open_desk(), PEOPLE)
    engine.dispose()
