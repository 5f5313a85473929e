"""The acts of a designation's life: one act is one row, the agreement follows from it.

Each is written and not committed: what it means for others is part of the same unit of work.
"""

from pharmacies.designation.changes import ENDINGS, Terms
from pharmacies.designation_service.acting import Doing, Effect, Override
from pharmacies.designation_service.agreeing import (
    end,
    open_card,
    renew,
    resume,
    sign,
    suspend,
)
from pharmacies.designation_service.applying import (
    accept,
    apply_for,
    supplement,
    turn_down,
    withdraw_application,
)
from pharmacies.designation_service.looking import (
    astray,
    has_lapsed,
    running_out,
    stops_orders,
)
from pharmacies.designation_service.resting import is_done, overridden_by, stands
from pharmacies.designation_service.views import (
    ActView,
    AgreementView,
    DesignationView,
    SuspensionView,
    life,
)

__all__ = [
    "ENDINGS",
    "ActView",
    "AgreementView",
    "DesignationView",
    "Doing",
    "Effect",
    "Override",
    "SuspensionView",
    "Terms",
    "accept",
    "apply_for",
    "astray",
    "end",
    "has_lapsed",
    "is_done",
    "life",
    "open_card",
    "overridden_by",
    "renew",
    "resume",
    "running_out",
    "sign",
    "stands",
    "stops_orders",
    "supplement",
    "suspend",
    "turn_down",
    "withdraw_application",
]
