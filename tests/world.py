"""A small world for tests: one street of Lucheng, the cast, and a desk at which they meet."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from datetime import date, datetime, time
from functools import partial
from pathlib import Path
from typing import Any

from joserfc.jwk import OKPKey
from sqlmodel import Session

from dispensing import service
from dispensing.approvals import read_thresholds
from dispensing.consenting import grounds
from dispensing.days import CHINA
from dispensing.desk import Desk, Reader
from dispensing.gateway import InsuranceGateway
from dispensing.gateway.sandbox import SandboxGateway
from dispensing.intake.message import canonical
from dispensing.intake.signature import sign
from dispensing.policy import overlay_of
from dispensing.vault import Vault
from fixtures import cast
from fixtures.loading import new_person
from fixtures.values import LABEL, Person
from pharmacies import service as network
from pharmacies.carriers import Carrier, Courier
from pharmacies.designation import Agreement
from pharmacies.medicines import Medicine
from pharmacies.outlets import Outlet
from pharmacies.places import Point
from tests.remembering import compile_statements_once, fill_once

DAY = date(2025, 9, 15)
NOON = datetime(2025, 9, 15, 12, 0, tzinfo=CHINA)
AMLODIPINE = "XC08CAA001A001010100001"
INSULIN = "XA10ADA002A001010100002"
DIAZEPAM = "XN05BAA003A001010100003"
SECOND_PHARMACY = "P33030200002"
UNDESIGNATED = "P33030200003"
KEY_ID = "internet-2025"
OVERLAY = overlay_of(
    "wenzhou",
    {
        "ratio.resident.level2": "0.35",
        "deductible.resident.level2": "100.00",
        "ratio.employee.primary": "0.80",
        "ratio.employee.level2": "0.70",
        "ratio.employee.pharmacy": "0.70",
        "deductible.employee": "600.00",
        "cap.employee": "10000.00",
        "cap.resident": "1000.00",
    },
    source="示例数据，非官方数值",
    label=LABEL,
)
APPROVALS = Path(__file__).parent.parent / "fixtures" / "wenzhou" / "approvals.toml"
VAULT = Vault(b"v" * 32)
READER = Reader("tests", "counter", "dispensing")
compile_statements_once()


def open_desk(gateway: InsuranceGateway | None = None) -> Desk:
    """Make a desk with the sample overlay and a platform stand-in that answers."""
    books = gateway or SandboxGateway(":memory:")
    return Desk(OVERLAY, books, VAULT, b"c" * 32, alone=read_thresholds(APPROVALS))


def populate(
    session: Session, desk: Desk, people: Iterable[Person] = cast.INSURED
) -> None:
    """Fill an empty database with the street, the cast or other people, and the keys."""
    let_in = list(people)
    key = f"street {desk.vault.index('')} {let_in}"
    fill_once(session, key, partial(_fill, session, desk, let_in))


def private_key() -> OKPKey:
    """Return the internet hospital's signing key of this world."""
    from base64 import urlsafe_b64encode

    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    seed = hashlib.sha256(b"a key of the tests' world").digest()
    public = Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw()

    def text(raw: bytes) -> str:
        return urlsafe_b64encode(raw).rstrip(b"=").decode()

    return OKPKey.import_key(
        {"kty": "OKP", "crv": "Ed25519", "d": text(seed), "x": text(public)}
    )


def message(number: int = 1, **changes: Any) -> dict[str, Any]:
    """Make an external prescription for alice; `changes` replace its fields."""
    raw: dict[str, Any] = {
        "hosp_rx_no": f"{cast.HOSPITAL}-20250915-{number:04d}",
        "source": "external",
        "issuer": cast.HOSPITAL,
        "doctor": {"code": cast.dr_lin.code, "name": cast.dr_lin.name},
        "insured": patient(cast.alice),
        "disease": "hypertension",
        "diagnosis": "I10.x00",
        "issued_at": "2025-09-15T08:12:00+08:00",
        "valid_days": 3,
        "long_term": False,
        "record_no": f"WZ20250915-{number:04d}",
        "lines": [
            {
                "medicine": AMLODIPINE,
                "quantity": 3,
                "supply_days": 28,
                "dosage": "5mg 每日一次",
            }
        ],
        "signature": None,
    }
    return {**raw, **changes}


def internet_message(number: int = 1, **changes: Any) -> dict[str, Any]:
    """Make a signed e-prescription of the internet hospital for alice."""
    raw = message(
        number,
        source="internet_hospital",
        issuer=cast.INTERNET_HOSPITAL,
        hosp_rx_no=f"{cast.INTERNET_HOSPITAL}-20250915-{number:04d}",
        record_no=None,
        **changes,
    )
    return signed(raw)


def signed(raw: Mapping[str, Any]) -> dict[str, Any]:
    """Sign a message with this world's key."""
    token = sign(canonical(raw), private_key(), KEY_ID)
    return {**raw, "signature": {"key_id": KEY_ID, "jws": token}}


def patient(person: Person) -> dict[str, str]:
    """Name a person as a message does."""
    return {
        "person_no": person.person_no,
        "id_number": person.id_number,
        "name": person.name,
    }


def trace_codes(
    line: int = 1, quantity: int = 3, batch: int = 1
) -> dict[int, tuple[str, ...]]:
    """Make the trace codes that a scan of a line's packs gives."""
    return {line: tuple(f"8{batch:07d}{line:04d}{no:08d}" for no in range(quantity))}


def dumps(raw: Mapping[str, Any]) -> str:
    """Write a message as JSON text."""
    return json.dumps(raw, ensure_ascii=False)


def medicine_for(code: str, standard_fen: int) -> Medicine:
    """Make another medicine against hypertension, of a price of its own."""
    return _medicine(
        code,
        "硝苯地平控释片 30mg",
        "C08CA05",
        "hypertension",
        standard_fen=standard_fen,
    )


def _fill(session: Session, desk: Desk, people: Iterable[Person]) -> None:
    network.add_outlets(session, _outlets())
    network.add_agreements(session, _agreements())
    network.add_medicines(session, _medicines())
    network.add_prices(
        session,
        [
            ("usual", AMLODIPINE, 420),
            ("usual", INSULIN, 4370),
            ("usual", DIAZEPAM, 300),
        ],
    )
    network.add_carriers(session, [_carrier()])
    network.add_couriers(session, _couriers())
    service.enrol(
        session,
        desk.vault,
        map(new_person, people),
        on=DAY,
        consented=grounds().purposes,
    )
    service.add_keys(session, [_key()])


def _outlets() -> list[Outlet]:
    return [
        _outlet(cast.HOSPITAL, "鹿城区人民医院", "level2", Point(120.65, 28.01)),
        _outlet(
            cast.COMMUNITY_CENTRE,
            "五马街道社区卫生服务中心",
            "primary",
            Point(120.655, 28.016),
        ),
        _outlet(
            cast.INTERNET_HOSPITAL, "温州互联网医院", "level3", Point(120.66, 28.02)
        ),
        _outlet(cast.LUCHENG_PHARMACY, "鹿城大药房", None, Point(120.658, 28.012)),
        _outlet(SECOND_PHARMACY, "五马大药房", None, Point(120.652, 28.015)),
        _outlet(UNDESIGNATED, "南塘药房", None, Point(120.67, 28.0)),
    ]


def _outlet(code: str, name: str, level: Any, point: Point) -> Outlet:
    return Outlet(
        code=code,
        name=name,
        kind="hospital" if level else "pharmacy",
        level=level,
        area="330302",
        point=point,
        chain=None,
        internet=code == cast.INTERNET_HOSPITAL,
        cold_chain=True,
        opens=time(8),
        closes=time(21),
        price_list="usual",
        quota_unit=None if level else "鹿城区",
        address="温州市鹿城区",
    )


def _agreements() -> list[Agreement]:
    begins, general = (
        date(2024, 1, 1),
        (cast.HOSPITAL, cast.COMMUNITY_CENTRE, cast.INTERNET_HOSPITAL),
    )
    chronic = (cast.LUCHENG_PHARMACY, SECOND_PHARMACY)
    return [
        *(
            Agreement(code, "general", begins, None, None, None)
            for code in (*general, *chronic)
        ),
        *(
            Agreement(code, "chronic", begins, None, begins, "鹿城区")
            for code in chronic
        ),
    ]


def _medicines() -> list[Medicine]:
    return [
        _medicine(
            AMLODIPINE,
            "苯磺酸氨氯地平片 5mg",
            "C08CA01",
            "hypertension",
            vbp=True,
            inn="amlodipine",
        ),
        _medicine(
            INSULIN,
            "精蛋白重组人胰岛素注射液 300U/3mL",
            "A10AD01",
            "diabetes",
            standard_fen=4370,
            storage="cold",
            group="special_storage",
        ),
        _medicine(
            DIAZEPAM, "地西泮片 2.5mg", "N05BA01", "epilepsy", group="psychotropic"
        ),
    ]


def _medicine(
    code: str, name: str, atc: str, condition: str, **changes: Any
) -> Medicine:
    usual: dict[str, Any] = {
        "code": code,
        "name": name,
        "generic": name.split()[0],
        "inn": "",
        "atc": atc,
        "drug_class": "",
        "tier": "甲",
        "standard_fen": 420,
        "self_pay_permyriad": 0,
        "vbp": False,
        "essential": True,
        "consistency": True,
        "on_platform": True,
        "storage": "ambient",
        "group": "ordinary",
        "spec": "",
        "conditions": frozenset({condition}),
        "label": LABEL,
    }
    return Medicine(**{**usual, **changes})


def _carrier() -> Carrier:
    return Carrier(
        cast.CARRIER,
        "瓯江医药配送",
        frozenset({"330302"}),
        True,
        "浙温配0001",
        date(2027, 12, 31),
    )


def _couriers() -> list[Courier]:
    return [
        Courier(
            code=f"C330300001{no:02d}",
            carrier=cast.CARRIER,
            name=f"配送员{no}",
            phone=f"1200000010{no}",
            start=Point(120.66, 28.01),
            shift_begins=time(8),
            shift_ends=time(20),
            capacity_parcels=20,
            cold_capacity_parcels=5,
            areas=frozenset({"330302"}),
        )
        for no in (1, 2)
    ]


def _key() -> service.IssuerKey:
    return service.IssuerKey(
        key_id=KEY_ID,
        issuer=cast.INTERNET_HOSPITAL,
        public_jwk=private_key().as_dict(private=False),
        valid_from=date(2025, 1, 1),
        valid_until=date(2026, 12, 31),
    )
