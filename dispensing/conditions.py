"""The chronic diseases: slug, printed names and their variants, ICD-10, 门诊慢特病 codes.

The fourteen are Wenzhou's (二（一）); the ICD-10 prefixes are a proposal to be confirmed
by the bureau, and a national code that is not published stays empty.
"""

from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class Condition:
    """One chronic disease (慢性病病种)."""

    slug: str
    name: str  # as the body of the text prints it
    english: str
    icd10: tuple[str, ...]  # three-character prefixes
    opsp_codes: tuple[str, ...] = ()  # national 门诊慢特病 codes, M and five digits
    variants: tuple[str, ...] = ()  # other printed names of the same disease (R3)

    @property
    def names(self) -> tuple[str, ...]:
        """Give every printed name, the usual one first."""
        return (self.name, *self.variants)


_ALL = (
    Condition(
        "hypertension",
        "高血压",
        "hypertension",
        ("I10", "I11", "I12", "I13"),
        ("M03900",),
        ("高血压病", "原发性高血压"),
    ),
    Condition(
        "diabetes",
        "糖尿病",
        "diabetes",
        ("E10", "E11", "E12", "E13", "E14"),
        ("M01600",),
    ),
    Condition(
        "tuberculosis",
        "肺结核",
        "pulmonary tuberculosis",
        ("A15", "A16"),
        ("M00105",),
        ("活动性肺结核",),
    ),
    Condition(
        "coronary_heart_disease",
        "冠心病",
        "coronary heart disease",
        ("I20", "I21", "I22", "I23", "I24", "I25"),
        ("M04600",),
        ("冠状动脉粥样硬化性心脏病",),
    ),
    Condition("asthma", "支气管哮喘", "asthma", ("J45",), ("M05400",), ("哮喘",)),
    Condition(
        "chronic_kidney_disease",
        "慢性肾脏病",
        "chronic kidney disease",
        ("N18",),
        ("M07800",),
        ("慢性肾病",),
    ),
    Condition(
        "copd",
        "慢性阻塞性肺疾病",
        "chronic obstructive pulmonary disease",
        ("J44",),
        ("M05300",),
        ("慢阻肺",),
    ),
    Condition(
        "chronic_liver_disease",
        "慢性肝病",
        "chronic liver disease",
        ("B18", "K73", "K74"),
        ("M00201", "M00202", "M06201"),
    ),
    Condition(
        "parkinson",
        "帕金森病",
        "Parkinson's disease",
        ("G20",),
        ("M02300",),
        ("帕金森",),
    ),
    Condition(
        "rheumatoid_arthritis",
        "类风湿关节炎",
        "rheumatoid arthritis",
        ("M05", "M06"),
        ("M06900",),
        ("类风湿性关节炎",),
    ),
    Condition(
        "alzheimer",
        "阿尔茨海默病",
        "Alzheimer's disease",
        ("G30", "F00"),
        (),
        ("阿尔茨海默症", "老年性痴呆"),
    ),
    Condition(
        "schizophrenia",
        "精神分裂症（情感性精神病）",
        "schizophrenia (affective psychosis)",
        ("F20", "F25", "F30", "F31"),
        ("M02101", "M02102", "M02104"),
        ("精神分裂症", "情感性精神病"),
    ),
    Condition(
        "hyperlipidemia",
        "高脂血症",
        "hyperlipidaemia",
        ("E78",),
        (),
        ("高血脂症",),  # the annex prints it so
    ),
    Condition("epilepsy", "癫痫", "epilepsy", ("G40",), ("M02500",), ("癫痫病",)),
)

CONDITIONS = MappingProxyType({item.slug: item for item in _ALL})
_BY_NAME = {key.casefold(): item for item in _ALL for key in (*item.names, item.slug)}


def by_name(name: str) -> Condition | None:
    """Find a disease by any printed name or its slug.

    >>> by_name("高血脂症").slug
    'hyperlipidemia'
    """
    brackets = str.maketrans("()", "（）")
    return _BY_NAME.get("".join(name.split()).translate(brackets).casefold())


def by_icd10(code: str) -> Condition | None:
    """Find the disease of a diagnosis code, the Chinese clinical version included.

    >>> by_icd10("I10.x00").slug
    'hypertension'
    """
    prefix = code.strip().upper()[:3]
    return next((item for item in _ALL if prefix in item.icd10), None)


def by_opsp_code(code: str) -> Condition | None:
    """Find the disease of a national 门诊慢特病 code."""
    return next((item for item in _ALL if code in item.opsp_codes), None)


def chinese(slug: str) -> str:
    """Give the printed name of a slug, or the slug itself where it is not ours."""
    found = CONDITIONS.get(slug)
    return found.name if found else slug
