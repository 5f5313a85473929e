"""What a process keeps of the network is dropped with the first change that is committed."""

from datetime import date

import pytest
from sqlalchemy import text
from sqlmodel import select

from fixtures import cast
from pharmacies import service as network
from pharmacies.known import network as known
from pharmacies.tables import AgreementRow, NetworkStampRow, PriceRow, SuspensionRow
from tests import calls, world
from tests.world import AMLODIPINE, DAY
from web import db

SHOP = cast.LUCHENG_PHARMACY
LISTS = ("outlet", "agreement", "suspension", "medicine", "medicine_condition", "price")


class Asked(calls.Hook):
    """Counts what is asked."""

    count = 0

    def before(self, statement, connection):
        self.count += statement != calls.COMMIT
        return statement


@pytest.fixture
def street(engine):
    with db.open_session(engine) as session:
        world.populate(session, world.open_desk())
    return engine


def stamp(session):
    return session.exec(select(NetworkStampRow.stamp)).first()


def price(session):
    return known(session, stamp(session)).price_fen(session, SHOP, AMLODIPINE)


def designated(session):
    found = known(session, stamp(session))
    return found.is_designated(session, SHOP, DAY, "chronic")


def test_what_is_known_is_not_asked_again(street):
    asked = Asked()
    with calls.hooked(street, asked), db.open_session(street) as session:
        price(session)
        first, asked.count = asked.count, 0
        price(session)
        assert asked.count == 1 < first  # the stamp alone


def test_a_price_that_another_process_has_changed_is_seen_at_once(street):
    with db.open_session(street) as session:
        assert price(session) == 420
    with db.open_session(street) as session:
        row = session.get(PriceRow, ("usual", AMLODIPINE))
        row.price_fen = 500
        session.commit()
    with db.open_session(street) as session:
        assert price(session) == 500


def test_what_the_session_has_read_before_is_read_anew(street):
    with db.open_session(street) as session:
        old = network.outlet(session, SHOP)
        with street.connect() as connection:
            if street.dialect.name == "sqlite":
                session.rollback()
            connection.execute(text("UPDATE outlet SET name = 'new'"))
            connection.commit()
        found = known(session, stamp(session)).outlet(session, SHOP)
    assert (old.name, found.name) == ("鹿城大药房", "new")


def test_a_suspension_ends_what_was_known_of_the_designation(street):
    with db.open_session(street) as session:
        assert designated(session)
        begins = date(2024, 1, 1)
        assert session.get(AgreementRow, (SHOP, "chronic", begins))
        pause = {"outlet_code": SHOP, "kind": "chronic", "begins": begins}
        session.add(SuspensionRow(**pause, first_day=DAY, last_day=None))
        session.commit()
        assert not designated(session)


@pytest.mark.parametrize("table", LISTS)
def test_every_change_of_the_network_draws_a_new_stamp(street, table):
    column = {"outlet": "name", "medicine": "name", "price": "price_fen"}
    changed = column.get(table, "outlet_code")
    if table == "medicine_condition":
        changed = "condition"
    drawn = []
    with street.connect() as connection:
        if table == "suspension":
            connection.execute(
                text(
                    "INSERT INTO suspension (outlet_code, kind, begins, first_day)"
                    " SELECT outlet_code, kind, begins, begins FROM agreement"
                )
            )
        for act in (
            f"UPDATE {table} SET {changed} = {changed}",
            f"DELETE FROM {table} WHERE {changed} IS NOT NULL",
        ):
            if act.startswith("DELETE") and table in {
                "outlet",
                "medicine",
                "agreement",
            }:
                continue  # others refer to them
            connection.execute(text(act))
            drawn.append(connection.scalar(text("SELECT stamp FROM network_stamp")))
    assert None not in drawn
    assert len(set(drawn)) == len(drawn)


def test_a_stamp_that_was_rolled_back_never_comes_again(street):
    with db.open_session(street) as session:
        before = stamp(session)
        session.execute(text("UPDATE price SET price_fen = 1"))
        lost = stamp(session)
        assert price(session) == 1
        session.rollback()
        assert stamp(session) == before != lost
        assert price(session) == 420
        session.execute(text("UPDATE price SET price_fen = 2"))
        assert stamp(session) not in {before, lost}
        assert price(session) == 2


def test_without_a_stamp_nothing_is_kept(street):
    with db.open_session(street) as session:
        session.execute(text("DELETE FROM network_stamp"))
        asked = known(session, None)
        assert asked.price_fen(session, SHOP, AMLODIPINE) == 420
        session.execute(text("UPDATE price SET price_fen = 3"))
        session.execute(text("DELETE FROM network_stamp"))
        assert known(session, None).price_fen(session, SHOP, AMLODIPINE) == 3
