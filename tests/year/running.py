"""Run the year through: months settled, forms sent, registries matched, a case, a clearing."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from hashlib import sha256
from uuid import UUID, uuid4

import pytest
from sqlmodel import Session

from dispensing.approvals import SecondNeeded
from dispensing.clearing.indicators import indicators
from dispensing.desk import Desk
from dispensing.matching.registry import examine
from dispensing.service.approving import Eyes, Party
from dispensing.service.carrying import decide_on
from dispensing.service.claim_lines import claim_lines
from dispensing.service.clearing import booking, entering, groups
from dispensing.service.clearing import running as clearing
from dispensing.service.forms import monthly
from dispensing.service.forms.kept import FormSending
from dispensing.service.matching import acting, registries
from dispensing.service.matching import running as matching
from dispensing.service.smart import cases, recovery, runs
from dispensing.smart.rules import shipped
from dispensing.smart_book.opened import audit_lines
from dispensing.tables import BookingRow
from tests import world
from tests.clearing.county import AFTER, FIGURES, TREE, act, number
from tests.year.town import (
    ABSENT,
    DWELLERS,
    GROUP,
    NEW,
    PLACE,
    YEAR,
    at,
    open_desk,
    populate,
    settle,
    take_back,
    visits,
)

ASKS = Party("bureau", "bureau", "王")
DECIDES = Party("officer", "bureau", "李")
HEALTH = Party("doctor", "health", "卫")
TAKEN_FEN, UPHELD_FEN = 900, 500  # decided first, and after the appeal
HEADINGS = "姓名,身份证号,病种,出生日期,现住址,门诊慢特病"
# Of whom the health commission's registry speaks in each quarter; one of them insured nowhere.
MANAGED = ((0, 1), (0, 1, 2, 3), (0, 1, 2, 3, 5), (0, 1, 2, 3, 4, 5, 6))
STRANGER = ("外乡人", "330302195703124025")


@dataclass
class Ran:
    """The year as it was run: where it lies, and the numbers of what was done."""

    session: Session
    desk: Desk
    settled: dict[int, UUID] = field(default_factory=dict)
    runs: list[UUID] = field(default_factory=list)
    case: UUID | None = None


def run_through(session: Session) -> Ran:
    """Run the year through, month by month."""
    ran = Ran(session, open_desk())
    populate(session)
    for month in range(1, 13):
        _settle(ran, month)
        _form(ran, month)
        if month % 3 == 0:
            _match(ran, month // 3)
    _correct(ran, 3)
    _clear(ran)
    _audit(ran)
    return ran


def _settle(ran: Ran, month: int) -> None:
    """Settle a month, and take back first what of the month before falls into it."""
    for one in visits():
        back = one.back_on
        if back and back.month == month > one.on.month:
            take_back(ran.session, ran.desk, one, ran.settled[one.no])
        if one.on.month == month:
            ran.settled[one.no] = settle(ran.session, ran.desk, one)
            if back and back.month == month:
                take_back(ran.session, ran.desk, one, ran.settled[one.no])


def _form(ran: Ran, month: int) -> None:
    of = monthly.month_of(PLACE, date(YEAR, month, 1))
    now = at(monthly.next_month(of.first))
    for disease in ("hypertension", "diabetes"):
        monthly.enter(
            ran.session,
            of,
            disease=disease,
            number=100 + month,
            source="规范化管理人员信息库",
            by=ASKS,
            now=now,
        )
    _send(ran, of, now)


def _send(ran: Ran, of: monthly.Of, now) -> None:
    drawn = monthly.draw_up(ran.session, ran.desk, of, region="suixi", by=ASKS, now=now)
    said = FormSending("王敏", "0561-6070000", "冲正后减少", "bureau", now)
    rules = ran.desk.rules_of("suixi", of.first)
    monthly.send(
        ran.session, of, drawn.number, said, rules=rules, role="bureau", now=now
    )


def _correct(ran: Ran, month: int) -> None:
    """Draw a month up once more, in which something was taken back since."""
    of = monthly.month_of(PLACE, date(YEAR, month, 1))
    _send(ran, of, at(date(YEAR, 12, 31)))


def _match(ran: Ran, quarter: int) -> None:
    day = date(YEAR, quarter * 3, 25)
    rows = [
        f"{one.name},{one.id_number},{_ZH[one.disease]},,,"
        for one in DWELLERS
        if one.no in MANAGED[quarter - 1]
    ]
    rows.append(f"{STRANGER[0]},{STRANGER[1]},糖尿病,,,")
    content = "\n".join((HEADINGS, *rows)).encode("gb18030")
    read = examine(content, day)
    assert read.is_fit, read.bad
    source = registries.Source("名单.csv", sha256(content).hexdigest(), day)
    registries.take(
        ran.session,
        world.VAULT,
        read.people.values(),
        source,
        id_=uuid4(),
        area=PLACE,
        by=HEALTH,
        now=at(day),
    )
    rules = ran.desk.rules_of("suixi", day)
    asked = matching.AskedRun(PLACE, day, ASKS)
    id_ = matching.run(ran.session, world.VAULT, rules, asked, id_=uuid4(), now=at(day))
    ran.runs.append(id_)
    for kind, by in (("sent", ASKS), ("received", HEALTH)):
        acting.act_on_list(
            ran.session, id_, "tell_health", kind=kind, area=PLACE, by=by, now=at(day)
        )


_ZH = {"hypertension": "高血压", "diabetes": "糖尿病"}


def _audit(ran: Ran) -> None:
    """Run the rules, and take the case of the two clinics to its end, with an appeal."""
    session, first, last = ran.session, date(YEAR, 1, 1), date(YEAR, 12, 31)
    lines = claim_lines(session, ran.desk, area=PLACE, first=first, last=last)
    found = audit_lines(lines, shipped(), {})
    asked = runs.AskedAudit(PLACE, first, last, by="bureau")
    runs.keep_run(session, found, asked, id_=uuid4(), now=AFTER)
    (alarm,) = [one for one in found.alarms if one.rule == "duplicate"]
    case = cases.open_case(
        session, alarm.id, words="请说明", place=PLACE, by="bureau", now=AFTER
    )
    ran.case = case.id
    _says(ran, "answered", case.outlet_code)
    _decide(ran, TAKEN_FEN)
    _says(ran, "appealed", case.outlet_code)
    _decide(ran, UPHELD_FEN)
    recovery.book(
        session,
        case.id,
        place=PLACE,
        role="bureau",
        by="bureau",
        now=AFTER + timedelta(days=60),
    )


def _says(ran: Ran, kind: str, outlet: str) -> None:
    said = {"outlet": outlet, "role": "counter", "by": "王芳", "now": AFTER}
    cases.answer(ran.session, ran.case, kind, "说明", **said)


def _decide(ran: Ran, fen: int) -> None:
    with pytest.raises(SecondNeeded) as asked:
        cases.propose_decision(
            ran.session,
            ran.case,
            outcome="partly" if fen == UPHELD_FEN else "confirmed",
            recover_fen=fen,
            reason="查实",
            place=PLACE,
            by=ASKS,
            now=AFTER,
        )
    _approve(ran, asked.value.proposal_id)


def _approve(ran: Ran, proposal_id: UUID) -> None:
    decide_on(
        ran.session,
        ran.desk,
        proposal_id,
        Eyes(area=PLACE),
        approves=True,
        reason="已核对",
        by=DECIDES,
        name_of={"bureau": "王", "officer": "李"}.__getitem__,
        now=AFTER,
    )


def _clear(ran: Ran) -> None:
    """Contract, advance by quarter, measure, and settle the group's year by two officers."""
    session = ran.session
    for row in TREE:
        groups.act_on_group(session, act(*row))
    groups.contract(
        session,
        world.VAULT,
        [
            groups.Contracted(
                one.person_no, one.clinic, one.signed, max(one.since, date(2021, 1, 1))
            )
            for one in DWELLERS
        ],
        place=PLACE,
        batch=uuid4(),
        document="签约信息系统",
        by=ASKS,
        now=AFTER,
    )
    rules = ran.desk.rules_of("suixi", date(YEAR, 12, 31))
    _enter(session, rules)
    for quarter in range(1, 5):
        _advance(session, rules, quarter)
    with pytest.raises(SecondNeeded) as asked:
        clearing.propose_clearing(
            session,
            ran.desk,
            rules,
            place=PLACE,
            group=GROUP,
            year=YEAR,
            reason="年终清算",
            by=ASKS,
            now=AFTER,
        )
    _approve(ran, asked.value.proposal_id)


def _enter(session: Session, rules) -> None:
    """Enter the figures, and every row of the score: half of each row that is a share."""
    rows = indicators(rules)
    for name, part in (FIGURES | {"budget": 4_000_00}).items():
        entering.enter(session, number(name, part), rows)
    for name in ("outpatient_deduction", "inpatient_deduction"):
        entering.enter(session, number(name, 1_234, ref="扣款通知1"), rows)
    for code, *_ in TREE:
        for row in rows:
            part, of = (1, None) if row.kind == "cases" else (17, 20)
            given = number(row.row, part, of, code, row.enters)
            entering.enter(session, given, rows)


def _advance(session: Session, rules, quarter: int) -> None:
    row = BookingRow(
        key=uuid4(),
        place=PLACE,
        group_code=GROUP,
        year=YEAR,
        turn=0,
        stage="advance",
        period=f"Q{quarter}",
        code="",
        amount_fen=1_000_00,
        document="预拨单",
        by="bureau",
        role="bureau",
        at=AFTER,
    )
    booking.book(session, rules, row)


PILOT = tuple(one for one in DWELLERS if one is not NEW)
CAME = tuple(one for one in PILOT if one is not ABSENT)
