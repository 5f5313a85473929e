"""How long a catalogue of a province takes to go in, and how fast it is searched.

A file of 100,000 products with 50 bad rows is refused, the corrected one goes in, and then
one that changes what the fund pays for each; meanwhile somebody else writes. On SQLite and
on a PostgreSQL of its own.
"""

import csv
import random
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from io import StringIO
from pathlib import Path
from statistics import median, quantiles
from tempfile import TemporaryDirectory
from threading import Event, Thread
from time import perf_counter
from uuid import uuid4

from sqlalchemy import Engine, text

from fixtures.sample import reader
from pharmacies.catalogue.examining import File
from pharmacies.catalogue.fates import Fate
from pharmacies.catalogue.finding import find
from pharmacies.catalogue.service import Act, Imported, put_in
from pharmacies.catalogue.sounds import syllables
from web import db, migrating
from web.bench_settle.postgres import postgres

Echo = Callable[[str], object]
SEED = 11
ROWS, BAD = 100_000, 50
BRANDS = 160  # names of makers before the name of each product of the sample
LIMIT_S, LIMIT_MS = 60.0, 20.0
ASKED, WARM = 200, 10
DAY, LATER = date(2025, 9, 15), date(2025, 9, 16)
SIGNS = "康华平安瑞泰德信联邦江南海正恒东北新长百仁和济民天方石齐鲁京圣科伦亚宝"
HEADINGS = (
    "国家医保药品编码,药品名称,通用名,英文名,ATC,剂型,规格,包装,甲乙类,支付标准(元),先行自付比例,"
    "集采中选,基本药物,一致性评价,省平台挂网,储存条件,商品条码,追溯码前7位"
)
HEAD = next(csv.reader([HEADINGS]))
STANDARD = HEAD.index("支付标准(元)")
Row = list[str]


@dataclass(frozen=True, slots=True)
class Came:
    """What came of a file, how long it took, and how long another writer had to wait."""

    imported: Imported
    refused: tuple[int, ...]
    took_s: float
    waited_s: float


def run(echo: Echo, rows: int = ROWS, asked: int = ASKED) -> None:
    """Put files in and search, on SQLite and on PostgreSQL, and tell the figures."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="yaoda-bench-")))
        server = stack.enter_context(postgres())
        server.run("postgres", "CREATE DATABASE catalogue")
        for name, url in (
            ("SQLite", f"sqlite:///{folder}/catalogue.db"),
            ("PostgreSQL", server.url("catalogue")),
        ):
            engine = db.open_engine(url)
            stack.callback(engine.dispose)
            migrating.create(engine)
            measure(engine, name, echo, rows=rows, asked=asked)


def measure(engine: Engine, name: str, echo: Echo, *, rows: int, asked: int) -> None:
    """Put three files into one database, then search it."""
    table = list(products(rows))
    bad, spoiled = _spoiled(table)
    came = _put(engine, _csv(spoiled), DAY)
    assert came.refused == bad and not came.imported.written, came
    echo(
        f"{name}: {rows} rows with {len(bad)} bad ones: exactly those refused, nothing"
        f" written, {came.took_s:.1f} s"
    )
    for told, file, day in (
        ("corrected", table, DAY),
        ("every standard changed", _dearer(table), LATER),
    ):
        came = _put(engine, _csv(file), day)
        assert came.imported.written and not came.refused, came
        echo(
            f"{name}: {rows} rows {told}: written in {came.took_s:.1f} s"
            f" ({_held(came.took_s, LIMIT_S)} s); another writer waited"
            f" {came.waited_s:.1f} s at most"
        )
    for told, typed in _questions(table, asked):
        spent_ms = _asked_ms(engine, typed)
        echo(
            f"{name}: search by {told}: {median(spent_ms):.1f} ms median,"
            f" {quantiles(spent_ms, n=20)[-1]:.1f} ms p95"
            f" ({_held(quantiles(spent_ms, n=20)[-1], LIMIT_MS)} ms)"
        )


def products(rows: int) -> Iterator[Row]:
    """Make up products: the sample's, of many makers, in several packs."""
    chance = random.Random(SEED)
    known = [one for one in reader.medicines() if one.pack_parts == 1]
    brands = ["", *sorted({_brand(chance) for _ in range(BRANDS)})]
    for number in range(rows):
        kind = number % len(known)
        brand = (number // len(known)) % len(brands)
        one, fen = known[kind], chance.randrange(200, 90_000)
        digits = f"69{number:010d}"
        yield [
            f"{one.code[:6]}N{kind:03d}A001{number % 7:04d}{number:06d}"[:18]
            + f"{number:05d}"[-5:],
            brands[brand] + one.name,
            one.generic,
            one.inn,
            one.atc,
            "片剂",
            one.spec,
            f"{number % 90 + 1}片",
            one.tier,
            f"{fen // 100}.{fen % 100:02d}",
            f"{one.self_pay_permyriad // 100}%",
            *("是" if flag else "否" for flag in (one.vbp, one.essential)),
            *("是" if flag else "否" for flag in (one.consistency, one.on_platform)),
            "冷藏" if one.storage == "cold" else "常温",
            digits + _check_digit(digits),
            f"8{number:06d}",
        ]


def _brand(chance: random.Random) -> str:
    return "".join(chance.sample(SIGNS, 2))


def _check_digit(digits: str) -> str:
    weighed = (int(d) * (3, 1)[at % 2] for at, d in enumerate(reversed(digits)))
    return str(-sum(weighed) % 10)


def _spoiled(table: Sequence[Row]) -> tuple[tuple[int, ...], list[Row]]:
    """Spoil some rows; gives their numbers in the file."""
    chance = random.Random(SEED)
    chosen = sorted(chance.sample(range(len(table)), min(BAD, len(table) // 2)))
    spoiled = [list(one) for one in table]
    for at in chosen:
        column = chance.choice((0, 4, 8, STANDARD, 15, 16))
        spoiled[at][column] = chance.choice(("?", "=1+1", "6.9E+22"))
    return tuple(at + 2 for at in chosen), spoiled


def _dearer(table: Sequence[Row]) -> list[Row]:
    """Let every product have another standard."""
    return [
        [*one[:STANDARD], f"1{one[STANDARD]}", *one[STANDARD + 1 :]] for one in table
    ]


def _csv(table: Sequence[Row]) -> bytes:
    out = StringIO()
    written = csv.writer(out, lineterminator="\n")
    written.writerow(HEAD)
    written.writerows(table)
    return out.getvalue().encode()


def _put(engine: Engine, content: bytes, day: date) -> Came:
    fates = list[Fate]()
    act = Act(uuid4(), "bench", datetime.now(UTC), day)
    with (
        _other_writer(engine) as waits,
        db.open_session(engine, read_only=True) as reading,
        db.open_session(engine) as writing,
    ):
        begun = perf_counter()
        came = put_in(
            reading,
            writing,
            File("bench.csv", content, day),
            {},
            act=act,
            tell=lambda *_: None,
            into=fates,
        )
        took_s = perf_counter() - begun
    refused = tuple(fate.row for fate in fates if fate.outcome == "refused")
    return Came(came, refused, took_s, max(waits, default=0.0))


@contextmanager
def _other_writer(engine: Engine) -> Iterator[list[float]]:
    """Let somebody else write a little all the while; tells how long each time took."""
    over, waits = Event(), list[float]()

    def write() -> None:
        while not over.wait(0.1):
            begun = perf_counter()
            with engine.begin() as connection:
                connection.execute(
                    text("UPDATE price SET price_fen = 1 WHERE price_list = 'none'")
                )
            waits.append(perf_counter() - begun)

    thread = Thread(target=write)
    thread.start()
    try:
        yield waits
    finally:
        over.set()
        thread.join(600)


def _questions(table: Sequence[Row], asked: int) -> Iterator[tuple[str, list[str]]]:
    """Make up what is typed, each kind apart."""
    chance = random.Random(SEED)
    rows = [chance.choice(table) for _ in range(asked + WARM)]
    names = [one[1] for one in rows]
    inside = [name[at : at + 3] for name in names for at in [chance.randrange(3)]]
    sounds = [syllables(name)[:4] for name in names]
    wrong = [name[:3] + "口" + name[4:] for name in names]
    yield "part of a name", inside
    yield "initials", ["".join(one[0] for one in heard) for heard in sounds]
    yield "pinyin", ["".join(heard) for heard in sounds]
    yield "two initials", ["".join(one[0] for one in heard[:2]) for heard in sounds]
    yield "a name with a wrong character", wrong
    yield "beginning of an ATC code", [one[4][:4] for one in rows]
    yield "national code", [one[0] for one in rows]
    yield "barcode", [one[16] for one in rows]


def _asked_ms(engine: Engine, typed: Sequence[str]) -> list[float]:
    spent_ms = []
    with db.open_session(engine, read_only=True) as session:
        for number, one in enumerate(typed):
            begun = perf_counter()
            find(session, one)
            if number >= WARM:
                spent_ms.append((perf_counter() - begun) * 1000)
    return spent_ms


def _held(figure: float, limit: float) -> str:
    return f"{'held' if figure <= limit else 'MISSED'}: {limit:.0f}"
