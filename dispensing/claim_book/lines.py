"""A settled claim line as a plain value, and out of which scheme it was paid."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from dispensing.claim_book.columns import CHRONIC, TWO_DISEASE, TWO_DISEASES


@dataclass(frozen=True, slots=True)
class ClaimLine:
    """One line of a settled claim; the columns of a book, in their order. Amounts in fen."""

    claim: str
    line: int
    person: str
    day: date
    settled_at: datetime  # Asia/Shanghai, without a zone
    outlet: str
    outlet_kind: str
    outlet_area: str
    area: str
    scheme: str
    channel: str
    disease: str
    diagnosis: str | None
    medicine: str
    atc: str | None
    quantity: int
    supply_days: int
    price_fen: int
    standard_fen: int | None
    total_fen: int
    own_paid_fen: int
    over_standard_fen: int
    in_scope_fen: int
    fund_fen: int
    account_fen: int
    cash_fen: int
    doctor: str | None
    issuer: str | None
    traces: tuple[str, ...]
    address_key: str | None
    voucher: str
    reversed_on: date | None


def channel_of(
    disease: str,
    *,
    begun: Mapping[str, str],
    day: str,
    covered: frozenset[str],
) -> str:
    """Tell out of which scheme a line was paid: 门诊慢特病, or the 两病 benefit.

    `begun` has the days (ISO) from which 门诊慢特病 holds by disease; `covered` are the
    diseases of the region's text: where these are the 两病 alone, its benefit is theirs. What
    ordinary pooling pays (普通门诊统筹) is settled elsewhere.

    >>> two = frozenset({"hypertension", "diabetes"})
    >>> channel_of("diabetes", begun={}, day="2025-03-01", covered=two)
    'two_disease'
    >>> channel_of("diabetes", begun={"diabetes": "2025-01-01"}, day="2025-03-01", covered=two)
    'chronic'
    """
    since = begun.get(disease)
    if since is not None and since <= day:
        return CHRONIC
    return TWO_DISEASE if disease in covered and covered <= TWO_DISEASES else CHRONIC
