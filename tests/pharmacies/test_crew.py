"""A firm's crew: who works how from which day on, who changed it, and two at once."""

from dataclasses import replace
from datetime import time, timedelta
from functools import partial

import pytest
from sqlalchemy.exc import DatabaseError
from sqlmodel import select

from dispensing.service import changes_after
from fixtures import cast
from pharmacies import crew_service as crew
from pharmacies import service as network
from pharmacies.crew import CrewChange, CrewRefused, terms_of
from pharmacies.tables import CrewActRow
from tests import world
from tests.world import DAY, NOON
from web import db

CODE = "C33030000101"
TOMORROW = DAY + timedelta(days=1)
WHO = {"carrier_code": cast.CARRIER, "by": "dispatcher", "today": DAY, "now": NOON}


@pytest.fixture
def town(sqlite_engine):
    with db.open_session(sqlite_engine) as session:
        world.populate(session, world.open_desk())
    return partial(db.open_session, sqlite_engine)


def terms(opened, day=DAY):
    with opened(read_only=True) as session:
        return terms_of(network.courier(session, CODE, day))


def change(opened, terms, *, from_day=DAY, seen=0, by="dispatcher", reason="调班"):
    with opened() as session:
        asked = CrewChange(CODE, from_day, terms, reason, seen)
        crew.change(session, asked, **{**WHO, "by": by})


def member(opened, day=DAY):
    with opened(read_only=True) as session:
        found = crew.members(session, cast.CARRIER, day)
    return next(it for it in found if it.code == CODE)


def refused(act) -> str:
    with pytest.raises(CrewRefused) as raised:
        act()
    assert raised.value.words.zh and raised.value.words.next_en
    return raised.value.code


def test_a_change_holds_from_its_day_on_and_not_before(town):
    before = terms(town)
    late = replace(before, shift_ends=time(22), vehicle="电动车 浙C12345")
    change(town, late, from_day=TOMORROW)
    assert (terms(town), terms(town, TOMORROW)) == (before, late)
    (coming,) = member(town).coming
    assert (coming.from_day, coming.by, coming.reason) == (
        TOMORROW,
        "dispatcher",
        "调班",
    )
    with town(read_only=True) as session:
        (working,) = (
            it
            for it in network.couriers(session, cast.CARRIER, TOMORROW)
            if it.code == CODE
        )
    assert working.vehicle == "电动车 浙C12345"


def test_a_change_for_an_earlier_day_replaces_what_was_to_come(town):
    before = terms(town)
    change(town, replace(before, rest_weekday=3), from_day=TOMORROW)
    seen = member(town).seen
    now = replace(before, cold_capacity_parcels=0)
    change(town, now, from_day=DAY, seen=seen)
    assert terms(town) == terms(town, TOMORROW) == now
    assert member(town).coming == ()


def test_who_is_hired_works_from_the_day_on_and_who_has_left_does_not(town):
    new = replace(terms(town), name="周强", phone="12000000021")
    with town() as session:
        code = crew.hire(session, new, from_day=TOMORROW, reason="旺季", **WHO)
    change(town, None, from_day=TOMORROW, reason="离职")
    with town(read_only=True) as session:
        here, then = (
            {it.code for it in network.crew(session, cast.CARRIER, day)}
            for day in (DAY, TOMORROW)
        )
    assert code == "C33030000103"
    assert (CODE in here, code in here) == (True, False)
    assert (CODE in then, code in then) == (False, True)
    assert member(town, TOMORROW).gone


def test_of_two_dispatchers_the_second_is_told_who_was_first(town):
    before = terms(town)
    change(town, replace(before, rest_weekday=2))
    second = partial(change, town, replace(before, rest_weekday=5), by="second")
    assert refused(second) == "crew-changed"
    change(town, replace(before, rest_weekday=5), seen=member(town).seen, by="second")
    assert terms(town).rest_weekday == 5


def test_each_act_is_on_record_told_to_the_firm_and_kept_for_good(town, sqlite_engine):
    change(town, replace(terms(town), rest_weekday=2))
    with town(read_only=True) as session:
        assert changes_after(session, 0).crews == {cast.CARRIER}
        (act,) = crew.history(session, cast.CARRIER, CODE)
    assert (act.kind, act.by, act.terms.rest_weekday) == ("changed", "dispatcher", 2)
    with town() as session, pytest.raises(DatabaseError, match="append-only"):
        session.delete(session.exec(select(CrewActRow)).one())
        session.commit()


def test_what_no_courier_can_be_is_refused(town):
    good = terms(town)
    for wrong, code in (
        (replace(good, areas=("330329",)), "crew-areas"),
        (replace(good, areas=()), "crew-areas"),
        (replace(good, shift_ends=good.shift_begins), "crew-shift"),
        (replace(good, cold_capacity_parcels=good.capacity_parcels + 1), "crew-box"),
    ):
        assert refused(partial(change, town, wrong)) == code
    yesterday = DAY - timedelta(days=1)
    assert refused(partial(change, town, good, from_day=yesterday)) == "crew-past"
    with town() as session:
        asked = CrewChange(CODE, DAY, good, "", 0)
        other = {**WHO, "carrier_code": "C330300009"}
        assert refused(partial(crew.change, session, asked, **other)) == "not-found"
