"""The registry of managed patients (规范化管理人员信息库), column by column; cells told masked."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from functools import lru_cache, partial
from types import MappingProxyType

from dispensing.conditions import CONDITIONS, by_icd10
from dispensing.identity import folded, is_id_number
from pharmacies.catalogue import reading
from pharmacies.catalogue.columns import Column, Layout, laid_out
from pharmacies.catalogue.said import Refused

KIND = "managed"
# What health commissions put beside it: nothing that is compared, so it is not read.
PASSED_OVER = frozenset(
    {
        *(
            "性别",
            "民族",
            "年龄",
            "联系电话",
            "电话",
            "手机号",
            "手机",
            "sex",
            "gender",
        ),
        *("责任医生", "家庭医生", "档案编号", "健康档案号", "age", "phone", "doctor"),
    }
)
_TYPES = {
    **dict.fromkeys(("1型糖尿病", "2型糖尿病", "I型糖尿病", "II型糖尿病"), "diabetes"),
    "Ⅱ型糖尿病": "diabetes",
    "高血压症": "hypertension",
}
DISEASES = MappingProxyType(
    {
        **{name: one.slug for one in CONDITIONS.values() for name in one.names},
        **{slug: slug for slug in CONDITIONS},
        **_TYPES,
    }
)


def masked(text: str) -> str:
    """Show so much of a value that its row is found again, and no more.

    >>> masked("330302195703124025"), masked("陈爱莲"), masked("x")
    ('3303**********4025', '陈**', '*')
    """
    if len(text) > 10:
        return f"{text[:4]}{'*' * (len(text) - 8)}{text[-4:]}"
    return text[:1] + "*" * (len(text) - 1) if len(text) > 1 else "*" * len(text)


def layout(headings: list[str] | tuple[str, ...]) -> Layout[str]:
    """Tell where a file has which column of the registry, or raise BadFile."""
    return laid_out(headings, KIND, COLUMNS, PASSED_OVER)


def born_by(id_number: str) -> date:
    """Read the day of birth that an ID number names."""
    return date(int(id_number[6:10]), int(id_number[10:12]), int(id_number[12:14]))


def id_number(cell: str) -> str:
    """Read an ID number (公民身份号码, GB 11643); its check digit has to be right."""
    text = folded(reading.plain(cell)).upper()
    if not is_id_number(text):
        said = masked(text[:30])
        raise Refused(
            f"“{said}”不是身份证号：位数、出生日期或校验码不对。",
            f"'{said}' is no ID number: its length, birthday or check digit is wrong.",
        )
    return text


@lru_cache(maxsize=4096, typed=True)
def diseases(cell: str) -> frozenset[str]:
    """Read one disease or several, each by its name or its diagnosis code (ICD-10).

    >>> sorted(diseases("高血压、2型糖尿病")), sorted(diseases("I10.x00"))
    (['diabetes', 'hypertension'], ['hypertension'])
    """
    text = reading.words(cell)
    for sign in "、，；,;|+":
        text = text.replace(sign, " ")
    found = {one: _disease(one) for one in text.split()}
    unknown = [masked(one[:30]) for one, slug in found.items() if slug is None]
    if unknown or not found:
        told = "、".join(unknown)
        raise Refused(f"不认识的病种：{told}。", f"no such disease: {told}.")
    return frozenset(slug for slug in found.values() if slug)


def _disease(said: str) -> str | None:
    named = DISEASES.get(said) or DISEASES.get(said.casefold())
    coded = by_icd10(said)
    return named or (coded.slug if coded else None)


def told_masked(
    read: Callable[[str], object], zh: str, en: str
) -> Callable[[str], object]:
    """Give what reads a cell; where it cannot be taken, it does not say what it holds."""

    def reader(cell: str) -> object:
        try:
            return read(cell)
        except Refused:
            said = masked(cell.strip()[:30])
            raise Refused(f"“{said}”{zh}", f"'{said}' {en}") from None

    return reader


DAY = (
    partial(reading.day, first_year=1900),
    "不是日期，例如 1957-03-12。",
    "is no day such as 1957-03-12.",
)
WORDS = (
    reading.words,
    "读不出来：太长，像公式，或有看不见的字符。",
    "cannot be read.",
)
ID_NUMBER = Column(
    "id_number",
    "身份证号",
    (
        *("公民身份号码", "身份证号码", "证件号码", "居民身份证号", "身份证"),
        *("ID number", "identity number"),
    ),
    id_number,
    True,
)
COLUMNS = (
    replace(ID_NUMBER, empty=""),
    Column("name", "姓名", ("患者姓名", "居民姓名"), told_masked(*WORDS), True),
    Column(
        "diseases",
        "病种",
        ("疾病", "管理病种", "慢病类型", "诊断", "disease", "condition"),
        diseases,
        True,
    ),
    Column(
        "born_on",
        "出生日期",
        ("生日", "出生年月日", "birth date", "date of birth"),
        told_masked(*DAY),
        empty=False,
    ),
    Column(
        "address",
        "现住址",
        ("地址", "住址", "家庭住址", "居住地址", "现住地址", "常住地址"),
        told_masked(*WORDS),
        empty="",
    ),
    Column(
        "since",
        "建档日期",
        ("纳入管理日期", "管理日期", "managed since"),
        reading.day,
        empty=False,
    ),
    Column(
        "institution",
        "管理机构",
        ("建档机构", "建档单位", "社区卫生服务中心", "managing institution"),
        reading.words,
        empty="",
    ),
    Column(
        "chronic_outpatient",
        "门诊慢特病",
        ("门诊慢性病", "符合门诊慢特病", "chronic outpatient"),
        reading.flag,
        empty=False,
    ),
)
