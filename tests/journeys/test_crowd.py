"""Many at once, lost answers, and the other database: money stays right."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlmodel import Session, func, select

from dispensing.gateway.sandbox import Faults, SandboxGateway
from dispensing.tables import SettlementRow
from tests import world
from tests.platform import (
    Platform,
    door_code,
    on_the_road,
    open_platform,
    sent,
    settlement,
)

COUNTERS = 8


def settlements(platform: Platform) -> int:
    with Session(platform.app.extensions["engine"]) as session:
        query = select(func.count()).select_from(SettlementRow)
        return session.exec(query).one()


def test_eight_counters_settle_one_prescription_once(platform):
    rx, asked = sent(platform), settlement(platform)

    def settle(_: int) -> int:
        program = platform.program("counter")
        return program.ask("PUT", f"/prescriptions/{rx}/settlement", asked).status_code

    with ThreadPoolExecutor(COUNTERS) as crowd:
        answers = list(crowd.map(settle, range(COUNTERS)))
    # Whoever comes while the first is at it is told to ask again.
    assert set(answers) <= {200, 409}
    assert 200 in answers
    assert settlements(platform) == 1
    paid = platform.program("counter").put(f"/prescriptions/{rx}/settlement", asked)
    assert paid["state"] == "posted"


def test_one_message_sent_eight_times_is_one_prescription(platform):
    def send(_: int) -> str:
        program = platform.program("hospital")
        return program.post("/prescriptions", world.message())["id"]

    with ThreadPoolExecutor(COUNTERS) as crowd:
        assert len(set(crowd.map(send, range(COUNTERS)))) == 1


def test_a_lost_answer_is_asked_for_and_never_charged_twice(platform):
    desk = platform.app.extensions["desk"]
    losing = SandboxGateway(":memory:", Faults(lose_answer_every=1))
    platform.app.extensions["desk"] = type(desk)(
        desk.overlay, losing, desk.vault, desk.code_key
    )
    rx, counter = sent(platform), platform.program("counter")
    path = f"/prescriptions/{rx}/settlement"
    unknown = counter.put(path, settlement(platform))
    assert unknown["state"] == "unknown"
    assert counter.get(f"/prescriptions/{rx}")["state"] == "unknown"
    ask = f"/settlements/{unknown['id']}/resolution"
    found = counter.post(ask)
    assert found["state"] == "posted"
    assert counter.post(ask) == found
    assert settlements(platform) == 1


@pytest.fixture
def postgres_platform(postgres_url, tmp_path):
    opened = open_platform(postgres_url, tmp_path)
    yield opened
    opened.app.extensions["engine"].dispose()


def test_the_whole_way_on_postgresql(postgres_platform):
    _, order, rider = on_the_road(postgres_platform)
    door = {"code": door_code(postgres_platform, order), "receiver": "patient"}
    assert rider.post(f"/orders/{order}/handover", door)["state"] == "handed_over"


def test_eight_counters_on_postgresql_settle_once(postgres_platform):
    test_eight_counters_settle_one_prescription_once(postgres_platform)
