"""The sample's quota board, recomputed by raw SQL: 13 units, 378 in all, some short (W11, W12)."""

from datetime import timedelta

from sqlalchemy import text

from fixtures.sample import DAY, reader
from pharmacies import service
from pharmacies.quota import Plan
from pharmacies.quota_service import quota_board, quota_history

RAW = text("""
SELECT count(*) FROM agreement a
WHERE a.kind = 'chronic' AND a.quota_unit = :unit AND a.begins <= :day
AND (a.ends IS NULL OR a.ends >= :day) AND a.card_settlement_from <= :day
AND NOT EXISTS (SELECT 1 FROM suspension s WHERE s.outlet_code = a.outlet_code
  AND s.kind = a.kind AND s.begins = a.begins AND s.first_day <= :day
  AND (s.last_day IS NULL OR s.last_day >= :day))
""")


def test_the_board_is_what_raw_sql_counts(session):
    service.add_outlets(session, reader.outlets())
    service.add_agreements(session, reader.agreements())
    targets = reader.about().targets
    plan = Plan(targets, {"龙港市": "苍南县"})

    def counted(unit, day):
        asked = {"unit": unit, "day": day.isoformat()}
        if session.get_bind().dialect.name == "postgresql":
            asked["day"] = day
        return session.execute(RAW, asked).scalar_one()

    found = quota_board(session, plan, DAY, window_days=365, ahead_days=90)
    assert len(found.units) == 13 and found.target == 378
    short = [one for one in found.units if one.gap]
    assert short and all(one.designated < one.target for one in short)
    past = DAY - timedelta(days=365)
    for one in found.units:
        assert one.designated == counted(one.unit, DAY)
        assert one.gained == one.designated - counted(one.unit, past)
        assert one.gap == max(0, targets[one.unit] - one.designated)
        assert (one.forecast is not None) == (one.gap > 0 and one.gained > 0)
    longer = quota_board(session, plan, DAY, window_days=1461, ahead_days=90)
    forecasts = [one.forecast for one in longer.units if one.gap]
    assert any(forecasts) and all(day is None or day > DAY for day in forecasts)
    stand = service.quota_standings(session, targets, DAY, pooling_area="3303")
    assert [one.designated for one in stand] == [one.designated for one in found.units]
    elsewhere = service.quota_standings(session, targets, DAY, pooling_area="3301")
    assert {one.designated for one in elsewhere} == {0}
    steps = quota_history(session, plan, first=past, last=DAY)
    for unit in ("市本级", "乐清市"):  # with those that are suspended and ended
        for step in steps[unit]:
            assert step.designated == counted(unit, step.day)
