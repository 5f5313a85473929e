"""What may be done with a designation in which state: one table, which the services ask."""

from collections.abc import Mapping

from pharmacies.designation.refusals import refuse
from pharmacies.lives import STAYS, Cell, Operation, cell_of, each

_DATED = ("in-the-past", "bad-days")
_FLOOR = ("below-floor",)
_CEILING = ("above-ceiling",)
_OF_STATE = {
    "none": "not-applied",
    "applied": "being-examined",
    "accepted": "not-signed",
    "refused": "found-unfit",
    "agreed": "not-begun",
    "in_force": "agreement-stands",
    "suspended": "agreement-stands",
    "ended": "agreement-over",
}

_LIVE = ("agreed", "in_force", "suspended")
OPERATIONS: Mapping[str, Operation] = {
    "apply": Operation(
        "申请",
        "counter, bureau",
        each(("none", "refused", "ended"), "applied"),
        {"accepted": "being-examined"},
        also=("too-early", "not-a-pharmacy"),
    ),
    "supplement": Operation(
        "补正材料", "counter, bureau", {"applied": ("applied",)}, {}
    ),
    "withdraw_application": Operation(
        "撤回申请",
        "counter, bureau",
        each(("applied", "accepted"), "none", "ended"),
        {},
    ),
    "accept": Operation(
        "评估合格",
        "bureau",
        {"applied": ("accepted",)},
        {},
        also=("condition-unmet", "condition-unknown"),
    ),
    "refuse": Operation("评估不合格", "bureau", {"applied": ("refused",)}, {}),
    "sign": Operation(
        "签订协议",
        "bureau",
        {"accepted": ("agreed", "in_force", "ended")},
        {},
        also=(*_DATED, "general-needed", "no-unit", *_CEILING),
    ),
    "open_card": Operation(
        "开通刷卡结算",
        "bureau",
        each(_LIVE, STAYS),
        {},
        also=(*_DATED, "card-open", *_CEILING),
    ),
    "suspend": Operation(
        "中止",
        "bureau",
        {"in_force": ("suspended", "in_force"), "agreed": ("agreed",)},
        {"suspended": "suspended-already"},
        also=(*_DATED, "suspended-already", *_FLOOR),
    ),
    "resume": Operation(
        "恢复",
        "bureau",
        {
            "suspended": ("in_force", "suspended"),
            **each(("in_force", "agreed"), STAYS),
        },
        {},
        also=(*_DATED, "not-suspended", *_CEILING),
    ),
    "renew": Operation(
        "续签",
        "bureau",
        each(_LIVE, STAYS),
        {},
        also=(*_DATED, "no-end", "general-needed", *_CEILING),
    ),
    "end": Operation(
        "终止",
        "bureau",
        {
            "agreed": ("agreed", "ended"),
            "in_force": ("in_force", "ended"),
            "suspended": ("suspended", "ended"),
        },
        {},
        also=(*_DATED, *_FLOOR),
    ),
}


def cell(operation: str, state: str) -> Cell:
    """Tell what an operation does in a state.

    >>> cell("accept", "applied").to, cell("accept", "none").code
    (('accepted',), 'not-applied')
    """
    return cell_of(OPERATIONS, _OF_STATE, operation, state)


def permit(operation: str, state: str) -> Cell:
    """Let an operation through, or raise Refused with the code and words of its cell."""
    found = cell(operation, state)
    if found.code is not None:
        raise refuse(found.code)
    return found
