"""The network as stored, on each kind of database."""

from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy.exc import IntegrityError

from pharmacies import service
from pharmacies.tables import PriceRow
from tests.calls import Told, hooked
from tests.pharmacies.network import (
    AMLODIPINE,
    CANDIDATE,
    CHRONIC,
    CITY_FIRM,
    COLD_FIRM,
    COURIER,
    GENERAL,
    HOSPITAL,
    MONDAY,
    PHARMACY,
)
from web import db

TARGETS = {"鹿城区": 2, "洞头区": 1}
PLAIN = replace(
    AMLODIPINE,
    code="XA02BCA001A001010100001",
    atc="A02BC01",
    conditions=frozenset(),
    printed="奥美拉唑",
    limit="限二线用药",
)


@pytest.fixture
def network(session):
    """Store the small network."""
    service.add_outlets(session, [PHARMACY, HOSPITAL, CANDIDATE])
    service.add_agreements(session, [GENERAL, CHRONIC])
    service.add_medicines(session, [AMLODIPINE, PLAIN])
    service.add_prices(session, [("oujiang", AMLODIPINE.code, 450)])
    service.add_carriers(session, [CITY_FIRM, COLD_FIRM])
    service.add_couriers(session, [COURIER])
    return session


def test_what_is_stored_comes_back_equal(network):
    assert service.outlet(network, PHARMACY.code) == PHARMACY
    assert service.agreements(network, PHARMACY.code) == (CHRONIC, GENERAL)
    assert service.medicine(network, AMLODIPINE.code) == AMLODIPINE
    assert service.medicines(network, [PLAIN.code, AMLODIPINE.code]) == (
        PLAIN,
        AMLODIPINE,
    )
    assert service.carriers(network) == (CITY_FIRM, COLD_FIRM)
    assert service.couriers(network, CITY_FIRM.code, MONDAY) == (COURIER,)


def test_outlets_are_listed_by_kind_and_area(network):
    assert service.outlets(network) == (HOSPITAL, PHARMACY, CANDIDATE)
    assert service.outlets(network, kind="hospital") == (HOSPITAL,)
    assert service.outlets(network, kind="pharmacy", area="330303") == ()


def test_the_drug_range_of_a_disease_is_part_of_the_catalogue(network):
    assert service.catalogue(network) == (PLAIN, AMLODIPINE)
    assert service.catalogue(network, "hypertension") == (AMLODIPINE,)


def test_a_price_is_the_price_of_the_outlets_own_list(network):
    assert service.price_fen(network, PHARMACY.code, AMLODIPINE.code) == 450
    with pytest.raises(service.NoPrice):
        service.price_fen(network, HOSPITAL.code, AMLODIPINE.code)


def test_designation_follows_agreement_and_suspension(network):
    assert service.is_designated(network, PHARMACY.code, MONDAY, "chronic")
    assert service.is_designated(network, PHARMACY.code, MONDAY)
    assert not service.is_designated(network, PHARMACY.code, date(2023, 12, 31))
    assert not service.is_designated(network, CANDIDATE.code, MONDAY)


def test_the_quota_counts_what_settles_by_card(network):
    lucheng, dongtou = service.quota_standings(network, TARGETS, MONDAY)
    assert (lucheng.designated, lucheng.gap) == (1, 1)
    assert (dongtou.designated, dongtou.gap) == (0, 1)
    assert service.quota_standing(network, PHARMACY.code, TARGETS, MONDAY) == lucheng


def test_an_outlet_that_counts_nowhere_has_no_standing(network):
    for code in (HOSPITAL.code, CANDIDATE.code):
        assert service.quota_standing(network, code, TARGETS, MONDAY) is None
    early = date(2024, 2, 1)  # designated, but not settling by card yet
    assert service.quota_standing(network, PHARMACY.code, TARGETS, early) is None


@pytest.mark.parametrize(
    "agreement",
    [
        CHRONIC,
        replace(CHRONIC, ends=date(2025, 9, 15)),
        replace(CHRONIC, ends=date(2025, 9, 14)),
        replace(CHRONIC, begins=date(2025, 9, 16)),
        replace(CHRONIC, card_settlement_from=None),
        replace(CHRONIC, card_settlement_from=date(2025, 9, 16)),
        replace(CHRONIC, suspended=((date(2025, 9, 15), date(2025, 9, 15)),)),
        replace(CHRONIC, suspended=((date(2025, 9, 1), None),)),
        replace(CHRONIC, suspended=((date(2025, 9, 1), date(2025, 9, 14)),)),
        replace(CHRONIC, suspended=((date(2025, 9, 16), None),)),
        replace(CHRONIC, kind="general"),
    ],
    ids=range(11),
)
def test_sql_and_value_agree_on_every_agreement(session, agreement):
    service.add_outlets(session, [PHARMACY])
    service.add_agreements(session, [agreement])
    code, kind = PHARMACY.code, agreement.kind
    in_force = service.is_designated(session, code, MONDAY, kind)
    counted = service.quota_standing(session, code, TARGETS, MONDAY) is not None
    assert in_force == agreement.in_force(MONDAY)
    assert counted == agreement.counts(MONDAY)
    assert service.agreements(session, code) == (agreement,)


def test_candidates_never_had_a_chronic_agreement(network):
    assert service.candidates(network) == (CANDIDATE,)


def test_the_firm_is_chosen_by_area_day_and_cold(network):
    assert service.carrier_for(network, "330302", MONDAY, cold=False) == CITY_FIRM
    assert service.carrier_for(network, "330302", MONDAY, cold=True) == COLD_FIRM
    with pytest.raises(service.NoCarrier, match="330382"):
        service.carrier_for(network, "330382", MONDAY, cold=False)


def test_the_firms_of_an_area_are_found_without_looking_at_the_others(network):
    asked = Told()
    engine = network.get_bind()
    with hooked(engine, asked), db.open_session(engine, read_only=True) as session:
        service.carrier_for(session, "330302", MONDAY, cold=False)
        words = next(each for each in asked.statements if "FROM carrier " in each)
        if engine.dialect.name == "postgresql":
            session.connection().exec_driver_sql("SET LOCAL enable_seqscan = off")
            question, given = f"EXPLAIN {words}", {"area_1": "330302"}
        else:
            question, given = f"EXPLAIN QUERY PLAN {words}", ("330302",)
        told = session.connection().exec_driver_sql(question, given)
        plan = [str(row) for row in told]
    assert plan and not [row for row in plan if "Seq Scan" in row or "'SCAN" in row]


def test_a_courier_at_rest_is_not_listed(network):
    assert service.couriers(network, CITY_FIRM.code, date(2025, 9, 14)) == ()


def test_an_unknown_code_is_named(session):
    with pytest.raises(service.NoSuchOutlet, match="P33030299999"):
        service.outlet(session, "P33030299999")
    with pytest.raises(service.NoSuchMedicine, match="XC08"):
        service.medicine(session, "XC08CAA098A001010100863")


def test_a_second_outlet_with_the_same_code_leaves_nothing(network):
    with pytest.raises(IntegrityError):
        service.add_outlets(network, [replace(HOSPITAL, code="H33030200009"), PHARMACY])
    network.rollback()
    assert len(service.outlets(network)) == 3


def test_the_table_refuses_a_price_of_nothing(network):
    network.add(PriceRow(price_list="x", medicine_code=PLAIN.code, price_fen=0))
    with pytest.raises(IntegrityError):
        network.commit()
