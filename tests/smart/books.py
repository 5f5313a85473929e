"""Small books of claim lines, drawn by chance so that every rule has something to look at."""

import random
from datetime import date, datetime, time, timedelta

import duckdb

from dispensing.smart_book.opened import lay_side
from dispensing.smart_book.running import SIDES

DAY = date(2025, 1, 1)
COLUMNS = {
    **{"claim": "varchar", "line": "integer", "person": "varchar", "day": "date"},
    **{"settled_at": "timestamp", "outlet": "varchar", "medicine": "varchar"},
    **{"atc": "varchar", "diagnosis": "varchar", "quantity": "bigint"},
    **{"supply_days": "bigint", "price_fen": "bigint", "standard_fen": "bigint"},
    **{"over_standard_fen": "bigint", "fund_fen": "bigint", "doctor": "varchar"},
    **{"issuer": "varchar", "traces": "varchar[]", "address_key": "varchar"},
    **{"voucher": "varchar", "reversed_on": "date"},
}
# Low enough that small books are found in; what a rule does is the same.
LOW = {
    "duplicate": {"in_hand_days_min": 5, "times_min": 2},
    "over_quantity": {"in_hand_days_max": 20, "times_min": 2},
    "second_trace": {"codes_min": 2},
    "resale": {
        **{"window_days": 60, "outlets_min": 2, "rounds_min": 3},
        **{"dose_percent_min": 100, "price_fen_min": 2000},
    },
    "one_address": {"persons_min": 2, "share_percent_min": 50},
    "doctor_outlet": {
        **{"persons_min": 1, "ratio_percent_min": 5, "share_percent_min": 30},
        "z_hundredths": 100,
    },
    "auxiliary": {"persons_min": 1, "ratio_percent_min": 5, "z_hundredths": 100},
    "above_standard": {"lines_min": 2, "days_min": 2},
    "two_places": {"metres_min": 5000, "speed_kmh_max": 120, "times_min": 1},
    "closed_hours": {"slack_minutes": 10, "nights_min": 2, "times_min": 2},
    "hospital_stay": {"margin_days": 1, "times_min": 1},
    "after_end": {"grace_days": 2, "times_min": 1},
}


def claim_line(claim, line=1, **other):
    """Make one line; what is not given is ordinary."""
    day = other.get("day", DAY)
    at = datetime.combine(day, time(10))
    return {
        **{"claim": claim, "line": line, "person": "N1", "day": day, "settled_at": at},
        **{"outlet": "P1", "medicine": "M1", "atc": "A1", "diagnosis": "I10"},
        **{"quantity": 1, "supply_days": 28, "price_fen": 1000, "standard_fen": 1000},
        **{"over_standard_fen": 0, "fund_fen": 600, "doctor": "D1", "issuer": "H1"},
        **{"traces": [], "address_key": None, "voucher": "card", "reversed_on": None},
        **other,
    }


def drawn(seed, claims=60):
    """Draw a book: few people, outlets and codes, so that everything meets."""
    chance = random.Random(seed)
    lines = []
    for no in range(claims):
        day = DAY + timedelta(chance.randrange(90 if no % 9 else 5))
        at = datetime.combine(day, time(chance.randrange(24), chance.randrange(60)))
        person, outlet = chance.randrange(6), f"P{chance.randrange(4)}"
        if no % 9 == 0:  # at the same hour, elsewhere
            at = at.replace(hour=9)
        for line in range(1, 1 + chance.choice((1, 1, 2))):
            price = chance.choice((1000, 2500, 9000))
            lines.append(
                claim_line(
                    f"C{no:03}",
                    line,
                    person=f"N{person}",
                    day=day,
                    settled_at=at,
                    outlet=outlet,
                    medicine=f"M{chance.randrange(3)}",
                    atc=f"A{chance.randrange(2)}",
                    diagnosis=chance.choice(("I10", "I63.9", None)),
                    quantity=chance.randrange(1, 4),
                    supply_days=chance.choice((0, 14, 28, 84)),
                    price_fen=price,
                    standard_fen=chance.choice((None, price, price - 200)),
                    over_standard_fen=chance.choice((0, 200)),
                    fund_fen=chance.choice((0, 500, 5000)),
                    doctor=chance.choice(("D1", "D2", "D3", None)),
                    issuer=f"H{person % 2}",
                    traces=chance.choice(([], None, [f"T{chance.randrange(30)}"])),
                    address_key=chance.choice((None, f"A{person // 2}")),
                    voucher=chance.choice(("card", "e_code")),
                    reversed_on=day if chance.random() < 0.1 else None,
                )
            )
    return lines, drawn_sides(chance)


def drawn_sides(chance):
    """Draw what stands beside a book."""
    stay = DAY + timedelta(chance.randrange(60))
    return {
        "places": [
            {"outlet": f"P{no}", "lon": 120 + no * 0.2, "lat": 28.0} for no in range(3)
        ],
        "hours": [
            {
                "outlet": f"P{no}",
                "weekday": day,
                "opens_minute": 480,
                "closes_minute": 1200,
            }
            for no in range(3)
            for day in range(1, 7)
        ],
        "stays": [
            {"person": "N1", "admitted": stay, "discharged": stay + timedelta(20)}
        ],
        "ends": [{"person": "N2", "ended_on": stay}],
        "auxiliary": [{"medicine": "M1", "indicated": "I63"}],
        "parts": [{"medicine": "M2", "parts": 3}],
        "known_addresses": [{"address_key": "A0"}] if chance.random() < 0.3 else [],
    }


def laid(connection, lines, sides):
    """Lay a book down in DuckDB; gives the names of its sides."""
    lay_side(connection, "book", COLUMNS, lines)
    for name, columns in SIDES.items():
        lay_side(connection, f"side_{name}", columns, sides[name])
    return {name: f"side_{name}" for name in sides}


def opened():
    """Open a small DuckDB in memory."""
    return duckdb.connect(config={"threads": 1, "memory_limit": "500MB"})
