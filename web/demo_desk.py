"""The demo's desk of the bureau: a meeting, tasks, a registry matched, a form, an audit."""

import csv
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from hashlib import sha256
from io import StringIO
from uuid import UUID, uuid5

from rich.console import Console
from sqlmodel import Session

from dispensing.desk import Desk
from dispensing.matching.registry import examine
from dispensing.service import tasks
from dispensing.service.approving import Party
from dispensing.service.forms import managed, monthly
from dispensing.service.matching import registries, running
from dispensing.service.smart.runs import AskedAudit, AuditRun, keep_run
from dispensing.service.tasks import Decision, Minutes, Said
from fixtures.sample import reader
from web.looking_through import looked_through

REGION, PLACE = "wenzhou", "3303"
BUREAU = Party("bureau", "bureau", "温州市医保局")
HEALTH = Party("health", "health", "温州市卫健委")
MANAGED = {"hypertension": "高血压", "diabetes": "糖尿病"}
# The registry lags behind: every so often somebody is missing, or is there too early.
MISSING_EVERY, EARLY_EVERY = 9, 7
CENTRE = "建档机构"
REGISTRY = "规范化管理名单.csv"
_SPACE = UUID("6f2b1d0e-52f6-4f0c-9d7a-0b6b9a4d7c11")


@dataclass(frozen=True, slots=True)
class DeskTold:
    """How much the demo's desk has to show."""

    tasks: int
    registered: int
    versions: int
    audited: int
    alarms: int


def furnish(session: Session, desk: Desk, *, day: date, now: datetime) -> DeskTold:
    """Do what officers would have done by the morning after, through the services."""
    run = _audit(session, desk, day, now)
    return DeskTold(
        tasks=_meet(session, desk, day, now),
        registered=_match(session, desk, day, now),
        versions=_draw_up(session, desk, day, now),
        audited=run.lines,
        alarms=run.alarms,
    )


def _audit(session: Session, desk: Desk, day: date, now: datetime) -> AuditRun:
    asked = AskedAudit(PLACE, day, day, BUREAU.user)
    found = looked_through(session, desk, asked)
    return keep_run(session, found, asked, id_=uuid5(_SPACE, "audit"), now=now)


def tell(console: Console, told: DeskTold) -> None:
    """Print what the desk shows, a line for each part."""
    console.print("\nThe bureau's desk (工作台)")
    console.print(f"  {told.tasks} tasks decided by a meeting, one begun")
    console.print(f"  {told.registered} managed patients held against the insured")
    console.print(f"  {told.versions} version of the month's form, drawn up, not sent")
    console.print(
        f"  {told.alarms} alarms of the audit over {told.audited} claim lines"
    )


def _meet(session: Session, desk: Desk, day: date, now: datetime) -> int:
    decisions = (
        Decision(
            "核实未纳入待遇的规范化管理患者", "health", "张敏", day + timedelta(days=10)
        ),
        Decision(
            "催办未签承诺书的定点药店", "institution", "王磊", day + timedelta(days=5)
        ),
    )
    minutes = Minutes(day, "医保局、卫健委", "通报两病用药保障进展", decisions)
    held = tasks.hold(
        session, PLACE, minutes, key="demo", by="bureau", role="bureau", now=now
    )
    tasks.do(
        session,
        desk.vault,
        tasks.plan_of(desk.rules_of(REGION, day)),
        Said("begin", "已通知各药店"),
        place=PLACE,
        key=held.tasks[1],
        act_key="demo",
        by="bureau",
        role="bureau",
        now=now,
    )
    return len(held.tasks)


def _registry() -> bytes:
    """Write a registry of the health commission about the sample's people."""
    table = StringIO()
    sheet = csv.writer(table, lineterminator="\n")
    sheet.writerow(
        ("姓名", "身份证号", "病种", "出生日期", "现住址", "门诊慢特病", CENTRE)
    )
    centres = {it.area: it.name for it in reader.outlets() if it.level == "primary"}
    for no, one in enumerate(reader.people()):
        held = [words for disease, words in MANAGED.items() if disease in one.diseases]
        if no % EARLY_EVERY == 0 and not held:
            held = ["高血压"]
        if held and no % MISSING_EVERY:
            sheet.writerow(
                (
                    one.name,
                    one.id_number,
                    "、".join(held),
                    "",
                    "",
                    "",
                    centres.get(one.area, ""),
                )
            )
    return table.getvalue().encode("gb18030")


def _match(session: Session, desk: Desk, day: date, now: datetime) -> int:
    content = _registry()
    read = examine(content, day)
    assert read.is_fit, read.bad
    source = registries.Source(REGISTRY, sha256(content).hexdigest(), day)
    registries.take(
        session,
        desk.vault,
        read.people.values(),
        source,
        id_=uuid5(_SPACE, "registry"),
        area=PLACE,
        by=HEALTH,
        now=now,
    )
    asked = running.AskedRun(PLACE, day, BUREAU)
    rules = desk.rules_of(REGION, day)
    running.run(session, desk.vault, rules, asked, id_=uuid5(_SPACE, "run"), now=now)
    return len(read.people)


def _draw_up(session: Session, desk: Desk, day: date, now: datetime) -> int:
    of = monthly.month_of(PLACE, day.replace(day=1))
    offer = managed.offered(session, of)
    assert offer is not None
    managed.take_offered(session, of, offer.run_id, by=BUREAU, now=now)
    drawn = monthly.draw_up(session, desk, of, region=REGION, by=BUREAU, now=now)
    return drawn.number
