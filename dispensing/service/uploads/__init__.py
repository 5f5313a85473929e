"""The units of work of uploads: plan what the platform is owed, send it, see what lags."""

from dispensing.service.uploads.lagging import (
    LATE,
    UploadLag,
    UploadLags,
    UploadView,
    hurry,
    missing_uploads,
    undone_uploads,
    upload_lags,
)
from dispensing.service.uploads.planning import plan, plan_missing
from dispensing.service.uploads.sending import (
    Due,
    Outcome,
    claim,
    conclude,
    drop,
    outlets_due,
    send,
    send_again,
)

__all__ = [
    "LATE",
    "Due",
    "Outcome",
    "UploadLag",
    "UploadLags",
    "UploadView",
    "claim",
    "conclude",
    "drop",
    "hurry",
    "missing_uploads",
    "outlets_due",
    "plan",
    "plan_missing",
    "send",
    "send_again",
    "undone_uploads",
    "upload_lags",
]
