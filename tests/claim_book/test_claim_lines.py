"""Claim lines as the bureau's desk reads them: to the fen what was settled, each line once."""

from datetime import date, timedelta
from typing import Any

import pytest
from sqlmodel import select

from dispensing import service
from dispensing.bulk.columns import BadBook
from dispensing.claim_book import opened
from dispensing.claim_book.columns import CHRONIC, COLUMNS, TWO_DISEASE, TWO_DISEASES
from dispensing.claim_book.lines import ClaimLine, channel_of
from dispensing.service import claim_lines as reading
from dispensing.service.claim_lines import claim_lines
from dispensing.tables import SettlementRow
from fixtures import cast
from tests import world
from tests.dispensing.test_settling import received, settle
from tests.world import DAY, NOON
from web.bench_pages import counting

TWO_LINES = [
    {
        "medicine": world.AMLODIPINE,
        "quantity": quantity,
        "supply_days": 28,
        "dosage": "5mg 每日一次",
    }
    for quantity in (3, 2)
]


@pytest.fixture
def settled(street, desk):
    """Settle a part of a prescription of two lines, and another one that is taken back."""
    first = received(street, desk, 1, lines=TWO_LINES)
    settle(street, desk, first, lines={2: 1}, trace_codes=world.trace_codes(2, 1))
    other = received(street, desk, 2)
    undo = {
        "settlement_id": settle(
            street,
            desk,
            other,
            trace_codes=world.trace_codes(batch=2),
            override="出差，提前取药",
        ).id,
        "outlet_code": cast.LUCHENG_PHARMACY,
        "reason": "wrong_entry",
        "by": "叶素珍",
    }
    service.reverse(street, desk, **undo, now=NOON + timedelta(days=2))
    return street


def read(session, desk, area="3303", first=DAY, last=DAY):
    return list(claim_lines(session, desk, area=area, first=first, last=last))


def test_lines_tell_what_was_settled_and_what_was_taken_back(settled, desk):
    lines = sorted(read(settled, desk), key=lambda one: one.reversed_on or date.min)
    part, back = lines
    assert (part.line, part.quantity, part.traces) == (
        2,
        1,
        world.trace_codes(2, 1)[2],
    )
    assert (back.line, back.quantity, back.reversed_on) == (
        1,
        3,
        DAY + timedelta(days=2),
    )
    rows = {str(row.id): row for row in settled.exec(select(SettlementRow))}
    for line in lines:
        row = rows[line.claim]
        paid = line.fund_fen, line.account_fen, line.cash_fen, line.total_fen
        assert paid == (row.fund_fen, row.account_fen, row.cash_fen, row.total_fen)
    assert part.address_key == back.address_key != cast.alice.address
    assert {part.channel, back.channel} == {
        CHRONIC
    }  # 温州's text has fourteen diseases


def test_another_area_and_another_day_have_no_lines(settled, desk):
    assert not read(settled, desk, area="2112")
    assert not read(settled, desk, first=DAY + timedelta(days=1), last=date.max)


def test_pages_of_settlements_give_each_line_once_by_a_bounded_number_of_queries(
    settled, desk, monkeypatch
):
    whole = read(settled, desk)
    monkeypatch.setattr(reading, "AT_ONCE", 1)
    with counting(settled.get_bind()) as queries:
        assert read(settled, desk) == whole
    assert len(queries) == 2 * 4 + 1


def test_two_diseases_are_paid_by_their_benefit_until_the_chronic_one_begins():
    asked = {"day": "2025-03-01", "covered": TWO_DISEASES}
    assert channel_of("diabetes", begun={}, **asked) == TWO_DISEASE
    begun = {"diabetes": "2025-03-01"}
    assert channel_of("diabetes", begun=begun, **asked) == CHRONIC
    begun = {"diabetes": "2025-03-02"}
    assert channel_of("diabetes", begun=begun, **asked) == TWO_DISEASE


def test_what_the_database_has_and_what_a_file_says_are_the_same_lines(
    settled, desk, tmp_path
):
    lines = read(settled, desk)
    path = tmp_path / "claims.parquet"
    with opened.shop() as shop:
        assert opened.lay_down(shop, lines) == 2
        asked = "select sum(fund_fen + cash_fen), count(*) filter (reversed) from lines"
        laid = shop.execute(asked).fetchone()
        shop.execute(f"copy (select * exclude (reversed) from lines) to '{path}'")
        assert opened.see_file(shop, path) == 2
        assert shop.execute(asked).fetchone() == laid
        assert laid == (sum(one.fund_fen + one.cash_fen for one in lines), 1)


BAD = {
    "a column is missing": ("select * exclude (reversed, day) from lines", "day"),
    "text instead of days": (
        "select * exclude (reversed) replace (day::text as day) from lines",
        "day",
    ),
    "fen below nothing": (
        "select * exclude (reversed) replace (-1 as own_paid_fen) from lines",
        "own_paid_fen",
    ),
    "parts that do not add up": (
        "select * exclude (reversed) replace (fund_fen + 1 as fund_fen) from lines",
        "fund \\+ account \\+ cash = total",
    ),
    "an unknown channel": (
        "select * exclude (reversed) replace ('other' as channel) from lines",
        "channel",
    ),
    "an hour of another day": (
        "select * exclude (reversed)"
        " replace (settled_at + interval 1 day as settled_at) from lines",
        "settled_at",
    ),
    "no lines": ("select * exclude (reversed) from lines where false", "at least one"),
}


@pytest.mark.parametrize("what", BAD)
def test_a_file_that_does_not_fit_is_refused_in_one_line(tmp_path, what):
    query, told = BAD[what]
    path = tmp_path / "claims.parquet"
    with opened.shop() as shop:
        opened.lay_down(shop, [made_up()])
        shop.execute(f"copy ({query}) to '{path}'")
        with pytest.raises(BadBook, match=told) as refused:
            opened.see_file(shop, path)
    assert "\n" not in str(refused.value)


def test_a_file_that_is_none_is_refused_in_one_line(tmp_path):
    path = tmp_path / "claims.parquet"
    with opened.shop() as shop:
        with pytest.raises(BadBook, match="no such file"):
            opened.see_file(shop, path)
        path.write_text("claim,line")
        with pytest.raises(BadBook, match="expected a parquet file"):
            opened.see_file(shop, path)


def made_up() -> ClaimLine:
    usual = {"VARCHAR": "x", "BIGINT": 1, "VARCHAR[]": (), "DATE": DAY}
    values: dict[str, Any] = {one.name: usual.get(one.type) for one in COLUMNS}
    values |= {"settled_at": NOON.replace(tzinfo=None), "total_fen": 3}
    return ClaimLine(**{**values, "scheme": "resident", "channel": CHRONIC})
