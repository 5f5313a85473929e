"""How fast "who can serve me" is, while the nation grows around one patient's pooling area.

The pooling area of Wenzhou stays as it is; others like it are added around it until there
are 500,000 outlets with 10 million batches. Made up from a seed, written by COPY.
"""

import random
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from statistics import median, quantiles
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any

import psycopg
from sqlalchemy import Engine, event, text
from sqlmodel import Session

from dispensing import service
from dispensing.desk import Desk, Reader
from dispensing.policy import WatchedOverlay
from dispensing.sealed import at
from dispensing.tables import PersonRow
from dispensing.vault import Vault
from fixtures.sample import reader
from pharmacies import service as pharmacies
from pharmacies.cells import cell_of
from pharmacies.places import Point
from web import db, migrating
from web.bench_settle import hot, town
from web.bench_settle.postgres import Postgres, postgres

Echo = Callable[[str], object]
SEED = 7
AREAS = (3, 34, 340)  # pooling areas: 1, 10 and 100 times
OUTLETS = 1_471  # of each
MEDICINES, BATCHES = 16, 20  # of each outlet
SHELVES = 400  # different ways to fill one
ASKED, WARM = 300, 40
LIMIT_MS, QUOTA_LIMIT_MS = 20.0, 5.0
HOME, HOME_AREA = Point(120.65, 28.01), "3303"
OUTLET = (
    "code, name, kind, level, area, lon, lat, chain, internet, cold_chain, opens, closes,"
    " price_list, quota_unit, address, pooling_area, cell"
)
AGREEMENT = "outlet_code, kind, begins, ends, card_settlement_from, quota_unit"
SUSPENSION = "outlet_code, kind, begins, first_day, last_day"
BATCH = (
    "pooling_area, outlet_code, medicine_code, batch, expires_on, on_hand, reserved,"
    " recalled"
)
TABLES = ("outlet", "agreement", "suspension", "stock_batch")
DATABASE = "nation"
LARGE_LOAD = 30  # pooling areas
LET_GO = """DROP INDEX stock_batch_of_medicine; DROP INDEX stock_batch_in_area;
 ALTER TABLE stock_batch DROP CONSTRAINT stock_batch_pkey"""
BUILT = """ALTER TABLE stock_batch ADD PRIMARY KEY
 (pooling_area, outlet_code, medicine_code, batch);
 CREATE INDEX stock_batch_of_medicine ON stock_batch (medicine_code, batch);
 CREATE INDEX stock_batch_in_area
 ON stock_batch (pooling_area, medicine_code, outlet_code)"""
READER = Reader("bench", "patient", "bench")


@dataclass(frozen=True, slots=True)
class Shop:
    """A made-up pharmacy: its code and everything that is drawn for it."""

    code: str
    area: str
    lon: float
    lat: float
    unit: str
    price_list: str
    cold: bool
    general: bool
    chronic: bool
    shelf: int


def run(
    echo: Echo,
    areas: Sequence[int] = AREAS,
    *,
    asked: int = ASKED,
    outlets: int = OUTLETS,
) -> None:
    """Load and measure, each time with more pooling areas around, of so many outlets each."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="yaoda-bench-")))
        server = stack.enter_context(postgres())
        server.run("postgres", "CREATE DATABASE nation")
        engine = db.open_engine(server.url("nation"))
        stack.callback(engine.dispose)
        migrating.create(engine)
        desk = Desk(
            WatchedOverlay(town.overlay()),
            hot.Prompt(str(folder / "prompt")),
            Vault(b"v" * 32),
            b"c" * 32,
        )
        town.settle_in(engine, desk)
        people = _people(engine, desk, asked + WARM)
        shelves, loaded = shelves_of(random.Random(SEED)), 0
        for count in areas:
            begun = perf_counter()
            _load(server, range(loaded, count), shelves, outlets)
            echo(f"{count} pooling areas loaded in {perf_counter() - begun:.0f} s")
            loaded = count
            _measure(engine, desk, people, echo)


def _measure(
    engine: Engine, desk: Desk, people: Sequence[town.Customer], echo: Echo
) -> None:
    spent_ms, looked, offers = [], [], []
    for number, one in enumerate(people):
        with db.open_session(engine) as session:
            begun = perf_counter()
            view = _answer(session, desk, one)
            took_ms = (perf_counter() - begun) * 1000
        if number >= WARM:
            spent_ms.append(took_ms)
            looked.append(view.looked_at)
            offers.append(len(view.offers))
    outlets, batches = _sizes(engine)
    quota_ms = _quota_ms(engine, desk)
    echo(
        f"{outlets} outlets, {batches} batches: who can serve"
        f" {median(spent_ms):.1f} ms median, {quantiles(spent_ms, n=20)[-1]:.1f} ms p95"
        f" ({_held(median(spent_ms), LIMIT_MS)}), {median(offers):.0f} offers with prices,"
        f" {median(looked):.0f} outlets looked at; quota of a day {quota_ms:.1f} ms"
        f" ({_held(quota_ms, QUOTA_LIMIT_MS)}); reads: {', '.join(_ways(engine, desk, people[0]))}"
    )


def _held(ms: float, limit_ms: float) -> str:
    return f"{'held' if ms <= limit_ms else 'MISSED'}: {limit_ms:.0f} ms"


def _people(engine: Engine, desk: Desk, count: int) -> list[town.Customer]:
    """Let people live where outlets are, most in town and some far out."""
    people = town.customers(engine, desk, first=1, count=count)
    chance = random.Random(SEED)
    move = text("UPDATE person SET point_sealed = :point WHERE person_no = :no")
    with engine.begin() as connection:
        for each in people:
            home = Point(*_drawn_place(chance, HOME))
            place = at(PersonRow, "point_sealed", each.person_no)
            given = {"point": desk.vault.seal(str(home), place), "no": each.person_no}
            connection.execute(move, given)
    return people


def _drawn_place(chance: random.Random, centre: Point) -> tuple[float, float]:
    spread = 0.05 if chance.random() < 0.7 else 0.3
    lon, lat = chance.gauss(centre.lon, spread), chance.gauss(centre.lat, spread)
    return round(lon, 5), round(lat, 5)


def shelves_of(chance: random.Random) -> list[str]:
    """Draw how shelves are filled, as lines of COPY; '@' stands for area and outlet."""
    codes = [each.code for each in reader.medicines() if each.pack_parts == 1]
    weights = [1 / (rank + 5) for rank in range(len(codes))]
    common = town.medicines()
    codes = [*common, *(code for code in codes if code not in common)]
    return [_shelf(chance, codes, weights) for _ in range(SHELVES)]


def _shelf(chance: random.Random, codes: list[str], weights: list[float]) -> str:
    chosen: dict[str, int] = {}
    while len(chosen) < MEDICINES:
        chosen.setdefault(chance.choices(codes, weights[: len(codes)])[0], 1)
    for code in chance.sample(sorted(chosen), BATCHES - MEDICINES):
        chosen[code] += 1
    lines = []
    for code, batches in chosen.items():
        for number in range(batches):
            until = f"202{chance.choice('5667778')}-1{chance.randint(0, 2)}-01"
            on_hand = chance.randint(0, 30)
            recalled = "t" if chance.random() < 0.01 else "f"
            held = min(on_hand, chance.choice([0, 0, 0, 2]))
            lines.append(
                f"@\t{code}\tB{number}\t{until}\t{on_hand}\t{held}\t{recalled}\n"
            )
    return "".join(lines)


def _load(
    server: Postgres, numbers: range, shelves: Sequence[str], outlets: int = OUTLETS
) -> None:
    """Write pooling areas by COPY; the indexes of a large load are built afterwards."""
    where = f"host={server.folder} user=postgres dbname={DATABASE}"
    with psycopg.connect(where) as connection, connection.cursor() as cursor:
        fill(cursor, numbers, shelves, outlets)
    # As the server's own upkeep leaves a table that nobody has written to for a while.
    tidied = (f"VACUUM (ANALYZE) {table}" for table in TABLES)
    server.run(DATABASE, *tidied, "CHECKPOINT")


def fill(
    cursor: psycopg.Cursor[Any], numbers: range, shelves: Sequence[str], outlets: int
) -> None:
    """Write the outlets, agreements, suspensions and batches of pooling areas."""
    # Nothing here is checked by triggers: it is made to fit.
    cursor.execute("SET session_replication_role = replica")
    cursor.execute("SET maintenance_work_mem = '512MB'")
    is_large = len(numbers) > LARGE_LOAD
    if is_large:
        cursor.execute(LET_GO)
    for number in numbers:
        shops = list(_shops(number, outlets))
        for table, lines in (
            (f"outlet ({OUTLET})", map(_outlet_line, shops)),
            (f"agreement ({AGREEMENT})", (it for one in shops for it in _agreed(one))),
            (
                f"suspension ({SUSPENSION})",
                (it for one in shops for it in _paused(one)),
            ),
            (f"stock_batch ({BATCH})", (_on_shelf(one, shelves) for one in shops)),
        ):
            with cursor.copy(f"COPY {table} FROM STDIN") as copy:
                copy.write("".join(lines))
    if is_large:
        cursor.execute(BUILT)


def _on_shelf(one: Shop, shelves: Sequence[str]) -> str:
    return shelves[one.shelf].replace("@", f"{one.area[:4]}\t{one.code}")


def _shops(number: int, outlets: int = OUTLETS) -> Iterator[Shop]:
    """Draw the pharmacies of one pooling area; the first one is Wenzhou's."""
    chance = random.Random(SEED + number)
    pooling = HOME_AREA if number == 0 else str(4000 + number)
    centre = HOME if number == 0 else Point(80 + number % 40, 20 + number // 40 * 2.0)
    units = _units() if number == 0 else [f"{pooling}-{no}" for no in range(13)]
    lists = sorted({name for name, _, _ in reader.prices()})
    for no in range(outlets):
        lon, lat = _drawn_place(chance, centre)
        area = f"{pooling}02"
        yield Shop(
            code=f"P{area}{50_000 + no:05d}",
            area=area,
            lon=lon,
            lat=lat,
            unit=chance.choice(units),
            price_list=chance.choice(lists),
            cold=chance.random() < 0.6,
            general=chance.random() < 0.95,
            chronic=chance.random() < 0.6,
            shelf=chance.randrange(SHELVES),
        )


def _units() -> list[str]:
    """Name Wenzhou's quota units."""
    return sorted({each.quota_unit for each in reader.outlets() if each.quota_unit})


def _outlet_line(one: Shop) -> str:
    cell = cell_of(Point(one.lon, one.lat))
    cold = "t" if one.cold else "f"
    return (
        f"{one.code}\t药店\tpharmacy\t\\N\t{one.area}\t{one.lon}\t{one.lat}\t\\N\tf\t{cold}"
        f"\t08:00\t21:00\t{one.price_list}\t{one.unit}\t路\t{one.area[:4]}\t{cell}\n"
    )


def _agreed(one: Shop) -> Iterator[str]:
    for kind, holds in (("general", one.general), ("chronic", one.chronic)):
        if holds:
            yield f"{one.code}\t{kind}\t2024-01-01\t\\N\t2024-01-01\t{one.unit}\n"


def _paused(one: Shop) -> Iterator[str]:
    """Suspend one of twenty for a month, and some of these until today."""
    if one.chronic and one.shelf % 20 == 0:
        until = "\\N" if one.shelf % 60 == 0 else "2025-03-01"
        yield f"{one.code}\tchronic\t2024-01-01\t2025-02-01\t{until}\n"


def _sizes(engine: Engine) -> tuple[int, int]:
    with engine.connect() as connection:
        outlets = connection.scalar(text("SELECT count(*) FROM outlet"))
        batches = connection.scalar(text("SELECT count(*) FROM stock_batch"))
    return int(outlets or 0), int(batches or 0)


def _quota_ms(engine: Engine, desk: Desk) -> float:
    rules = desk.rules_of("wenzhou", town.now().date())
    spent = []
    for _ in range(30):
        with db.open_session(engine, read_only=True) as session:
            begun = perf_counter()
            pharmacies.quota_standings(
                session,
                rules.quota_targets,
                town.now().date(),
                aliases=rules.quota_units,
                pooling_area=HOME_AREA,
            )
            spent.append((perf_counter() - begun) * 1000)
    return median(spent)


def _ways(engine: Engine, desk: Desk, person: town.Customer) -> list[str]:
    """Name how PostgreSQL reads the network's tables for one answer, by EXPLAIN."""
    asked: list[tuple[str, Any]] = []

    def note(
        _connection: object, _cursor: object, words: str, given: Any, *_: Any
    ) -> None:
        if any(f" {table}" in words for table in TABLES):
            asked.append((words, given))

    event.listen(engine, "before_cursor_execute", note)
    with db.open_session(engine) as session:
        _answer(session, desk, person)
    event.remove(engine, "before_cursor_execute", note)
    found: set[str] = set()
    with engine.connect() as connection:
        for words, given in asked:
            explain = f"EXPLAIN (FORMAT JSON) {words}"
            told = connection.exec_driver_sql(explain, given).scalar_one()
            found |= set(_scans(told[0]["Plan"]))
    return sorted(found)


def _answer(session: Session, desk: Desk, person: town.Customer) -> service.OutletsView:
    return service.outlets_near(
        session, desk, person.prescription_id, reader=READER, now=town.now()
    )


def _scans(plan: dict[str, Any]) -> Iterator[str]:
    kind = str(plan["Node Type"])
    table = str(plan.get("Relation Name", "")).rstrip("_0123456789")
    if "Scan" in kind and (table or "Index" in kind):
        yield f"{table} {kind}".strip()
    for part in plan.get("Plans", ()):
        yield from _scans(part)
