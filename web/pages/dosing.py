"""How a medicine is taken, in words: the Latin short forms that doctors write are spelled out."""

import re

from web.words import say

_SPELLED = {
    "qd": "每天 1 次",
    "bid": "每天 2 次",
    "tid": "每天 3 次",
    "qid": "每天 4 次",
    "qn": "每晚 1 次",
    "qod": "隔天 1 次",
    "qw": "每周 1 次",
    "biw": "每周 2 次",
    "q12h": "每 12 小时 1 次",
    "q8h": "每 8 小时 1 次",
    "q6h": "每 6 小时 1 次",
    "hs": "睡前",
    "ac": "饭前",
    "pc": "饭后",
    "prn": "需要时",
    "po": "口服",
    "ih": "皮下注射",
}
_SHORT = re.compile(
    rf"[\s,，]*(?<![A-Za-z0-9])({'|'.join(_SPELLED)})(?![A-Za-z0-9])", re.IGNORECASE
)


def dosing(written: str) -> str:
    """Spell out what a doctor wrote about how to take a medicine; the rest stays as it is."""
    comma = say("，")
    spelled = _SHORT.sub(
        lambda found: comma + say(_SPELLED[found[1].lower()]), written.strip()
    )
    return spelled.removeprefix(comma)
