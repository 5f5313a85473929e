"""What may be done with a prescription in which state: one table, which the services ask."""

from collections.abc import Mapping

from dispensing.life.refusals import refusal
from dispensing.life.states import STATES
from pharmacies.lives import STAYS, Cell, Operation, cell_of, each

_OPEN = ("received", "checked", "reviewed")
_UNREVIEWED = ("awaiting_review", "awaiting_second_review")
_UNFILLED = ("part_dispensed", "repeatable")
_HELD = ("settled", "ordered", "on_the_road", "reversing")
_WAITING = (*_OPEN, *_UNREVIEWED, "review_refused", "claimed", *_UNFILLED)
# Where a claim that ends, or a settlement that is taken back, leaves it.
_BACK = ("received", "checked", "reviewed", *_UNFILLED)
# A charge that is declined leads back to where it came from.
_PAID = ("settling", "settled")

_REVIEW_NEEDED = {
    "awaiting_review": "review-needed",
    "awaiting_second_review": "second-review-needed",
}
_OF_STATE = {
    **_REVIEW_NEEDED,
    "review_refused": "review-refused",
    "settling": "being-settled",
    "settled": "settled-before",
    "ordered": "settled-before",
    "on_the_road": "settled-before",
    "reversing": "being-reversed",
    "part_dispensed": "part-dispensed",
    "repeatable": "not-settled",
    "dispensed": "dispensed",
    "revoked": "revoked",
    "lapsed": "lapsed",
}

_ALL = tuple(STATES)
_REVIEWED = ("reviewed", "awaiting_second_review", "review_refused")
OPERATIONS: Mapping[str, Operation] = {
    "check": Operation(
        "核验",
        "counter",
        {**each(_ALL, STAYS), "received": ("checked",)},
        {},
        also=("claimed-elsewhere", "no-price", "no-rules"),
    ),
    "review": Operation(
        "审方",
        "counter",
        {
            **each(("received", "checked"), *_REVIEWED),
            "awaiting_review": (*_REVIEWED, *_UNFILLED),
            **each(_UNFILLED, STAYS, "review_refused"),
            "claimed": ("claimed", "review_refused"),
        },
        {"reviewed": "reviewed-before"},
        also=("claimed-elsewhere",),
    ),
    "second_review": Operation(
        "复核",
        "counter",
        {"awaiting_second_review": ("reviewed", "review_refused", *_UNFILLED)},
        {state: "no-second-review" for state in (*_OPEN, "claimed", *_UNFILLED)},
        also=("same-pharmacist",),
    ),
    "withdraw_review": Operation(
        "撤回审方",
        "counter",
        {
            "reviewed": (*_OPEN, *_UNREVIEWED),
            "awaiting_second_review": ("awaiting_review",),
            **each(("claimed", *_UNFILLED), STAYS, *_UNREVIEWED),
        },
        {state: "no-review" for state in ("received", "checked", "awaiting_review")},
        also=("no-review", "claimed-elsewhere"),
    ),
    "claim": Operation(
        "锁定",
        "counter",
        each((*_OPEN, "claimed", *_UNFILLED), "claimed"),
        {},
        also=("claimed-elsewhere", "too-early"),
    ),
    "return": Operation(
        "退回",
        "counter",
        {"claimed": _BACK},
        {state: "not-claimed" for state in (*_OPEN, *_UNREVIEWED, *_UNFILLED)},
        also=("claim-secret",),
    ),
    "refer_back": Operation(
        "退回医生改方",
        "counter",
        {"claimed": _BACK, **each((*_OPEN, *_UNFILLED), STAYS)},
        {},
        also=("claimed-elsewhere", "claim-secret"),
    ),
    "settle": Operation(
        "结算",
        "counter",
        {
            **each((*_OPEN, "claimed"), *_PAID),
            **each((*_HELD, "dispensed"), STAYS),
            "settling": (*_PAID, "claimed", *_BACK),
        },
        {
            **{state: "name-filling" for state in _UNFILLED},
            **{state: "refused" for state in ("revoked", "lapsed")},
        },
        also=("claimed-elsewhere", "settled-elsewhere", "still-running", "refused"),
    ),
    "refill": Operation(
        "续方结算",
        "counter",
        {
            **each(("claimed", *_UNFILLED), *_PAID),
            **each((*_HELD, "dispensed"), STAYS),
            "settling": (*_PAID, "claimed", *_BACK),
        },
        {
            **{state: "no-refill" for state in _OPEN},
            **{state: "refused" for state in ("revoked", "lapsed")},
        },
        also=("other-filling", "too-early", "claimed-elsewhere", "refused"),
    ),
    "reverse": Operation(
        "冲正",
        "counter",
        {
            **each(("settled", "ordered"), "reversing", "claimed", *_BACK),
            "reversing": ("reversing", "claimed", *_BACK),
        },
        {
            "on_the_road": "on-the-road",
            "dispensed": "handed-over",
            **{state: "handed-over" for state in _UNFILLED},
            "settling": "not-posted",
        },
        otherwise="not-found",
    ),
    "collect": Operation(
        "当面取药",
        "counter",
        {"settled": ("dispensed", *_UNFILLED), "dispensed": ("dispensed",)},
        {
            "ordered": "delivery-ordered",
            "on_the_road": "delivery-ordered",
            "reversing": "being-reversed",
        },
        otherwise="not-settled",
        also=("not-paid",),
    ),
    "order": Operation(
        "预约送药",
        "patient, counter",
        {"settled": ("ordered",), **each(("ordered", "on_the_road"), STAYS)},
        {"reversing": "being-reversed"},
        otherwise="not-settled",
    ),
    "cancel_order": Operation(
        "取消送药",
        "counter",
        {"ordered": ("settled",)},
        {"on_the_road": "order-state"},
        otherwise="not-found",
    ),
    "close_rest": Operation(
        "关闭剩余部分",
        "counter",
        {"part_dispensed": ("dispensed", "repeatable")},
        {},
        otherwise="nothing-owed",
    ),
    "revoke": Operation(
        "撤销",
        "hospital",
        {**each(_WAITING, "revoked"), "revoked": ("revoked",)},
        {},
    ),
    "lapse": Operation(
        "失效",
        "system",
        {"lapsed": ("lapsed",)},
        {state: "still-valid" for state in _WAITING},
    ),
    "share": Operation(
        "分享",
        "patient",
        each((*_OPEN, *_UNREVIEWED, "claimed", *_UNFILLED), STAYS),
        {},
        otherwise="not-open",
    ),
}


def cell(operation: str, state: str) -> Cell:
    """Tell what an operation does in a state.

    >>> cell("claim", "reviewed").to, cell("claim", "revoked").code
    (('claimed',), 'revoked')
    """
    return cell_of(OPERATIONS, _OF_STATE, operation, state)


def permit(operation: str, state: str) -> Cell:
    """Let an operation through, or raise Conflict with the code and words of its cell."""
    found = cell(operation, state)
    if found.code is not None:
        raise refusal(found.code)
    return found
