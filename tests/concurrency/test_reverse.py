"""Reversed twice at the same moment: done once, and both hear of it."""

from functools import partial

import pytest

from dispensing import service
from fixtures import cast
from tests.concurrency import crowds
from tests.concurrency.test_cap import one_by_one
from tests.dispensing import acts, attacks
from tests.world import NOON
from web import db

AT_ONCE = 12  # settlements, each reversed by two


@pytest.mark.timeout(600)
def test_reverse_of_many_each_twice_at_once_is_done_once(
    patient_engine, tmp_path, pytestconfig
):
    """Two hundred in all; `--reversals 500` tries five hundred on each database."""
    count = pytestconfig.getoption("--reversals")
    crowds.reversed_twice(patient_engine, tmp_path, count, AT_ONCE)


def test_reverse_twice_one_after_another_is_done_once(engine, tmp_path, monkeypatch):
    """The twin: the same settlements, the same checks, no race."""
    monkeypatch.setattr(crowds.attacks, "at_once", one_by_one)
    crowds.reversed_twice(engine, tmp_path, 6, 3)


def test_an_order_and_a_reversal_at_once_leave_one_of_them(engine, tmp_path):
    desk = attacks.open_street(engine, tmp_path)
    for number in range(1, 13):
        id_ = attacks.received(engine, desk, number)
        with db.open_session(engine) as session:
            attacks.settle(session, desk, id_, number)
        both = [
            partial(acts.order, desk=desk, id_=id_),
            partial(acts.reverse, desk=desk, id_=id_),
        ]
        attacks.at_once(engine, both[:: 1 if number % 2 else -1])
        attacks.audit(engine, tmp_path)


@pytest.mark.parametrize("first", ["order", "reverse"])
def test_an_order_and_a_reversal_one_after_another(engine, tmp_path, first):
    """The twin: whichever comes first, the books agree."""
    desk = attacks.open_street(engine, tmp_path)
    id_ = attacks.received(engine, desk, 1)
    with db.open_session(engine) as session:
        attacks.settle(session, desk, id_, 1)
    both = {"order": acts.order, "reverse": acts.reverse}
    for name in sorted(both, key=lambda name: name != first):
        with db.open_session(engine) as session:
            try:
                both[name](session, desk=desk, id_=id_)
            except attacks.DomainError:
                assert (first, name) == ("reverse", "order")
    attacks.audit(engine, tmp_path)


def test_two_closings_of_a_till_at_once_empty_it_once(engine, tmp_path):
    crowds.closed_twice(engine, tmp_path, 8)


def test_two_closings_of_a_till_one_after_another(engine, tmp_path, monkeypatch):
    """The twin: the second finds an empty till, and is refused without a reason."""

    def in_turn(engine, acts):
        answers = []
        for act in acts:
            try:
                answers += one_by_one(engine, [act])
            except attacks.DomainError as error:
                answers.append(error)
        return answers

    monkeypatch.setattr(crowds.attacks, "at_once", in_turn)
    crowds.closed_twice(engine, tmp_path, 2)


@pytest.fixture
def aiding_each_other(engine, tmp_path):
    """Let bob and a relative pay for each other; gives both and the desk."""
    one = crowds.town.replace(crowds.town.person(1, 0), account_fen=100_000)
    two = crowds.town.replace(crowds.town.person(2, 0), account_fen=100_000)
    desk = crowds.open_town(engine, tmp_path, [one, two, *cast.INSURED])
    with db.open_session(engine) as session:
        for payer, person in ((one, two), (two, one)):
            service.allow_aid(
                session,
                desk.vault,
                payer_no=payer.person_no,
                person_no=person.person_no,
                id_number=person.id_number,
                now=NOON,
            )
    return desk, (one, two)


def bills(engine, desk, people, rounds):
    found = []
    for no in range(1, rounds + 1):
        for place, person in enumerate(people):
            number = 2 * no + place
            with db.open_session(engine) as session:
                raw = crowds.town.message(person, number)
                id_ = service.receive(session, desk, raw, now=NOON).id
            found.append(
                partial(crowds.settle, desk=desk, id_=id_, person=person, batch=number)
            )
    return found


@pytest.mark.parametrize("race", [True, False], ids=["at once", "one by one"])
def test_two_relatives_who_pay_for_each_other_do_not_wait_in_a_ring(
    engine, tmp_path, aiding_each_other, race
):
    desk, people = aiding_each_other
    todo = bills(engine, desk, people, 12)
    answers = (attacks.at_once if race else one_by_one)(engine, todo)
    assert {each.state for each in answers} == {"posted"}
    attacks.audit(engine, tmp_path)
