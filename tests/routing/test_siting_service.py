"""The short units of the sample get their candidates, and the figures stand in the tables."""

from dataclasses import replace
from functools import partial

import pytest
from sqlalchemy import text

from dispensing.errors import Malformed
from dispensing.service.needing import Need
from fixtures import loading
from fixtures.sample import reader
from pharmacies.movements import Act
from pharmacies.places import AREAS, Point
from pharmacies.service import move_stock
from routing.service import siting
from routing.service.weighing import weight_of, weights_of
from routing.siting import Limit
from routing.travel import GeodesicTravel
from tests import world
from web import db

DAY = reader.about().day
TRAVEL = GeodesicTravel()
NEAR = siting.Asked("3303", DAY, Limit(1000), seconds_max=20)


@pytest.fixture(scope="module")
def sample(tmp_path_factory):
    engine = db.open_engine(f"sqlite:///{tmp_path_factory.mktemp('siting')}/y.db")
    db.create_all(engine)
    with db.open_session(engine) as session:
        loading.load(session, world.open_desk())
    yield engine
    engine.dispose()


@pytest.fixture
def session(sample):
    with db.open_session(sample) as opened:
        yield opened
        opened.rollback()


@pytest.fixture(scope="module")
def quota():
    rules = world.open_desk().rules_of("wenzhou", DAY)
    return siting.quota_of(rules)


close_gaps = partial(siting.close_gaps, vault=world.VAULT)


def counted(session):
    """Count by raw SQL what each unit has."""
    asked = text(
        "SELECT quota_unit, count(*) FROM agreement a WHERE kind = 'chronic'"
        " AND begins <= :day AND (ends IS NULL OR ends >= :day)"
        " AND card_settlement_from <= :day AND NOT EXISTS (SELECT 1 FROM suspension s"
        " WHERE s.outlet_code = a.outlet_code AND s.kind = a.kind AND"
        " s.begins = a.begins AND s.first_day <= :day"
        " AND (s.last_day IS NULL OR s.last_day >= :day)) GROUP BY quota_unit"
    )
    return dict(session.connection().execute(asked, {"day": DAY.isoformat()}).all())


def test_every_short_unit_of_the_sample_gets_its_candidates(session, quota):
    """W11, W12: 13 rows, 378 in all; the lack is counted again by raw SQL."""
    found = close_gaps(session, quota, NEAR, TRAVEL)
    has = counted(session)
    lacks = {u: t - has.get(u, 0) for u, t in quota.targets.items()}
    gaps = {unit: lack for unit, lack in lacks.items() if lack > 0}
    assert sum(quota.targets.values()) == 378 and len(found.outcomes) == 13
    assert {it.unit: it.gap for it in found.outcomes if it.gap} == gaps
    assert {it.unit: it.chosen for it in found.outcomes if it.chosen} == gaps
    assert found.proof == "optimal" and not any(it.lacks for it in found.outcomes)
    standing = text("SELECT outlet_code FROM agreement WHERE kind = 'chronic'")
    known = set(session.connection().execute(standing).scalars())
    assert not known & {it.code for it in found.sites}
    assert all(AREAS[it.area] == it.unit for it in found.sites)


def test_the_patients_add_up_before_and_after(session, quota):
    found = close_gaps(session, quota, NEAR, TRAVEL)
    spots = found.spots
    assert sum(it.before for it in spots) == found.served_before
    assert sum(it.newly for it in spots) == found.served_newly
    assert sum(it.adds for it in found.sites) == found.served_newly > 0
    whole = sum(it.before + it.newly + it.without for it in spots)
    asked = text(
        "SELECT count(DISTINCT p.person_no) FROM person p JOIN registration r"
        " ON r.person_no = p.person_no WHERE p.active AND p.area LIKE '3303%'"
        " AND r.since <= :day"
    )
    known = session.connection().execute(asked, {"day": DAY.isoformat()}).scalar()
    assert whole == found.patients == known


def test_farther_is_near_for_more(session, quota):
    served = []
    for limit in (Limit(1000), Limit(5000), Limit(travel_s=3600)):
        found = close_gaps(session, quota, replace(NEAR, limit=limit), TRAVEL)
        served.append(found.served_before)
    assert served == sorted(served) and served[0] < served[1]


def test_one_unit_can_be_asked_for(session, quota):
    found = close_gaps(session, quota, replace(NEAR, units=("泰顺县",)), TRAVEL)
    assert [it.unit for it in found.sites] == ["泰顺县"]
    assert [it.unit for it in found.outcomes] == ["泰顺县"]


def test_a_budget_brings_more(session, quota):
    found = close_gaps(session, quota, replace(NEAR, extra=3), TRAVEL)
    usual = close_gaps(session, quota, NEAR, TRAVEL)
    assert len(found.sites) == len(usual.sites) + 3
    assert found.served_newly > usual.served_newly


def test_too_few_candidates_are_told_by_unit(session, quota):
    more = siting.Quota({**quota.targets, "泰顺县": 50}, quota.other_names)
    found = close_gaps(session, more, NEAR, TRAVEL)
    (short,) = [it for it in found.outcomes if it.lacks]
    assert short.unit == "泰顺县" and short.lacks == short.gap - short.chosen > 0


def test_a_ceiling_has_no_gap_and_no_room_beyond(session, quota):
    """R1: by switch a unit's target is a ceiling."""
    one = replace(quota, ceilings=frozenset({"鹿城区", "泰顺县"}))
    found = close_gaps(session, one, replace(NEAR, extra=40), TRAVEL)
    units = [it.unit for it in found.sites]
    assert units.count("鹿城区") == 0 and units.count("泰顺县") <= 1


def test_only_who_has_the_drugs_serves(session, quota):
    """A candidate without books here is counted, and serves once it has everything."""
    strict = replace(NEAR, drugs="in_stock")
    found = close_gaps(session, quota, strict, TRAVEL)
    kept = text("SELECT DISTINCT outlet_code FROM stock_batch")
    keep = set(session.connection().execute(kept).scalars())
    never = text(
        "SELECT code FROM outlet WHERE kind = 'pharmacy' AND code NOT IN"
        " (SELECT outlet_code FROM agreement WHERE kind = 'chronic')"
    )
    could = set(session.connection().execute(never).scalars())
    assert (found.candidates, found.without_stock) == (len(could), len(could - keep))
    extra = replace(strict, extra=1)
    without = replace(NEAR, drugs="any", extra=len(could))
    everybody = close_gaps(session, quota, without, TRAVEL)
    first = next(site for site in everybody.sites if site.code not in keep)
    act = Act(first.code, DAY, world.NOON, "tests")
    asked = text("SELECT code FROM medicine ORDER BY code")
    for code in session.connection().execute(asked).scalars().all():
        move_stock(session, act, kind="received", medicine_code=code, quantity=5)
    after = close_gaps(session, quota, extra, TRAVEL)
    assert after.served_newly >= found.served_newly + first.adds > 0
    assert first.code in {site.code for site in after.sites}
    assert after.without_stock == found.without_stock - 1


def test_a_person_counts_by_the_largest_weight_of_disease_and_district():
    both = frozenset({"tuberculosis", "diabetes"})
    need = Need(Point(120.0, 28.0), "330329", both, both, 1)
    assert weight_of(need, {}) == 1
    assert weight_of(need, weights_of(["肺结核=3", "泰顺县=2", "epilepsy=9"])) == 3


@pytest.mark.parametrize("said", ["tuberculosis", "月球=2", "330329=0", "330329=1001"])
def test_a_weight_that_cannot_be_is_refused(said):
    with pytest.raises(Malformed, match="weights: disease or district"):
        weights_of([said])


def test_without_regard_to_drugs_more_are_served(session, quota):
    usual = close_gaps(session, quota, NEAR, TRAVEL)
    found = close_gaps(session, quota, replace(NEAR, drugs="any"), TRAVEL)
    assert found.served_before >= usual.served_before


def test_a_unit_that_the_plan_does_not_have_is_refused(session, quota):
    with pytest.raises(siting.NoSuchUnit, match="unit: one of 市本级"):
        close_gaps(session, quota, replace(NEAR, units=("龙港市",)), TRAVEL)


def test_a_district_without_a_row_counts_where_the_plan_says(session, quota):
    """R2: 龙港 counts towards 苍南县."""
    more = siting.Quota({**quota.targets, "苍南县": 40}, quota.other_names)
    asked = replace(NEAR, units=("苍南县",))
    found = close_gaps(session, more, asked, TRAVEL)
    assert {it.area for it in found.sites} == {"330327", "330383"}


def test_no_person_is_named_and_places_are_rounded(session, quota):
    found = close_gaps(session, quota, NEAR, TRAVEL)
    assert found.spots
    for spot in found.spots:
        assert spot.point == Point(round(spot.point.lon, 3), round(spot.point.lat, 3))
