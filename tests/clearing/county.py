"""A county of 濉溪 for tests: a lead hospital, a township, two villages, and people who came."""

from datetime import date, datetime
from uuid import uuid4

from sqlmodel import Session

from dispensing.clearing.indicators import indicators
from dispensing.clearing.terms import terms
from dispensing.days import CHINA
from dispensing.policy.rules import rules_for
from dispensing.service.approving import Party
from dispensing.service.clearing import entering, groups
from dispensing.service.diseases import Registration, registered_row
from dispensing.tables import EnteredRow, GroupActRow, PersonRow
from dispensing.vault import Vault
from tests import world

PLACE, GROUP, YEAR = "3406", "H34062100001", 2021
TOWN, VILLAGE, OTHER = "H34062100002", "H34062100003", "H34062100004"
RULES = rules_for("suixi", date(YEAR, 12, 31))
ITEMS = terms(RULES).items
AFTER = datetime(2022, 1, 20, 10, 0, tzinfo=CHINA)
SINCE = date(2019, 1, 1)
OFFICER = Party("bureau", "bureau", "王")
SECOND = Party("officer", "bureau", "李")
TREE = (
    (GROUP, "濉溪县医院", "county", ""),
    (TOWN, "百善镇卫生院", "township", GROUP),
    (VILLAGE, "前营村卫生室", "village", TOWN),
    (OTHER, "后营村卫生室", "village", TOWN),
)
FIGURES = {
    "inpatients": 1,
    "inpatient_fund": 5_000_00,
    "large_fund": 100_00,
    "elsewhere_fund": 0,
    "contract_fund": 300_00,
}


def act(code, name="", level="village", above=TOWN, kind="joined", on=None, **more):
    """Make one act of the group."""
    given = {
        "key": uuid4(),
        "place": PLACE,
        "group_code": GROUP,
        "kind": kind,
        "code": code,
        "name": name or code,
        "level": level,
        "above": above,
        "on": on or date(2021, 1, 1),
        "document": "濉医保秘〔2020〕12号",
        "by": "bureau",
        "role": "bureau",
        "at": AFTER,
    }
    return GroupActRow(**{**given, **more})


def number(name, part, of=None, code="", role="bureau", ref="", **more):
    """Make one number that an officer enters."""
    given = {
        "key": uuid4(),
        "place": PLACE,
        "group_code": GROUP,
        "year": YEAR,
        "code": code,
        "name": name,
        "ref": ref,
        "part": part,
        "of": of,
        "document": "核定表",
        "by": role,
        "role": role,
        "at": AFTER,
    }
    return EnteredRow(**{**given, **more})


def people(session: Session, vault: Vault = world.VAULT, count: int = 6) -> list[str]:
    """Let residents with the 两病 be there since 2019, by number; commits."""
    numbers = [f"I9{no:08}" for no in range(count)]
    for person in numbers:
        session.add(
            PersonRow(
                person_no=person,
                id_index=person,
                id_sealed="",
                name="",
                phone_sealed="",
                address_sealed="",
                point_sealed="",
                born_on=date(1950, 1, 1),
                scheme="resident",
                area="340621",
            )
        )
    session.flush()
    for person in numbers:
        session.add(
            registered_row(
                vault, person, 1, Registration("hypertension", "chronic", SINCE)
            )
        )
    session.commit()
    return numbers


def fill(session: Session, signed: int = 4) -> list[str]:
    """Let a group stand with six people, `signed` of them with a contract."""
    for row in TREE:
        groups.act_on_group(session, act(*row))
    numbers = people(session)
    groups.contract(
        session,
        world.VAULT,
        [
            groups.Contracted(
                person, VILLAGE if no < 4 else OTHER, no < signed, date(2021, 1, 1)
            )
            for no, person in enumerate(numbers)
        ],
        place=PLACE,
        batch=uuid4(),
        document="签约信息系统",
        by=OFFICER,
        now=AFTER,
    )
    return numbers


def enter_all(session: Session, **changed: int) -> None:
    """Enter every figure and row that is wanted, all of them full but what is changed."""
    rows = indicators(RULES)
    for name, part in (FIGURES | changed).items():
        entering.enter(session, number(name, part), rows)
    for name in ("outpatient_deduction", "inpatient_deduction"):
        entering.enter(session, number(name, 0, ref="无"), rows)
    for code, _, _, _ in TREE:
        for row in rows:
            # Nobody has a chronic certificate: a row of nobody is told by an officer.
            if not row.is_counted or row.row == "1.2":
                part, of = (0, None) if row.kind == "cases" else (1, 1)
                given = number(row.row, part, of, code, row.enters)
                entering.enter(session, given, rows)
