"""The joint account of a group (共管账户, 濉溪 三（四）, S11), as who watches it reads it."""

from dataclasses import dataclass

from sqlmodel import Session, select

from dispensing.clearing import package
from dispensing.service.clearing.booking import GroupBooked, bookings
from dispensing.tables import ClearingRow


@dataclass(frozen=True, slots=True)
class JointLine:
    """One line of the joint account (共管账户): what came or went, and what was left after it."""

    booked: GroupBooked
    moved_fen: int
    left_fen: int
    approved_by: str  # of what a clearing booked; '' else


def joint_account(
    session: Session, place: str, group: str, year: int
) -> tuple[JointLine, ...]:
    """Give the joint account of a year, line by line, in its order (三（四）, S11)."""
    mine = ClearingRow
    query = select(mine.number, mine.approved_by).where(
        mine.place == place, mine.group_code == group, mine.year == year
    )
    seconds = dict(session.exec(query).all())
    found, left_fen = [], 0
    for one in bookings(session, place, group, year):
        moved_fen = package.moved(one.booking, "joint")
        if moved_fen:
            left_fen += moved_fen
            by = seconds.get(one.number, "") if one.number else ""
            found.append(JointLine(one, moved_fen, left_fen, by))
    return tuple(found)
