"""Cases of smart audit (T13, L26, C10): heard, decided by two, appealed, taken back once."""

import threading
from datetime import timedelta
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlmodel import Session, select

from dispensing import service
from dispensing.approvals import SecondNeeded
from dispensing.errors import Conflict, Malformed, NotFound
from dispensing.recompute import recompute
from dispensing.service.approving import Eyes, Party
from dispensing.service.carrying import decide_on
from dispensing.service.smart import cases, pledges, recovery, runs, samples, thresholds
from dispensing.smart.alarms import Audit, Evidence, Unrun, alarm
from dispensing.smart.cases import APPEAL_DAYS, shared
from dispensing.tables import LedgerRow, RecordRow, SettlementRow, SmartRecoveryRow
from fixtures import cast
from tests.dispensing.test_settling import received, settle
from tests.world import DAY, NOON, trace_codes

SHOP = cast.LUCHENG_PHARMACY
ASKS = Party("officer-1", "bureau", "王科长")
DECIDES = Party("officer-2", "bureau", "李主任")
LATER = NOON + timedelta(days=1)
FINAL = LATER + timedelta(days=APPEAL_DAYS + 1)


def raised(street, desk, *, settlements=1):
    """Settle, and raise an alarm about it."""
    rows = [
        settle(
            street, desk, received(street, desk, no), trace_codes=trace_codes(batch=no)
        )
        for no in range(1, 1 + settlements)
    ]
    evidence = tuple(
        Evidence(str(r.id), 1, DAY, SHOP, "I000000001", "M", r.fund_fen, r.fund_fen)
        for r in rows
    )
    one = alarm("duplicate", "1", "I000000001|C08CA01", evidence, facts={"times": 3})
    kept(street, one)
    return one, rows


def kept(session, *alarms):
    found = Audit(1, DAY, DAY, alarms, (Unrun("after_end", "ends"),))
    asked = runs.AskedAudit("3303", DAY, DAY, "officer-1")
    return runs.keep_run(session, found, asked, id_=uuid4(), now=NOON)


def opened(session, one):
    return cases.open_case(
        session, one.id, words="请说明", place="3303", by="officer-1", now=NOON
    )


def says(session, case_id, kind, now=LATER):
    return cases.answer(
        session,
        case_id,
        kind,
        "说明",
        outlet=SHOP,
        role="counter",
        by="叶素珍",
        now=now,
    )


def asked(session, case_id, outcome="confirmed", fen=100, now=LATER):
    with pytest.raises(SecondNeeded) as found:
        cases.propose_decision(
            session,
            case_id,
            outcome=outcome,
            recover_fen=fen,
            reason="查实",
            place="3303",
            by=ASKS,
            now=now,
        )
    return found.value.proposal_id


def decided(session, desk, case_id, *, by=DECIDES, now=LATER, **said):
    return decide_on(
        session,
        desk,
        asked(session, case_id, now=now, **said),
        Eyes(area="3303"),
        approves=True,
        reason="同意",
        by=by,
        name_of=lambda user: {"officer-1": "王科长", "officer-2": "李主任"}[user],
        now=now,
    )


def book(session, case_id, now=FINAL):
    return recovery.book(
        session, case_id, place="3303", role="bureau", by="officer-1", now=now
    )


def test_a_case_is_heard_decided_by_two_and_taken_back_once(street, desk):
    """T14: the ledger, the chain and the plain re-computation agree to the fen."""
    one, (row,) = raised(street, desk)
    case = opened(street, one)
    assert (case.state, case.stake_fen) == ("heard", row.fund_fen)
    says(street, case.id, "answered")
    decided(street, desk, case.id, fen=150)
    found = cases.case(street, case.id, place="3303", outlet=None, today=DAY)
    assert (found.state, found.recover_fen, found.turns[-1].second) == (
        "decided",
        150,
        "officer-2",
    )
    done = book(street, case.id)
    assert book(street, case.id) == done
    assert (done.state, done.recovered_fen) == ("recovered", 150)
    booked = street.exec(select(LedgerRow).where(LedgerRow.entry == "recover")).all()
    assert [(r.debit, r.credit, r.amount_fen) for r in booked] == [
        ("fund", "clawback", 150)
    ]
    assert recovery.owed_fen(street, SHOP) == 150
    told = recompute(street.connection())
    assert told.off == () and sum(told.balances.values()) == 0
    kinds = set(street.exec(select(RecordRow.kind)).all())
    assert {"smart_case", "smart_turn.decided", "ledger.recover"} <= kinds
    with pytest.raises(Conflict, match="reversed"):
        service.reverse(
            street,
            desk,
            settlement_id=row.id,
            outlet_code=SHOP,
            reason="wrong_entry",
            by="叶素珍",
            now=FINAL,
        )


def test_the_same_run_and_the_same_alarm_open_nothing_twice(street, desk):
    one, _ = raised(street, desk)
    assert kept(street, one).new == 0
    assert opened(street, one) == opened(street, one)
    again = alarm("duplicate", "2", one.subject, one.evidence[:1], facts={})
    other = alarm("duplicate", "2", "I000000001|other", one.evidence, facts={})
    assert again.id == one.id != other.id
    kept(street, other)
    opened(street, other)
    (first,) = [x for x in runs.alarms(street, "3303") if x.id == one.id]
    assert first.case_id and first.record.confirmed == 0


def test_nobody_is_decided_on_unheard_and_nothing_is_taken_back_early(street, desk):
    one, (row,) = raised(street, desk)
    case = opened(street, one)
    for fen, outcome in ((row.fund_fen + 1, "confirmed"), (1, "unfounded")):
        with pytest.raises(Malformed):
            cases.propose_decision(
                street,
                case.id,
                outcome=outcome,
                recover_fen=fen,
                reason="查实",
                place="3303",
                by=ASKS,
                now=LATER,
            )
    with pytest.raises(Conflict):
        cases.propose_decision(
            street,
            case.id,
            outcome="confirmed",
            recover_fen=1,
            reason="查实",
            place="3303",
            by=ASKS,
            now=LATER,
        )
    late = NOON + timedelta(days=11)
    assert (
        cases.case(street, case.id, place="", outlet=SHOP, today=late.date()).state
        == "unanswered"
    )
    with pytest.raises(Conflict, match="another account"):
        decided(street, desk, case.id, by=ASKS, now=late)
    decided(street, desk, case.id, fen=50, now=late)
    with pytest.raises(Conflict):
        book(street, case.id, now=late)
    for where, outlet in (("2112", None), ("", "P33030200009")):
        with pytest.raises(NotFound):
            cases.case(street, case.id, place=where, outlet=outlet, today=DAY)


def test_an_appeal_is_ruled_on_and_the_rule_remembers(street, desk):
    one, _ = raised(street, desk)
    case = opened(street, one)
    says(street, case.id, "answered")
    decided(street, desk, case.id, fen=90)
    says(street, case.id, "appealed")
    with pytest.raises(Conflict):
        book(street, case.id)
    decided(street, desk, case.id, outcome="unfounded", fen=0)
    found = book(street, case.id, now=LATER)
    assert (found.state, found.outcome, found.recovered_fen) == (
        "recovered",
        "unfounded",
        0,
    )
    assert runs.records(street, "3303")["duplicate"].unfounded == 1
    with pytest.raises(Conflict):
        cases.publish(
            street, case.id, place="3303", role="bureau", by="officer-1", now=LATER
        )


def test_a_typical_case_names_nobody(street, desk):
    """C10: published cases have no person, no outlet, no claim."""
    one, (row,) = raised(street, desk)
    case = opened(street, one)
    says(street, case.id, "answered")
    decided(street, desk, case.id, fen=90)
    says(street, case.id, "accepted")
    book(street, case.id, now=LATER)
    cases.publish(
        street, case.id, place="3303", role="bureau", by="officer-1", now=LATER
    )
    (told,) = cases.typical(street, today=DAY)
    assert told.recovered_fen == 90
    for name in ("I000000001", SHOP, str(row.id), "officer", "说明"):
        assert name not in repr(told).replace(str(told.id), "")


def test_what_was_reversed_meanwhile_is_not_taken_back(street, desk):
    one, (row,) = raised(street, desk)
    case = opened(street, one)
    says(street, case.id, "answered")
    decided(street, desk, case.id, fen=90)
    held = street.get_one(SettlementRow, row.id)
    held.state = "reversed"
    street.flush()
    with pytest.raises(Conflict, match="not enough"):
        book(street, case.id)
    street.rollback()
    assert street.exec(select(SmartRecoveryRow)).all() == []


def test_who_is_cut_off_in_the_middle_of_booking_leaves_nothing(
    street, desk, monkeypatch
):
    one, _ = raised(street, desk)
    case = opened(street, one)
    says(street, case.id, "answered")
    decided(street, desk, case.id, fen=90)

    def cut(*_, **__):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(recovery, "add_turn", cut)
        book(street, case.id)
    street.rollback()
    assert street.exec(select(SmartRecoveryRow)).all() == []
    assert book(street, case.id).recovered_fen == 90


def test_two_who_book_at_once_book_once(street, desk):
    """A race on both databases; the deterministic one is booking again, above."""
    one, _ = raised(street, desk)
    case = opened(street, one)
    says(street, case.id, "answered")
    decided(street, desk, case.id, fen=90)
    engine, told = street.get_bind(), []
    street.commit()

    def booking():
        with Session(engine) as session:
            try:
                told.append(book(session, case.id).recovered_fen)
            except Exception as error:
                told.append(type(error).__name__)

    both = [threading.Thread(target=booking) for _ in range(2)]
    for each in both:
        each.start()
    for each in both:
        each.join(20)
    street.expire_all()
    rows = street.exec(select(SmartRecoveryRow)).all()
    assert [row.amount_fen for row in rows] == [90]
    assert told.count(90) >= 1, told


@given(
    fen=st.integers(0, 10**12),
    rooms=st.dictionaries(
        st.text("abc", min_size=1, max_size=3), st.integers(0, 10**11)
    ),
)
def test_a_recovery_is_shared_to_the_fen_within_what_was_paid(fen, rooms):
    given = shared(fen, rooms, {claim: room // 2 for claim, room in rooms.items()})
    if given is None:
        assert fen > sum(rooms.values())
    else:
        assert sum(given.values()) == fen
        assert all(0 < part <= rooms[claim] for claim, part in given.items())


def test_a_sample_is_drawn_found_and_estimated(street):
    """L25: what was found wrong opens a case."""
    frame = [
        samples.FramedClaim(f"c{no}", SHOP, 100 * no, "pharmacy") for no in range(1, 9)
    ]
    drawn = samples.draw(
        street,
        frame,
        way="value",
        size=3,
        seed=5,
        place="3303",
        since=DAY,
        until=DAY,
        by="officer-1",
        now=NOON,
    )
    assert drawn.estimate is None
    for one in drawn.drawn:
        found = samples.find(
            street,
            drawn.id,
            one.claim,
            wrong_fen=one.fund_fen,
            words="无处方",
            place="3303",
            by="officer-1",
            now=NOON,
        )
    assert found.estimate.fen == 3600
    again = found.drawn[0].claim
    with pytest.raises(Conflict):
        samples.find(
            street,
            drawn.id,
            again,
            wrong_fen=0,
            words="",
            place="3303",
            by="officer-1",
            now=NOON,
        )
    case = cases.open_case_of_sample(
        street, drawn.id, again, words="请说明", place="3303", by="officer-1", now=NOON
    )
    assert (case.rule, case.outlet_code) == ("sample", SHOP)


def test_a_pledge_is_signed_once_and_a_missing_one_is_shown(street):
    """T13, C10: 事前承诺."""
    first = pledges.sign(street, SHOP, "叶素珍", by="counter-1", now=NOON)
    again = pledges.sign(street, SHOP, "别人", by="counter-1", now=LATER)
    assert first == again
    told = pledges.pledges(street, "3303")
    assert told[0].at is None and told[-1].signer == "叶素珍"


def test_a_bureau_sets_its_own_threshold_with_a_reason(street):
    said = {"place": "3303", "by": "officer-1", "now": NOON}
    for _ in range(2):
        thresholds.set_threshold(
            street, "duplicate", "times_min", 5, reason="抽查", **said
        )
    assert len(thresholds.set_in(street, "3303")) == 1
    assert thresholds.rules_of(street, "3303")[0].values["times_min"] == 5
    assert thresholds.rules_of(street, "2112")[0].values["times_min"] == 3
    with pytest.raises(Malformed):
        thresholds.set_threshold(street, "duplicate", "x", 5, reason="抽查", **said)
