"""What a password has to be: long, and none that is guessed early; signs of no kind are asked."""

from collections.abc import Collection

from zxcvbn import zxcvbn  # type: ignore[import-untyped]

from web.words import say

STAFF_LENGTH_MIN = 12
PATIENT_LENGTH_MIN = 10
LENGTH_MAX = 128
SCORE_MIN = 3  # of zxcvbn's 4: more than 10^8 guesses
_READ_MAX = 72  # signs that zxcvbn takes
# What half the country would try, and zxcvbn's English lists have not.
_LOCAL = (
    "yaoda",
    "yibao",
    "wenzhou",
    "woaini",
    "1314",
    "5201314",
    "zhongguo",
    "yaodian",
)


def length_min(roles: Collection[str]) -> int:
    """Tell how long a password of an account with these roles is at least (NIST 800-63B-4)."""
    return PATIENT_LENGTH_MIN if set(roles) <= {"patient"} else STAFF_LENGTH_MIN


def fault(password: str, roles: Collection[str], *about: str) -> str:
    """Say what is wrong with a new password, or nothing; `about` names whose it is."""
    least = length_min(roles)
    if not least <= len(password) <= LENGTH_MAX:
        return say("密码至少 {n} 位，最多 128 位。", n=least)
    known = [*_LOCAL, *(word for word in about if word)]
    found = zxcvbn(password[:_READ_MAX], user_inputs=known)
    if found["score"] < SCORE_MIN:
        return say("这个密码太常见，容易被猜到；请换一句别人想不到的话。")
    return ""
