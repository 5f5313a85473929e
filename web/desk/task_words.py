"""What tasks, their states, their units and the kinds of days are called."""

from collections.abc import Mapping
from types import MappingProxyType

STATE_WORDS: Mapping[str, str] = MappingProxyType(
    {
        "open": "未开始",
        "in_progress": "办理中",
        "done": "已完成",
        "late": "逾期",
        "unrecorded": "没有登记",
    }
)
STATE_TONES: Mapping[str, str] = MappingProxyType(
    {
        "open": "",
        "in_progress": "info",
        "done": "good",
        "late": "bad",
        "unrecorded": "warn",
    }
)
UNIT_WORDS: Mapping[str, str] = MappingProxyType(
    {"bureau": "医保部门", "health": "卫健部门", "institution": "医疗机构"}
)
ACT_WORDS: Mapping[str, str] = MappingProxyType(
    {
        "begin": "开始办理",
        "note": "登记进展",
        "evidence": "提交佐证",
        "done": "办完",
        "reopen": "重新打开",
    }
)
DAY_WORDS: Mapping[str, str] = MappingProxyType(
    {"workday": "", "weekend": "周末", "holiday": "节假日", "unknown": "放假安排未知"}
)
