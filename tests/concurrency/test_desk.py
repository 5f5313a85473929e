"""Many officers write at the desk at one moment: each finds its own number, nobody an error."""

from datetime import UTC, date, datetime
from functools import partial

from sqlmodel import select

from dispensing.policy.rules import rules_for
from dispensing.service import tasks
from dispensing.service.inspecting import inspections, keep_inspection
from dispensing.service.tasks import Decision, Minutes, Said
from dispensing.tables import MeetingRow, TaskActRow
from tests import world
from tests.clearing.test_at_once import TOGETHER
from web import db

PLACE, DAY = "330300", date(2025, 9, 15)
NOW = datetime(2025, 9, 15, 4, tzinfo=UTC)
MANY = 12


@TOGETHER
def test_packs_kept_at_once_have_numbers_of_their_own(engine, together):
    """W20: twelve officers keep a quarter's pack; one of them presses twice."""

    def keep(no, session):
        return keep_inspection(
            session,
            PLACE,
            "2025Q3",
            {"no": no},
            note="",
            key=f"key-{no}",
            by="7",
            role="bureau",
            now=NOW,
        )

    kept = together(engine, [partial(keep, no) for no in (*range(MANY - 1), 0)])
    assert {one.content["no"] for one in kept} == set(range(MANY - 1))
    with db.open_session(engine, read_only=True) as session:
        numbers = [one.version for one in inspections(session, PLACE, "2025Q3")]
    assert sorted(numbers) == list(range(1, MANY))


@TOGETHER
def test_what_many_write_about_a_task_is_all_there(engine, together):
    minutes = Minutes(DAY, "医保局", "例会", (Decision("核实", "bureau", "王", DAY),))
    with db.open_session(engine) as session:
        held = tasks.hold(
            session, PLACE, minutes, key="held", by="7", role="bureau", now=NOW
        )

    def do(no, session):
        return tasks.do(
            session,
            world.VAULT,
            tasks.plan_of(rules_for("tieling", DAY)),
            Said("note", f"第{no}条"),
            place=PLACE,
            key=held.tasks[0],
            act_key=f"act-{no}",
            by="7",
            role="bureau",
            now=NOW,
        )

    done = together(engine, [partial(do, no) for no in range(MANY)])
    assert not [one for one in done if isinstance(one, Exception)]
    with db.open_session(engine, read_only=True) as session:
        numbers = session.exec(select(TaskActRow.no)).all()
    assert sorted(numbers) == list(range(1, MANY + 1))


@TOGETHER
def test_a_meeting_that_is_sent_many_times_is_held_once(engine, together):
    minutes = Minutes(DAY, "医保局", "例会", (Decision("核实", "bureau", "王", DAY),))

    def hold(no, session):
        key = f"meeting-{no % 2}"
        return tasks.hold(
            session, PLACE, minutes, key=key, by="7", role="bureau", now=NOW
        )

    done = together(engine, [partial(hold, no) for no in range(MANY)])
    assert len({one.id for one in done}) == 2
    with db.open_session(engine, read_only=True) as session:
        assert len(session.exec(select(MeetingRow)).all()) == 2
