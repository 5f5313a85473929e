"""What can go wrong in the field: a code, a sentence and the next step, in both languages."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from pharmacies.errors import Words as Words


class DomainError(Exception):
    """An answer that is not a success; `code` names it for programs, `words` for people."""

    code = "error"

    def __init__(self, words: Words, *, code: str | None = None) -> None:
        super().__init__(words.en)
        self.words = words
        if code is not None:
            self.code = code


class NotFound(DomainError):
    """The thing asked for does not exist, or is not for the one who asks."""

    code = "not-found"

    def __init__(self, what_zh: str, what_en: str) -> None:
        super().__init__(
            Words(
                f"没有找到{what_zh}。",
                f"No such {what_en}.",
                "请核对号码后再试。",
                "Check the number and try again.",
            )
        )


class NotTrue(Exception):
    """Something signed that does not hold; `reason` is a key of the kind's `reasons`."""

    reasons: ClassVar[Mapping[str, Words]]

    def __init__(self, reason: str) -> None:
        self.reason, self.words = reason, self.reasons[reason]
        super().__init__(self.words.en)


@dataclass(frozen=True, slots=True)
class FieldError:
    """One field of a message that is not as expected: where it stands and what was expected."""

    where: str
    expected: str


class Malformed(DomainError):
    """A message that cannot be taken in; every field error is named, nothing is stored."""

    code = "malformed"

    def __init__(self, errors: Sequence[FieldError]) -> None:
        self.errors = tuple(errors)
        first = self.errors[0]
        super().__init__(
            Words(
                f"提交的内容有 {len(self.errors)} 处不符合要求，第一处：{first.where}。",
                f"{len(self.errors)} field(s) are not as expected, first {first.where}:"
                f" {first.expected}.",
                "请更正后重新提交。",
                "Correct it and send it again.",
            )
        )


class Conflict(DomainError):
    """The thing is in a state that does not allow what was asked."""

    code = "conflict"


class StillRunning(Conflict):
    """The same act is under way elsewhere; ask again after `retry_after_s` seconds."""

    code = "still-running"

    def __init__(self, retry_after_s: int) -> None:
        self.retry_after_s = retry_after_s
        super().__init__(
            Words(
                "这张处方正在结算中。",
                "This prescription is being settled right now.",
                f"请等待{retry_after_s}秒后刷新，不要重复收费。",
                f"Wait {retry_after_s} seconds and ask again; do not charge twice.",
            )
        )


class Declined(DomainError):
    """The insurance platform (医保平台) declined the charge; nothing was settled."""

    code = "declined"

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(
            Words(
                f"医保平台拒绝了本次结算：{reason}。",
                f"The insurance platform declined the charge: {reason}.",
                "没有扣款。请核对参保状态后重新扫码。",
                "Nothing was charged. Check the insurance status and scan a fresh code.",
            )
        )


REJECTED = {
    "forged": Words(
        "这不是有效的医保码。",
        "This is not a valid insurance code.",
        "请让患者打开医保码后重新扫码。",
        "Ask the patient to open the insurance code and scan again.",
    ),
    "expired": Words(
        "医保码已过期。",
        "The insurance code has expired.",
        "请让患者刷新医保码后重新扫码。",
        "Ask the patient to refresh the code and scan again.",
    ),
    "used": Words(
        "这个医保码已经用过。",
        "The insurance code was used before.",
        "请让患者刷新医保码后重新扫码。",
        "Ask the patient to refresh the code and scan again.",
    ),
    "other_outlet": Words(
        "这个医保码是给另一家药店的。",
        "The insurance code was issued for another outlet.",
        "请让患者选择本店后重新生成医保码。",
        "Ask the patient to choose this outlet and make a new code.",
    ),
    "other_purpose": Words(
        "这个码的用途与现在要办的事不符。",
        "The insurance code was issued for another purpose.",
        "取处方和结算要分别出示医保码，请让患者打开对应的码。",
        "Fetching and settling take a code each: ask the patient for the right one.",
    ),
    "other_operator": Words(
        "这个医保码是给另一位操作员的。",
        "The insurance code was issued for another operator.",
        "请由患者指定的操作员扫码，或让患者重新生成医保码。",
        "Let that operator scan it, or ask the patient for a new code.",
    ),
    "not_yet": Words(
        "医保码的时间晚于本机时间。",
        "The insurance code is from the future: the clocks differ.",
        "请核对收银电脑的时间，然后让患者刷新医保码。",
        "Set the clock of this machine, then ask for a fresh code.",
    ),
    "signed_out": Words(
        "患者已退出登录，这个医保码已作废。",
        "The patient has signed out; the insurance code is void.",
        "请让患者重新登录并打开医保码。",
        "Ask the patient to sign in and open the code again.",
    ),
    "inactive": Words(
        "参保状态已暂停，医保码不能使用。",
        "The insurance is suspended; the insurance code opens nothing.",
        "请患者联系医保经办机构。",
        "The patient asks the insurance bureau.",
    ),
    "not_agent": Words(
        "没有这位家人的代办授权，或授权已撤回。",
        "There is no leave to act for this person, or it was withdrawn.",
        "请由本人在“代取与授权”里授权。",
        "The person gives leave on the page of sharing.",
    ),
    "misread": Words(
        "扫码枪读出的医保码不完整，或大小写被改变。",
        "The scanner gave the insurance code incompletely, or lost its capital letters.",
        "请关闭大写锁定、切换到英文输入法后重新扫码。",
        "Switch CapsLock and the input method off, and scan again.",
    ),
    "other_identity": Words(
        "医保码对应的证件不是居民身份证，无法核对身份。",
        "The code names a person by other papers than an identity card.",
        "请改用社保卡，或到医保经办机构办理。",
        "Take the card, or ask the insurance bureau.",
    ),
    "other_person": Words(
        "凭证与处方上的患者不是同一人。",
        "The voucher belongs to another person than the prescription.",
        "请核对处方上的姓名，使用患者本人的凭证。",
        "Check the name on the prescription and use the patient's own voucher.",
    ),
}


class CodeRejected(DomainError):
    """The insurance code (医保码) or card presented does not open this settlement."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(REJECTED[reason], code=f"code-{reason.replace('_', '-')}")
