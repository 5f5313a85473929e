"""The life of a designation as stored, on each kind of database."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from threading import Barrier, Thread
from uuid import UUID, uuid4, uuid5

import pytest
from sqlalchemy.exc import DatabaseError
from sqlmodel import col, select, update

from pharmacies import designation_service as life
from pharmacies import service
from pharmacies.designation import CHRONIC, Condition, Dossier, Refused
from pharmacies.quota import Plan
from pharmacies.quota_service import quota_board, quota_history
from pharmacies.tables import DesignationActRow
from tests.pharmacies import network as street
from tests.pharmacies.network import CANDIDATE, GENERAL, HOSPITAL, MONDAY, PHARMACY
from tests.pharmacies.test_designation_table import CONDITIONS, FIT
from web import db

NOON = datetime(2025, 9, 15, 4, tzinfo=UTC)
OF_CHRONIC = {name: Condition(1, "温州方案", "二（四）") for name in CHRONIC}
READY = Dossier(settles_by_card=True, sells_from_platform=True)
PLAN = Plan({"鹿城区": 1, "洞头区": 1}, {"龙港市": "鹿城区"})
NAMES = UUID(int=7)
THIRD = "P33030200003"


def doing(code=CANDIDATE.code, kind="general", *, today=MONDAY, on=None, **more):
    at = NOON + timedelta(days=(today - MONDAY).days)
    usual = {"by": "bureau-1", "role": "bureau", "reason": "按程序办理"}
    return life.Doing(
        outlet_code=code,
        kind=kind,
        on=on or today,
        today=today,
        at=at,
        act_id=uuid4(),
        **{**usual, **more},
    )


@pytest.fixture
def network(session):
    """Store a pharmacy with both agreements, one without, and a hospital."""
    service.add_outlets(session, [PHARMACY, HOSPITAL, CANDIDATE])
    service.add_agreements(session, [GENERAL, street.CHRONIC])
    return session


def refused(code):
    return pytest.raises(Refused, match=life_words(code))


def life_words(code):
    from pharmacies.designation import REFUSALS

    return REFUSALS[code].en.split(";")[0].split(":")[0]


def admit(session, code=CANDIDATE.code, *, ends=None):
    """Take a pharmacy from its application to both agreements."""
    life.apply_for(session, doing(code), FIT, CONDITIONS)
    life.accept(session, doing(code), CONDITIONS)
    life.sign(session, doing(code), life.Terms(MONDAY, ends), PLAN)
    life.apply_for(session, doing(code, "chronic"), READY, OF_CHRONIC)
    life.accept(session, doing(code, "chronic"), OF_CHRONIC)
    terms = life.Terms(MONDAY, ends, MONDAY, "鹿城区")
    return life.sign(session, doing(code, "chronic"), terms, PLAN)


def test_a_pharmacy_is_admitted_step_by_step_and_counts(network):
    ends = date(2026, 9, 14)
    told = admit(network, ends=ends)
    assert (told.state, told.days_left) == ("in_force", 364)
    assert [act.act for act in told.acts] == ["apply", "accept", "sign"]
    assert {one.verdict for one in told.findings} == {"met"}
    assert service.is_designated(network, CANDIDATE.code, MONDAY, "chronic")
    lucheng, _ = service.quota_standings(network, PLAN.targets, MONDAY)
    assert lucheng.designated == 2
    assert life.astray(network) == ()
    due = life.running_out(network, date(2026, 7, 1), 90, pooling="3303")
    assert [(one.kind, one.ends) for one in due] == [
        ("chronic", ends),
        ("general", ends),
    ]
    assert life.running_out(network, date(2026, 7, 1), 30) == ()


def test_what_was_known_on_a_past_day_can_be_asked(network):
    admit(network)
    day = MONDAY + timedelta(days=9)
    life.suspend(
        network, doing(PHARMACY.code, "chronic", today=day, on=day), PLAN, until=None
    )
    before, code = NOON + timedelta(days=8), PHARMACY.code
    assert life.life(network, code, "chronic", day).state == "suspended"
    told = life.life(network, code, "chronic", day, known_at=before)
    assert (told.state, told.acts) == ("in_force", ())
    now = quota_board(network, PLAN, day, window_days=30, ahead_days=30)
    then = quota_board(
        network, PLAN, day, window_days=30, ahead_days=30, known_at=before
    )
    unknown = quota_board(
        network,
        PLAN,
        day,
        window_days=30,
        ahead_days=30,
        known_at=NOON - timedelta(days=1),
    )
    counts = [board.units[0].designated for board in (now, then, unknown)]
    assert counts == [1, 2, 1]  # the one that was admitted meanwhile was not known
    first = date(2024, 2, 28)
    steps = quota_history(network, PLAN, first=first, last=day)["鹿城区"]
    assert [(step.day, step.designated) for step in steps] == [
        (first, 0),
        (date(2024, 3, 1), 1),
        (MONDAY, 2),
        (day, 1),
    ]


def test_on_a_day_before_the_application_there_was_none(network):
    code, before = CANDIDATE.code, MONDAY - timedelta(days=1)
    life.apply_for(network, doing(code), FIT, CONDITIONS)
    told = life.life(network, code, "general", before)
    assert (told.state, told.dossier, told.findings) == ("none", None, ())
    assert life.life(network, code, "general", MONDAY).state == "applied"


def test_on_a_day_before_it_was_signed_an_agreement_was_not(network):
    code, begins = CANDIDATE.code, MONDAY + timedelta(days=30)
    signed_on = MONDAY + timedelta(days=2)
    life.apply_for(network, doing(code), FIT, CONDITIONS)
    life.accept(network, doing(code, today=MONDAY + timedelta(days=1)), CONDITIONS)
    signing = doing(code, today=signed_on, on=begins)
    life.sign(network, signing, life.Terms(begins, None), PLAN)
    days = [MONDAY + timedelta(days=day) for day in (-1, 0, 1, 2, 30)]
    assert [life.life(network, code, "general", day).state for day in days] == [
        "none",
        "applied",
        "accepted",
        "agreed",
        "in_force",
    ]


def test_who_was_found_unfit_may_apply_again_after_three_months(network):
    life.apply_for(network, doing(), replace(FIT, pharmacists=0), CONDITIONS)
    with refused("condition-unmet"):
        life.accept(network, doing(), CONDITIONS)
    retry = Condition(3, "零售药店医疗保障定点管理暂行办法", "第十条")
    told = life.turn_down(network, doing(reason="没有执业药师"), retry)
    assert (told.state, told.retry_on) == ("refused", date(2025, 12, 15))
    early = doing(today=date(2025, 12, 14))
    with pytest.raises(Refused, match="From 2025-12-15"):
        life.apply_for(network, early, FIT, CONDITIONS)
    again = doing(today=date(2025, 12, 15))
    assert life.apply_for(network, again, FIT, CONDITIONS).state == "applied"


def test_a_dossier_that_leaves_something_out_is_supplemented(network):
    life.apply_for(network, doing(), replace(FIT, pharmacists=None), CONDITIONS)
    with refused("condition-unknown"):
        life.accept(network, doing(), CONDITIONS)
    assert life.supplement(network, doing(), FIT, CONDITIONS).state == "applied"
    assert life.accept(network, doing(), CONDITIONS).state == "accepted"
    assert life.withdraw_application(network, doing()).state == "none"


def test_a_designated_pharmacy_needs_a_general_agreement(network):
    life.apply_for(network, doing(kind="chronic"), READY, OF_CHRONIC)
    with refused("condition-unmet"):  # it is found in our own agreements
        life.accept(network, doing(kind="chronic"), OF_CHRONIC)
    with refused("not-a-pharmacy"):
        life.apply_for(network, doing(HOSPITAL.code, "chronic"), READY, OF_CHRONIC)


def test_a_chronic_agreement_does_not_outlive_the_general_one(network):
    admit(network, ends=date(2026, 9, 14))
    longer = doing(kind="chronic")
    with refused("general-needed"):
        life.renew(network, longer, date(2027, 9, 14), PLAN)
    life.renew(network, doing(), date(2027, 9, 14), PLAN)
    assert (
        life.renew(network, longer, date(2027, 9, 14), PLAN).agreement.ends.year == 2027
    )


def test_a_unit_leaves_its_floor_only_with_a_reason_and_the_number_seen(network):
    asked = doing(PHARMACY.code, "chronic")
    with pytest.raises(Refused, match="target 1, 0 after it"):
        life.suspend(network, asked, PLAN)
    with refused("below-floor"):
        life.suspend(network, asked, PLAN, override=life.Override("检查", 1))
    told = life.suspend(network, asked, PLAN, override=life.Override("检查", 0))
    assert told.state == "suspended"
    assert told.acts[-1].detail["override"] == {
        "reason": "检查",
        "unit": "鹿城区",
        "target": 1,
        "left": 0,
    }


def test_a_full_ceiling_is_passed_only_with_a_reason(network):
    plan = replace(PLAN, ceilings=frozenset({"鹿城区"}))
    admit(network)  # by a floor
    two = doing(kind="chronic")
    life.end(network, two, PLAN, cause="terminated")
    next_day = {"today": MONDAY + timedelta(days=1)}
    life.apply_for(network, doing(kind="chronic", **next_day), READY, OF_CHRONIC)
    life.accept(network, doing(kind="chronic", **next_day), OF_CHRONIC)
    begins = next_day["today"]
    terms = life.Terms(begins, None, begins, "龙港市")
    asked = doing(kind="chronic", **next_day)
    with refused("above-ceiling"):
        life.sign(network, asked, terms, plan)
    told = life.sign(network, asked, terms, plan, override=life.Override("便民", 2))
    assert told.agreement.quota_unit == "鹿城区"  # its name in the annex
    assert service.quota_rank(network, CANDIDATE.code, begins) == 2
    assert service.quota_rank(network, PHARMACY.code, begins) == 1


def test_the_chronic_agreement_follows_the_general_one(network):
    admit(network)
    general = doing(PHARMACY.code)
    life.suspend(network, general, PLAN, until=MONDAY, stops_orders=True)
    assert life.life(network, PHARMACY.code, "chronic", MONDAY).state == "suspended"
    assert life.stops_orders(network, PHARMACY.code, MONDAY)
    assert not life.stops_orders(network, PHARMACY.code, date(2025, 9, 16))
    assert not life.stops_orders(network, CANDIDATE.code, MONDAY)
    life.resume(network, doing(PHARMACY.code), PLAN)
    told = life.life(network, PHARMACY.code, "chronic", MONDAY)
    assert told.state == "in_force" and told.acts[-1].detail["with"] == "general"
    life.end(network, doing(PHARMACY.code), PLAN, cause="withdrawn")
    tomorrow = date(2025, 9, 16)
    assert life.life(network, PHARMACY.code, "chronic", tomorrow).state == "ended"
    assert life.astray(network) == ()


def test_an_earlier_day_is_only_entered_late(network):
    admit(network)
    early = doing(PHARMACY.code, "chronic", on=date(2025, 9, 1))
    with refused("in-the-past"):
        life.suspend(network, early, PLAN)
    told = life.suspend(
        network,
        replace(early, late=True),
        PLAN,
        until=date(2025, 9, 10),
        override=life.Override("补录", 0),
    )
    assert told.acts[-1].late and told.state == "in_force"


def test_the_same_act_is_done_once(network):
    asked = doing()
    life.apply_for(network, asked, FIT, CONDITIONS)
    again = life.apply_for(network, asked, FIT, CONDITIONS)
    assert len(again.acts) == 1 and again.state == "applied"


def test_the_database_keeps_every_act_as_it_was(network):
    life.apply_for(network, doing(), FIT, CONDITIONS)
    change = (
        update(DesignationActRow)
        .values(reason="改")
        .where(col(DesignationActRow.id) > 0)
    )
    network.commit()
    with pytest.raises(DatabaseError, match="append-only"):
        network.exec(change)
    network.rollback()
    reasons = network.exec(select(DesignationActRow.reason)).all()
    assert reasons == ["按程序办理"]


def test_an_agreement_changed_behind_its_acts_is_found(network):
    admit(network)
    from pharmacies.tables import AgreementRow

    network.exec(
        update(AgreementRow)
        .where(col(AgreementRow.outlet_code) == CANDIDATE.code)
        .values(ends=date(2030, 1, 1))
    )
    assert len(life.astray(network)) == 2


def at_once(engine, *acts):
    """Do acts at the same moment, each in a unit of work of its own; tells what became of each."""
    together, told = Barrier(len(acts), timeout=10), [None] * len(acts)

    def run(no):
        with db.open_session(engine) as session:
            together.wait()
            try:
                told[no] = acts[no](session).state
                session.commit()
            except Refused as refusal:
                told[no] = refusal.code

    threads = [Thread(target=run, args=(no,)) for no in range(len(acts))]
    for one in threads:
        one.start()
    for one in threads:
        one.join(20)
    return told


def numbered(code):
    return replace(doing(code, "chronic"), act_id=uuid5(NAMES, code))


@pytest.fixture
def street_engine(engine):
    """Keep a street with two pharmacies that count, and a third that is found fit."""
    third = replace(CANDIDATE, code=THIRD)
    with db.open_session(engine) as session:
        service.add_outlets(session, [PHARMACY, HOSPITAL, CANDIDATE, third])
        service.add_agreements(session, [GENERAL, street.CHRONIC])
        admit(session)
        life.apply_for(session, doing(THIRD), FIT, CONDITIONS)
        life.accept(session, doing(THIRD), CONDITIONS)
        life.sign(session, doing(THIRD), life.Terms(MONDAY, None), PLAN)
        life.apply_for(session, doing(THIRD, "chronic"), READY, OF_CHRONIC)
        life.accept(session, doing(THIRD, "chronic"), OF_CHRONIC)
        session.commit()
    return engine


def test_of_two_that_leave_a_unit_at_once_one_is_told(street_engine):
    def leave(code):
        return lambda s: life.end(s, numbered(code), PLAN, cause="withdrawn")

    told = at_once(street_engine, leave(PHARMACY.code), leave(CANDIDATE.code))
    assert sorted(told) == ["below-floor", "in_force"]  # its last day is today


def test_of_two_that_take_the_last_place_at_once_one_is_told(street_engine):
    plan = replace(PLAN, targets={"鹿城区": 2}, ceilings=frozenset({"鹿城区"}))
    with db.open_session(street_engine) as session:
        life.suspend(session, doing(CANDIDATE.code, "chronic"), plan)
        session.commit()
    terms = life.Terms(MONDAY, None, MONDAY, "鹿城区")
    told = at_once(
        street_engine,
        lambda s: life.sign(s, numbered(THIRD), terms, plan),
        lambda s: life.resume(s, numbered(CANDIDATE.code), plan),
    )
    assert sorted(told) == ["above-ceiling", "in_force"]


def test_one_reason_takes_one_pharmacy_from_a_unit(street_engine):
    over = life.Override("检查", 1)
    plan = replace(PLAN, targets={"鹿城区": 2})

    def leave(code):
        return lambda s: life.suspend(s, numbered(code), plan, override=over)

    told = at_once(street_engine, leave(PHARMACY.code), leave(CANDIDATE.code))
    assert sorted(told) == ["below-floor", "suspended"]


def test_an_act_that_comes_twice_at_once_is_done_once(street_engine):
    def leave(session):
        over = life.Override("检查", 0)
        return life.suspend(session, numbered(PHARMACY.code), PLAN, override=over)

    with db.open_session(street_engine) as session:
        life.end(session, doing(CANDIDATE.code, "chronic"), PLAN, cause="withdrawn")
        session.commit()
        assert at_once(street_engine, leave, leave) == ["suspended"] * 2
        found = life.life(session, PHARMACY.code, "chronic", MONDAY).acts
    assert [act.act for act in found] == ["suspend"]


def test_a_place_that_another_has_taken_is_taken_again_only_with_a_reason(network):
    plan = replace(PLAN, ceilings=frozenset({"鹿城区"}))
    code = PHARMACY.code
    life.suspend(network, doing(code, "chronic"), plan)
    admit(network, ends=date(2026, 9, 14))
    with refused("above-ceiling"):
        life.resume(network, doing(code, "chronic"), plan)
    told = life.resume(
        network, doing(code, "chronic"), plan, override=life.Override("便民", 2)
    )
    assert told.state == "in_force"
    longer = date(2027, 9, 14)
    life.renew(network, doing(), longer, plan)
    with refused("above-ceiling"):  # from the day on which it would have ended
        life.renew(network, doing(kind="chronic"), longer, plan)
    over = life.Override("便民", 2)
    told = life.renew(network, doing(kind="chronic"), longer, plan, override=over)
    assert told.agreement.ends == longer
