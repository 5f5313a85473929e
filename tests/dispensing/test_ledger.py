"""The ledger: balanced by construction, and undone by the same transfers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispensing.ledger import (
    Transfer,
    balances,
    opening_transfers,
    settlement_transfers,
    tender_transfer,
)

FEN = st.integers(0, 10**9)


@given(fund=FEN, account=FEN, aid=FEN, cash=FEN, deductible=FEN)
def test_what_the_payers_give_is_what_the_outlet_is_owed(
    fund, account, aid, cash, deductible
):
    found = balances(
        settlement_transfers(
            fund_fen=fund,
            account_fen=account,
            mutual_aid_fen=aid,
            cash_fen=cash,
            deductible_fen=deductible,
        )
    )
    assert found.get("receivable", 0) == fund + account + aid
    assert found.get("due", 0) == cash
    assert found.get("deductible", 0) == deductible


@given(fund=FEN, cash=st.integers(1, 10**9))
def test_a_settlement_that_is_undone_leaves_nothing(fund, cash):
    moved = [
        *settlement_transfers(
            fund_fen=fund,
            account_fen=0,
            mutual_aid_fen=0,
            cash_fen=cash,
            deductible_fen=0,
        ),
        tender_transfer("cash", cash),
    ]
    undone = [one.undone for one in moved]
    assert not any(balances([*moved, *undone]).values())


def test_what_is_paid_at_the_door_is_with_the_courier():
    assert tender_transfer("on_delivery", 500).debit == "courier"
    assert tender_transfer("mobile", 500).debit == "mobile"


def test_what_is_carried_over_stands_against_elsewhere():
    found = balances(
        opening_transfers(
            account_fen=900, fund_fen=300, ordinary_fund_fen=0, deductible_fen=50
        )
    )
    assert (found["personal_account"], found["fund"]) == (900, -300)
    assert found["elsewhere"] == -600


@pytest.mark.parametrize(
    ("debit", "credit", "fen"),
    [("cash", "cash", 1), ("cash", "purse", 1), ("cash", "due", 0)],
)
def test_a_transfer_needs_two_accounts_and_an_amount(debit, credit, fen):
    with pytest.raises(ValueError, match="expected"):
        Transfer(debit, credit, fen)
