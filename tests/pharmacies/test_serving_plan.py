"""PostgreSQL answers who can serve by indexes alone, with its planner left as it is."""

import json

import pytest
from sqlalchemy import text

from pharmacies.cells import cells_within
from pharmacies.places import Point
from pharmacies.serving_asking import (
    ADMITTED,
    FACTS,
    HOLDERS,
    NEAR,
    THOSE,
    on_postgres,
)
from tests.pharmacies.network import MONDAY
from web import db

OUTLETS, MEDICINES, AREA = 3_000, 24, "3303"
PLACE = Point(120.15, 27.1)
MEDICINES_ASKED = ["M" + "0" * 21 + "4", "M" + "0" * 21 + "5"]
# A country in small: outlets in rows of cells, of three pooling areas, each with stock.
FILL = (
    f"""INSERT INTO outlet (code, name, kind, level, area, lon, lat, chain, internet,
 cold_chain, opens, closes, price_list, quota_unit, address, pooling_area, cell)
 SELECT 'P' || area || lpad(no::text, 5, '0'), 'shop', 'pharmacy',
 NULL, area, 120 + (no % 100) * 0.003, 27 + (no / 100) * 0.003, NULL, false, true,
 '08:00', '21:00', 'usual', NULL, '', left(area, 4),
 floor((117 + (no / 100) * 0.003) * 100)::int * 36000
 + floor((300 + (no % 100) * 0.003) * 100)::int
 FROM generate_series(1, {OUTLETS}) AS no,
 LATERAL (SELECT (ARRAY['330302', '331002', '210102'])[1 + no % 3] AS area) AS place""",
    """INSERT INTO agreement (outlet_code, kind, begins, card_settlement_from)
 SELECT code, of_kind, '2024-01-01', '2024-01-01'
 FROM outlet, (VALUES ('general'), ('chronic')) AS k(of_kind)""",
    """INSERT INTO suspension (outlet_code, kind, begins, first_day, last_day)
 SELECT outlet_code, kind, begins, '2025-02-01', '2025-03-01'
 FROM agreement WHERE outlet_code LIKE '%7'""",
    f"""INSERT INTO stock_batch (pooling_area, outlet_code, medicine_code, batch, expires_on,
 on_hand, reserved, recalled) SELECT pooling_area, code, 'M' || lpad(m::text, 22, '0'),
 'B' || b, '2027-01-01', 9, 0, false
 FROM outlet, generate_series(1, {MEDICINES}) AS m, generate_series(1, 2) AS b
 WHERE (abs(hashtext(code)) + m) % 4 = 0""",
    "ANALYZE",
)


@pytest.fixture
def filled(postgres_engine):
    with postgres_engine.begin() as connection:
        for statement in FILL:
            connection.execute(text(statement))
    return postgres_engine


def scans(plan):
    """Name every way in which a plan reads a table."""
    found = [(plan["Node Type"], plan.get("Relation Name", ""))]
    for part in plan.get("Plans", ()):
        found += scans(part)
    return found


def test_every_question_is_answered_by_indexes_alone(filled):
    with db.open_session(filled) as session:
        codes = session.scalars(
            text("SELECT code FROM outlet WHERE pooling_area = :area LIMIT 128"),
            {"area": AREA},
        ).all()
        given = {
            "area": AREA,
            "cells": cells_within(PLACE, 2_000),
            "codes": list(codes),
            "asked": MEDICINES_ASKED,
            "wants": [(code, 2, MONDAY, 1) for code in MEDICINES_ASKED],
            "lon": PLACE.lon,
            "lat": PLACE.lat,
            "narrow": 0.8,
            "known": 0.0001,
            "within": 0.001,
            "medicine": "M" + "0" * 21 + "4",
            "day": MONDAY,
            "last_day": MONDAY,
        }
        for question in (NEAR, ADMITTED, FACTS, HOLDERS, THOSE):
            words = text(f"EXPLAIN (FORMAT JSON) {question.postgresql.text}")
            asked = words.bindparams(*question.postgresql._bindparams.values())
            told = session.execute(asked, on_postgres(given)).scalar_one()
            plan = (json.loads(told) if isinstance(told, str) else told)[0]["Plan"]
            ways = scans(plan)
            assert not [way for way in ways if way[0] == "Seq Scan"], ways
            assert [way for way in ways if "Index" in way[0]]
