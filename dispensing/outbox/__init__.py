"""Notices (通知) to hospitals and pharmacies of what happens to their prescriptions. Pure."""

from dispensing.outbox.body import LineState, Subject, firms_body, notice_body
from dispensing.outbox.patience import (
    LEASE,
    USUAL,
    Answer,
    Patience,
    due_again,
    is_deaf,
    is_hopeless,
    pause_s,
    wait_s,
)

__all__ = [
    "LEASE",
    "USUAL",
    "Answer",
    "LineState",
    "Patience",
    "Subject",
    "due_again",
    "firms_body",
    "is_deaf",
    "is_hopeless",
    "notice_body",
    "pause_s",
    "wait_s",
]
