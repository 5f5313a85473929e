"""One dispensing as a value and as a record, and the life of a prescription row."""

import json
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispensing.prescription import (
    GROUPS,
    LEVELS,
    OUTLET_KINDS,
    SCHEMES,
    SIGNATURES,
    STATUSES,
    TIERS,
    TRANSITIONS,
    Dispensed,
    Dispensing,
    IllegalStep,
    Insured,
    Line,
    Outlet,
    Prescription,
    QuotaStanding,
    Used,
    status_of,
    step,
)
from dispensing.records import from_record, to_record
from tests.dispensing.making import AMLODIPINE, USUAL, changed

DAYS = st.dates(date(2019, 1, 1), date(2030, 1, 1))
FEN = st.integers(0, 10**9)
WORDS = st.text(max_size=12)
AREAS = st.from_regex(r"[0-9]{6}", fullmatch=True)
DISEASES = st.dictionaries(st.sampled_from(("hypertension", "diabetes", "x")), DAYS)
PEOPLE = st.builds(
    Insured,
    scheme=st.sampled_from(SCHEMES),
    area=AREAS,
    active=st.booleans(),
    diseases=DISEASES,
    chronic_outpatient=DISEASES,
    away_filed=st.none() | AREAS,
    used=st.builds(Used, FEN, FEN, FEN),
    account_fen=FEN,
    history=st.tuples(st.builds(Dispensed, WORDS, DAYS, st.integers(0, 400))),
)
OUTLETS = st.builds(
    Outlet,
    kind=st.sampled_from(OUTLET_KINDS),
    level=st.sampled_from(LEVELS),
    area=AREAS,
    designated=st.booleans(),
    quota=st.none() | st.builds(QuotaStanding, WORDS, st.integers(0, 99)),
)
PRESCRIPTIONS = st.builds(
    Prescription,
    source=WORDS,
    signature=st.sampled_from(SIGNATURES),
    record_no=st.none() | WORDS,
    issued_on=DAYS,
    valid_days=st.none() | st.integers(1, 99),
    status=st.sampled_from(STATUSES),
    issuer_designated=st.booleans(),
    disease=WORDS,
    long_term=st.booleans(),
)
LINES = st.builds(
    Line,
    name=WORDS,
    atc=st.none() | WORDS,
    tier=st.sampled_from(TIERS),
    price_fen=FEN,
    standard_fen=st.none() | FEN,
    quantity=st.integers(1, 99),
    supply_days=st.integers(1, 400),
    self_pay_permyriad=st.integers(0, 10_000),
    vbp=st.booleans(),
    group=st.sampled_from(GROUPS),
    traced=st.booleans(),
)
DISPENSINGS = st.builds(
    Dispensing,
    on=DAYS,
    voucher=WORDS,
    insured=PEOPLE,
    outlet=OUTLETS,
    prescription=PRESCRIPTIONS,
    lines=st.lists(LINES, min_size=1, max_size=4).map(tuple),
)


@given(DISPENSINGS)
def test_a_record_gives_the_same_dispensing_back(dispensing):
    assert from_record(json.loads(json.dumps(to_record(dispensing)))) == dispensing


def test_a_village_clinic_is_a_primary_institution():
    assert Outlet("village_clinic", None, "330302").venue == "primary"
    assert Outlet("hospital", "level2", "330302").venue == "level2"
    assert Outlet("pharmacy", None, "330302").venue == "pharmacy"


def test_a_prescription_is_settled_reversed_and_settled_again():
    state = "received"
    for to in ("settling", "settled", "reversed", "received", "settling", "settled"):
        state = step(state, to)
    assert status_of(state) == "used"


def test_a_declined_charge_may_be_tried_again():
    assert step("settling", "received") == "received"
    assert status_of("received") == "valid"


def test_every_state_is_seen_by_the_checks():
    assert {status_of(state) for state in TRANSITIONS} <= set(STATUSES)


@pytest.mark.parametrize(
    ("state", "to"),
    [("settled", "received"), ("revoked", "settling"), ("lapsed", "received")],
)
def test_a_step_that_leads_nowhere_is_refused(state, to):
    with pytest.raises(IllegalStep, match=to):
        step(state, to)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"scheme": "guest"}, "insured.scheme"),
        ({"area": "3303"}, "area"),
        ({"away_filed": "abcdef"}, "away_filed"),
        ({"account_fen": -1}, "account"),
        ({"kind": "kiosk"}, "outlet.kind"),
        ({"level": None}, "outlet.level"),
        ({"signature": "maybe"}, "signature"),
        ({"status": "lost"}, "status"),
        ({"valid_days": 0}, "valid_days"),
        ({"lines": ()}, "lines"),
    ],
)
def test_a_bad_value_is_named(changes, expected):
    with pytest.raises(ValueError, match=expected):
        changed(USUAL, **changes)


@pytest.mark.parametrize(
    "fields",
    [
        {"tier": "丁"},
        {"price_fen": -1},
        {"quantity": 0},
        {"supply_days": 0},
        {"self_pay_permyriad": 10_001},
        {"group": "nice"},
    ],
)
def test_a_bad_line_is_refused(fields):
    values = {name: getattr(AMLODIPINE, name) for name in AMLODIPINE.__slots__}
    with pytest.raises(ValueError, match="expected"):
        Line(**{**values, **fields})
