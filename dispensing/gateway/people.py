"""What a platform says of people: who they are, how they are insured, what is filed (备案)."""

from dataclasses import dataclass
from datetime import date
from typing import Protocol, TypeGuard, runtime_checkable

ID_CARD = "02"  # mdtrt_cert_type


@dataclass(frozen=True, slots=True)
class Insurance:
    """One insurance of a person (insuinfo): scheme, balance, state, where it is held."""

    scheme: str
    balance_fen: int
    active: bool
    area: str


@dataclass(frozen=True, slots=True)
class PersonInfo:
    """Who a voucher belongs to, as the platform says (1101)."""

    person_no: str
    name: str
    insurances: tuple[Insurance, ...]


@dataclass(frozen=True, slots=True)
class Filing:
    """One filing of a slow disease (5301): its code, its name, from when until when."""

    code: str
    name: str
    begins: date
    ends: date | None

    def holds(self, on: date) -> bool:
        """Tell whether it is in force on a day."""
        return self.begins <= on and (self.ends is None or on <= self.ends)


@runtime_checkable
class TellsPeople(Protocol):
    """A platform that tells of people; each raises ChargeDeclined or Unanswered."""

    def person(self, outlet_code: str, certificate: str, number: str) -> PersonInfo:
        """Ask who a voucher belongs to (1101)."""
        ...

    def filings(self, outlet_code: str, person_no: str) -> tuple[Filing, ...]:
        """Ask which slow diseases of a person are filed (5301)."""
        ...


def tells_people(gateway: object) -> TypeGuard[TellsPeople]:
    """Tell whether a platform can be asked about people."""
    return isinstance(gateway, TellsPeople)
