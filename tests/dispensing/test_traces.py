"""Each code is sold once: at two outlets at once, after a return, by the part, or without one."""

from dataclasses import replace
from datetime import date, timedelta
from functools import partial

import pytest
from sqlalchemy.exc import DatabaseError
from sqlmodel import select, update

from dispensing import service
from dispensing.errors import Conflict, DomainError
from dispensing.service import AlreadySold, NotAccepted, OldStock
from dispensing.tables import (
    SettlementRow,
    SuspicionRow,
    TraceEventRow,
    TraceSaleRow,
    UncodedSaleRow,
)
from fixtures import cast
from pharmacies import service as network
from tests import world
from tests.dispensing import attacks
from tests.dispensing.attacks import SHOP
from tests.world import NOON
from web import db

CODE = world.trace_codes()[1][0]
TABLETS = "XC08CAA001A001010199901"  # the same tablets, sold by the part
PARTS = 30
ROUNDS = 4


@pytest.fixture
def desk(engine, tmp_path):
    """Open the street with its desk."""
    return attacks.open_street(engine, tmp_path)


def one_pack(engine, desk, number: int, **changes):
    """Take in a prescription for one pack."""
    lines = [{**world.message()["lines"][0], "quantity": 1, **changes}]
    return attacks.received(engine, desk, number, lines=lines)


def sell(engine, desk, id_, codes=(CODE,), **changes):
    with db.open_session(engine) as session:
        return attacks.settle(
            session, desk, id_, 1, trace_codes={1: tuple(codes)}, **changes
        )


def give_back(engine, desk, id_) -> None:
    with db.open_session(engine) as session:
        attacks.reverse(session, desk, id_)


def history(engine, code: str = CODE):
    with db.open_session(engine, read_only=True) as session:
        return service.trace_history(session, code)


def suspected(engine, state: str | None = None):
    with db.open_session(engine, read_only=True) as session:
        return service.suspicions(session, state)


def test_a_code_is_sold_returned_and_sold_again_and_all_of_it_is_told(engine, desk):
    assert history(engine).state == "never_sold"
    one, two = (one_pack(engine, desk, number) for number in (1, 2))
    first = sell(engine, desk, one)
    assert history(engine).state == "sold"
    give_back(engine, desk, one)
    assert history(engine).state == "free"
    second = sell(engine, desk, two, outlet_code=world.SECOND_PHARMACY)
    told = [
        (step.kind, step.outlet_code, step.settlement_id, step.reason)
        for step in history(engine).steps
    ]
    assert told == [
        ("sold", SHOP, first.id, ""),
        ("returned", SHOP, first.id, "wrong_entry"),
        ("sold", world.SECOND_PHARMACY, second.id, ""),
    ]
    assert {step.by for step in history(engine).steps} == {cast.counter.name}
    assert suspected(engine) == ()


def test_a_settlement_that_came_to_nothing_frees_its_codes(engine, desk):
    class Declining(type(desk.gateway)):
        def charge(self, charge):
            from dispensing.gateway import ChargeDeclined

            raise ChargeDeclined("参保状态异常")

    id_ = one_pack(engine, desk, 1)
    declining = replace(desk, gateway=Declining(":memory:"))
    with pytest.raises(DomainError):
        sell(engine, declining, id_)
    steps = history(engine).steps
    assert [(step.kind, step.reason) for step in steps] == [
        ("sold", ""),
        ("returned", "void"),
    ]
    assert sell(engine, desk, id_).state == "posted"


def test_a_second_sale_is_refused_and_raised_once_however_often_it_is_tried(
    engine, desk
):
    one, two = (one_pack(engine, desk, number) for number in (1, 2))
    first = sell(engine, desk, one)
    for _ in range(3):
        with pytest.raises(AlreadySold) as raised:
            sell(engine, desk, two, outlet_code=world.SECOND_PHARMACY)
        assert raised.value.codes == (CODE,)
        assert raised.value.code == "already-sold"
    (found,) = suspected(engine)
    assert (found.code, found.state, found.tries) == (CODE, "open", 3)
    assert (found.first_outlet_code, found.first_settlement_id) == (SHOP, first.id)
    assert (found.outlet_code, found.prescription_id) == (world.SECOND_PHARMACY, two)
    assert (found.at, found.by) == (NOON, cast.counter.name)
    with db.open_session(engine, read_only=True) as session:
        assert len(session.exec(select(SettlementRow)).all()) == 1


def test_two_outlets_that_sell_one_box_at_once_make_one_sale_and_one_suspicion(
    engine, desk, tmp_path
):
    outlets = (SHOP, world.SECOND_PHARMACY)
    for round_ in range(ROUNDS):
        code = world.trace_codes(batch=100 + round_)[1][0]
        both = [
            partial(
                attacks.settle,
                desk=desk,
                id_=one_pack(engine, desk, 10 * round_ + no),
                batch=0,
                trace_codes={1: (code,)},
                outlet_code=outlet,
            )
            for no, outlet in enumerate(outlets)
        ]
        answers = attacks.at_once(engine, both)
        refused = [each for each in answers if isinstance(each, AlreadySold)]
        (sold,) = (each for each in answers if not isinstance(each, Exception))
        assert (sold.state, len(refused)) == ("posted", 1)
        with db.open_session(engine, read_only=True) as session:
            (found,) = service.suspicions_of(session, code)
        assert found.first_settlement_id == sold.id
        assert {found.first_outlet_code, found.outlet_code} == set(outlets)
        assert history(engine, code).sold_parts == 1
    attacks.audit(engine, tmp_path)


def test_two_requests_for_one_prescription_are_no_suspicion(engine, desk):
    for number in range(1, ROUNDS + 1):
        id_ = one_pack(engine, desk, number)
        act = partial(attacks.settle, desk=desk, id_=id_, batch=number)
        codes = {1: world.trace_codes(batch=number)[1][:1]}
        attacks.at_once(engine, [partial(act, trace_codes=codes)] * 3)
    assert suspected(engine) == ()


def test_a_scan_has_one_code_for_each_pack_and_no_more(engine, desk):
    id_ = one_pack(engine, desk, 1)
    codes = world.trace_codes(quantity=2)[1]
    with pytest.raises(Conflict) as raised:
        sell(engine, desk, id_, codes)
    assert raised.value.code == "too-many-codes"
    with pytest.raises(NotAccepted):
        sell(engine, desk, id_, ())
    assert sell(engine, desk, id_, (codes[0], codes[0], "123")).state == "posted"


def test_one_code_for_two_lines_is_a_slip_and_no_suspicion(engine, desk):
    line = {**world.message()["lines"][0], "quantity": 1}
    id_ = attacks.received(engine, desk, 1, lines=[line, line])
    with db.open_session(engine) as session, pytest.raises(Conflict) as raised:
        attacks.settle(session, desk, id_, 1, trace_codes={1: (CODE,), 2: (CODE,)})
    assert raised.value.code == "scanned-twice"
    assert suspected(engine) == ()


def test_the_bureau_resolves_a_suspicion_once(engine, desk):
    one, two = (one_pack(engine, desk, number) for number in (1, 2))
    sell(engine, desk, one)
    with pytest.raises(AlreadySold):
        sell(engine, desk, two)
    (found,) = suspected(engine, "open")
    asked = {"finding": "wrong_scan", "reason": "店员扫错", "by": "bureau", "now": NOON}
    with db.open_session(engine) as session:
        done = service.resolve_suspicion(session, found.id, **asked)
        assert (done.state, done.finding, done.reason) == (
            "resolved",
            "wrong_scan",
            "店员扫错",
        )
        with pytest.raises(Conflict) as raised:
            service.resolve_suspicion(session, found.id, **asked)
        assert raised.value.code == "resolved-before"
    assert suspected(engine, "open") == ()
    assert suspected(engine, "resolved") == suspected(engine) == (done,)


@pytest.fixture
def tablets(engine, desk):
    """Enter a medicine that is sold by the part, thirty to a box."""
    with db.open_session(engine) as session:
        whole = network.medicine(session, world.AMLODIPINE)
        network.add_medicines(
            session, [replace(whole, code=TABLETS, pack_parts=PARTS, standard_fen=14)]
        )
        network.add_prices(session, [("usual", TABLETS, 14)])


def test_one_box_is_sold_by_the_part_until_it_is_empty(engine, desk, tablets):
    half, rest, more = (
        one_pack(engine, desk, no, medicine=TABLETS, quantity=quantity)
        for no, quantity in ((1, 18), (2, 12), (3, 1))
    )
    sell(engine, desk, half)
    assert (history(engine).state, history(engine).sold_parts) == ("part_sold", 18)
    sell(engine, desk, rest)
    assert (history(engine).state, history(engine).sold_parts) == ("sold", PARTS)
    with pytest.raises(AlreadySold):
        sell(engine, desk, more)
    assert len(suspected(engine)) == 1
    give_back(engine, desk, half)
    assert history(engine).sold_parts == 12
    assert sell(engine, desk, more).state == "posted"
    told = [(step.kind, step.parts) for step in history(engine).steps]
    assert told == [("sold", 18), ("sold", 12), ("returned", 18), ("sold", 1)]


def test_parts_come_out_of_as_many_boxes_as_are_needed(engine, desk, tablets):
    first, last = world.trace_codes(quantity=2)[1]
    id_ = one_pack(engine, desk, 1, medicine=TABLETS, quantity=PARTS + 5)
    with pytest.raises(NotAccepted):
        sell(engine, desk, id_, [first])
    sell(engine, desk, id_, [last, first])
    sold = [history(engine, code).sold_parts for code in (first, last)]
    assert sold == [PARTS, 5]
    other = one_pack(engine, desk, 2, medicine=TABLETS, quantity=26)
    with pytest.raises(Conflict) as raised:
        sell(engine, desk, other, [last])
    assert raised.value.code == "too-few-parts"
    with pytest.raises(AlreadySold):
        sell(engine, desk, other, [first])


def test_counters_that_open_one_box_at_once_never_sell_a_part_twice(
    engine, desk, tablets, tmp_path
):
    ids = [
        one_pack(engine, desk, no, medicine=TABLETS, quantity=8) for no in range(1, 6)
    ]
    acts = [
        partial(attacks.settle, desk=desk, id_=id_, batch=0, trace_codes={1: (CODE,)})
        for id_ in ids
    ]
    attacks.at_once(engine, acts)
    with db.open_session(engine, read_only=True) as session:
        parts = session.exec(select(TraceSaleRow.part)).all()
    assert len(parts) == len(set(parts)) <= PARTS
    assert history(engine).sold_parts == len(parts)
    attacks.audit(engine, tmp_path)


def test_a_box_sold_whole_is_not_sold_by_the_part(engine, desk, tablets):
    whole = one_pack(engine, desk, 1)
    sell(engine, desk, whole)
    part = one_pack(engine, desk, 2, medicine=TABLETS, quantity=3)
    with pytest.raises(AlreadySold):
        sell(engine, desk, part)
    assert len(suspected(engine)) == 1


def listed(engine, **changes):
    """Put the usual batch on the no-code list."""
    usual = OldStock(
        world.AMLODIPINE,
        "20240815",
        SHOP,
        date(2025, 7, 1),
        date(2025, 12, 31),
        "无码库存登记表",
    )
    with db.open_session(engine) as session:
        return service.allow_no_code(
            session, replace(usual, **changes), by="bureau", now=NOON
        )


def test_listed_old_stock_is_sold_without_a_code(engine, desk):
    entry = listed(engine)
    id_ = attacks.received(engine, desk, 1)
    codes = world.trace_codes(quantity=1)[1]
    sell(engine, desk, id_, codes, uncoded={1: ("20240815", "20240815")})
    with db.open_session(engine, read_only=True) as session:
        sold = session.exec(select(UncodedSaleRow)).all()
        assert [(row.line_no, row.no, row.batch) for row in sold] == [
            (1, 1, "20240815"),
            (1, 2, "20240815"),
        ]
        assert {row.no_code_id for row in sold} == {entry.id}


def test_a_line_without_enough_codes_is_refused_where_no_list_helps(engine, desk):
    id_ = attacks.received(engine, desk, 1)
    codes = world.trace_codes(quantity=2)[1]
    for uncoded in ({}, {1: ("20240815",)}):
        with pytest.raises(NotAccepted) as raised:
            sell(engine, desk, id_, codes, uncoded=uncoded)
        assert [
            each.check
            for each in raised.value.view.assessment.problems
            if each.verdict == "refused"
        ] == ["trace.codes"]


@pytest.mark.parametrize(
    "changes",
    [
        {"batch": "20240816"},
        {"outlet_code": world.SECOND_PHARMACY},
        {"last_day": date(2025, 9, 14)},
        {"first_day": date(2025, 9, 16)},
        {"medicine_code": world.INSULIN},
    ],
    ids=lambda changes: next(iter(changes)),
)
def test_the_list_holds_for_its_batch_outlet_days_and_medicine_only(
    engine, desk, changes
):
    listed(engine, **changes)
    id_ = attacks.received(engine, desk, 1)
    with pytest.raises(NotAccepted):
        sell(engine, desk, id_, (), uncoded={1: ("20240815",) * 3})


def test_an_entry_for_every_batch_and_outlet_is_ended_with_a_reason(engine, desk):
    entry = listed(engine, batch=None, outlet_code=None)
    one, two = (attacks.received(engine, desk, number) for number in (1, 2))
    any_batch = {1: ("A", "B", "C")}
    assert sell(engine, desk, one, (), uncoded=any_batch).state == "posted"
    with db.open_session(engine) as session:
        ended = {"reason": "库存已清", "by": "bureau", "now": NOON + timedelta(hours=1)}
        service.end_no_code(session, entry.id, **ended)
        with pytest.raises(Conflict) as raised:
            service.end_no_code(session, entry.id, **ended)
        assert raised.value.code == "ended-before"
        (view,) = service.no_code_list(session)
    assert view.ended_because == "库存已清"
    with pytest.raises(NotAccepted):
        sell(engine, desk, two, (), uncoded=any_batch)


def test_the_database_refuses_to_change_a_history_or_a_suspicion(engine, desk):
    one, two = (one_pack(engine, desk, number) for number in (1, 2))
    sell(engine, desk, one)
    with pytest.raises(AlreadySold):
        sell(engine, desk, two)
    for table in (TraceEventRow, SuspicionRow):
        with db.open_session(engine) as session, pytest.raises(DatabaseError):
            session.execute(update(table).values(by="nobody"))
