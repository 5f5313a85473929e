"""Books of claim lines drawn by chance, and one line of them to change."""

from dataclasses import replace
from datetime import date, datetime, time, timedelta
from itertools import chain

from hypothesis import strategies as st

from dispensing.claim_book.columns import CHANNELS
from dispensing.claim_book.lines import ClaimLine

START = date(2025, 1, 1)
PLAIN = ClaimLine(
    claim="c1",
    line=1,
    person="p1",
    day=date(2025, 8, 3),
    settled_at=datetime.combine(date(2025, 8, 3), time(9)),
    outlet="P33030200001",
    outlet_kind="pharmacy",
    outlet_area="330302",
    area="330302",
    scheme="resident",
    channel="two_disease",
    disease="hypertension",
    diagnosis=None,
    medicine="m",
    atc=None,
    quantity=1,
    supply_days=28,
    price_fen=1000,
    standard_fen=None,
    total_fen=1000,
    own_paid_fen=0,
    over_standard_fen=100,
    in_scope_fen=900,
    fund_fen=540,
    account_fen=0,
    cash_fen=460,
    doctor=None,
    issuer=None,
    traces=(),
    address_key=None,
    voucher="card",
    reversed_on=None,
)


def line(**changed: object) -> ClaimLine:
    """Make a line like the plain one, but for what is changed; its parts add up."""
    one = replace(PLAIN, **changed)
    at = datetime.combine(one.day, time(9))
    return replace(
        one, settled_at=at, cash_fen=one.total_fen - one.fund_fen - one.account_fen
    )


@st.composite
def _claims(draw: st.DrawFn) -> list[ClaimLine]:
    """Draw one claim of one to three lines."""
    day = START + timedelta(days=draw(st.integers(0, 300)))
    back = draw(st.none() | st.integers(0, 60))
    common = {
        "claim": str(draw(st.uuids())),
        "person": f"p{draw(st.integers(1, 6))}",
        "day": day,
        "outlet": f"P3303020000{draw(st.integers(1, 3))}",
        "area": draw(st.sampled_from(("330302", "330303"))),
        "scheme": draw(st.sampled_from(("resident", "resident", "employee"))),
        "channel": draw(st.sampled_from(CHANNELS)),
        "disease": draw(st.sampled_from(("hypertension", "diabetes", "epilepsy"))),
        "reversed_on": None if back is None else day + timedelta(days=back),
    }
    made = []
    for no in range(1, draw(st.integers(1, 3)) + 1):
        total = draw(st.integers(0, 100_000))
        scope = draw(st.integers(0, total))
        fund = draw(st.integers(0, scope))
        fen = {"total_fen": total, "in_scope_fen": scope, "fund_fen": fund}
        made.append(line(**common, **fen, line=no))
    return made


BOOKS = st.lists(_claims(), max_size=12).map(
    lambda many: list(chain.from_iterable(many))
)
