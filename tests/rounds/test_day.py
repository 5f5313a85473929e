"""A small day at the platform: nothing is lost, and the check sees whatever would be."""

import shutil
import sqlite3
from collections import Counter
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from dispensing.gateway.sandbox import SandboxGateway
from fixtures.rounds.by_hand import live_by_hand
from fixtures.rounds.drawing import draw
from fixtures.rounds.figures import figures_of
from fixtures.rounds.given import Given, Meeting
from fixtures.rounds.told import Fate
from tests import world
from web import db
from web.bench_day import faces, living
from web.bench_day.checking import check
from web.bench_day.running import Asked
from web.bench_day.table import Pair, lines
from web.bench_day.town import Town, settled_in

SECRET = b"a secret for the doors of a day"
# Everything goes wrong once: this seed has every kind of meeting, and a late outlet.
GIVEN = Given(
    seed=281,
    orders=30,
    couriers=4,
    early_pm=700,
    cold_pm=200,
    not_home_pm=70,
    refused_pm=50,
    broken_seal_pm=50,
    wrong_address_pm=50,
    too_warm_pm=400,
    wrong_code_pm=60,
    proxy_pm=80,
    offline_pm=750,  # so that some of them have a parcel to tell of, whatever the plan
)
ONE = "(SELECT id FROM {} LIMIT 1)"
HANDED = "(SELECT id FROM delivery_order WHERE state = 'handed_over' LIMIT 1)"


@pytest.fixture(scope="module")
def lived(sqlite_template, tmp_path_factory):
    """Live one small day on a SQLite file; gives its path, its town and what came of it."""
    folder = tmp_path_factory.mktemp("day")
    path = folder / "day.db"
    shutil.copy(sqlite_template, path)
    engine = db.open_engine(f"sqlite:///{path}")
    desk = world.open_desk(SandboxGateway(folder / "platform.db"))
    town = settled_in(Town(draw(GIVEN), engine, desk, SECRET))
    found = living.at_platform(town, look_s=1_800)
    engine.dispose()  # whoever closes the file last writes all of it there
    yield path, town, found
    engine.dispose()


def test_nothing_is_lost_and_everybody_sees_the_same(lived):
    _, town, found = lived
    assert found.faults == ()
    assert {it.meeting for it in town.day.orders} == set(Meeting)
    assert set(found.truth.journal.fates.values()) == set(Fate)
    assert found.log.batches > 0, "a silent phone has told nothing afterwards"
    assert found.log.modes["whole"] > 0, "nobody planned anew for who broke down"
    assert found.log.positions > 0 and found.log.alerts.total() > 0


def test_by_the_same_plans_it_is_the_same_day_to_the_byte(lived):
    _, town, found = lived
    again = living.again(town.day, found.log)
    assert again.text() == found.truth.journal.text()


def test_figures_stand_beside_those_by_hand(lived):
    _, town, found = lived
    hand = figures_of(town.day, live_by_hand(town.day))
    platform = figures_of(town.day, found.truth.journal)
    told = list(lines([Pair(1, platform, hand, found.log, 1.0, 0)]))
    assert any(it.startswith("km per parcel, by hand") for it in told)
    assert platform.orders == hand.orders == GIVEN.orders


MUTANTS = {
    "an order in another state": (
        f"UPDATE delivery_order SET state = 'returned' WHERE id = {HANDED}",
        "is returned, but ended as handed_over",
    ),
    "an order that is gone": (
        f"DELETE FROM delivery_order WHERE id = {HANDED}",
        "is gone",
    ),
    "another window than was promised": (
        "UPDATE delivery_order SET window_opens = '2025-09-15 00:00:00'",
        "has another window",
    ),
    "no act of a hand-over": (
        f"DELETE FROM handover WHERE id = {ONE.format('handover')}",
        "and 0 acts of a hand-over",
    ),
    "two acts of one hand-over": (
        "INSERT INTO handover SELECT lower(hex(randomblob(16))), prescription_id,"
        " receiver, proxy_name, proxy_id_sealed, temperature_dc, by, at"
        " FROM handover LIMIT 1",
        "and 2 acts of a hand-over",
    ),
    "handed over by another courier": (
        f"UPDATE handover SET by = 'nobody' WHERE prescription_id ="
        f" (SELECT prescription_id FROM delivery_order WHERE id = {HANDED})",
        "handed over by nobody",
    ),
    "a cold parcel without its temperature": (
        "UPDATE handover SET temperature_dc = NULL",
        "temperature None",
    ),
    "a fen more of the fund": (
        "UPDATE ledger SET amount_fen = amount_fen + 1 WHERE id ="
        " (SELECT id FROM ledger WHERE credit = 'fund' AND entry = 'post' LIMIT 1)",
        "the fund has paid",
    ),
    "a return that was not reversed": (
        "DELETE FROM ledger WHERE entry = 'reverse' AND credit = 'fund'",
        "the fund has paid",
    ),
    "a share that nobody paid": (
        "DELETE FROM ledger WHERE id ="
        " (SELECT id FROM ledger WHERE entry = 'tender' LIMIT 1)",
        "the patient has paid 0",
    ),
    "cash in another purse": (
        "UPDATE ledger SET holder = 'nobody' WHERE id ="
        " (SELECT id FROM ledger WHERE debit = 'courier' LIMIT 1)",
        "nobody holds",
    ),
    "a settlement that stands though its parcel came back": (
        "UPDATE settlement SET state = 'posted'",
        "its settlement is posted",
    ),
    "an allowance that was not freed": (
        "UPDATE allowance SET fund_fen = fund_fen + 1",
        "the year has",
    ),
    "something held in a year": (
        "UPDATE allowance SET fund_reserved_fen = 1",
        "still held in the year",
    ),
    "a pack less on the shelf": (
        "UPDATE stock_batch SET on_hand = on_hand - 1",
        "packs,",
    ),
    "a returned pack that is not back": (
        "DELETE FROM stock_movement WHERE kind = 'sale_returned'",
        "packs moved",
    ),
    "packs still set aside": (
        "UPDATE stock_batch SET reserved = 1",
        "still set aside",
    ),
    "an order on two routes": (
        "INSERT INTO stop SELECT (SELECT route.id FROM route JOIN plan ON"
        " plan.id = route.plan_id WHERE plan.state = 'committed' AND route.id <>"
        " stop.route_id LIMIT 1), 999, stop.kind, order_id, point_sealed, arrive_at,"
        " start_at, depart_at, stop.distance_m, done_at, outcome, detail, locked"
        " FROM stop JOIN route ON route.id = route_id JOIN plan ON plan.id = plan_id"
        " WHERE plan.state = 'committed' AND kind = 'dropoff' LIMIT 1",
        "is with",
    ),
    "a stop that was never done": (
        "UPDATE stop SET done_at = NULL",
        "no stop says",
    ),
    "an event that nobody told": (
        "DELETE FROM prescription_event WHERE kind = 'order_handed_over'",
        "order_handed_over is told 0 times",
    ),
    "a failed visit that nobody told": (
        "DELETE FROM prescription_event WHERE kind = 'attempt_failed'",
        "attempt_failed is told 0 times",
    ),
    "a parcel on its way before it was fetched": (
        "UPDATE prescription_event SET at = '2025-09-14 00:00:00'"
        " WHERE kind = 'order_out'",
        "on its way at",
    ),
    "an event without a record": (
        "DELETE FROM audit_record WHERE kind = 'event.order_out'",
        "has 0 records",
    ),
    "a link of another hash": (
        "UPDATE audit_link SET hash = previous WHERE seq = 7",
        "breaks at 7",
    ),
    "a record that was edited": (
        "UPDATE audit_record SET who = 'nobody' WHERE id = 9",
        "the chain of",
    ),
    "an alert that is told twice while it holds": (
        "INSERT INTO desk_act SELECT (SELECT max(id) + 1 FROM desk_act),"
        " lower(hex(randomblob(16))), about, act, kind, carrier_code, courier_code,"
        " route_id, order_id, at, by, detail FROM desk_act"
        " WHERE about = 'alert' AND act = 'ended' LIMIT 1",
        "ends without having begun",
    ),
    "a record that is sealed by no link": (
        "DELETE FROM audit_link WHERE seq = (SELECT max(seq) FROM audit_link)",
        "has 0 links",
    ),
}


@pytest.mark.parametrize("wrong", MUTANTS)
def test_the_check_sees(lived, tmp_path, wrong):
    statement, words = MUTANTS[wrong]
    path, _, found = lived
    engine = mutant(path, tmp_path, statement)
    told = check(engine, found.truth)
    engine.dispose()
    assert any(words in it for it in told), told


def test_the_faces_are_unlike_where_a_stop_says_something_else(lived, tmp_path):
    path, town, found = lived
    wrong = "UPDATE stop SET outcome = 'return' WHERE outcome = 'handed_over'"
    engine = mutant(path, tmp_path, wrong)
    now = town.at(21 * 3600)
    told = list(faces.unlike(replace(town, engine=engine), found.truth.ids, now))
    engine.dispose()
    handed = Counter(found.truth.journal.fates.values())[Fate.HANDED_OVER]
    assert len(told) == handed


def mutant(path: Path, folder: Path, statement: str):
    """Copy a day's database and change it as nobody could through the services."""
    copy = folder / "mutant.db"
    shutil.copy(path, copy)
    with closing(sqlite3.connect(copy)) as raw:
        named = "SELECT name FROM sqlite_master WHERE type = 'trigger'"
        for (name,) in raw.execute(named).fetchall():
            raw.execute(f'DROP TRIGGER "{name}"')
        assert raw.execute(statement).rowcount > 0
        raw.commit()
    return db.open_engine(f"sqlite:///{copy}")


def test_a_day_is_measured_for_three_seeds_unless_told_otherwise():
    assert Asked().seeds == (1, 2, 3)
