"""Each operation in each state: it leads where the table says, or is refused by its words."""

import pytest

from dispensing.life import OPERATIONS, REFUSALS, STATES, cell, state_of
from dispensing.life.states import Standing
from dispensing.service.presentable import REASONS, open_ones, standing
from dispensing.service.receiving import prescription_row
from tests.dispensing import attacks
from tests.life.lives import ACTS, WAYS, in_state, open_town, tried
from tests.world import DAY, NOON
from web.pages.showing import STATES as STATES_OF_PAGES


def test_every_state_and_operation_is_lived():
    assert set(WAYS) == set(STATES)
    assert set(ACTS) == set(OPERATIONS)


@pytest.mark.parametrize("state", STATES)
def test_a_cell_is_what_the_services_answer(session, tmp_path, state):
    desk, platform = open_town(session, tmp_path)
    for operation in OPERATIONS:
        life = in_state(session, desk, platform, state)
        told = cell(operation, state)
        refused = tried(life, operation)
        where = f"{operation} in {state}: {refused}"
        if refused is None:
            assert told.code is None and life.state in told.to, where
            continue
        assert refused.code in ({told.code} if told.code else set(told.also)), where
        assert refused.words.zh and refused.words.en, where
        assert refused.words.next_zh and refused.words.next_en, where
        assert life.state == state, where


@pytest.mark.parametrize("state", STATES)
def test_what_the_table_lets_share_is_what_a_counter_is_shown(session, tmp_path, state):
    life = in_state(session, *open_town(session, tmp_path), state)
    row = prescription_row(session, life.rx)
    at = {"rules": life.desk.life, "now": life.now}
    found = standing(session, row, attacks.SHOP, **at)
    shown = open_ones(session, row.person_no, attacks.SHOP, **at)
    is_shared = cell("share", state).code is None
    assert (found == "open") == is_shared == (life.rx in shown)
    assert found == "open" or found in REASONS
    assert f"access_{found}" in STATES_OF_PAGES


@pytest.mark.parametrize("operation", OPERATIONS)
@pytest.mark.parametrize("state", STATES)
def test_a_cell_is_filled(operation, state):
    found = cell(operation, state)
    assert bool(found.to) != bool(found.code)
    assert set(found.to) <= set(STATES)
    assert found.code is None or found.code in REFUSALS


def test_every_refusal_says_what_and_what_next_in_both_languages():
    for code, words in REFUSALS.items():
        assert words.zh.endswith("。") and words.next_zh.endswith("。"), code
        assert words.en.endswith(".") and words.next_en.endswith("."), code


def test_a_state_of_the_row_is_a_state_of_the_life():
    for row_state in ("settling", "dispensed", "revoked", "lapsed"):
        assert state_of(Standing(row_state, DAY), NOON) == row_state
    assert state_of(Standing("reversed", DAY), NOON) == "received"
