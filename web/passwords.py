"""What a password has to be: long, and none that is guessed early; signs of no kind are asked."""

from collections.abc import Collection
from functools import cache
from pathlib import Path

import structlog
from zxcvbn import zxcvbn  # type: ignore[import-untyped]

from web import breached
from web.words import say

STAFF_LENGTH_MIN = 12
PATIENT_LENGTH_MIN = 10
LENGTH_MAX = 128
SCORE_MIN = 3  # of zxcvbn's 4: more than 10^8 guesses
_READ_MAX = 72  # signs that zxcvbn takes
# What half the country would try, and zxcvbn's English lists have not.
LOCAL = Path(__file__).parent / "common_words.txt"
log = structlog.stdlib.get_logger("yaoda.web")


def length_min(roles: Collection[str]) -> int:
    """Tell how long a password of an account with these roles is at least (NIST 800-63B-4)."""
    return PATIENT_LENGTH_MIN if set(roles) <= {"patient"} else STAFF_LENGTH_MIN


def fault(
    password: str, roles: Collection[str], *about: str, lost: Path | None = None
) -> str:
    """Say what is wrong with a new password, or nothing.

    `about` names whose it is, `lost` is the operator's file of breached passwords.
    """
    least = length_min(roles)
    if not least <= len(password) <= LENGTH_MAX:
        return say("密码至少 {n} 位，最多 128 位。", n=least)
    known = [*local_words(), *(word for word in about if word)]
    found = zxcvbn(password[:_READ_MAX], user_inputs=known)
    if found["score"] < SCORE_MIN:
        return say("这个密码太常见，容易被猜到；请换一句别人想不到的话。")
    return "" if lost is None else _lost(password, lost)


@cache
def local_words() -> tuple[str, ...]:
    """Give the words that passwords of this country are made of."""
    return tuple(LOCAL.read_text("utf-8").split())


def _lost(password: str, lost: Path) -> str:
    try:
        if breached.holds(lost, password):
            return say("这个密码在别处泄露过，别人已经知道；请换一句别人想不到的话。")
    except OSError as error:
        log.error("breached passwords cannot be read", reason=error.strerror)
        return say("现在核对不了密码，没有改动；请过一会儿再试。")
    return ""
