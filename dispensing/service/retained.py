"""What dispensing removes at the end of a term: messages, sight, proxies and helpers."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement
from sqlmodel import Session, SQLModel, col, select

from dispensing.desk import Desk
from dispensing.retention import LOCK
from dispensing.sealed import seal_in
from dispensing.service.retaining import Way, case_holds, case_over
from dispensing.tables import (
    AccessCodeRow,
    HandoverRow,
    NationalReviewRow,
    NationalRxRow,
    PaperRow,
    PrescriptionRow,
    PresentationRow,
)

GONE = ""
Remove = Callable[[Session, Desk, Sequence[UUID]], None]


def ways() -> dict[str, Way]:
    """Give how each kind of dispensing is found and removed."""
    return {
        "message": of_case(_messages),
        LOCK: of_case(_nothing),  # the mark is the lock
        "proxy": of_case(_proxies),
        "presentation": _of_showing(PresentationRow, "helper_name", "helper_id_sealed"),
        "access_code": _of_showing(AccessCodeRow, "helper_name", "helper_phone_tail"),
    }


def of_case(remove: Remove, **more: ColumnElement[bool]) -> Way:
    """Make the way of what hangs on a prescription; `more` holds it back as well."""
    return Way(
        row=PrescriptionRow,
        since=col(PrescriptionRow.received_at),
        over=case_over,
        holds={**case_holds(), **more},
        person_no=col(PrescriptionRow.person_no),
        remove=remove,
        prescription_id=col(PrescriptionRow.id),
    )


def empty(desk: Desk, row: SQLModel, *columns: str) -> None:
    """Empty what a row holds sealed; what it never held stays so."""
    for column in columns:
        if getattr(row, column) is not None:
            seal_in(desk.vault, row, column, GONE)


def _of_showing(kind: Any, *columns: str) -> Way:
    def over(before: datetime) -> tuple[ColumnElement[bool], ...]:
        return (col(kind.expires_at) < before, col(kind.helper_name).is_not(None))

    def remove(session: Session, desk: Desk, ids: Sequence[UUID]) -> None:
        for row in session.exec(select(kind).where(col(kind.id).in_(ids))):
            empty(desk, row, *columns)

    return Way(
        row=kind,
        since=col(kind.expires_at),
        over=over,
        holds={},
        person_no=col(kind.person_no),
        remove=remove,
    )


def _nothing(_session: Session, _desk: Desk, _ids: Sequence[UUID]) -> None:
    """Remove nothing: the rows stay, out of sight."""


def _proxies(session: Session, desk: Desk, ids: Sequence[UUID]) -> None:
    query = select(HandoverRow).where(col(HandoverRow.prescription_id).in_(ids))
    for row in session.exec(query.order_by(col(HandoverRow.id)).with_for_update()):
        empty(desk, row, "proxy_name", "proxy_id_sealed")


def _messages(session: Session, desk: Desk, ids: Sequence[UUID]) -> None:
    rows = select(PrescriptionRow).where(col(PrescriptionRow.id).in_(ids))
    for row in session.exec(rows):
        empty(desk, row, "message_sealed")
    for national in session.exec(_beside(NationalRxRow, ids)):
        empty(desk, national, "rx_sealed", "signed_sealed")
    for paper in session.exec(_beside(PaperRow, ids)):
        paper.image_sealed = None
    reviews = select(NationalReviewRow).where(
        col(NationalReviewRow.prescription_id).in_(ids)
    )
    for review in session.exec(reviews):
        empty(desk, review, "message_sealed")


def _beside(kind: Any, ids: Sequence[UUID]) -> Any:
    """Ask for rows that name a prescription by its issuer and number."""
    return (
        select(kind)
        .join(
            PrescriptionRow,
            (col(PrescriptionRow.issuer) == col(kind.issuer))
            & (col(PrescriptionRow.hosp_rx_no) == col(kind.hosp_rx_no)),
        )
        .where(col(PrescriptionRow.id).in_(ids))
    )
