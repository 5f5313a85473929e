"""What a pharmacy has to show before it is designated, each point with its clause.

The conditions come in as arguments, with the text that they were read from: a condition that
no text of the day states is not asked. What a dossier leaves out is `unknown`, never `met`.
"""

from calendar import monthrange
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

Verdict = Literal["met", "unmet", "unknown"]
YEAR_MONTHS = 12


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition as a text states it; `value` is its figure, 1 where it has none.

    `quote` is verbatim where the text is shipped; else `says` tells it in our own words.
    """

    value: int
    document: str
    clause: str
    quote: str = ""
    says: str = ""


Conditions = Mapping[str, Condition]


@dataclass(frozen=True, slots=True)
class Dossier:
    """What an applicant states and shows; None where it says nothing."""

    licence_no: str | None = None  # 药品经营许可证
    licence_until: date | None = None
    retails_medicines: bool | None = None  # 主营业务为药品零售
    running_since: date | None = None
    pharmacists: int | None = None  # 注册在店的执业药师
    contract_from: date | None = None  # of one with a professional title in pharmacy
    contract_until: date | None = None
    insurance_manager: str | None = None
    record_looked_up: bool = False  # the bureau has looked for violations
    last_violation: date | None = None
    information_system: bool | None = None
    general_agreement: bool | None = None  # found in our own agreements
    settles_by_card: bool | None = None
    sells_from_platform: bool | None = None

    def __post_init__(self) -> None:
        if self.pharmacists is not None and self.pharmacists < 0:
            raise ValueError(f"expected 0 or more pharmacists, got {self.pharmacists}")


@dataclass(frozen=True, slots=True)
class Examined:
    """One condition held against a dossier."""

    condition: str
    verdict: Verdict
    shown_zh: str  # what the dossier shows
    shown_en: str
    cited: Condition


@dataclass(frozen=True, slots=True)
class Asked:
    """A condition: its name in both languages, and what holds a dossier against it."""

    zh: str
    en: str
    holds: Callable[[Dossier, int, date], bool | None]
    shows: Callable[[Dossier], tuple[str, str]]


def months_later(day: date, months: int) -> date:
    """Return the same day so many months later, the month's last day where there is none.

    >>> months_later(date(2024, 11, 30), 3)
    datetime.date(2025, 2, 28)
    """
    counted = day.year * YEAR_MONTHS + day.month - 1 + months
    year, month = divmod(counted, YEAR_MONTHS)
    if not date.min.year <= year <= date.max.year:
        return date.max if months > 0 else date.min
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def examine(
    dossier: Dossier, conditions: Conditions, day: date
) -> tuple[Examined, ...]:
    """Hold a dossier against every condition on a day; none stops at the first."""
    return tuple(
        _found(name, ASKED[name], dossier, cited=conditions[name], day=day)
        for name in ASKED
        if name in conditions
    )


def _found(
    name: str, asked: Asked, dossier: Dossier, *, cited: Condition, day: date
) -> Examined:
    holds = asked.holds(dossier, cited.value, day)
    verdict: Verdict = "unknown" if holds is None else "met" if holds else "unmet"
    return Examined(name, verdict, *asked.shows(dossier), cited)


def _has_licence(dossier: Dossier, _: int, day: date) -> bool | None:
    known = (dossier.licence_no, dossier.licence_until, dossier.retails_medicines)
    if dossier.retails_medicines is False:
        return False
    if dossier.licence_until is not None and dossier.licence_until < day:
        return False
    return None if None in known or not dossier.licence_no else True


def _has_run(dossier: Dossier, months: int, day: date) -> bool | None:
    since = dossier.running_since
    return None if since is None else months_later(since, months) <= day


def _has_pharmacists(dossier: Dossier, least: int, _: date) -> bool | None:
    return None if dossier.pharmacists is None else dossier.pharmacists >= least


def _has_contract(dossier: Dossier, months: int, day: date) -> bool | None:
    first, last = dossier.contract_from, dossier.contract_until
    if first is None or last is None:
        return None
    # A year from 1 March ends with the last day of February.
    whole = last >= date.max or last + timedelta(days=1) >= months_later(first, months)
    return first <= day <= last and whole


def _has_manager(dossier: Dossier, _: int, __: date) -> bool | None:
    return (
        None if dossier.insurance_manager is None else bool(dossier.insurance_manager)
    )


def _is_clean(dossier: Dossier, months: int, day: date) -> bool | None:
    last = dossier.last_violation
    if last is not None and months_later(last, months) > day:
        return False
    return True if dossier.record_looked_up else None


def _shown_contract(dossier: Dossier) -> tuple[str, str]:
    first, last = dossier.contract_from, dossier.contract_until
    if first is None or last is None:
        return _NOTHING
    return f"{first}至{last}", f"{first} to {last}"


def _shown_licence(dossier: Dossier) -> tuple[str, str]:
    if not dossier.licence_no:
        return _NOTHING
    until = dossier.licence_until or "?"
    more_zh = "" if dossier.retails_medicines else "，主营业务未载明为药品零售"
    more_en = "" if dossier.retails_medicines else ", retail not shown as its business"
    number = dossier.licence_no
    return f"{number}，至{until}{more_zh}", f"{number}, until {until}{more_en}"


def _shown_record(dossier: Dossier) -> tuple[str, str]:
    if dossier.last_violation is not None:
        return f"上次违规{dossier.last_violation}", f"last one {dossier.last_violation}"
    return ("查无记录", "none found") if dossier.record_looked_up else _NOTHING


def _switch(name: str) -> Callable[[Dossier, int, date], bool | None]:
    def holds(dossier: Dossier, _: int, __: date) -> bool | None:
        found: bool | None = getattr(dossier, name)
        return found

    return holds


def _shown(name: str) -> Callable[[Dossier], tuple[str, str]]:
    def shows(dossier: Dossier) -> tuple[str, str]:
        found = getattr(dossier, name)
        if found is None:
            return _NOTHING
        if isinstance(found, bool):
            return ("是", "yes") if found else ("否", "no")
        return str(found) or "无", str(found) or "none"

    return shows


_NOTHING = ("未提供", "not given")
ASKED: Mapping[str, Asked] = {
    "clean": Asked("近一年无违规记录", "no violation", _is_clean, _shown_record),
    "licence": Asked(
        "药品经营资质", "licence to retail medicines", _has_licence, _shown_licence
    ),
    "running": Asked("运营时间", "time in business", _has_run, _shown("running_since")),
    "pharmacist": Asked(
        "注册在店的执业药师",
        "registered licensed pharmacists",
        _has_pharmacists,
        _shown("pharmacists"),
    ),
    "contract": Asked(
        "药学技术人员劳动合同",
        "contract of a pharmacy professional",
        _has_contract,
        _shown_contract,
    ),
    "manager": Asked(
        "医保管理人员", "insurance manager", _has_manager, _shown("insurance_manager")
    ),
    "system": Asked(
        "信息系统和信息安全",
        "information system",
        _switch("information_system"),
        _shown("information_system"),
    ),
    "general": Asked(
        "有效的定点协议",
        "general agreement in force",
        _switch("general_agreement"),
        _shown("general_agreement"),
    ),
    "card": Asked(
        "刷卡结算",
        "settles by card",
        _switch("settles_by_card"),
        _shown("settles_by_card"),
    ),
    "platform": Asked(
        "只售省平台药品",
        "sells what the platform lists",
        _switch("sells_from_platform"),
        _shown("sells_from_platform"),
    ),
}
# Which conditions an admission of each kind asks for.
GENERAL = ("clean", "licence", "running", "pharmacist", "contract", "manager", "system")
CHRONIC = ("general", "card", "platform")
