"""A network small enough to know by heart, made anew where a test changes one part."""

from dataclasses import replace
from datetime import date, time

from pharmacies.carriers import Carrier, Courier
from pharmacies.designation import Agreement
from pharmacies.medicines import Medicine
from pharmacies.outlets import Outlet
from pharmacies.places import Point

MONDAY = date(2025, 9, 15)

PHARMACY = Outlet(
    code="P33030200001",
    name="瓯江大药房五马店",
    kind="pharmacy",
    level=None,
    area="330302",
    point=Point(120.655, 28.015),
    chain="瓯江大药房",
    internet=False,
    cold_chain=True,
    opens=time(8, 0),
    closes=time(21, 0),
    price_list="oujiang",
    quota_unit="鹿城区",
    address="温州市鹿城区五马街道解放街1号",
)
HOSPITAL = replace(
    PHARMACY,
    code="H33030200001",
    name="鹿城区人民医院",
    kind="hospital",
    level="level2",
    chain=None,
    price_list="public",
    quota_unit=None,
)
CANDIDATE = replace(PHARMACY, code="P33030200002", quota_unit=None)
GENERAL = Agreement("P33030200001", "general", date(2024, 1, 1), None, None, None)
CHRONIC = Agreement(
    "P33030200001", "chronic", date(2024, 1, 1), None, date(2024, 3, 1), "鹿城区"
)
AMLODIPINE = Medicine(
    code="XC08CAA098A001010100863",
    name="苯磺酸氨氯地平片",
    generic="氨氯地平",
    inn="amlodipine",
    atc="C08CA01",
    drug_class="CCB",
    tier="甲",
    standard_fen=420,
    self_pay_permyriad=0,
    vbp=True,
    essential=True,
    consistency=True,
    on_platform=True,
    storage="ambient",
    group="ordinary",
    spec="5mg×28片",
    conditions=frozenset({"hypertension", "coronary_heart_disease"}),
    label="示例数据",
)
CITY_FIRM = Carrier(
    "C330300001",
    "瓯越达医药配送",
    frozenset({"330302", "330303"}),
    False,
    "浙温配2019-001",
    date(2026, 12, 31),
)
COLD_FIRM = Carrier(
    "C330300003",
    "浙南冷链物流",
    frozenset({"330302", "330303", "330324"}),
    True,
    "浙温配2021-002",
    date(2026, 12, 31),
)
COURIER = Courier(
    code="K10302010001",
    carrier="C330300001",
    name="潘建国",
    phone="12000000009",
    start=Point(120.65, 28.01),
    shift_begins=time(8, 0),
    shift_ends=time(18, 0),
    capacity_parcels=20,
    cold_capacity_parcels=0,
    areas=frozenset({"330302"}),
    rest_weekday=7,
)
