"""Hold what the platform says of a person against what we hold: every difference is told.

Nothing is taken over from the platform by this, nor is it passed over: whoever has the
patient before them learns what differs, and where it is put right.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date

from dispensing.conditions import CONDITIONS
from dispensing.errors import Words
from dispensing.gateway.people import Filing, PersonInfo

PERSON, FILINGS = "1101", "5301"
_POOLING_DIGITS = 4
_ASK = (
    "请患者向参保地医保经办机构核实参保信息，更正后重新核验。",
    "Let the patient clear this with the bureau where they are insured, then check again.",
)
_FILE = (
    "请向参保地医保经办机构核实病种备案，更正后重新核验。",
    "Clear the registration with the bureau where the patient is insured, then check again.",
)
_TOLD = {
    "unknown_there": (
        "医保平台查不到这个人。",
        "The insurance platform does not know this person.",
        *_ASK,
    ),
    "another_number": (
        "医保平台上的人员编号不同：本地 {ours}，平台 {theirs}。",
        "The platform has another person number: ours {ours}, theirs {theirs}.",
        *_ASK,
    ),
    "no_such_scheme": (
        "医保平台上没有这一险种：本地 {ours}，平台 {theirs}。",
        "The platform has no such scheme: ours {ours}, theirs {theirs}.",
        *_ASK,
    ),
    "inactive_there": (
        "医保平台上参保已暂停，本地为正常。",
        "The insurance is suspended on the platform; we hold it as active.",
        *_ASK,
    ),
    "active_there": (
        "医保平台上参保正常，本地为暂停。",
        "The insurance is active on the platform; we hold it as suspended.",
        *_ASK,
    ),
    "another_area": (
        "参保地不同：本地 {ours}，平台 {theirs}。",
        "Insured elsewhere: ours {ours}, theirs {theirs}.",
        *_ASK,
    ),
    "not_filed_there": (
        "本地有{disease}备案（{ours} 起），医保平台没有。",
        "We hold a registration of {disease} (since {ours}); the platform has none.",
        *_FILE,
    ),
    "filed_there": (
        "医保平台有{disease}备案（{theirs} 起），本地没有。",
        "The platform has {disease} filed (since {theirs}); we hold no registration.",
        *_FILE,
    ),
    "unanswered": (
        "医保平台没有应答，参保与备案没有核对。",
        "The platform did not answer: insurance and registration were not compared.",
        "请稍后重新核验。",
        "Check again in a moment.",
    ),
}
CODES = frozenset(_TOLD)


@dataclass(frozen=True, slots=True)
class Held:
    """What we hold of a person; `filed_on` is since when the disease is registered, if so."""

    person_no: str
    scheme: str
    area: str
    active: bool
    disease: str
    filed_on: date | None


@dataclass(frozen=True, slots=True)
class Doubt:
    """One thing that the platform says otherwise, and by which message."""

    code: str
    values: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.code not in CODES:
            raise ValueError(f"{self.code}: expected one of {', '.join(sorted(CODES))}")

    @property
    def infno(self) -> str:
        """Give the number of the message that it rests on."""
        return FILINGS if "filed" in self.code else PERSON

    @property
    def words(self) -> Words:
        """Say it, and what to do next."""
        zh, en, next_zh, next_en = _TOLD[self.code]
        named = CONDITIONS.get(self.values.get("disease", ""))
        ours = {**self.values, "disease": named.name if named else ""}
        theirs = {**self.values, "disease": named.english if named else ""}
        return Words(zh.format(**ours), en.format(**theirs), next_zh, next_en)


def compare(
    held: Held, told: PersonInfo, filings: Iterable[Filing], on: date
) -> tuple[Doubt, ...]:
    """Compare a person and the filing of one disease on a day; gives what differs."""
    return (*_person(held, told), *_filing(held, filings, on))


def _person(held: Held, told: PersonInfo) -> Iterable[Doubt]:
    if told.person_no != held.person_no:
        yield _of("another_number", held.person_no, told.person_no)
    mine = [one for one in told.insurances if one.scheme == held.scheme]
    if not mine:
        there = ", ".join(one.scheme for one in told.insurances) or "-"
        yield _of("no_such_scheme", held.scheme, there)
        return
    active = any(one.active for one in mine)
    if active != held.active:
        yield Doubt("active_there" if active else "inactive_there")
    areas = {one.area[:_POOLING_DIGITS] for one in mine}
    if held.area[:_POOLING_DIGITS] not in areas:
        yield _of("another_area", held.area, mine[0].area)


def _filing(held: Held, filings: Iterable[Filing], on: date) -> Iterable[Doubt]:
    """Compare where the disease has a national code; others cannot be asked for."""
    codes = CONDITIONS[held.disease].opsp_codes if held.disease in CONDITIONS else ()
    if not codes:
        return
    theirs = [one for one in filings if one.code in codes and one.holds(on)]
    ours = held.filed_on is not None and held.filed_on <= on
    if ours and not theirs:
        values = {"disease": held.disease, "ours": f"{held.filed_on}"}
        yield Doubt("not_filed_there", values)
    if theirs and not ours:
        values = {"disease": held.disease, "theirs": f"{theirs[0].begins}"}
        yield Doubt("filed_there", values)


def _of(code: str, ours: str, theirs: str) -> Doubt:
    return Doubt(code, {"ours": ours, "theirs": theirs})
