"""The statements by which what a dispensing rests on is read: two questions, locked in order."""

import re

from dispensing.service.holding import LIVE

RX = (
    *("id", "issuer", "source", "person_no", "disease_sealed"),
    *("issued_at", "valid_days"),
    *("long_term", "record_no", "signature", "state", "outlet_code"),
    "signature_reason",
    *("reviews", "review_refused_at", "claimed_by", "claimed_until", "claim_digest"),
    *("filling", "round_from", "rounds_filled", "filled_on"),
    *("repeat_max", "repeat_interval_days"),
)
_PERSON = (
    *("person_no", "id_index", "scheme", "area", "active", "away_filed"),
    *("account_fen", "account_reserved_fen"),
)
LOCKED = f"""
WITH rx AS (
  SELECT {", ".join(RX)} FROM prescription WHERE id = :rx {{lock}}
), aid AS (
  SELECT payer_no FROM family_aid
   WHERE person_no = (SELECT person_no FROM rx) AND until IS NULL
)
SELECT {", ".join(f"rx.{name}" for name in RX)},
       {", ".join(f"person.{name}" for name in _PERSON)}
  FROM rx JOIN person ON person.person_no IN
       ((SELECT person_no FROM rx), (SELECT payer_no FROM aid))
 ORDER BY person.person_no {{lock_person}}
"""
# The rest of a round is no early refill of what its first parts have given.
_SAME_ROUND = """SELECT id FROM settlement WHERE prescription_id = :rx
     AND filling >= :round_from AND filling < :filling"""
MORE = f"""
SELECT 'used', '', '', CAST(NULL AS date), fund_fen, fund_reserved_fen,
       ordinary_fund_fen, deductible_fen, deductible_reserved_fen
  FROM (SELECT * FROM allowance WHERE person_no = :person AND year = :year {{lock}}) AS a
UNION ALL
SELECT 'number', '', '', closed_until, last, 0, 0, 0, 0
  FROM (SELECT * FROM message_number WHERE outlet_code = :numbered {{lock}}) AS n
UNION ALL
SELECT 'line', medicine_code, '', NULL, no, quantity, supply_days, taken, 0
  FROM prescription_line WHERE prescription_id = :rx
UNION ALL
SELECT 'registration', disease_sealed, kind, since, no, 0, 0, 0, 0
  FROM registration WHERE person_no = :person
UNION ALL
SELECT 'supply', atc, '', "on", id, supply_days, 0, 0, 0
  FROM supply WHERE person_no = :person AND NOT taken_back
   AND settlement_id NOT IN ({_SAME_ROUND})
UNION ALL
SELECT 'live', msgid, '', NULL, 0, 0, 0, 0, 0
  FROM settlement WHERE prescription_id = :rx AND filling = :filling
   AND state IN ({", ".join(f"'{state}'" for state in LIVE)})
UNION ALL
SELECT 'shelf', medicine_code, batch, expires_on, on_hand, reserved,
       CAST(recalled AS integer), 0, 0
  FROM (SELECT * FROM stock_batch
         WHERE pooling_area = (SELECT pooling_area FROM outlet WHERE code = :numbered)
           AND outlet_code = :numbered AND medicine_code IN
               (SELECT medicine_code FROM prescription_line WHERE prescription_id = :rx)
         ORDER BY medicine_code, batch {{lock_batch}}) AS b
UNION ALL
SELECT 'aside', medicine_code, batch, NULL, id, line_no, quantity, held,
       CASE WHEN outlet_code = :numbered THEN 1 ELSE 0 END
  FROM stock_reservation WHERE prescription_id = :rx AND ended IS NULL
UNION ALL
SELECT 'box', code, batch, NULL, 0, 0, 0, 0, 0
  FROM trace_batch WHERE code IN ({{each_box}})
UNION ALL
SELECT 'spent', nonce, '', NULL, 0, 0, 0, 0, 0 FROM spent_code WHERE nonce = :nonce
UNION ALL
SELECT 'stamp', stamp, '', NULL, 0, 0, 0, 0, 0 FROM network_stamp
"""
_LOCKS = {
    "lock": "FOR UPDATE",
    "lock_person": "FOR UPDATE OF person",
    "lock_batch": "FOR UPDATE OF stock_batch",
    "each_box": "SELECT json_array_elements_text(CAST(:boxes AS json))",
}
_FREE = {
    "lock": "",
    "lock_person": "",
    "lock_batch": "",
    "each_box": "SELECT value FROM json_each(:boxes)",
}
# Who only looks takes the same words without the locks.
_LOOKS = {name: _FREE[name] if "lock" in name else _LOCKS[name] for name in _LOCKS}
ON_POSTGRES, LOOKING = (
    {w: re.sub(r":(\w+)", r"%(\1)s", w.format(**how)) for w in (LOCKED, MORE)}
    for how in (_LOCKS, _LOOKS)
)
ON_SQLITE = {words: words.format(**_FREE) for words in (LOCKED, MORE)}
