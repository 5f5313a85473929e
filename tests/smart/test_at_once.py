"""Officers run the audit over one span at one moment: each alarm is kept once, all runs are."""

from datetime import UTC, date, datetime
from functools import partial
from uuid import uuid4

from sqlmodel import select

from dispensing.service.smart import runs
from dispensing.service.smart.runs import AskedAudit
from dispensing.smart.alarms import Alarm, Audit, alarm_id
from dispensing.tables import SmartAlarmRow, SmartRunRow
from fixtures import cast
from tests.clearing.test_at_once import TOGETHER
from web import db

FIRST, LAST = date(2025, 9, 1), date(2025, 9, 30)
NOW = datetime(2025, 10, 1, 1, tzinfo=UTC)
ASKED = AskedAudit("3303", FIRST, LAST, "7")
ALARMS = [
    Alarm(
        alarm_id("duplicate", f"P{no}", "c"),
        rule="duplicate",
        edition="1",
        subject=f"P{no}",
        outlet=cast.LUCHENG_PHARMACY,
        first_day=FIRST,
        last_day=LAST,
        stake_fen=no,
        evidence=(),
    )
    for no in range(120)
]


@TOGETHER
def test_runs_that_name_the_same_alarms_in_another_order_keep_each_once(
    engine, together
):
    def run(no, session):
        alarms = tuple(ALARMS[::-1] if no % 2 else ALARMS)
        found = Audit(1, FIRST, LAST, alarms, ())
        return runs.keep_run(session, found, ASKED, id_=uuid4(), now=NOW)

    kept = together(engine, [partial(run, no) for no in range(6)])
    assert sum(one.new for one in kept) == len(ALARMS)
    with db.open_session(engine, read_only=True) as session:
        assert len(session.exec(select(SmartAlarmRow)).all()) == len(ALARMS)
        assert len(session.exec(select(SmartRunRow)).all()) == 6
