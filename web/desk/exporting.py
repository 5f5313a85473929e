"""What the desk shows, as tables for other programs."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from dispensing.service.tasks import TaskView
from web.desk.holidays import day_kind
from web.desk.task_words import DAY_WORDS, STATE_WORDS, UNIT_WORDS

TASK_COLUMNS = (
    *("编号", "措施", "任务", "单位", "责任单位（原文）", "期限", "日子", "状态"),
    *("登记次数", "条款", "原文"),
)


def task_rows(found: Iterable[TaskView]) -> tuple[tuple[object, ...], ...]:
    """Give tasks as rows of a table."""
    return tuple(_row(one) for one in found)


def _row(one: TaskView) -> tuple[object, ...]:
    return (
        one.key,
        one.measure,
        one.words,
        "、".join(UNIT_WORDS[unit] for unit in one.of),
        one.who,
        one.due or "",
        DAY_WORDS[day_kind(one.due)] if one.due else "",
        STATE_WORDS[one.state],
        one.acts,
        one.clause,
        one.quote,
    )


PACK_COLUMNS = ("部分", "行", "栏", "值")


def pack_rows(content: Mapping[str, Any]) -> Iterator[tuple[object, ...]]:
    """Give an inspection pack cell by cell: which part, which row, which column, what."""
    for part, rows in content.items():
        if isinstance(rows, list):
            for no, row in enumerate(rows, 1):
                yield from ((part, no, name, value) for name, value in row.items())
        elif isinstance(rows, dict):
            yield from ((part, "", name, value) for name, value in rows.items())
        else:
            yield (part, "", "", rows)
