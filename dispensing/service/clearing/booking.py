"""Book the money of a group's year: advances, months, revolving funds, and what a year clears."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid5

from sqlalchemy import func
from sqlmodel import Session, col, select

from dispensing.clearing import package
from dispensing.clearing.package import Booking
from dispensing.clearing.reckoning import Cleared
from dispensing.errors import Conflict, FieldError, Malformed, NotFound, Words
from dispensing.money import share_fen, yuan
from dispensing.policy.rules import Rules
from dispensing.service.approving import Party
from dispensing.service.clearing.entering import entries, figures_of
from dispensing.service.clearing.groups import nodes_on
from dispensing.service.clearing.writing import in_turn, once, written
from dispensing.tables import BookingRow

NUMBERS = UUID("6a7c0c52-5a54-4a0e-9d3b-0f6d3a8f2c11")  # of what a clearing books
ENTERED = ("advance", "settle", "retain", "revolve", "return")


@dataclass(frozen=True, slots=True)
class GroupBooked:
    """One booking as it stands in the book; `undone` where another took it back."""

    id: int
    stage: str
    period: str
    code: str
    amount_fen: int
    number: int | None
    undoes: int | None
    undone: bool
    document: str
    by: str
    at: datetime

    @property
    def booking(self) -> Booking:
        """Give what it moves."""
        return Booking(self.stage, self.amount_fen, self.period, self.code)


def bookings(
    session: Session, place: str, group: str, year: int
) -> tuple[GroupBooked, ...]:
    """List what was booked for a year, in its order."""
    rows = _rows(session, place, group, year)
    undone = {row.undoes for row in rows}
    return tuple(
        GroupBooked(
            id=row.id or 0,
            stage=row.stage,
            period=row.period,
            code=row.code,
            amount_fen=row.amount_fen,
            number=row.number,
            undoes=row.undoes,
            undone=row.id in undone,
            document=row.document,
            by=row.by,
            at=row.at,
        )
        for row in rows
    )


def book(session: Session, rules: Rules, row: BookingRow) -> None:
    """Book one amount; refused where a text, the budget or the balance does not allow it."""
    if written(session, BookingRow, row.key) is None:
        in_turn(session, row.place, row.group_code)
        found = bookings(session, row.place, row.group_code, row.year)
        _reject(session, rules, row, found)
        row.turn = _turn(session, row.place, row.group_code, row.year)
    once(session, row)


def undo(
    session: Session,
    row_id: int,
    *,
    place: str,
    key: UUID,
    document: str,
    by: Party,
    now: datetime,
) -> None:
    """Take a booking back by another one; what a clearing booked goes with its correction."""
    row = session.get(BookingRow, row_id)
    if row is None or row.place != place:
        raise NotFound("这笔登记", "booking")
    in_turn(session, place, row.group_code)
    undoing = BookingRow(
        key=key,
        place=place,
        group_code=row.group_code,
        year=row.year,
        turn=_turn(session, place, row.group_code, row.year),
        stage=row.stage,
        period=row.period,
        code=row.code,
        amount_fen=-row.amount_fen,
        undoes=row.id,
        document=document,
        by=by.user,
        role=by.role,
        at=now,
    )
    if written(session, BookingRow, key) is None:
        found = bookings(session, place, row.group_code, row.year)
        is_undone = any(one.undone for one in found if one.id == row_id)
        if is_undone or row.undoes is not None or row.number is not None:
            raise _not_undone()
        _reject_cleared(row, found)
        _reject_below(session, undoing)
    once(session, undoing)


def book_clearing(
    session: Session,
    done: Cleared,
    *,
    place: str,
    group: str,
    year: int,
    number: int,
    document: str,
    by: Party,
    now: datetime,
) -> None:
    """Write what a clearing books, after it has taken back what the version before did."""
    rows = _rows(session, place, group, year)
    undone = {row.undoes for row in rows}
    before = [
        row
        for row in rows
        if row.number is not None and row.undoes is None and row.id not in undone
    ]
    kept = [_booking(row) for row in rows if row.number is None]
    news = [(_booking(row).undone, row.id) for row in before]
    plain = package.clearing_bookings(done.year, done.payout, _package(kept))
    news += [(one, None) for one in plain]
    turn = _turn(session, place, group, year)
    for no, (one, undoes) in enumerate(news):
        session.add(
            BookingRow(
                key=uuid5(NUMBERS, f"{place} {group} {year} {number} {no}"),
                place=place,
                group_code=group,
                year=year,
                turn=turn + no,
                stage=one.stage,
                period=one.period,
                code=one.code,
                amount_fen=one.amount_fen,
                number=number,
                undoes=undoes,
                document=document,
                by=by.user,
                role=by.role,
                at=now,
            )
        )


def revolving_fen(session: Session, place: str, code: str) -> int:
    """Tell what a village clinic holds of its revolving fund, over all years (L18)."""
    amount = func.coalesce(func.sum(BookingRow.amount_fen), 0)
    of = (col(BookingRow.place) == place, col(BookingRow.code) == code)

    def total(stage: str) -> int:
        query = select(amount).where(*of, col(BookingRow.stage) == stage)
        return int(session.exec(query).one())

    return total("revolve") - total("return")


def _reject(
    session: Session, rules: Rules, row: BookingRow, found: Sequence[GroupBooked]
) -> None:
    try:
        Booking(row.stage, row.amount_fen, row.period, row.code)
    except (TypeError, ValueError) as error:
        raise Malformed([FieldError("period", str(error))]) from error
    if row.stage not in ENTERED or row.amount_fen < 0:
        raise Malformed([FieldError("stage", f"one of {', '.join(ENTERED)}, above 0")])
    if row.stage in package.PERIODS:
        _reject_cleared(row, found)
        _reject_period(row, found)
    if row.stage == "advance":
        _reject_above_budget(session, row, found)
    if row.stage in {"retain", "revolve", "return"}:
        _reject_stranger(session, row)
    if row.stage == "retain":
        _reject_retained(session, rules, row, found)
    if row.stage == "revolve":
        _reject_outside(session, rules, row)
    if row.stage == "return":
        _reject_below(session, row)


def _reject_cleared(row: BookingRow, found: Sequence[GroupBooked]) -> None:
    """After a clearing the months and quarters of a year stay as they are."""
    if row.stage in package.PERIODS and any(one.number is not None for one in found):
        raise Conflict(
            Words(
                f"{row.year}年已经清算，不能再登记预拨和月结。",
                f"The year {row.year} was cleared; nothing is advanced or settled in it.",
                "要更正，请按更正后的数据重新清算，作为新的版本。",
                "Correct the figures and clear the year again, as another version.",
            ),
            code="year-cleared",
        )


def _reject_period(row: BookingRow, found: Sequence[GroupBooked]) -> None:
    for one in found:
        same = (one.stage, one.period) == (row.stage, row.period)
        if same and not one.undone and one.undoes is None:
            raise Conflict(
                Words(
                    f"{row.period}已经登记过，金额{yuan(one.amount_fen)}元。",
                    f"{row.period} was booked before: {yuan(one.amount_fen)} yuan.",
                    "要更正，请先撤销那一笔。",
                    "Take that one back first, if it is to be corrected.",
                ),
                code="period-booked",
            )


def _reject_above_budget(
    session: Session, row: BookingRow, found: Sequence[GroupBooked]
) -> None:
    figures = figures_of(entries(session, row.place, row.group_code, row.year))
    budget_fen = figures.get("budget")
    if budget_fen is None:
        raise Conflict(
            Words(
                f"{row.year}年还没有填写年初预算。",
                f"Nobody has entered the budget of {row.year}.",
                "按年初预算预拨：请先填写预算和文件号。",
                "Advances follow the year's budget: enter it first, with its document.",
            ),
            code="no-budget",
        )
    before_fen = package.booked((one.booking for one in found), "advance")
    if before_fen + row.amount_fen > budget_fen:
        raise Conflict(
            Words(
                f"预拨合计会超过年初预算{yuan(budget_fen)}元，还可预拨"
                f"{yuan(max(budget_fen - before_fen, 0))}元。",
                f"This would advance more than the budget of {yuan(budget_fen)} yuan.",
                "请核对金额，或先更正预算。",
                "Check the amount, or correct the budget first.",
            ),
            code="above-budget",
        )


def _reject_stranger(session: Session, row: BookingRow) -> None:
    nodes = nodes_on(session, row.place, row.group_code, row.at.date())
    level = {node.code: node.level for node in nodes}.get(row.code)
    wanted = "village" if row.stage != "retain" else level
    if level is None or (level != wanted and row.stage == "revolve"):
        said = "a village clinic of the group" if row.stage != "retain" else "a member"
        raise Malformed([FieldError("code", said)])


def _reject_retained(
    session: Session, rules: Rules, row: BookingRow, found: Sequence[GroupBooked]
) -> None:
    """L15: what may be kept of what was saved; nobody guesses the share."""
    figure = rules.figures.get("vbp.retained_share")
    if figure is None or not isinstance(figure.value, int):
        raise Conflict(
            Words(
                "结余留用的比例还没有填写，政策文本没有给出。",
                "Nobody has said which share of savings is kept; no text gives it.",
                "请在“待定参数”里填写比例和来源。",
                "Fill it in among the open figures, with its source.",
            ),
            code="share-open",
        )
    figures = figures_of(entries(session, row.place, row.group_code, row.year))
    most_fen = share_fen(figures.get("vbp_saved", 0), figure.value)
    before_fen = package.booked((one.booking for one in found), "retain")
    if before_fen + row.amount_fen > most_fen:
        raise Conflict(
            Words(
                f"可留用的结余一共{yuan(most_fen)}元，已登记{yuan(before_fen)}元。",
                f"Of what was saved {yuan(most_fen)} yuan are kept in all,"
                f" {yuan(before_fen)} are booked.",
                "请核对金额和节约的资金。",
                "Check the amount and what was saved.",
            ),
            code="above-retained",
        )


def _reject_outside(session: Session, rules: Rules, row: BookingRow) -> None:
    """L18: each village clinic has 30,000 to 50,000 yuan, and the sentence says so."""
    for limit in rules.rows("funds.advance"):
        least_fen, most_fen = limit["min_fen"], limit["max_fen"]
        after_fen = revolving_fen(session, row.place, row.code) + row.amount_fen
        if not least_fen <= after_fen <= most_fen:
            raise Conflict(
                Words(
                    f"这家村卫生室的周转金会是{yuan(after_fen)}元，规定是"
                    f"{yuan(least_fen)}–{yuan(most_fen)}元：“{limit['quote']}”。",
                    f"This clinic would hold {yuan(after_fen)} yuan; the text says"
                    f" {yuan(least_fen)} to {yuan(most_fen)}: “{limit['quote']}”.",
                    "请按规定的范围核对金额。",
                    "Check the amount against that range.",
                ),
                code="fund-outside",
            )
        return
    raise Conflict(
        Words(
            "本地的政策文本没有规定村卫生室周转金。",
            "The texts in force here name no revolving fund.",
            "请核对地区。",
            "Check the region.",
        ),
        code="no-fund",
    )


def _reject_below(session: Session, row: BookingRow) -> None:
    """Nothing goes back that is not there, also where a payment is taken back."""
    if row.stage not in {"revolve", "return"}:
        return
    held_fen = revolving_fen(session, row.place, row.code)
    after_fen = held_fen + (
        row.amount_fen if row.stage == "revolve" else -row.amount_fen
    )
    if after_fen < 0:
        raise Conflict(
            Words(
                f"这家村卫生室的周转金只有{yuan(held_fen)}元。",
                f"This clinic holds {yuan(held_fen)} yuan of its revolving fund.",
                "请核对金额。",
                "Check the amount.",
            ),
            code="fund-below",
        )


def _rows(session: Session, place: str, group: str, year: int) -> Sequence[BookingRow]:
    query = select(BookingRow).where(
        col(BookingRow.place) == place,
        col(BookingRow.group_code) == group,
        col(BookingRow.year) == year,
    )
    return session.exec(query.order_by(col(BookingRow.turn))).all()


def _turn(session: Session, place: str, group: str, year: int) -> int:
    rows = _rows(session, place, group, year)
    return max((row.turn for row in rows), default=0) + 1


def _package(found: Sequence[Booking]) -> list[Booking]:
    return [one for one in found if one.stage in package.PERIODS]


def _booking(row: BookingRow) -> Booking:
    return Booking(row.stage, row.amount_fen, row.period, row.code)


def _not_undone() -> Conflict:
    return Conflict(
        Words(
            "这一笔不能撤销：已撤销过，或由清算登记。",
            "This booking is not taken back: it was before, or a clearing made it.",
            "清算的更正请重新清算，作为新的版本。",
            "Clear the year again where a clearing is to be corrected.",
        ),
        code="not-undone",
    )
