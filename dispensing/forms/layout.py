"""The layout of the monthly form as 铁岭's annex prints it: rows, columns, and what they count."""

from collections.abc import Mapping
from types import MappingProxyType

TITLE = "“两病”门诊用药保障情况调度表"
# Out of which scheme it was paid; each row as the annex names it.
ROWS: Mapping[str, str] = MappingProxyType(
    {
        "ordinary": "普通门诊统筹中“两病”用药患者",
        "two_disease": "“两病”专项保障机制",
        "chronic": "门诊慢性病、特殊疾病中“两病”用药患者",
    }
)
DISEASES: Mapping[str, str] = MappingProxyType(
    {"hypertension": "高血压", "diabetes": "糖尿病"}
)
_HEADINGS = {
    "people": ("待遇享受人数（人）", "待遇享受人数（人）"),
    "visits": ("待遇享受人次（次）", "待遇享受人次（次）"),
    "cost_fen": ("降血压药品费用（元）", "降血糖药品费用（元）"),
    "in_scope_fen": (
        "降血压药品政策范围内费用（元）",
        "降血糖药品政策范围内费用（元）",
    ),
    "fund_fen": ("降血压药品基金支出（元）", "降血糖药品基金支出（元）"),
}
MEASURES = ("people", "visits", "cost_fen", "in_scope_fen", "fund_fen")
SPANS: Mapping[str, str] = MappingProxyType({"month": "当月", "whole": "累计"})
NOTES = (
    "注：1.统计口径为“两病”政策落地之日起至目前统计时间；"
    "2.规范化管理人数只统计参加城乡居民医保人员。"
)
MANAGED = "规范化管理人数（人）"


def heading(disease: str, measure: str) -> str:
    """Name a column as the annex does.

    >>> heading("diabetes", "fund_fen")
    '降血糖药品基金支出（元）'
    """
    return _HEADINGS[measure][list(DISEASES).index(disease)]
