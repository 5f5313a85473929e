"""What a courier is told at a door: why it is refused, and what comes next."""

from dispensing.errors import FieldError, Malformed, Words
from dispensing.money import yuan
from routing.handover import Failure, Refusal, Refused

OUTCOMES = ("retry", "return", "desk")
_ENGLISH = {
    Refusal.CODE_LOCKED: "too many wrong codes: the code is locked",
    Refusal.CODE_WRONG: "the code is wrong",
    Refusal.PROXY_NAMELESS: "a proxy's name is needed",
    Refusal.PROXY_ID_INVALID: "the proxy's ID number is not valid",
    Refusal.PROXY_IS_PATIENT: "the proxy's ID number is the patient's own",
    Refusal.PATIENT_ID_WRONG: "the patient's ID number shown is another one",
    Refusal.TEMPERATURE_MISSING: "a cold parcel needs its temperature",
    Refusal.TEMPERATURE_OUTSIDE: "the temperature is outside 2.0-8.0 °C: not to be handed over",
    Refusal.SEAL_BROKEN: "the seal is broken: not to be handed over",
}
NOT_OUT = Words(
    "这单不在配送途中。",
    "This order is not on the road.",
    "请先登记出发，或刷新路线。",
    "Depart first, or refresh the route.",
)
HANDED_OVER = Words(
    "这单已经交付。",
    "This order was handed over.",
    "请刷新路线。",
    "Refresh the route.",
)
NO_SECOND_TRY = Words(
    "冷藏药品或封签破损的药品不能再次配送。",
    "A cold parcel or one with a broken seal cannot be tried again.",
    "请选择“退回药店”。",
    "Choose to return it to the pharmacy.",
)
FAILED_OTHERWISE = Words(
    "这单已登记为没有送成，处理办法不同。",
    "This visit was recorded as failed already, with another outcome.",
    "请刷新路线；要改处理办法，请联系调度。",
    "Refresh the route; to change it, ask the dispatcher.",
)
WRONG_PARCEL = Words(
    "这个包裹不在您的路线上。",
    "This parcel is not on your route.",
    "请放回原处，核对包裹上的标签后再扫。",
    "Put it back, look at the label, and scan the right one.",
)
NOT_TO_DELIVER = Words(
    "这单已经退回或取消，不能登记交付。",
    "This order was returned or cancelled; a hand-over cannot be recorded.",
    "药若已给患者，请不要离开，立即联系调度；调度已收到提醒。",
    "If the patient has the medicine, stay and call the dispatcher, who was told.",
)
CODE_RENEWED = Words(
    "这是旧的收货码，患者的收货码已经换过。",
    "This is an older code: the patient's code for the door was renewed since.",
    "请患者打开最新的页面，再扫一次；药若已交付，请联系调度，调度已收到提醒。",
    "Let the patient open the present page and scan again; if the medicine was handed over,"
    " call the dispatcher, who was told.",
)
MOVED_FAIL = Words(
    "这单已改派给别的配送员，您的登记没有改变它。",
    "Another courier has this order now; what you recorded did not change it.",
    "包裹若在您手里，请联系调度；调度已收到提醒。",
    "If the parcel is with you, call the dispatcher, who was told.",
)
MOVED_PICK_UP = Words(
    "这单已改派给别的配送员；您取到包裹已记下，调度已收到提醒。",
    "Another courier has this order now; that you hold the parcel is on record, and the"
    " dispatcher was told.",
    "请联系调度：由您送，或交给那位配送员。",
    "Ask the dispatcher who is to bring it.",
)
MOVED_HAND_OVER = Words(
    "这单后来另有安排，但药确实由您交付，已如实登记；调度已收到提醒。",
    "The order had been planned otherwise, but you handed it over: so it is recorded, and"
    " the dispatcher was told.",
    "不用再做什么。",
    "Nothing else is to be done.",
)


def failure(reason: str, outcome: str) -> Failure:
    """Read why a visit failed and what comes next; raises Malformed."""
    if outcome not in OUTCOMES:
        raise Malformed([FieldError("outcome", f"one of {', '.join(OUTCOMES)}")])
    try:
        return Failure(reason)
    except ValueError as error:
        allowed = ", ".join(Failure)
        raise Malformed([FieldError("reason", f"one of {allowed}")]) from error


def taken_otherwise(over_fen: int) -> Words:
    """Say what was taken at the door beyond what was owed, or is owed still (below zero)."""
    amount = yuan(abs(over_fen))
    if over_fen > 0:
        return Words(
            f"这单之前已经付清，多收了 {amount} 元，没有再记账。",
            f"This order was paid before: {amount} yuan was taken too much, and not booked.",
            "请把多收的钱退还患者；调度已收到提醒。",
            "Give it back to the patient; the dispatcher was told.",
        )
    return Words(
        f"这单还有 {amount} 元没有付。",
        f"{amount} yuan of this order is still owed.",
        "请与药店核对；调度已收到提醒。",
        "Ask the pharmacy; the dispatcher was told.",
    )


def refused(answer: Refused) -> tuple[Words, str]:
    """Say everything that is missing at a door, and its code for programs."""
    english = "; ".join(_ENGLISH[each] for each in answer.refusals)
    locked = Refusal.CODE_LOCKED in answer.refusals
    words = Words(
        answer.words + "。",
        english[:1].upper() + english[1:] + ".",
        "请登记送达失败，退回药店。" if locked else "请核对后重试，或登记送达失败。",
        "Record a failed delivery."
        if locked
        else "Check and try again, or record a failure.",
    )
    return (
        words,
        "code-locked" if locked else str(answer.refusals[0]).replace("_", "-"),
    )
