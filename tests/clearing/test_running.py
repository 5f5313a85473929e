"""A year is measured, named where it is not whole, settled by two officers, and booked."""

from datetime import date

import pytest
from sqlmodel import Session, select

from dispensing import service
from dispensing.approvals import SecondNeeded
from dispensing.clearing.claims import Claim
from dispensing.clearing.package import balances
from dispensing.errors import Conflict, Malformed
from dispensing.service import approving
from dispensing.service.carrying import decide_on
from dispensing.service.clearing import booking, groups, measuring, running
from dispensing.tables import BookingRow, ContractRow, ProposalRow
from tests import world
from tests.clearing.county import (
    AFTER,
    GROUP,
    OFFICER,
    OTHER,
    PLACE,
    RULES,
    SECOND,
    TOWN,
    VILLAGE,
    YEAR,
    act,
    enter_all,
    fill,
    number,
)
from web import db

MAY = date(2021, 5, 1)


def claim(person, fund_fen=10_00, day=MAY, **changed):
    usual = {
        "channel": "two_disease",
        "disease": "hypertension",
        "atc": "C08CA01",
        "supply_days": 28,
    }
    return Claim(person, day, fund_fen=fund_fen, **{**usual, **changed})


@pytest.fixture
def desk():
    return world.open_desk()


@pytest.fixture
def work(engine):
    with db.open_session(engine) as opened:
        yield opened


@pytest.fixture
def came(work, monkeypatch):
    """Let five of six people come, once each."""
    numbers = fill(work)
    found = [claim(person) for person in numbers[:5]]
    monkeypatch.setattr(measuring, "claims_of", lambda *_, **__: tuple(found))
    return found


def draft(work, desk, year=YEAR, rules=RULES):
    return running.draft_of(work, desk, rules, place=PLACE, group=GROUP, year=year)


def propose(work, desk, by=OFFICER, now=AFTER):
    with pytest.raises(SecondNeeded) as asked:
        running.propose_clearing(
            work,
            desk,
            RULES,
            place=PLACE,
            group=GROUP,
            year=YEAR,
            reason="年终清算",
            by=by,
            now=now,
        )
    return asked.value.proposal_id


def approve(work, desk, proposal_id, by=SECOND):
    return decide_on(
        work,
        desk,
        proposal_id,
        approving.Eyes(area=PLACE),
        approves=True,
        reason="已核对",
        by=by,
        name_of={"bureau": "王", "third": "赵"}.__getitem__,
        now=AFTER,
    )


def test_s2_s3_s15_s16_heads_pools_and_own_people_come_from_contracts_and_claims(
    work, desk, came
):
    enter_all(work)
    found = draft(work, desk)
    assert found.given.people == 6
    heads = {(h.people, h.signed): h.number for h in found.given.heads[:4]}
    assert heads["two_diseases", True] == 4 and heads["two_diseases", False] == 1
    own = {one.node.code: one.heads for one in found.given.members}
    assert own == {GROUP: 6, TOWN: 6, VILLAGE: 4, OTHER: 2}
    out = found.done.year.outpatient
    assert out.brought_fen == 4 * 340_00 + 1 * 240_00
    assert out.surplus_fen == 1_600_00 - 5 * 10_00 - 100_00 - 300_00
    assert found.done.year.inpatient.surplus_fen == 7_500_00 - 5_000_00


def test_s3_who_was_newly_added_in_the_year_is_not_of_the_pilot(work, desk, came):
    enter_all(work)
    heads = groups.heads_of(work, world.VAULT, PLACE, 2019)
    assert len(heads) == 6 and not measuring.pilot_of(RULES, heads, 2019)


def test_s20_to_s25_each_row_is_counted_here_entered_or_named_as_missing(
    work, desk, came
):
    found = draft(work, desk)
    cells = found.standing.cells
    assert cells[VILLAGE, "1.1"].measured.part == 4
    assert (cells[TOWN, "9"].measured.part, cells[TOWN, "9"].measured.of) == (5, 6)
    assert cells[VILLAGE, "3.1"].origin == "missing"
    assert found.done is None and (VILLAGE, "3.1") in found.unmeasured
    assert "inpatient_fund" in found.lacking
    with pytest.raises(Conflict, match="住院实际基金支出") as refused:
        running.propose_clearing(
            work,
            desk,
            RULES,
            place=PLACE,
            group=GROUP,
            year=YEAR,
            reason="-",
            by=OFFICER,
            now=AFTER,
        )
    assert refused.value.code == "clearing-not-whole"


def test_s11_a_year_is_settled_by_two_officers_and_leaves_nothing_on_the_joint_account(
    work, desk, came
):
    enter_all(work)
    number_ = propose(work, desk)
    for one in (OFFICER, approving.Party("other", "bureau", "王")):
        with pytest.raises(Conflict):
            approve(work, desk, number_, by=one)
        work.rollback()
    assert approve(work, desk, number_).state == "used"
    (kept,) = running.clearings(work, PLACE, GROUP, YEAR)
    assert (kept.number, kept.by, kept.approved_by) == (1, "bureau", "officer")
    rows = booking.bookings(work, PLACE, GROUP, YEAR)
    left = balances(one.booking for one in rows)
    assert left["joint"] == 0 and sum(left.values()) == 0
    assert kept.paid_fen == left["institution"]
    assert kept.paid_fen + kept.pool_fen == kept.surplus_fen
    assert left["group_pool"] == kept.pool_fen
    assert {one.what for one in service.verify(work, now=AFTER).breaks} <= {"unsealed"}


def test_a_correction_is_another_version_that_takes_the_first_back(work, desk, came):
    enter_all(work)
    approve(work, desk, propose(work, desk))
    enter_all(work, inpatient_fund=6_000_00)
    approve(work, desk, propose(work, desk))
    second, first = running.clearings(work, PLACE, GROUP, YEAR)
    assert (first.number, second.number) == (1, 2)
    assert second.surplus_fen == first.surplus_fen - 1_000_00
    left = balances(one.booking for one in booking.bookings(work, PLACE, GROUP, YEAR))
    assert left["joint"] == 0 and left["institution"] == second.paid_fen


def test_what_was_entered_since_lets_no_approval_through(work, desk, came):
    enter_all(work)
    number_ = propose(work, desk)
    enter_all(work, contract_fund=400_00)
    with pytest.raises(Conflict) as refused:
        approve(work, desk, number_)
    assert refused.value.code == "approval-changed"
    work.rollback()
    assert not running.clearings(work, PLACE, GROUP, YEAR)
    assert not work.exec(select(BookingRow)).all()


def test_asked_for_twice_it_waits_once_and_two_that_wait_are_settled_once(
    work, desk, came
):
    enter_all(work)
    first = propose(work, desk)
    assert propose(work, desk) == first
    other = propose(work, desk, by=approving.Party("third", "bureau", "赵"))
    approve(work, desk, first)
    with pytest.raises(Conflict) as refused:
        approve(work, desk, other)
    assert refused.value.code == "approval-changed"
    work.rollback()
    assert len(running.clearings(work, PLACE, GROUP, YEAR)) == 1


def test_a_clearing_that_breaks_off_in_the_middle_leaves_nothing(
    work, desk, came, monkeypatch
):
    enter_all(work)
    number_ = propose(work, desk)

    def broken(*_, **__):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(running, "use", broken)
        with pytest.raises(KeyboardInterrupt):
            approve(work, desk, number_)
    work.rollback()
    assert not running.clearings(work, PLACE, GROUP, YEAR)
    assert approve(work, desk, number_).state == "used"


def test_a_year_that_is_not_over_is_not_cleared(work, desk, came):
    enter_all(work)
    with pytest.raises(Conflict) as refused:
        running.propose_clearing(
            work,
            desk,
            RULES,
            place=PLACE,
            group=GROUP,
            year=YEAR,
            reason="-",
            by=OFFICER,
            now=AFTER.replace(year=2021),
        )
    assert refused.value.code == "year-not-over"


def test_an_institution_that_left_in_the_year_gets_nothing_and_its_part_returns(
    work, desk, came
):
    enter_all(work)
    whole = draft(work, desk).done.payout
    groups.act_on_group(work, act(OTHER, kind="left", on=date(2021, 9, 1)))
    found = draft(work, desk)
    assert {one.node.code for one in found.given.members} == {GROUP, TOWN, VILLAGE}
    assert found.given.people == 6
    assert found.done.payout.surplus_fen == whole.surplus_fen
    assert found.done.payout.unclaimed_fen > 0
    done = found.done.payout
    assert done.paid_fen + done.pool_fen == done.surplus_fen


def test_a_group_without_people_shares_nothing_and_says_what_is_missing(work, desk):
    for code, level, above in ((GROUP, "county", ""), (TOWN, "township", GROUP)):
        groups.act_on_group(work, act(code, level=level, above=above))
    found = draft(work, desk)
    assert found.done is None and found.lacking and not found.unmeasured


def test_an_overspent_year_is_borne_by_the_pool_and_giants_are_exact(work, desk, came):
    enter_all(work, inpatient_fund=10**14 + 1)
    found = draft(work, desk).done
    assert found.payout.paid_fen == 0 and found.payout.pool_fen < -(10**13)
    approve(work, desk, propose(work, desk))
    left = balances(one.booking for one in booking.bookings(work, PLACE, GROUP, YEAR))
    assert left["joint"] == 0 and left["group_pool"] == found.payout.pool_fen


@pytest.mark.parametrize(
    ("row", "where"),
    [
        (number("no_such", 1), "name"),
        (number("inpatients", 1, ref="x"), "ref"),
        (number("outpatient_deduction", 1), "ref"),
        (number("3.1", 2, 1, VILLAGE, "health"), "part"),
        (number("3.1", 1, None, VILLAGE, "health"), "of"),
        (number("3.1", 1, 2, VILLAGE, "bureau"), "name"),
        (number("77", 1, 2, VILLAGE, "health"), "name"),
    ],
)
def test_what_cannot_be_entered_is_told_by_its_field(work, row, where):
    from dispensing.clearing.indicators import indicators
    from dispensing.service.clearing import entering

    with pytest.raises(Malformed) as refused:
        entering.enter(work, row, indicators(RULES))
    assert refused.value.errors[0].where == where


def test_a_file_of_contracts_with_one_wrong_row_changes_nothing(work):
    numbers = fill(work)
    before = len(work.exec(select(ContractRow)).all())
    bad = [
        groups.Contracted(numbers[0], VILLAGE, True, MAY),
        groups.Contracted("I000000000", VILLAGE, True, MAY),
        groups.Contracted(numbers[0], VILLAGE, True, MAY),
        groups.Contracted(numbers[1], "V9", True, MAY),
    ]
    with pytest.raises(Malformed) as refused:
        groups.contract(
            work,
            world.VAULT,
            bad,
            place=PLACE,
            batch=act(VILLAGE).key,
            document="-",
            by=OFFICER,
            now=AFTER,
        )
    assert [one.where for one in refused.value.errors] == ["row 2", "row 3", "row 4"]
    assert len(work.exec(select(ContractRow)).all()) == before


@pytest.mark.parametrize(
    "row",
    [
        act("V1", above="T9"),
        act("V1", above=GROUP),
        act("H2", level="county", above=""),
        act("T2", level="township", above=""),
    ],
)
def test_a_group_that_does_not_hang_together_is_refused(work, row):
    fill(work)
    with pytest.raises(Malformed):
        groups.act_on_group(work, row)


def test_the_same_act_sent_twice_is_written_once(work):
    fill(work)
    again = act("V3", on=date(2021, 3, 1))
    twin = act("V3", on=date(2021, 3, 1), key=again.key)
    groups.act_on_group(work, again)
    groups.act_on_group(work, twin)
    assert (
        len([a for a in groups.group_acts(work, PLACE, GROUP) if a.code == "V3"]) == 1
    )
    with pytest.raises(Conflict):
        groups.act_on_group(work, act("V4", key=again.key))
    assert isinstance(work, Session) and ProposalRow.__tablename__
