"""The old ledger's entries, written as the transfers that they stood for."""

from sqlalchemy import Connection, text

# What the settlement of an entry moved: from credit to debit, and which of its amounts.
_PARTS = (
    ("receivable", "fund", "fund_fen"),
    ("receivable", "personal_account", "account_fen"),
    ("due", "patient", "cash_fen"),
    ("deductible", "scope", "deductible_fen"),
)
# What each database calls the day in China of an instant, and the start of a year there.
_WORDS = {
    "sqlite": {
        "day": "date({at}, '+8 hours')",
        "first_day": "{year} || '-01-01'",
        "start": "({year} - 1) || '-12-31 16:00:00.000000'",
    },
    "postgresql": {
        "day": "({at} AT TIME ZONE 'Asia/Shanghai')::date",
        "first_day": "make_date({year}, 1, 1)",
        "start": "make_date({year}, 1, 1)::timestamp AT TIME ZONE 'Asia/Shanghai'",
    },
}
_INTO = """INSERT INTO ledger (settlement_id, entry, debit, credit, amount_fen, person_no,
 outlet_code, holder, year, "on", at, by)
"""
# One entry of an act, the sale, stands for all of them; who reversed is in the events.
_ACT = """SELECT b.settlement_id, b.entry, '{debit}', '{credit}',
 CASE b.entry WHEN 'post' THEN s.{amount} ELSE -s.{amount} END, s.person_no,
 s.outlet_code, NULL, s.year, {day}, b.at, CASE b.entry WHEN 'post' THEN s.by
 ELSE coalesce((SELECT e.by FROM prescription_event e WHERE e.kind = 'reversed'
  AND e.prescription_id = s.prescription_id AND e.at >= s.opened_at
  ORDER BY e.id LIMIT 1), 'system') END
 FROM ledger_before b JOIN settlement s ON s.id = b.settlement_id
 WHERE b.account = 'sales' AND s.{amount} <> 0
 ORDER BY b.id"""
# The own share was paid at once by the way that the settlement names, and went back by it.
_PAID = """SELECT l.settlement_id, CASE l.entry WHEN 'post' THEN 'tender' ELSE 'refund' END,
 s.tender, 'due', l.amount_fen, l.person_no, l.outlet_code, NULL, l.year, l."on", l.at, l.by
 FROM ledger l JOIN settlement s ON s.id = l.settlement_id
 WHERE l.credit = 'patient' AND s.tender IN ('cash', 'bank_card', 'mobile')
 ORDER BY l.id"""
# On delivery it was paid at the door; that it was handed in later was not written down.
_PAID_AT_DOOR = """SELECT s.id, 'tender', 'courier', 'due', s.cash_fen, s.person_no,
 s.outlet_code, h.by, s.year, {day}, h.at, h.by
 FROM settlement s JOIN handover h ON h.prescription_id = s.prescription_id
 WHERE s.tender = 'on_delivery' AND s.state = 'posted' AND s.cash_fen <> 0
 ORDER BY h.at"""
# What settlements do not explain was there before: it is carried over at New Year.
_USED = """WITH used AS (
 SELECT person_no, year, sum(CASE WHEN credit = 'fund' THEN amount_fen ELSE 0 END) fund,
  sum(CASE WHEN debit = 'deductible' THEN amount_fen ELSE 0 END) deductible,
  sum(CASE WHEN credit = 'personal_account' THEN amount_fen ELSE 0 END) account
 FROM ledger WHERE entry IN ('post', 'reverse') GROUP BY person_no, year
), opening AS (
 SELECT a.person_no, a.year, 'elsewhere' debit, 'fund' credit,
  a.fund_fen - coalesce(u.fund, 0) fen
 FROM allowance a LEFT JOIN used u ON u.person_no = a.person_no AND u.year = a.year
 UNION ALL
 SELECT person_no, year, 'elsewhere', 'ordinary_fund', ordinary_fund_fen FROM allowance
 UNION ALL
 SELECT a.person_no, a.year, 'deductible', 'scope',
  a.deductible_fen - coalesce(u.deductible, 0)
 FROM allowance a LEFT JOIN used u ON u.person_no = a.person_no AND u.year = a.year
 UNION ALL
 SELECT p.person_no, (SELECT min(a.year) FROM allowance a WHERE a.person_no = p.person_no),
  'personal_account', 'elsewhere', p.account_fen + coalesce(
   (SELECT sum(u.account) FROM used u WHERE u.person_no = p.person_no), 0)
 FROM person p
)
"""
_OPENING = """SELECT NULL, 'opening', debit, credit, fen, person_no, NULL, NULL, year,
 {first_day}, {start}, 'enrol' FROM opening WHERE fen <> 0 ORDER BY person_no, year"""


def carry_over(connection: Connection) -> None:
    """Fill the new ledger from the old one, `ledger_before`, the settlements and the people."""
    said = _WORDS[connection.dialect.name]
    day = said["day"]
    acts = [
        _ACT.format(
            debit=debit, credit=credit, amount=amount, day=day.format(at="b.at")
        )
        for debit, credit, amount in _PARTS
    ]
    for each in (*acts, _PAID, _PAID_AT_DOOR.format(day=day.format(at="h.at"))):
        connection.execute(text(_INTO + each))
    opening = _OPENING.format(
        first_day=said["first_day"].format(year="year"),
        start=said["start"].format(year="year"),
    )
    if connection.dialect.name == "postgresql":
        opening = opening.replace("SELECT NULL,", "SELECT NULL::uuid,", 1)
    # SQLite and PostgreSQL both take the INSERT after the WITH.
    connection.execute(text(_USED + _INTO + opening))
