"""What chains and delivery firms owe is found by name and day, and papers run out (W15-W19)."""

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlmodel import select

from dispensing.conditions import CONDITIONS
from dispensing.days import CHINA
from pharmacies import register_files as files
from pharmacies import register_service as register
from pharmacies import service
from pharmacies.chains import DrugList
from pharmacies.gaps import GAP_KINDS, REQUIREMENTS, Gap, Register, report
from pharmacies.movements import Act
from pharmacies.qualifications import Qualification, expiring, holds, last_day
from pharmacies.register_service import Entered
from pharmacies.register_tables import QualificationRow
from pharmacies.service import NoCarrier
from tests.pharmacies.network import (
    AMLODIPINE,
    CHRONIC,
    CITY_FIRM,
    COLD_FIRM,
    GENERAL,
    MONDAY,
    PHARMACY,
)

CHAIN = "瓯江大药房"
AT = datetime(2025, 9, 1, 9, tzinfo=CHINA)
ENTERED = Entered("bureau-1", AT, "papers.csv")
FRAMEWORK = Qualification(
    CHAIN, "framework", "浙医保框架001", date(2025, 1, 1), date(2025, 12, 31)
)
COLD = Qualification(
    COLD_FIRM.code, "cold_chain", "冷001", date(2025, 1, 1), date(2025, 9, 30)
)
LIST = DrugList(CHAIN, date(2025, 2, 1), frozenset({AMLODIPINE.code}))


def enter_papers(session, papers):
    cells = (
        f"{each.holder},{each.kind},{each.number},{each.begins},{each.ends}"
        for each in papers
    )
    entered(session, "papers", files.PAPERS, cells)


def enter_lists(session, lists):
    cells = (
        f"{each.chain},{each.published_on},{code}"
        for each in lists
        for code in sorted(each.medicines)
    )
    entered(session, "lists", files.LISTS, cells)


def entered(session, kind, heads, cells):
    raw = "\n".join([",".join(heads), *cells]).encode()
    found = register.import_file(session, kind, raw, entered=ENTERED, dry_run=False)
    assert found.written, found.fates


@pytest.fixture
def network(session):
    service.add_outlets(session, [PHARMACY])
    service.add_agreements(session, [GENERAL, CHRONIC])
    service.add_medicines(session, [AMLODIPINE])
    service.add_carriers(session, [CITY_FIRM, COLD_FIRM])
    enter_papers(session, [FRAMEWORK, COLD])
    enter_lists(session, [LIST])
    return session


def gaps(session, day=MONDAY, within_days=30):
    return register.gap_report(
        session,
        diseases=tuple(CONDITIONS),
        pooling_area="3303",
        day=day,
        within_days=within_days,
    )


def test_a_chain_without_a_shop_in_a_county_is_named_with_the_county(network):
    """W16: at least one shop in each county; counted again by raw SQL."""
    asked = text("SELECT area, count(*) FROM outlet WHERE chain = :c GROUP BY area")
    has = dict(network.connection().execute(asked, {"c": CHAIN}).all())
    found = [gap for gap in gaps(network).gaps if gap.kind == "no_shop"]
    assert {gap.requirement for gap in found} == {"W16"}
    assert {gap.who for gap in found} == {CHAIN}
    assert len(found) == 12 - len(has) and "330302" not in {it.area for it in found}


def test_a_list_that_leaves_a_disease_out_is_named_with_the_disease(network):
    """W17: the published list covers each disease; worked out again by raw SQL."""
    asked = text(
        "SELECT DISTINCT condition FROM medicine_condition JOIN chain_list"
        " ON chain_list.medicine_code = medicine_condition.medicine_code"
    )
    covered = set(network.connection().execute(asked).scalars())
    found = [gap for gap in gaps(network).gaps if gap.kind == "disease_uncovered"]
    assert [gap.disease for gap in found] == [
        it for it in CONDITIONS if it not in covered
    ]
    assert {gap.requirement for gap in found} == {"W17"}


def test_what_a_chain_publishes_its_shops_must_have(network):
    """W17: published, and really there; counted again by raw SQL from the movements."""

    def lacks(day):
        found = gaps(network, day).gaps
        return [(it.kind, it.who, it.medicine) for it in found if "stock" in it.kind]

    assert lacks(MONDAY) == [("no_stock_kept", CHAIN, "")]
    more = replace(AMLODIPINE, code="XC08CAA098A001010100864", name="另一种")
    service.add_medicines(network, [more])
    both = DrugList(
        CHAIN, LIST.published_on + timedelta(1), frozenset({AMLODIPINE.code, more.code})
    )
    enter_lists(network, [both])
    act = Act(PHARMACY.code, MONDAY, AT, "tests")
    service.move_stock(
        network,
        act,
        kind="received",
        medicine_code=AMLODIPINE.code,
        quantity=2,
        batch="B1",
        expires_on=MONDAY + timedelta(10),
    )
    asked = text(
        "SELECT m.medicine_code FROM stock_movement m JOIN outlet o ON o.code ="
        " m.outlet_code WHERE o.chain = :c GROUP BY 1 HAVING sum(m.quantity) > 0"
    )
    has = set(network.connection().execute(asked, {"c": CHAIN}).scalars())
    wanted = [("not_in_stock", CHAIN, code) for code in sorted(both.medicines - has)]
    assert lacks(MONDAY) == wanted and len(wanted) == 1
    assert {it.medicine_name for it in gaps(network).gaps} == {"", "另一种"}
    assert lacks(MONDAY - timedelta(1)) == [("no_stock_kept", CHAIN, "")]
    assert len(lacks(MONDAY + timedelta(11))) == 2  # the only batch is over
    service.move_stock(
        network, act, kind="written_off", medicine_code=AMLODIPINE.code, quantity=2
    )
    assert len(lacks(MONDAY)) == 2


def test_the_list_of_a_day_is_the_one_published_last_before_it(network):
    before = [gap.kind for gap in gaps(network, LIST.published_on - timedelta(1)).gaps]
    assert "no_list" in before and "disease_uncovered" not in before
    after = [gap.kind for gap in gaps(network, LIST.published_on).gaps]
    assert "no_list" not in after


def test_a_framework_that_has_ended_is_told_with_its_first_day_without(network):
    """W15: delivery is by chains that have an agreement with the province."""
    found = gaps(network, FRAMEWORK.ends + timedelta(1)).gaps
    assert Gap("framework_ended", CHAIN, since=FRAMEWORK.ends) in found
    assert "no_shop" not in {gap.kind for gap in found}


def test_an_area_without_a_firm_is_named(network):
    """W19: at least one delivery firm in each area, on the day."""
    reached = CITY_FIRM.areas | COLD_FIRM.areas
    found = {gap.area for gap in gaps(network).gaps if gap.kind == "no_carrier"}
    assert not found & reached and len(found) == 12 - len(reached)
    later = {
        gap.area
        for gap in gaps(network, date(2027, 1, 1)).gaps
        if gap.kind == "no_carrier"
    }
    assert len(later) == 12


def test_a_firm_whose_cold_chain_paper_ran_out_gets_no_cold_parcels(network):
    """W18, W23: safe delivery by a firm that is qualified on the day."""
    last, after = COLD.ends, COLD.ends + timedelta(1)
    assert (
        service.carrier_for(network, "330302", last, cold=True).code == COLD_FIRM.code
    )
    with pytest.raises(NoCarrier):
        service.carrier_for(network, "330302", after, cold=True)
    assert service.carrier_for(network, "330324", after, cold=False) is not None
    found = gaps(network, after).gaps
    assert Gap("cold_chain_ended", COLD_FIRM.code, since=last) in found
    assert {it.area for it in found if it.kind == "no_cold_carrier"} == {
        *CITY_FIRM.areas,
        *COLD_FIRM.areas,
    }


def test_a_licence_that_was_entered_decides_over_what_was_said_before(network):
    paper = Qualification(
        CITY_FIRM.code, "licence", "新001", date(2025, 1, 1), date(2025, 9, 1)
    )
    enter_papers(network, [paper])
    (city, _) = service.carriers(network)
    assert (city.licensed(paper.ends), city.licensed(MONDAY)) == (True, False)
    chosen = service.carrier_for(network, "330302", MONDAY, cold=False)
    assert chosen.code == COLD_FIRM.code


def test_a_paper_that_ends_soon_is_warned_of_until_another_follows(network):
    assert gaps(network).expiring == (COLD,)
    assert gaps(network, within_days=14).expiring == ()
    follows = replace(
        COLD, number="冷002", begins=date(2025, 10, 1), ends=date(2026, 9, 30)
    )
    enter_papers(network, [follows])
    assert gaps(network).expiring == ()
    (_, cold) = service.carriers(network)
    assert cold.cold_on(date(2025, 10, 1))


def test_a_correction_stands_and_what_stood_before_is_kept(network):
    enter_papers(network, [replace(COLD, ends=MONDAY - timedelta(1))])
    with pytest.raises(NoCarrier):
        service.carrier_for(network, "330302", MONDAY, cold=True)
    entries = network.exec(select(QualificationRow)).all()
    kept = [(entry.ends, entry.by) for entry in entries if entry.number == COLD.number]
    assert kept == [(COLD.ends, "bureau-1"), (MONDAY - timedelta(1), "bureau-1")]


@pytest.mark.parametrize("table", ["qualification", "chain_list"])
@pytest.mark.parametrize("act", ["UPDATE {} SET source = ''", "DELETE FROM {}"])
def test_the_database_refuses_to_change_what_was_entered(network, table, act):
    with pytest.raises(DBAPIError, match="append-only"):
        network.connection().execute(text(act.format(table)))


def test_every_kind_of_gap_names_its_requirement():
    assert set(GAP_KINDS) == set(REQUIREMENTS)
    assert set(REQUIREMENTS.values()) == {"W15", "W16", "W17", "W18", "W19"}


def test_papers_in_a_row_cover_without_a_break():
    first = Qualification("C", "licence", "1", date(2025, 1, 1), date(2025, 6, 30))
    second = replace(
        first, number="2", begins=date(2025, 7, 1), ends=date(2025, 12, 31)
    )
    late = replace(first, number="3", begins=date(2026, 1, 2), ends=date(2026, 12, 31))
    day = date(2025, 3, 1)
    assert last_day([second, first], "licence", day) == second
    assert last_day([late, second, first], "licence", day) == second
    assert expiring([late, second, first], day, 365) == (second,)
    assert holds([first], "cold_chain", day) is None
    assert last_day([late], "licence", day) is None


def test_a_paper_without_an_end_in_sight_is_followed_by_none():
    forever = Qualification(CITY_FIRM.code, "licence", "1", MONDAY, date.max)
    later = replace(forever, number="2", begins=MONDAY + timedelta(days=1))
    assert last_day([forever, later], "licence", MONDAY) == forever
    assert expiring([forever, later], MONDAY, 3660) == ()


def test_what_cannot_be_is_refused():
    with pytest.raises(ValueError):
        replace(COLD, ends=date(2024, 1, 1))
    with pytest.raises(ValueError):
        replace(COLD, kind="frozen")
    with pytest.raises(ValueError):
        DrugList(CHAIN, MONDAY, frozenset())
    with pytest.raises(ValueError):
        report(Register((), (), {}, (), {}, (), ()), MONDAY, -1)
