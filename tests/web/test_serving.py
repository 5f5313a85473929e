"""Who can serve a prescription: for patient, helper and holder; by API, page and command."""

from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import text
from sqlmodel import select

from dispensing import service
from dispensing.days import CHINA
from dispensing.errors import Conflict
from dispensing.service import Where
from dispensing.tables import ReadRow
from fixtures import cast
from pharmacies.tables import StockBatchRow
from tests import world
from tests.platform import commands, send, sent, settled
from web import db


def stock(engine, *held):
    """Put packs on shelves: (outlet, medicine, packs, last day)."""
    with db.open_session(engine) as session:
        for outlet, medicine, packs, expires_on in held:
            session.add(
                StockBatchRow(
                    pooling_area="3303",
                    outlet_code=outlet,
                    medicine_code=medicine,
                    batch="B1",
                    expires_on=expires_on,
                    on_hand=packs,
                    reserved=0,
                    recalled=False,
                )
            )
        session.commit()


FAR = date(2030, 1, 1)
SHELVES = (
    (cast.LUCHENG_PHARMACY, world.AMLODIPINE, 20, FAR),
    (cast.COMMUNITY_CENTRE, world.AMLODIPINE, 3, FAR),
    (world.SECOND_PHARMACY, world.AMLODIPINE, 2, FAR),
    (world.UNDESIGNATED, world.AMLODIPINE, 20, FAR),
)


@pytest.fixture
def shelves(platform):
    stock(platform.app.extensions["engine"], *SHELVES)
    return platform


def asked(platform, name, rx, query=""):
    return platform.program(name).ask("GET", f"/prescriptions/{rx}/outlets{query}")


def test_a_patient_sees_who_can_serve_at_which_price_and_why_others_cannot(shelves):
    found = asked(shelves, "alice", sent(shelves)).json
    offers = {each["outlet"]: each for each in found["offers"]}
    assert set(offers) == {cast.LUCHENG_PHARMACY, cast.COMMUNITY_CENTRE}
    far = [each["distance_m"] for each in found["offers"]]
    assert far == sorted(far)
    for each in offers.values():
        parts = ("fund_fen", "account_fen", "mutual_aid_fen", "cash_fen")
        assert sum(each[part] for part in parts) == each["total_fen"] == 3 * 420
        assert each["patient_fen"] == each["total_fen"] - each["fund_fen"]
        assert each["decision"] == "accepted" and each["problem"] is None
        assert each["way_m"] > each["distance_m"]
        ready = datetime.fromisoformat(each["ready_at"])
        by = datetime.fromisoformat(each["by"])
        assert by - ready == timedelta(hours=24)
    left = {each["outlet"]: each["reasons"] for each in found["left_out"]}
    short = left[world.SECOND_PHARMACY][0]
    assert "只有 2 盒，需要 3 盒" in short["zh"]
    assert any("定点" in why["zh"] for why in left[world.UNDESIGNATED])
    assert any("没有" in why["zh"] for why in left[cast.HOSPITAL])
    assert found["carrier"]


def test_the_price_is_that_of_the_counter(shelves):
    rx = sent(shelves)
    found = asked(shelves, "alice", rx).json
    (offer,) = [e for e in found["offers"] if e["outlet"] == cast.LUCHENG_PHARMACY]
    body = {"voucher": "card", "trace_codes": None}
    checked = shelves.program("counter").post(f"/prescriptions/{rx}/checks", body)
    for part in ("total_fen", "fund_fen", "account_fen", "cash_fen"):
        assert offer[part] == checked["split"][part]
    assert offer["labels"] == checked["labels"]


def test_the_cheapest_come_first_when_asked(shelves):
    found = asked(shelves, "alice", sent(shelves), "?sort=price&how=collect").json
    pays = [each["patient_fen"] for each in found["offers"]]
    assert pays == sorted(pays)
    assert found["carrier"] is None
    assert all(each["by"] is None for each in found["offers"])


def test_it_is_asked_from_another_place_and_for_fewer(shelves):
    query = "?lon=120.655&lat=28.016&limit=1"
    found = asked(shelves, "alice", sent(shelves), query).json
    assert [e["outlet"] for e in found["offers"]] == [cast.COMMUNITY_CENTRE]
    assert found["offers"][0]["distance_m"] == 0


def test_nobody_brings_it_to_an_area_without_a_carrier(shelves):
    found = asked(shelves, "alice", sent(shelves), "?area=330329").json
    assert found["carrier"] is None and found["offers"]
    assert "配送企业" in found["notes"][0]["zh"]
    assert all(each["by"] is None for each in found["offers"])


def test_the_holder_and_a_relative_with_leave_may_ask(shelves):
    rx = sent(shelves)
    assert asked(shelves, "counter", rx).status_code == 404
    assert asked(shelves, "bob", rx).status_code == 404
    body = {"voucher": "card", "trace_codes": None}
    shelves.program("counter").post(f"/prescriptions/{rx}/checks", body)
    assert asked(shelves, "counter", rx).status_code == 200
    assert asked(shelves, "second-counter", rx).status_code == 404
    with db.open_session(shelves.app.extensions["engine"]) as session:
        service.allow_agent(
            session,
            shelves.app.extensions["desk"].vault,
            person_no=cast.alice.person_no,
            agent_no=cast.bob.person_no,
            id_number=cast.bob.id_number,
            now=world.NOON,
        )
    assert asked(shelves, "bob", rx).status_code == 200
    page = shelves.person("bob").get(f"/patient/prescriptions/{rx}/outlets")
    assert page.status_code == 200 and 'class="map"' not in page.text


def test_no_other_role_may_ask(shelves):
    rx = sent(shelves)
    for name in ("hospital", "dispatcher", "bureau", "courier"):
        assert asked(shelves, name, rx).status_code == 403, name


def test_each_read_stands_in_the_access_log_and_a_refused_one_does_not(shelves):
    rx = sent(shelves)
    asked(shelves, "bob", rx)
    asked(shelves, "alice", rx)
    with db.open_session(shelves.app.extensions["engine"], read_only=True) as session:
        reads = session.exec(
            select(ReadRow).where(ReadRow.purpose == "查询哪里可以取药")
        ).all()
    assert [(each.user, each.role) for each in reads] == [("alice", "patient")]


def test_what_cannot_be_asked_is_refused(shelves):
    rx = sent(shelves)
    for query in (
        "?how=fly",
        "?sort=colour",
        "?limit=0",
        "?lon=120",
        "?lon=999&lat=1",
        "?area=33",
    ):
        answer = asked(shelves, "alice", rx, query)
        assert answer.status_code == 422, query
        assert answer.content_type.startswith("application/problem+json")


def test_what_is_settled_is_to_be_had_nowhere_else(shelves):
    answer = asked(shelves, "alice", settled(shelves))
    assert answer.status_code == 409
    assert answer.json["type"].endswith("nothing-left")


def test_the_page_lists_them_with_a_map_and_leads_on(shelves):
    rx, alice = sent(shelves), shelves.person("alice")
    assert f"/patient/prescriptions/{rx}/outlets" in (
        alice.get(f"/patient/prescriptions/{rx}").text
    )
    page = alice.get(f"/patient/prescriptions/{rx}/outlets").text
    for words in (
        "鹿城大药房",
        "您付",
        "示例数据",
        "<svg",
        "附近这些为什么不在上面",
        "最迟送到",
    ):
        assert words in page
    collect = alice.get(f"/patient/prescriptions/{rx}/outlets?how=collect&sort=price")
    assert "最迟送到</dt>" not in collect.text
    odd = alice.get(f"/patient/prescriptions/{rx}/outlets?how=fly")
    assert odd.status_code == 200


def test_the_page_is_the_patients_alone(shelves):
    rx = sent(shelves)
    path = f"/patient/prescriptions/{rx}/outlets"
    assert shelves.person("bob").get(path).status_code == 404
    assert shelves.person("counter").get(path).status_code in {302, 403, 404}
    assert send(shelves.person("alice"), path).status_code == 405


def test_the_command_tells_the_same(shelves, monkeypatch):
    rx = sent(shelves)
    run = commands(shelves, monkeypatch)
    told = run("outlets", "near", str(rx), "--hours", "12")
    assert told.exit_code == 0, told.output
    assert cast.LUCHENG_PHARMACY in told.output and "只有 2 盒" in told.output
    bad = run("outlets", "near", "four")
    assert bad.exit_code != 0


# --- Without the web ---------------------------------------------------------------


def near(session, desk, rx, **where):
    return service.outlets_near(
        session,
        desk,
        rx,
        reader=world.READER,
        now=world.NOON,
        where=Where(**where),
    )


@pytest.fixture
def street(sqlite_engine):
    stock(sqlite_engine, *SHELVES)
    with db.open_session(sqlite_engine) as session:
        desk = world.open_desk()
        world.populate(session, desk)
        yield session, desk


def received(session, desk, raw):
    return service.receive(session, desk, raw, now=world.NOON).id


def test_a_figure_that_the_rules_leave_open_is_named_and_nothing_is_guessed(street):
    session, desk = street
    rx = received(session, desk, world.message())
    bare = type(desk)(None, desk.gateway, desk.vault, desk.code_key)
    view = near(session, bare, rx)
    by = {each.outlet: each for each in view.offers}
    shop = by[cast.LUCHENG_PHARMACY]
    assert shop.patient_fen is None and shop.fund_fen is None
    assert shop.total_fen == 3 * 420
    assert "温州市全民基本医疗保险办法" in shop.problem.zh
    assert by[cast.COMMUNITY_CENTRE].patient_fen is not None
    sorted_by_price = near(session, bare, rx, sort="price").offers
    assert sorted_by_price[-1].outlet == cast.LUCHENG_PHARMACY


def test_what_must_stay_cold_wants_an_outlet_and_a_carrier_with_a_cold_chain(street):
    session, desk = street
    line = {"medicine": world.INSULIN, "quantity": 1, "supply_days": 28, "dosage": ""}
    raw = world.message(2, lines=[line], disease="diabetes", diagnosis="E11.x00")
    rx = received(session, desk, raw)
    session.exec(text("UPDATE outlet SET cold_chain = false WHERE code = :code").bindparams(
        code=cast.LUCHENG_PHARMACY))  # fmt: skip
    session.exec(text("UPDATE carrier SET cold_chain = false"))
    session.commit()
    stock(session.get_bind(), (cast.LUCHENG_PHARMACY, world.INSULIN, 5, FAR),
          (world.SECOND_PHARMACY, world.INSULIN, 5, FAR))  # fmt: skip
    view = near(session, desk, rx)
    assert [each.outlet for each in view.offers] == [world.SECOND_PHARMACY]
    (left,) = [e for e in view.left_out if e.outlet == cast.LUCHENG_PHARMACY]
    assert "冷链" in left.reasons[0].zh
    assert view.carrier is None and "冷链" in view.notes[0].zh


@pytest.fixture
def postgres_street(postgres_engine):
    stock(postgres_engine, *SHELVES)
    with db.open_session(postgres_engine) as session:
        desk = world.open_desk()
        world.populate(session, desk)
        yield session, desk


def test_postgres_tells_the_same_and_nothing_is_locked(postgres_street):
    session, desk = postgres_street
    rx = received(session, desk, world.message())
    with db.open_session(session.get_bind()) as other:
        other.exec(text("SELECT 1 FROM prescription FOR UPDATE"))
        view = near(session, desk, rx)
    assert {each.outlet for each in view.offers} == {
        cast.LUCHENG_PHARMACY,
        cast.COMMUNITY_CENTRE,
    }
    assert all(each.patient_fen is not None for each in view.offers)


def test_a_closed_outlet_tells_when_it_opens(street):
    session, desk = street
    rx = received(session, desk, world.message())
    late = datetime(2025, 9, 15, 22, 30, tzinfo=CHINA)
    view = service.outlets_near(session, desk, rx, reader=world.READER, now=late)
    assert view.offers
    for each in view.offers:
        assert not each.open_now
        assert each.ready_at == datetime(2025, 9, 16, 8, tzinfo=CHINA)
        assert each.by == datetime(2025, 9, 17, 8, tzinfo=CHINA)


def test_nobody_who_can_serve_is_said_in_words(street):
    session, desk = street
    session.exec(text("DELETE FROM stock_batch"))
    rx = received(session, desk, world.message())
    view = near(session, desk, rx)
    assert view.offers == () and view.left_out
    assert "没有一家" in view.notes[-1].zh


def test_a_revoked_prescription_is_to_be_had_nowhere(street):
    session, desk = street
    raw = world.message()
    rx = received(session, desk, raw)
    session.exec(text("UPDATE prescription SET state = 'revoked'"))
    session.commit()
    with pytest.raises(Conflict, match="revoked"):
        near(session, desk, rx)
