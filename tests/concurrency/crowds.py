"""Crowds at one pot, one settlement or one till, and what has to be true afterwards."""

from collections import Counter
from functools import partial
from pathlib import Path
from uuid import UUID

from sqlalchemy import Engine
from sqlmodel import Session, select

from dispensing import service
from dispensing.desk import Desk
from dispensing.errors import Conflict
from dispensing.gateway.sandbox import SandboxGateway
from dispensing.service.views import SettledView
from dispensing.tables import AllowanceRow, PersonRow, SettlementRow
from tests import world
from tests.crash import town
from tests.crash.town import BILL_FEN, CAP_FEN, FULL_SHARE_FEN
from tests.dispensing import attacks
from tests.dispensing.attacks import SHOP
from tests.world import NOON
from web import db

SHORT_FEN = 150  # what the cap lacks to pay the last share that it pays anything of


def open_town(engine: Engine, folder: Path, people: list[town.Person]) -> Desk:
    """Let people and a medicine whose share has to be rounded in."""
    desk = world.open_desk(SandboxGateway(folder / "platform.db"))
    with db.open_session(engine) as session:
        world.populate(session, desk, people)
        town.add_medicine(session)
    return desk


def received(engine: Engine, desk: Desk, person: town.Person, count: int) -> list[UUID]:
    """Receive so many prescriptions of one person."""
    with db.open_session(engine) as session:
        return [
            service.receive(session, desk, town.message(person, no), now=NOON).id
            for no in range(1, count + 1)
        ]


def settle(
    session: Session, *, desk: Desk, id_: UUID, person: town.Person, batch: int
) -> SettledView:
    """Settle by card."""
    return attacks.settle(session, desk, id_, batch, scanned_code=person.id_number)


def at_the_cap(engine: Engine, folder: Path, count: int) -> list[object]:
    """Settle so many bills of one person at once; the cap pays half of them. Gives answers."""
    left_fen = count // 2 * FULL_SHARE_FEN - SHORT_FEN
    person = town.person(0, CAP_FEN - left_fen)
    desk = open_town(engine, folder, [person])
    ids = received(engine, desk, person, count)
    acts = [
        partial(settle, desk=desk, id_=id_, person=person, batch=no)
        for no, id_ in enumerate(ids, start=1)
    ]
    answers = attacks.at_once(engine, acts)
    check_cap(engine, person, answers, left_fen)
    attacks.audit(engine, folder)
    return answers


def check_cap(
    engine: Engine, person: town.Person, answers: list[object], left_fen: int
) -> None:
    """Everybody is answered, what is paid is the cap to the fen, and each bill adds up."""
    settled = [each for each in answers if isinstance(each, SettledView)]
    assert len(settled) == len(answers), Counter(type(each) for each in answers)
    assert {each.state for each in settled} == {"posted"}
    shares = Counter(each.fund_fen for each in settled)
    full, rest_fen = divmod(left_fen, FULL_SHARE_FEN)
    wanted = Counter({FULL_SHARE_FEN: full, rest_fen: 1, 0: len(settled) - full - 1})
    assert +shares == +wanted
    for each in settled:
        paid_fen = each.account_fen + each.mutual_aid_fen + each.cash_fen
        assert each.fund_fen + paid_fen == each.total_fen == BILL_FEN
    with db.open_session(engine, read_only=True) as session:
        used = session.get_one(AllowanceRow, (person.person_no, 2025))
        assert (used.fund_fen, used.fund_reserved_fen) == (CAP_FEN, 0)


def reversed_twice(engine: Engine, folder: Path, count: int, at_once: int) -> None:
    """Reverse each of so many settlements twice at once: done once, answered alike."""
    person = town.person(0, 0)
    desk = open_town(engine, folder, [person])
    ids = received(engine, desk, person, count)
    for no, id_ in enumerate(ids, start=1):
        with db.open_session(engine) as session:
            settle(session, desk=desk, id_=id_, person=person, batch=no)
    attacks.audit(engine, folder)
    for begin in range(0, count, at_once):
        few = [id_ for id_ in ids[begin : begin + at_once] for _ in range(2)]
        acts = [partial(reverse, desk=desk, id_=id_) for id_ in few]
        answers = attacks.at_once(engine, acts)
        check_reversed(dict(enumerate(few)), answers)
    attacks.audit(engine, folder)
    with db.open_session(engine, read_only=True) as session:
        states = Counter(session.exec(select(SettlementRow.state)))
        used = session.get_one(AllowanceRow, (person.person_no, 2025))
        row = session.get_one(PersonRow, person.person_no)
        assert states == {"reversed": count}
        assert (used.fund_fen, used.fund_reserved_fen) == (0, 0)
        assert row.account_fen == person.account_fen


def reverse(session: Session, *, desk: Desk, id_: UUID) -> SettledView:
    """Reverse at the counter."""
    return attacks.reverse(session, desk, id_)


def check_reversed(few: dict[int, UUID], answers: list[object]) -> None:
    """Of each pair one reversal succeeds; the other hears the same, or is refused."""
    heard: dict[UUID, list[object]] = {}
    for no, answer in enumerate(answers):
        heard.setdefault(few[no], []).append(answer)
    for pair in heard.values():
        done = [each for each in pair if isinstance(each, SettledView)]
        refused = [each for each in pair if isinstance(each, Conflict)]
        assert len(done) + len(refused) == len(pair) == 2, pair
        assert done
        assert {each.state for each in done} == {"reversed"}
        assert len({each.id for each in done}) == 1


def closed_twice(engine: Engine, folder: Path, tills: int) -> None:
    """Close a till twice at the same moment, several times: its money goes to the bank once."""
    desk = attacks.open_street(engine, folder)
    for no in range(1, tills + 1):
        id_ = attacks.received(engine, desk, no)
        with db.open_session(engine) as session:
            attacks.settle(session, desk, id_, no)
            counted = dict(service.till(session, SHOP).expected)
        close = partial(
            service.close_till,
            outlet_code=SHOP,
            counted=counted,
            reason="",
            by="counter",
            now=NOON,
        )
        answers = attacks.at_once(engine, [close, close])
        assert sum(not isinstance(each, Exception) for each in answers) == 1, answers
    attacks.audit(engine, folder)
    with db.open_session(engine, read_only=True) as session:
        assert not any(service.till(session, SHOP).expected.values())
        assert len(service.closings(session, SHOP)) == tills


def same_packs(engine: Engine, folder: Path, rounds: int) -> None:
    """Sell the same packs to two people at once, several times: one of them gets them."""
    people = [town.person(no, 0) for no in range(2)]
    desk = open_town(engine, folder, people)
    for batch in range(1, rounds + 1):
        both = []
        for no, person in enumerate(people):
            with db.open_session(engine) as session:
                raw = town.message(person, 2 * batch + no)
                id_ = service.receive(session, desk, raw, now=NOON).id
            both.append(partial(settle, desk=desk, id_=id_, person=person, batch=batch))
        answers = attacks.at_once(engine, both)
        sold = [each for each in answers if isinstance(each, SettledView)]
        refused = [each for each in answers if isinstance(each, Conflict)]
        assert (len(sold), len(refused)) == (1, 1), answers
    attacks.audit(engine, folder)
