"""What a late visit is put down to."""

from dataclasses import replace

from fixtures.rounds.drawing import draw
from fixtures.rounds.given import Given
from fixtures.rounds.told import Journal
from web.bench_day.lateness import Why, why_late

NOON = 12 * 3600


def test_a_late_visit_is_put_down_to_the_first_cause_that_holds():
    drawn = draw(Given(orders=5, couriers=1))
    early = [replace(it, packed_s=NOON - 7200, close_s=NOON) for it in drawn.orders]
    slow = replace(early[0], packed_s=NOON - 600)
    day = replace(drawn, orders=(slow, *early[1:]))
    rang_s = {0: NOON + 60, 2: NOON + 1, 3: NOON + 1, 4: NOON}  # 1 is never visited
    planned_s = {0: NOON, 2: NOON - 299, 3: NOON - 300, 4: NOON}
    told = why_late(day, Journal(rang_s=rang_s), planned_s)
    assert told == {Why.PACKED: 1, Why.LEFT: 1, Why.TIGHT: 1, Why.ROAD: 1}
