"""Many prescriptions at once: each has its own answer, and what is good is kept."""

from sqlmodel import func, select

from dispensing import service
from dispensing.errors import Conflict, Malformed
from dispensing.service.views import Received
from dispensing.tables import EventRow, PrescriptionLineRow, PrescriptionRow, RecordRow
from fixtures import cast
from tests import world
from tests.platform import platform
from tests.world import NOON

__all__ = ["platform"]


def counted(session):
    tables = (PrescriptionRow, PrescriptionLineRow, EventRow)
    return [session.exec(select(func.count()).select_from(one)).one() for one in tables]


def test_each_prescription_of_a_batch_has_its_own_answer(street, desk):
    service.receive(street, desk, world.internet_message(1), now=NOON)
    told = service.receive_many(
        street,
        desk,
        [
            world.internet_message(1),
            world.internet_message(2),
            {**world.internet_message(3), "valid_days": 2},
            world.message(4, issued_at="2025-09-16T08:12:00+08:00"),
            world.message(5, insured=world.patient(cast.alice) | {"name": ""}),
            world.message(6),
            world.message(6, valid_days=2),
        ],
        now=NOON,
    )
    assert [type(one) for one in told] == [
        *[Received] * 3,
        Conflict,
        Malformed,
        Received,
        Conflict,
    ]
    assert [one.created for one in told[:3]] == [False, True, True]
    assert [one.signature_reason for one in told[:3]] == [None, None, "altered"]
    assert counted(street) == [4, 4, 4]


def test_the_events_of_a_batch_are_on_record_one_by_one(street, desk):
    raws = [world.internet_message(number) for number in range(1, 6)]
    service.receive_many(street, desk, raws, now=NOON)
    again = service.receive_many(street, desk, raws, now=NOON)
    assert not any(one.created for one in again)
    events = street.exec(select(EventRow.id)).all()
    told = street.exec(
        select(RecordRow.subject).where(RecordRow.kind == "event.received")
    )
    assert sorted(map(int, told)) == sorted(events)
    assert len(set(events)) == 5


def test_a_batch_goes_over_http(platform):
    program = platform.program("internet-hospital")
    good, foreign = world.internet_message(1), world.message(2)
    told = program.post("/prescriptions/batches", {"messages": [good, foreign, {}]})
    assert [one["status"] for one in told] == [201, 422, 422]
    assert told[0]["received"]["signature"] == "valid"
    assert told[1]["errors"][0]["where"] == "issuer"
    assert (
        program.ask("POST", "/prescriptions/batches", {"messages": []}).status_code
        == 422
    )
