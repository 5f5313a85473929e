"""A pharmacy that is suspended loses what it holds, at whatever call the program dies."""

from itertools import count
from uuid import UUID

import pytest

from dispensing import service
from pharmacies import service as pharmacies
from pharmacies.designation_service import Override
from tests import calls
from tests.calls import Cut, Killed
from tests.dispensing import attacks
from tests.dispensing.attacks import SHOP
from tests.world import DAY, NOON
from web import db

ACT = service.DesignationAct(
    "suspend", SHOP, "chronic", "检查", UUID(int=4), override=Override("检查", 1)
)


@pytest.fixture
def desk(engine, tmp_path):
    return attacks.open_street(engine, tmp_path)


def claim(session, desk, id_):
    held = {"prescription_id": id_, "outlet_code": SHOP, "by": "counter", "now": NOON}
    return service.claim(session, desk, **held)


def suspend(session, desk):
    return service.designate(session, desk, ACT, by="bureau-1", role="bureau", now=NOON)


def stands(engine, ids):
    """Tell whether the shop is designated, and how many prescriptions it holds."""
    with db.open_session(engine, read_only=True) as session:
        holders = [service.holder_of(session, id_, NOON) for id_ in ids]
        designated = pharmacies.is_designated(session, SHOP, DAY, "chronic")
        return designated, holders.count(SHOP)


def test_no_crash_leaves_a_prescription_with_a_suspended_pharmacy(engine, desk):
    ids = [attacks.received(engine, desk, number) for number in (1, 2)]
    for id_ in ids:
        with db.open_session(engine) as session:
            claim(session, desk, id_)
    for after_commit in (False, True):
        for left in count():
            cut = Cut(left, calls.die, after_commit)
            with calls.hooked(engine, cut), db.open_session(engine) as session:
                try:
                    assert suspend(session, desk).life.state == "suspended"
                except Killed:
                    assert cut.reached
            if not cut.reached:
                break
            assert stands(engine, ids) in {(True, 2), (False, 0)}
        assert left >= (0 if after_commit else 8)
        assert stands(engine, ids) == (False, 0)


def test_who_claims_while_a_pharmacy_is_suspended_is_answered(engine, desk):
    ids = [attacks.received(engine, desk, number) for number in range(1, 5)]
    acts = [lambda s, id_=id_: claim(s, desk, id_) for id_ in ids]
    answers = attacks.at_once(engine, [*acts, lambda s: suspend(s, desk)])
    assert answers[-1].life.state == "suspended"
