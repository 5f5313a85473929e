"""Which institutions a group has on a day, and whose people belong where (S2, S3)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlmodel import Session, col, select

from dispensing.clearing.group import Head, Node, check_tree
from dispensing.errors import Conflict, FieldError, Malformed, NotFound, Words
from dispensing.service.approving import Party
from dispensing.service.clearing.registered import registered
from dispensing.service.clearing.writing import once, written
from dispensing.tables import ContractRow, GroupActRow
from dispensing.vault import Vault

FAULTS_MAX = 100


@dataclass(frozen=True, slots=True)
class GroupAct:
    """One institution that joined a group or left it."""

    kind: str
    code: str
    name: str
    level: str
    above: str
    on: date
    document: str
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Contracted:
    """One person as a file of contracts names them."""

    person: str
    code: str
    signed: bool
    on: date


def group_codes(session: Session, place: str) -> tuple[str, ...]:
    """List the groups of an area."""
    query = select(GroupActRow.group_code).where(col(GroupActRow.place) == place)
    return tuple(sorted(set(session.exec(query).all())))


def group_acts(session: Session, place: str, group: str) -> tuple[GroupAct, ...]:
    """List what happened to a group, the latest first."""
    return tuple(
        GroupAct(**{name: getattr(row, name) for name in GroupAct.__dataclass_fields__})
        for row in reversed(_acts(session, place, group))
    )


def nodes_on(session: Session, place: str, group: str, day: date) -> tuple[Node, ...]:
    """Give the institutions of a group on a day; who has left is none of them.

    Who is below one that left is one no more either: its people go on by their contracts.
    """
    found: dict[str, Node] = {}
    for row in _acts(session, place, group):
        if row.on <= day:
            found[row.code] = Node(row.code, row.name, row.level, row.above)
            if row.kind == "left":
                del found[row.code]
    for level in ("township", "village"):
        for node in [each for each in found.values() if each.level == level]:
            if node.above not in found:
                del found[node.code]
    return tuple(sorted(found.values(), key=lambda node: node.code))


def act_on_group(
    session: Session,
    act: GroupActRow,
) -> None:
    """Write down that an institution joined or left; the group has to hang together."""
    if written(session, GroupActRow, act.key) is None:
        there = {
            n.code: n for n in nodes_on(session, act.place, act.group_code, act.on)
        }
        if act.kind == "left":
            if act.code not in there:
                raise NotFound("医共体成员", "member of the group")
        else:
            _reject_elsewhere(session, act)
            there[act.code] = _node(act)
            _checked(tuple(there.values()))
    once(session, act)


def contract(
    session: Session,
    vault: Vault,
    given: Sequence[Contracted],
    *,
    place: str,
    batch: UUID,
    document: str,
    by: Party,
    now: datetime,
) -> int:
    """Take in where people belong, all of a file or nothing; tells how many are new rows."""
    already = select(ContractRow.id).where(col(ContractRow.batch) == batch)
    if session.exec(already).first() is not None:
        return 0
    _reject(session, vault, given, place)
    now_said = _belonging(session, place, max((one.on for one in given), default=None))
    news = [
        one
        for one in given
        if now_said.get(one.person) != (one.on, one.code, one.signed)
    ]
    session.add_all(
        ContractRow(
            batch=batch,
            place=place,
            head_no=one.person,
            code=one.code,
            signed=one.signed,
            on=one.on,
            document=document,
            by=by.user,
            role=by.role,
            at=now,
        )
        for one in news
    )
    session.commit()
    return len(news)


def heads_of(session: Session, vault: Vault, place: str, year: int) -> tuple[Head, ...]:
    """Give everybody with the 两病 or a chronic certificate, as they belong at the year's end."""
    belongs = _belonging(session, place, date(year, 12, 31))
    found = []
    for person, people, since in registered(session, vault, place):
        _, code, signed = belongs.get(person, (None, "", False))
        found.append(Head(person, people, since, code, signed))
    return tuple(found)


def _acts(session: Session, place: str, group: str) -> Sequence[GroupActRow]:
    query = select(GroupActRow).where(
        col(GroupActRow.place) == place, col(GroupActRow.group_code) == group
    )
    return session.exec(query.order_by(col(GroupActRow.on), col(GroupActRow.id))).all()


def _belonging(
    session: Session, place: str, until: date | None
) -> dict[str, tuple[date, str, bool]]:
    """Tell for each person the last row until a day: since when, where, with a contract."""
    query = select(
        col(ContractRow.head_no),
        col(ContractRow.on),
        col(ContractRow.code),
        col(ContractRow.signed),
    ).where(col(ContractRow.place) == place)
    if until is not None:
        query = query.where(col(ContractRow.on) <= until)
    rows = session.exec(query.order_by(col(ContractRow.on), col(ContractRow.id)))
    return {person: (on, code, signed) for person, on, code, signed in rows}


def _reject(
    session: Session, vault: Vault, given: Sequence[Contracted], place: str
) -> None:
    """Name row by row what is wrong with a file; then nothing of it is kept."""
    people = {person for person, _, _ in registered(session, vault, place)}
    acts = select(GroupActRow.code).where(col(GroupActRow.place) == place)
    codes, seen, faults = set(session.exec(acts).all()), set[str](), []
    for number, one in enumerate(given, 1):
        said = ""
        if one.person not in people:
            said = "somebody registered in this area"
        elif one.person in seen:
            said = "each person once"
        elif one.code not in codes:
            said = "an institution of a group"
        seen.add(one.person)
        if said:
            faults.append(FieldError(f"row {number}", said))
    if faults or not given:
        raise Malformed(faults[:FAULTS_MAX] or [FieldError("rows", "at least one")])


def _reject_elsewhere(session: Session, act: GroupActRow) -> None:
    for group in group_codes(session, act.place):
        if group != act.group_code:
            codes = {n.code for n in nodes_on(session, act.place, group, act.on)}
            if act.code in codes:
                raise Conflict(
                    Words(
                        f"这家机构在另一个医共体里（{group}）。",
                        f"This institution belongs to another group ({group}).",
                        "请先登记退出，再登记加入。",
                        "Let it leave that one first.",
                    ),
                    code="in-another-group",
                )


def _node(act: GroupActRow) -> Node:
    try:
        return Node(act.code, act.name, act.level, act.above)
    except ValueError as error:
        raise Malformed([FieldError("above", str(error))]) from error


def _checked(nodes: Sequence[Node]) -> None:
    try:
        check_tree(nodes)
    except ValueError as error:
        raise Malformed([FieldError("above", str(error))]) from error
