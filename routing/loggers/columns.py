"""Which columns of a logger's file hold the time, the temperature and the logger's number."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timezone

from pharmacies.catalogue.said import BadFile
from routing.loggers.cells import is_day, offset_of

Row = tuple[int, Sequence[str]]
HEAD_MAX = 80  # rows in which the header has to stand
TITLE_MAX = 200  # of a cell above the readings

_DAY = re.compile(r"date|datum|日期", re.IGNORECASE)
_HOUR = re.compile(r"time|uhrzeit|时间|时刻", re.IGNORECASE)
_BOTH = re.compile(r"time.?stamp|date.*time|datum.*zeit|日期.*时间", re.IGNORECASE)
_WARM = re.compile(r"temp|celsius|fahrenheit|温度|[℃℉]|°\s*[CF]|[癈癋]", re.IGNORECASE)
# Beside the temperature that was read: what it is held against, and other measures.
_NOT_READ = re.compile(
    r"alarm|dew|wet.?bulb|high|low|max|min|avg|average|mkt|humid|limit|set.?point|heat"
    r"|露点|湿度|上限|下限|最高|最低|平均|报警|设定",
    re.IGNORECASE,
)
_FAHRENHEIT = re.compile(r"fahrenheit|℉|°\s*F|\(F\)|[癋]|deg\s*F|华氏", re.IGNORECASE)
_CELSIUS = re.compile(r"celsius|℃|°\s*C|\(C\)|[癈]|deg\s*C|摄氏", re.IGNORECASE)
_SERIAL = re.compile(
    r"serial|s/n|registration number|device id|logger (?:id|no)"
    r"|序列号|设备编号|记录仪编号|仪器编号",
    re.IGNORECASE,
)
_IN_TITLE = re.compile(r"(?:LGR S/N:\s*|#)\s*([A-Za-z0-9-]{4,32})")
_NUMBER = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{2,31}")
_ZONE = re.compile(r"(?:UTC|GMT)\s*[+-]\s*\d{1,2}(?::?\d{2})?|\bUTC\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Columns:
    """Where things stand in the rows below a header; `hour` and `unit` may have no column."""

    row: int
    width: int
    day: int
    hour: int | None
    warm: int
    unit: int | None
    serial: int | None
    fahrenheit: bool | None
    offset: timezone | None
    logger: str | None


def columns(rows: Sequence[Row]) -> Columns:
    """Find the header among the first rows, or raise BadFile; what stands above is metadata."""
    heads = [no for no, (_, cells) in enumerate(rows[:HEAD_MAX]) if _is_head(cells)]
    if not heads:
        raise BadFile(
            "找不到表头：需要一列时间和一列温度（例如“时间,温度(℃)”）。",
            "No header was found: a column of times and one of temperatures is needed,"
            " such as “Time,Temperature (°C)”.",
        )
    # A line of metadata may name a time and a temperature, too; no readings follow it.
    led = (no for no in heads if _leads(rows, no))
    return _columns(rows, next(led, heads[-1]))


def _is_head(cells: Sequence[str]) -> bool:
    names = _names(cells)
    return _times(names) is not None and bool(_warm(names) or _by_unit(names))


def _leads(rows: Sequence[Row], no: int) -> bool:
    """Tell whether days stand below the title of the time."""
    found = _times(_names(rows[no][1]))
    assert found is not None
    below = [cells for _, cells in rows[no + 1 : no + 4]]
    return any(len(c) > found[0] and is_day(c[found[0]]) for c in below)


def _names(cells: Sequence[str]) -> list[str]:
    return [cell.strip()[:TITLE_MAX] for cell in cells]


def _warm(names: Sequence[str]) -> list[int]:
    return [no for no, name in enumerate(names) if _is_warm(name)]


def _is_warm(name: str) -> bool:
    return bool(_WARM.search(name)) and not _NOT_READ.search(name)


def _by_unit(names: Sequence[str]) -> bool:
    """Tell whether a column names the unit of the value beside it."""
    return {"unit", "value"} <= {name.lower() for name in names}


def _times(names: Sequence[str]) -> tuple[int, int | None] | None:
    """Find the column of the instant, or those of its day and its hour."""
    both = [no for no, name in enumerate(names) if _BOTH.search(name)]
    if both:
        return both[0], None
    days = [no for no, name in enumerate(names) if _DAY.search(name)]
    hours = [no for no, name in enumerate(names) if _HOUR.search(name)]
    if days and hours and days[0] != hours[0]:
        return days[0], hours[0]
    one = days or hours
    return (one[0], None) if one else None


def _columns(rows: Sequence[Row], head: int) -> Columns:
    number, names = rows[head][0], _names(rows[head][1])
    above = [" ".join(_names(cells)) for _, cells in rows[:head]]
    numbers = (_number_in(_names(cells)) for _, cells in rows[:head])
    logger = next(filter(None, numbers), None)
    times, warm = _times(names), _warm(names)
    assert times is not None
    lower = [name.lower() for name in names]
    if len(warm) > 1:
        raise BadFile(
            f"第 {number} 行有 {len(warm)} 列温度，分不清哪一列是药箱里的；请只导出一列。",
            f"Row {number} has {len(warm)} columns of temperatures, and it does not say"
            " which is of the box; export one of them.",
        )
    at = warm[0] if warm else lower.index("value")
    unit = lower.index("unit") if "unit" in lower else None
    title = names[at]
    serial = [no for no, name in enumerate(names) if _SERIAL.search(name)]
    serial = [no for no in serial if no != at]
    named = _IN_TITLE.search(title)
    return Columns(
        row=number,
        width=len(names),
        day=times[0],
        hour=times[1],
        warm=at,
        unit=unit,
        serial=serial[0] if serial else None,
        fahrenheit=_unit(title) if _unit(title) is not None else _unit_above(above),
        offset=_zone([*(names[no] for no in times if no is not None), *above]),
        logger=named[1] if named else logger,
    )


def _unit(text: str) -> bool | None:
    """Tell whether a title says Fahrenheit; None where it says neither."""
    if _FAHRENHEIT.search(text):
        return True
    return False if _CELSIUS.search(text) else None


def _unit_above(above: Sequence[str]) -> bool | None:
    said = {
        _unit(line) for line in above if re.search(r"unit|单位", line, re.IGNORECASE)
    }
    said -= {None}
    return said.pop() if len(said) == 1 else None


def _zone(texts: Sequence[str]) -> timezone | None:
    """Read the offset that the title of the time names, or the lines above."""
    for text in texts:
        found = _ZONE.search(text)
        if found:
            return offset_of(re.sub(r"\s", "", found[0]))
    return None


def _number_in(names: Sequence[str]) -> str | None:
    """Read the logger's number from a line of metadata: beside its name, or behind a colon."""
    for no, name in enumerate(names):
        if _SERIAL.search(name):
            behind = re.split(r"[:：]", name, maxsplit=1)[1:]
            number = next(filter(None, (*behind, *names[no + 1 : no + 2])), "").strip()
            if _NUMBER.fullmatch(number) and re.search(r"\d", number):
                return number
    return None
