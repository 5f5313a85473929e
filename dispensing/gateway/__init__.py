"""The insurance platform (医保平台) as this side sees it: charge, query, reverse, each by msgid.

And the statements of a day: sums by scheme (3201), then line by line (3202).
"""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Protocol

from dispensing.gateway.statements import Sums


@dataclass(frozen=True, slots=True)
class ChargeLine:
    """One medicine of a charge, with the packs that go out for it."""

    no: int
    medicine_code: str
    name: str
    quantity: int
    supply_days: int
    total_fen: int
    trace_codes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Charge:
    """One charge (2102); `msgid` is the institution's own number and is applied at most once.

    What stands below `at` is told where it is known: a charge that is sent again after a
    day was compared has its amounts only.
    """

    msgid: str
    person_no: str
    scheme: str
    outlet_code: str
    total_fen: int
    fund_fen: int
    account_fen: int
    mutual_aid_fen: int
    at: datetime
    area: str = ""  # where the person is insured
    by: str = ""
    disease: str = ""
    rx_no: str = ""
    voucher: str = ""
    voucher_no: str = field(default="", repr=False)
    lines: tuple[ChargeLine, ...] = ()

    @property
    def cash_fen(self) -> int:
        """Give what neither the fund nor an account pays, in fen."""
        rest_fen = self.total_fen - self.fund_fen - self.account_fen
        return rest_fen - self.mutual_aid_fen

    @property
    def asked_fen(self) -> tuple[int, int, int]:
        """Give the three amounts that a statement compares: total, fund, accounts."""
        return self.total_fen, self.fund_fen, self.account_fen + self.mutual_aid_fen


@dataclass(frozen=True, slots=True)
class Receipt:
    """The platform's answer to a charge that it has booked; asked for it, also where and when.

    `booked_fen` is what it has booked, where it tells so: total, fund, both accounts; and
    `person_no` whose charge it is, where it was asked for.
    """

    msgid: str
    setl_id: str
    outlet_code: str | None = None
    on: date | None = None
    booked_fen: tuple[int, int, int] | None = None
    person_no: str | None = None


class ChargeDeclined(Exception):
    """The platform answered that it does not book this charge."""


class Unanswered(Exception):
    """No answer came: the charge may or may not be booked."""


class BookedOtherwise(Unanswered):
    """The platform has booked, but not what was asked: it has to be taken back."""


class InsuranceGateway(Protocol):
    """What a settlement needs of the platform, be it a region's own or the sandbox."""

    def charge(self, charge: Charge) -> Receipt:
        """Book a charge once per msgid; raises ChargeDeclined or Unanswered."""
        ...

    def query(self, msgid: str) -> Receipt | None:
        """Tell what became of a msgid: its receipt, None if not booked; raises Unanswered."""
        ...

    def reverse(self, msgid: str, at: datetime | None = None) -> None:
        """Reverse a msgid (2601) once; a charge that comes later is declined.

        `at` is when; without it, as soon as it was charged.
        """
        ...

    def compare_sums(self, ours: Sums) -> str:
        """Compare the sums of an outlet, a scheme and some days (3201): gives a verdict."""
        ...

    def compare_lines(
        self, outlet_code: str, scheme: str, day: date, lines: str
    ) -> str:
        """Compare an outlet's lines of a day (3202): gives the lines that differ, as a file."""
        ...
