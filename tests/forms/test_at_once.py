"""Officers draw up and send one form at one moment: one version of one number, sent once."""

from datetime import UTC, date, datetime

import pytest
from sqlmodel import select

from dispensing.errors import Conflict
from dispensing.service.approving import Party
from dispensing.service.forms import kept
from dispensing.service.forms.kept import FormSending, Of
from dispensing.tables import FormSendingRow, FormVersionRow
from tests.clearing.test_at_once import TOGETHER
from web import db

OF = Of("schedule", "330300", date(2025, 9, 1))
NOW = datetime(2025, 10, 1, 1, tzinfo=UTC)
BY = Party("7", "bureau")


def drawn(number=1):
    def act(session):
        return kept.keep(session, OF, {"fund_fen": number}, by=BY, now=NOW)

    return act


def sent(number, reporter="王敏"):
    def act(session):
        sending = FormSending(reporter, "0577-88960000", "", BY.user, NOW)
        found = kept.version(session, OF, number)
        return kept.send(session, found, sending, role="bureau", now=NOW)

    return act


@TOGETHER
def test_equal_numbers_drawn_up_by_four_are_one_version(engine, together):
    found = together(engine, [drawn()] * 4)
    assert {one.number for one in found} == {1}
    with db.open_session(engine, read_only=True) as session:
        assert len(session.exec(select(FormVersionRow)).all()) == 1


@TOGETHER
def test_other_numbers_each_become_a_version_of_their_own(engine, together):
    found = together(engine, [drawn(fen) for fen in range(4)])
    assert sorted(one.number for one in found) == [1, 2, 3, 4]
    assert {one.content["fund_fen"] for one in found} == {0, 1, 2, 3}


@TOGETHER
def test_a_form_that_four_send_is_sent_once_in_one_name(engine, together):
    with db.open_session(engine) as session:
        drawn()(session)
    found = together(engine, [sent(1, f"经办{no}") for no in range(4)])
    with db.open_session(engine, read_only=True) as session:
        (row,) = session.exec(select(FormSendingRow)).all()
    assert {one.sending.reporter for one in found} == {row.reporter}


@TOGETHER
def test_a_version_that_is_out_of_date_is_never_sent_after_the_newer(engine, together):
    """A correction drawn up while the former is sent: both stand, or the former is refused."""
    with db.open_session(engine) as session:
        drawn(1)(session)
    corrected, former = together(engine, [drawn(2), sent(1)])
    assert corrected.number == 2
    if isinstance(former, Conflict):
        assert former.code == "form-superseded"
    with db.open_session(engine) as session:
        latest = sent(2)(session)
    assert latest.sending is not None


def test_a_former_version_is_refused_by_name(engine):
    with db.open_session(engine) as session:
        drawn(1)(session)
        drawn(2)(session)
        with pytest.raises(Conflict) as refused:
            sent(1)(session)
    assert refused.value.code == "form-superseded"
