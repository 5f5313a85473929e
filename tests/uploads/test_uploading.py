"""What the platform is told besides charges (C9), over HTTP: at least once, in order, recorded."""

import json
import threading
from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError
from sqlmodel import select

from dispensing.errors import Conflict, Malformed, NotFound
from dispensing.gateway.sandbox import SandboxGateway
from dispensing.gateway.uploads import takes_uploads
from dispensing.outbox import Patience
from dispensing.sealed import unseal
from dispensing.service import uploads
from dispensing.service.notices import Whose
from dispensing.tables import RecordRow
from tests import world
from tests.gateway.street import LATER, NOON
from tests.uploads.acts import SHOP, claimed, kept, planned, states, told, tried
from tests.world import AMLODIPINE, trace_codes
from web import db

HOUR = timedelta(hours=1)


def sold(street, number=1, batch=1):
    """Settle a prescription and write down what is owed for it."""
    row = street.settle(street.received(number), batch)
    planned(street)
    return row


def undone(street):
    with db.open_session(street.engine, read_only=True) as session:
        return uploads.undone_uploads(session)


def test_a_sale_is_uploaded_with_its_packs_after_it_is_posted(served):
    row = sold(served)
    assert tried(served) == "done"
    assert tried(served) == "nothing"
    ((infno, given),) = told(served)
    codes = [pack["drug_trac_codg"] for pack in given["drugtracinfo"]]
    assert (infno, given["med_list_codg"]) == ("3505", AMLODIPINE)
    assert sorted(codes) == sorted(trace_codes()[1])
    assert given["setl_id"] == f"S{row.msgid}"
    assert given["sel_retn_cnt"] == "3"
    assert given["rtal_docno"] == f"{row.msgid}01"


def test_a_reversal_is_uploaded_after_its_sale_and_the_packs_may_be_sold_again(
    anywhere,
):
    rx = anywhere.received()
    anywhere.settle(rx)
    anywhere.reverse(rx)
    anywhere.settle(rx)  # the same packs
    assert planned(anywhere, LATER) == 3
    while tried(anywhere, LATER) == "done":
        pass
    assert [infno for infno, _ in told(anywhere)] == ["3505", "3506", "3505"]
    assert {state for _, state in states(anywhere)} == {"done"}


def test_planning_again_owes_nothing_twice(anywhere):
    sold(anywhere)
    assert planned(anywhere) == 0
    with db.open_session(anywhere.engine) as session:
        assert uploads.plan_missing(session, now=NOON) == 0


def test_a_sale_that_was_passed_by_is_found(served):
    sold(served)
    with db.open_session(served.engine) as session:
        session.execute(text("DELETE FROM upload"))
        session.commit()
    with db.open_session(served.engine) as session:
        assert uploads.plan_missing(session, now=NOON) == 1
    assert tried(served) == "done"


def test_what_was_sold_before_the_first_day_is_not_owed(served):
    served.settle(served.received())
    from dispensing.service import notices

    with db.open_session(served.engine) as session:
        notices.tell(session, now=NOON)
        tomorrow = NOON.date() + timedelta(days=1)
        assert uploads.plan(session, now=NOON, since=tomorrow) == 0


def test_each_try_is_kept_with_its_number_and_what_it_told_and_is_on_record(served):
    sold(served)
    served.fault("refuse", infno="3505")
    assert tried(served) == "refused"
    assert tried(served, NOON + HOUR) == "done"
    rows = kept(served)
    assert [row.kind for row in rows] == ["sent", "refused", "sent", "accepted"]
    numbers = [row.msgid for row in rows]
    assert numbers[0] == numbers[1] != numbers[2] == numbers[3]
    assert (
        json.loads(unseal(world.VAULT, rows[0], "told_sealed"))["medicine_code"]
        == AMLODIPINE
    )
    with db.open_session(served.engine) as session:
        recorded = [row.kind for row in session.exec(select(RecordRow))]
        assert recorded.count("upload.accepted") == 1
        with pytest.raises(DatabaseError, match="append-only"):
            session.execute(text("UPDATE upload_event SET words = ''"))


@pytest.mark.parametrize("fault", ["timeout_after", "down", "garbage", "half"])
@pytest.mark.parametrize("infno", ["3505", "3506"])
def test_where_no_answer_comes_it_is_sent_until_one_does(served, fault, infno):
    rx = served.received()
    served.settle(rx)
    served.reverse(rx)
    planned(served)
    served.fault(fault, infno=infno, ms=1)
    now, answers = NOON, []
    for _ in range(3):
        answers.append(tried(served, now))
        now += HOUR
    assert answers.count("waiting") == (fault != "timeout_after")
    assert {state for _, state in states(served)} == {"done"}
    kinds = [infno_ for infno_, _ in told(served)]
    assert kinds[0] == "3505" and kinds[-1] == "3506"


def test_a_return_whose_answer_was_lost_is_done_and_a_first_no_is_believed(served):
    rx = served.received()
    served.settle(rx)
    served.reverse(rx)
    planned(served)
    assert tried(served) == "done"
    served.fault("garbage", infno="3506")
    assert tried(served) == "waiting"
    assert tried(served, NOON + HOUR) == "done"  # 追溯码未售出: it came through before
    assert kept(served)[-1].words.startswith("追溯码未售出")


def test_what_the_platform_calls_repeated_is_done_after_a_lost_answer(served):
    sold(served)
    served.fault("garbage", infno="3505")
    assert tried(served) == "waiting"
    served.fault("repeated", infno="3505")
    assert tried(served, NOON + HOUR) == "done"
    assert kept(served)[-1].words == "报文重复"


def test_what_the_platform_calls_repeated_the_first_time_is_looked_at(served):
    sold(served)
    served.fault("repeated", infno="3505")
    assert tried(served) == "refused"


def test_a_business_no_is_seen_and_may_be_sent_again_or_given_up(served):
    served.counter.books.sell("another", trace_codes()[1], back=False)
    sold(served)
    assert tried(served) == "refused"
    (view,) = undone(served)
    assert (view.state, view.tries) == ("refused", 1)
    assert view.last_words.startswith("追溯码已售出")
    with db.open_session(served.engine) as session:
        uploads.send_again(session, view.id, by="叶素珍", now=NOON)
    assert tried(served) == "refused"
    with db.open_session(served.engine) as session:
        with pytest.raises(Malformed):
            uploads.drop(session, view.id, reason=" ", by="叶素珍", now=NOON)
        uploads.drop(session, view.id, reason="平台重复", by="叶素珍", now=NOON)
    assert states(served) == [("3505", "dropped")]
    with db.open_session(served.engine) as session, pytest.raises(Conflict):
        uploads.send_again(session, view.id, by="叶素珍", now=NOON)


def test_a_strangers_upload_is_not_there(served):
    served.fault("refuse", infno="3505")
    sold(served)
    tried(served)
    (view,) = undone(served)
    with db.open_session(served.engine) as session, pytest.raises(NotFound):
        uploads.send_again(
            session, view.id, whose=Whose("P33030200002"), by="x", now=NOON
        )


def test_what_is_refused_for_days_is_laid_aside_and_what_is_unanswered_never(served):
    hasty = Patience(timedelta(0), 1)
    sold(served)
    served.fault("down", infno="3505")
    assert tried(served, patience=hasty) == "waiting"
    served.fault("refuse", infno="3505")
    assert tried(served, NOON + HOUR, patience=hasty) == "laid_aside"
    assert tried(served, NOON + 2 * HOUR) == "nothing"


def test_the_return_waits_for_a_sale_that_is_refused_while_others_go_on(served):
    rx = served.received()
    served.settle(rx)
    served.reverse(rx)
    planned(served)
    served.fault("refuse", infno="3505")
    assert tried(served) == "refused"
    sold(served, 2, 2)
    assert tried(served) == "done"
    assert tried(served) == "nothing"
    assert states(served)[:2] == [("3505", "refused"), ("3506", "waiting")]


def test_a_sender_that_is_killed_after_it_sent_leaves_its_number_and_another_goes_on(
    served,
):
    rx = served.received()
    served.settle(rx)
    served.reverse(rx)
    planned(served)
    assert tried(served) == "done"
    due = claimed(served)
    uploads.send(served.desk.gateway, due)  # and dies before it writes the answer down
    assert claimed(served) is None
    later = NOON + timedelta(minutes=3)
    assert tried(served, later) == "done"
    assert [row.kind for row in kept(served)][2:] == ["sent", "sent", "accepted"]
    # The dead one comes back: its answer is kept, and changes nothing.
    with db.open_session(served.engine) as session:
        late = uploads.conclude(session, due, uploads.Outcome("accepted"), now=later)
    assert late is None
    assert states(served) == [("3505", "done"), ("3506", "done")]


def test_two_that_upload_at_once_send_each_message_once(anywhere):
    for number in range(1, 6):
        sold(anywhere, number, number)
    answers = []

    def work():
        while (answer := tried(anywhere)) != "nothing":
            answers.append(answer)

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == ["done"] * 5
    assert len(told(anywhere)) == 5


def test_the_lag_is_told_by_outlet_from_when_it_was_sold(anywhere):
    sold(anywhere)
    with db.open_session(anywhere.engine, read_only=True) as session:
        found = uploads.upload_lags(session, now=NOON + HOUR)
        other = uploads.upload_lags(session, now=NOON, whose=Whose("P33030200002"))
    ((lag,), none) = found.by_outlet, other.by_outlet
    assert (lag.outlet_code, lag.waiting, lag.refused) == (SHOP, 1, 0)
    assert (lag.oldest_s, found.unplanned, none) == (3600, 0, ())


def test_the_embedded_sandbox_is_owed_nothing():
    assert not takes_uploads(SandboxGateway(":memory:"))
