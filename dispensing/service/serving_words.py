"""The words of who can serve and who cannot, in Chinese and in English."""

from collections.abc import Callable, Mapping

from dispensing import words as said
from dispensing.assess import Assessment
from dispensing.errors import Conflict, Words
from pharmacies.places import AREAS
from pharmacies.serving import Reason

Named = Callable[[Reason, str], tuple[str, str]]

_REASONS: Mapping[str, Named] = {
    "kind_not_admitted": lambda _why, _name: (
        "现行政策没有把药店纳入。",
        "The text in force does not admit pharmacies.",
    ),
    "not_designated": lambda _why, _name: (
        "今天不是医保定点。",
        "It is not designated (定点) today.",
    ),
    "not_admitted_chronic": lambda _why, _name: (
        "今天不是慢性病指定药店。",
        "It is not admitted for chronic diseases (指定药店) today.",
    ),
    "no_cold_chain": lambda _why, _name: (
        "没有冷链，不能保存 2–8 °C 的药。",
        "It has no cold chain for medicines of 2-8 °C.",
    ),
    "not_in_stock": lambda _why, name: (
        f"没有{name}。",
        f"It does not have {name}.",
    ),
    "too_few": lambda why, name: (
        f"{name}只有 {why.there} 盒，需要 {why.wanted} 盒。",
        f"It has {why.there} of {why.wanted} packs of {name}.",
    ),
    "expires": lambda why, name: (
        f"{name}的有效期最晚到 {why.until}，不够用完整个疗程。",
        f"Its {name} is good until {why.until} at most: not until the treatment ends.",
    ),
    "recalled": lambda _why, name: (
        f"{name}的批次已被召回。",
        f"Its batch of {name} is recalled.",
    ),
    "no_price": lambda _why, name: (
        f"没有{name}的价格。",
        f"It has no price for {name}.",
    ),
}
_CLOSED = {
    "revoked": ("这张处方已被开方机构撤销。", "The issuer has revoked this prescription."),
    "lapsed": ("这张处方已经过期。", "This prescription has lapsed."),
    "review-refused": (
        "药师没有通过这张处方。",
        "A pharmacist has refused this prescription.",
    ),
    "nothing-left": (
        "这张处方没有可取的药了。",
        "There is nothing left to be had of this prescription.",
    ),
}  # fmt: skip


def reason_words(why: Reason, names: Mapping[str, str]) -> Words:
    """Say why an outlet is left out; medicines by their names."""
    zh, en = _REASONS[why.why](why, names.get(why.medicine_code, why.medicine_code))
    return Words(zh, en)


def problem_of(answer: Assessment) -> Words | None:
    """Say what keeps the rules from accepting, the gravest first; None where nothing does."""
    for verdict in ("refused", "review"):
        for finding in answer.problems:
            if finding.verdict == verdict:
                return Words(
                    said.why(finding, "zh"),
                    said.why(finding, "en"),
                    said.next_step(finding, "zh"),
                    said.next_step(finding, "en"),
                )
    return None


def no_carrier(area: str, *, cold: bool) -> Words:
    """Say that nobody may bring it there today."""
    name = AREAS.get(area, area)
    if cold:
        return Words(
            f"今天没有资质有效的冷链配送企业能送到{name}。",
            f"No delivery firm with valid papers may bring cold medicines to {area} today.",
            "可以到药店自取，请带保温袋。",
            "Fetch it at the outlet, with an insulated bag.",
        )
    return Words(
        f"今天没有资质有效的配送企业能送到{name}。",
        f"No delivery firm with valid papers may deliver in {area} today.",
        "可以到药店自取。",
        "Fetch it at the outlet.",
    )


def nobody(pooling_area: str) -> Words:
    """Say that no outlet of the pooling area can serve the whole prescription."""
    return Words(
        f"统筹区 {pooling_area} 内今天没有一家能配齐这张处方。",
        f"No outlet of the pooling area {pooling_area} can serve the whole prescription today.",
        "请看下面各家缺什么，或请开方医生改药。",
        "See below what each lacks, or ask the prescriber for another medicine.",
    )


def not_open(standing: str) -> Conflict:
    """Say why nobody can serve a prescription any more."""
    zh, en = _CLOSED[standing]
    return Conflict(
        Words(zh, en, "请联系开方机构。", "Ask the institution that issued it."),
        code=standing,
    )
