"""Write rows that are never changed: once for each act, however often it is sent."""

from typing import TypeVar
from uuid import UUID

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, SQLModel, col, select

from dispensing.errors import Conflict, Words
from dispensing.service.recorded_fact import Fact
from dispensing.service.recording import also_record
from dispensing.tables import (
    BookingRow,
    ClearingRow,
    ContractRow,
    EnteredRow,
    GroupActRow,
)

Row = TypeVar("Row", bound=SQLModel)

for _fact in (
    Fact("group", GroupActRow, turn="kind"),
    Fact("contract", ContractRow, together=("batch",)),
    Fact("entered", EnteredRow),
    Fact("booking", BookingRow, turn="stage"),
    Fact("clearing", ClearingRow),
):
    also_record(_fact)


def once(session: Session, row: Row) -> Row:
    """Write a row under the key of its act; asked again, give the row that is there.

    Commits. Raises Conflict where another act came in between, or the key is of another act.
    """
    kind, key = type(row), row.key  # type: ignore[attr-defined]
    there = written(session, kind, key)
    if there is None:
        session.add(row)
        try:
            session.commit()
        except IntegrityError as error:
            session.rollback()
            there = written(session, kind, key)
            if there is None:
                raise _beside() from error
        else:
            return row
    if _said(there) != _said(row):
        raise _other()
    return there


def in_turn(session: Session, place: str, group: str) -> None:
    """Let bookings of a group follow one another, each seeing the one before; until the commit.

    On SQLite every writing unit waits for its turn anyway.
    """
    first = (
        select(GroupActRow.id)
        .where(GroupActRow.place == place, GroupActRow.group_code == group)
        .order_by(col(GroupActRow.id))
        .limit(1)
    )
    session.exec(first.with_for_update()).first()


def written(session: Session, kind: type[Row], key: UUID) -> Row | None:
    """Give the row of an act, if it was done before."""
    return session.exec(
        select(kind).where(kind.key == key)  # type: ignore[attr-defined]
    ).first()


def _said(row: SQLModel) -> dict[str, object]:
    return {
        name: getattr(row, name)
        for name in type(row).model_fields
        if name not in {"id", "at", "turn"}
    }


def _beside() -> Conflict:
    return Conflict(
        Words(
            "刚才有人也在登记，这一次没有记下。",
            "Somebody else has booked in this moment; this was not written down.",
            "请刷新页面，看过现在的情况后再登记。",
            "Look at the page again, and book it if it is still wanted.",
        ),
        code="booked-beside",
    )


def _other() -> Conflict:
    return Conflict(
        Words(
            "这个编号已经用于另一次登记。",
            "This key is that of another act.",
            "请刷新页面后重新填写。",
            "Fill the form in anew.",
        ),
        code="key-used-otherwise",
    )
