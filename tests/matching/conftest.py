"""A registry of managed patients in a small world of Lincang, for the tests of matching."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlmodel import Session

from dispensing.days import CHINA
from dispensing.desk import Reader
from dispensing.matching.registry import examine
from dispensing.policy import Rules, rules_for
from dispensing.prescription import Insured
from dispensing.service import people
from dispensing.service.approving import Party
from dispensing.service.matching import registries, running
from dispensing.vault import Vault
from pharmacies.places import Point
from tests.platform import platform

__all__ = ["platform"]

AREA, DAY = "5309", date(2025, 9, 15)
NOW = datetime(2025, 9, 15, 9, 0, tzinfo=CHINA)
BUREAU, HEALTH = Party("officer", "bureau", "经办"), Party("doctor", "health", "卫健")
HEADINGS = "姓名,身份证号,病种,出生日期,现住址,门诊慢特病"


def id_number(number: int, born_on: date) -> str:
    """Make an ID number of a person of Lincang."""
    from stdnum.cn import ric

    first = f"530902{born_on:%Y%m%d}{number:03d}"
    return first + str(ric.calc_check_digit(first + "0"))


@dataclass
class County:
    """A county of insured people, and what a health commission hands over."""

    session: Session
    vault: Vault
    rules: Rules
    rows: list[str] = field(default_factory=list)
    taken: int = 0

    def insure(self, number: int, name: str, born_on: date, **given: Any) -> str:
        """Insure a person; tells the ID number."""
        insured = Insured(
            scheme=given.get("scheme", "resident"),
            area="530902",
            active=given.get("active", True),
            diseases=given.get("two", {}),
            chronic_outpatient=given.get("chronic", {}),
        )
        one = people.NewPerson(
            person_no=f"L{number:09d}",
            name=name,
            id_number=id_number(number, born_on),
            phone=f"1200000{number:04d}",
            address=given.get("address", f"临翔区凤翔街道{number}号"),
            point=Point(100.0, 23.8),
            born_on=born_on,
            insured=insured,
        )
        people.enrol(self.session, self.vault, [one], on=date(2025, 1, 1))
        return one.id_number

    def manage(self, name: str, id_number: str, diseases: str, *more: str) -> None:
        """Put a row into the registry."""
        self.rows.append(",".join((name, id_number, diseases, *more)))

    def take(self) -> UUID:
        """Take the registry."""
        content = "\n".join((HEADINGS, *self.rows)).encode("gb18030")
        read = examine(content, DAY)
        assert read.is_fit, read.bad
        self.taken += 1
        source = registries.Source("名单.csv", "0" * 64, DAY)
        taken = registries.take(
            self.session,
            self.vault,
            read.people.values(),
            source,
            id_=uuid4(),
            area=AREA,
            by=BUREAU,
            now=NOW + timedelta(minutes=self.taken),
        )
        return taken.id

    def run(self, id_: UUID | None = None) -> UUID:
        """Run a matching; tells the number of the run that holds its result."""
        asked = running.AskedRun(AREA, DAY, BUREAU)
        return running.run(
            self.session, self.vault, self.rules, asked, id_=id_ or uuid4(), now=NOW
        )


@pytest.fixture
def county_in() -> Callable[[Session, str], County]:
    """Give what opens a county in a session, under the rules of a region."""

    def opened(session: Session, region: str = "lincang") -> County:
        return County(session, Vault(b"v" * 32), rules_for(region, DAY))

    return opened


READER = Reader("officer", "bureau", "人工比对")
