"""Who can serve: from the nearest on, each exclusion with its reason, as a full scan says."""

from dataclasses import replace
from datetime import date, datetime, time, timedelta
from random import Random
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dispensing.days import CHINA
from pharmacies import service, serving_service
from pharmacies.designation import Agreement, designated_on
from pharmacies.errors import NoPrice
from pharmacies.known import Network
from pharmacies.nearby import named_admitted, nearest_admitted
from pharmacies.places import Point, distance_m
from pharmacies.serving import (
    Held,
    Reason,
    Search,
    Standing,
    Want,
    opens_from,
    reasons,
)
from pharmacies.tables import StockBatchRow
from tests.pharmacies.network import AMLODIPINE, MONDAY, PHARMACY
from web import db

HOME = Point(120.65, 28.01)
INSULIN = replace(
    AMLODIPINE,
    code="XA10ADA098A001010100863",
    atc="A10AD01",
    storage="cold",
    group="special_storage",
)
LASTS = MONDAY + timedelta(days=28)
WANT = Want(AMLODIPINE.code, 2, LASTS)
SEARCH = Search("3303", HOME, MONDAY, (WANT,))
ENOUGH = Held(AMLODIPINE.code, 5, date(2027, 1, 1))
FIT = Standing("pharmacy", True, {"general", "chronic"}, [ENOUGH])


def test_who_has_everything_is_left_out_for_no_reason():
    assert reasons(SEARCH, FIT) == ()


def test_several_batches_are_counted_together():
    held = [replace(ENOUGH, free=1), replace(ENOUGH, free=1, expires_on=None)]
    assert reasons(SEARCH, replace(FIT, held=held)) == ()


def test_a_clinic_needs_no_chronic_agreement():
    clinic = replace(FIT, kind="village_clinic", agreements={"general"})
    assert reasons(SEARCH, clinic) == ()


@pytest.mark.parametrize(
    ("changes", "search", "why"),
    [
        ({"agreements": ()}, {}, ["not_designated", "not_admitted_chronic"]),
        ({"agreements": {"general"}}, {}, ["not_admitted_chronic"]),
        ({"kind": "hospital"}, {"kinds": frozenset({"pharmacy"})}, ["kind_not_admitted"]),
        ({"cold_chain": False}, {"cold": True}, ["no_cold_chain"]),
        ({"held": []}, {}, ["not_in_stock"]),
        ({"held": [replace(ENOUGH, free=1)]}, {}, ["too_few"]),
        ({"held": [replace(ENOUGH, expires_on=MONDAY)]}, {}, ["expires"]),
        ({"held": [replace(ENOUGH, recalled=True)]}, {}, ["recalled"]),
        ({"unpriced": {AMLODIPINE.code}}, {}, ["no_price"]),
    ],
)  # fmt: skip
def test_each_reason_leaves_an_outlet_out(changes, search, why):
    found = reasons(replace(SEARCH, **search), replace(FIT, **changes))
    assert [each.why for each in found] == why


def test_a_reason_tells_what_was_wanted_and_what_is_there():
    soon = date(2025, 10, 1)
    held = [replace(ENOUGH, free=1), replace(ENOUGH, free=3, expires_on=soon)]
    (found,) = reasons(SEARCH, replace(FIT, held=held))
    assert found == Reason("expires", AMLODIPINE.code, 2, 1, date(2027, 1, 1))


def test_a_pack_may_end_on_the_last_day_of_the_treatment():
    held = [replace(ENOUGH, expires_on=LASTS)]
    assert reasons(SEARCH, replace(FIT, held=held)) == ()
    held = [replace(ENOUGH, expires_on=LASTS - timedelta(days=1))]
    assert [each.why for each in reasons(SEARCH, replace(FIT, held=held))] == [
        "expires"
    ]


@pytest.mark.parametrize(
    ("now", "opens"), [((7, 0), (15, 8)), ((12, 30), (15, 12)), ((21, 0), (16, 8))]
)
def test_an_outlet_is_open_now_or_from_its_next_hour(now, opens):
    at = datetime(2025, 9, 15, *now, tzinfo=CHINA)
    found = opens_from(replace(PHARMACY, opens=time(8), closes=time(21)), at)
    assert (found.day, found.hour) == opens


@pytest.mark.parametrize("bad", [{"wants": ()}, {"found_max": 0}, {"reach_m": 0}])
def test_a_search_says_what_how_many_and_how_far(bad):
    with pytest.raises(ValueError, match="expected"):
        replace(SEARCH, **bad)


def test_nothing_is_wanted_of_no_packs():
    with pytest.raises(ValueError, match="one pack"):
        Want(AMLODIPINE.code, 0, LASTS)


# --- Found on a grid of cells, as by looking at every outlet -----------------------


def drawn(chance, count):
    """Draw a network: most near each other, some far, some of another pooling area."""
    shops, agreements, batches = [], [], []
    for no in range(count):
        area = chance.choice(["330302"] * 6 + ["331002"])
        spread = chance.choice([0.005, 0.02, 0.3])
        shop = replace(
            PHARMACY,
            code=f"P{area}{no:05}",
            area=area,
            point=Point(HOME.lon + chance.gauss(0, spread), HOME.lat + chance.gauss(0, spread)),
            cold_chain=chance.random() < 0.7,
            price_list=chance.choice(["oujiang", "oujiang", "bare"]),
        )  # fmt: skip
        shops.append(shop)
        agreements += agreed(chance, shop.code)
        batches += stocked(chance, shop)
    return shops, agreements, batches


def agreed(chance, code):
    for kind in ("general", "chronic"):
        draw = chance.random()
        if draw < 0.1:
            continue
        ends = MONDAY - timedelta(days=1) if draw < 0.2 else None
        paused = ((MONDAY, None),) if draw > 0.9 else ()
        begins = date(2024, 1, 1)
        yield Agreement(code, kind, begins, ends, begins, None, paused)


def stocked(chance, shop):
    for code, share in ((AMLODIPINE.code, 0.5), (INSULIN.code, 0.2)):
        for batch in range(chance.choice([1, 2]) if chance.random() < share else 0):
            yield StockBatchRow(
                pooling_area=shop.area[:4],
                outlet_code=shop.code,
                medicine_code=code,
                batch=f"B{batch}",
                expires_on=chance.choice([None, MONDAY, LASTS, date(2027, 1, 1)]),
                on_hand=(on_hand := chance.choice([0, 1, 2, 8])),
                reserved=chance.randint(0, on_hand),
                recalled=chance.random() < 0.1,
            )


class Priced(Network):
    """A network of which nothing is kept; its prices are made up."""

    def listed_fen(self, _session, price_list, _medicine_code, _day=None):
        if price_list == "bare":
            raise NoPrice(price_list)
        return 420


PRICED = Priced(None)


def scanned(search, shops, agreements, batches):
    """Look at every outlet there is: what the search must answer, written another way."""
    found, missed = [], []
    inside = [each for each in shops if each.area[:4] == search.pooling_area]
    for shop in sorted(
        inside, key=lambda each: (distance_m(search.point, each.point), each.code)
    ):
        mine = [each for each in agreements if each.outlet_code == shop.code]
        fit = all(designated_on(mine, search.day, k) for k in ("general", "chronic"))
        fit = fit and (shop.cold_chain or not search.cold) and shop.price_list != "bare"
        for want in search.wants:
            free = sum(
                each.on_hand - each.reserved
                for each in batches
                if (each.outlet_code, each.medicine_code)
                == (shop.code, want.medicine_code)
                and not each.recalled
                and (each.expires_on is None or each.expires_on >= want.last_day)
            )
            fit = fit and free >= want.quantity
        (found if fit else missed).append(shop.code)
    return found[: search.found_max], missed


@pytest.fixture
def network(session):
    shops, agreements, batches = drawn(Random(7), 300)
    fill(session, shops, agreements, batches)
    return shops, agreements, batches


def fill(session, shops, agreements, batches):
    service.add_outlets(session, shops)
    service.add_agreements(session, agreements)
    service.add_medicines(session, [AMLODIPINE, INSULIN])
    session.add_all(replace_all(batches))
    session.commit()


def replace_all(batches):
    return [StockBatchRow(**each.model_dump()) for each in batches]


SEARCHES = (
    SEARCH,
    replace(SEARCH, found_max=3),
    replace(SEARCH, point=Point(120.9, 28.2), found_max=7),
    replace(SEARCH, wants=(WANT, Want(INSULIN.code, 1, LASTS)), cold=True),
    replace(SEARCH, wants=(Want(INSULIN.code, 1, LASTS),), cold=True, found_max=300),
    replace(SEARCH, pooling_area="3310"),
    replace(SEARCH, pooling_area="1101"),
    replace(SEARCH, wants=(Want(AMLODIPINE.code, 8, LASTS),)),
)


@pytest.mark.parametrize("walked_max", [512, 40])
def test_the_nearest_are_those_that_a_full_scan_finds(
    session, network, walked_max, monkeypatch
):
    monkeypatch.setattr(serving_service, "WALKED_MAX", walked_max)
    monkeypatch.setattr(serving_service, "LOOKED_MORE", 16)
    for search in SEARCHES:
        answer = serving_service.near(session, search, PRICED)
        found, missed = scanned(search, *network)
        assert [each.outlet.code for each in answer.serving] == found
        told = [each.outlet.code for each in answer.missed]
        assert told == missed[: len(told)]
        assert all(each.reasons for each in answer.missed)
        far = [each.distance_m for each in answer.serving]
        assert far == sorted(far)


def test_what_is_near_is_found_without_looking_at_the_rest(session, network):
    search = replace(SEARCH, found_max=2)
    answer = serving_service.near(session, search, PRICED)
    assert len(answer.serving) == 2
    assert answer.looked_at < 150


def test_an_outlet_that_leans_on_batches_without_a_day_says_so(session, network):
    _, _, batches = network
    answer = serving_service.near(session, replace(SEARCH, found_max=99), PRICED)
    for each in answer.serving:
        known = sum(
            one.on_hand - one.reserved
            for one in batches
            if (one.outlet_code, one.medicine_code)
            == (each.outlet.code, AMLODIPINE.code)
            and not one.recalled
            and one.expires_on is not None
            and one.expires_on >= LASTS
        )
        assert each.until_unknown == (known < WANT.quantity)
    assert {each.until_unknown for each in answer.serving} == {True, False}


@given(
    seed=st.integers(0, 10**6),
    count=st.integers(0, 60),
    found_max=st.integers(1, 30),
    east=st.floats(-0.4, 0.4),
    north=st.floats(-0.4, 0.4),
    quantity=st.integers(1, 9),
    walked_max=st.sampled_from([10, 512]),
)
@settings(max_examples=12, deadline=None)
def test_any_network_is_answered_as_a_full_scan_says(
    seed, count, found_max, east, north, quantity, walked_max
):
    kept = drawn(Random(seed), count)
    search = replace(
        SEARCH,
        point=Point(HOME.lon + east, HOME.lat + north),
        wants=(replace(WANT, quantity=quantity), Want(INSULIN.code, 1, LASTS))[: 1 + seed % 2],
        found_max=found_max,
    )  # fmt: skip
    with TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr(serving_service, "WALKED_MAX", walked_max)
        engine = db.open_engine(f"sqlite:///{folder}/network.db")
        db.create_all(engine)
        with db.open_session(engine) as session:
            fill(session, *kept)
            answer = serving_service.near(session, search, PRICED)
        engine.dispose()
    found, missed = scanned(search, *kept)
    assert [each.outlet.code for each in answer.serving] == found
    told = [each.outlet.code for each in answer.missed]
    assert told == missed[: len(told)]


@pytest.mark.parametrize("count", [1, 12, 400])
def test_the_nearest_admitted_pharmacies_are_those_of_a_full_scan(
    session, network, count
):
    shops, agreements, _ = network
    there = [
        each
        for each in shops
        if each.area[:4] == "3303"
        and designated_on(
            [one for one in agreements if one.outlet_code == each.code],
            MONDAY,
            "chronic",
        )
    ]
    there.sort(key=lambda each: (distance_m(HOME, each.point), each.code))
    found = nearest_admitted(session, HOME, "3303", MONDAY, count=count)
    assert [each.code for each in found] == [each.code for each in there[:count]]


def test_an_admitted_pharmacy_is_found_by_its_name_or_address_alone(session, network):
    near = nearest_admitted(session, HOME, "3303", MONDAY, count=400)
    for words in (near[-1].name, near[-1].address, near[-1].name[1:3]):
        found = named_admitted(
            session, HOME, "3303", day=MONDAY, words=words, count=400
        )
        assert list(found) == [
            each for each in near if words in each.name or words in each.address
        ]
        assert near[-1] in found
    for words in ("%", "_", "没有这家药店"):
        assert not named_admitted(
            session, HOME, "3303", day=MONDAY, words=words, count=400
        )
