"""A logger's file handed in: read whole, parted among the parcels that were in the box, once."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlmodel import Session, col, select

from dispensing.desk import Desk
from dispensing.errors import DomainError, NotFound, Words
from dispensing.service.ordering import order_row
from dispensing.tables import OrderRow
from pharmacies.catalogue.said import BadFile
from routing.cold_chain import Span
from routing.loggers import Asked, LoggerFile, Point, read
from routing.service.breaching import note_breach
from routing.service.rides import aboard, rides_of
from routing.tables import ReadingRow


class NoReadings(DomainError):
    """A logger's file of which nothing was written; the words say why, with the row."""

    code = "logger-file"


@dataclass(frozen=True, slots=True)
class TakenIn:
    """What became of a file: its readings, the parcels they speak of, what was new of it.

    `elsewhere` counts readings at which no cold parcel was in the box: they are not kept.
    """

    logger: str
    file_sha256: str
    first_at: datetime
    last_at: datetime
    readings: int
    elsewhere: int
    new: int
    orders: tuple[UUID, ...]
    broken: tuple[UUID, ...]


@dataclass(frozen=True, slots=True)
class Box:
    """Where a logger was: in a courier's box, or with one parcel."""

    courier_code: str = ""
    order_id: UUID | None = None


def take_file(
    session: Session,
    desk: Desk,
    content: bytes,
    asked: Asked,
    *,
    box: Box,
    by: str,
) -> TakenIn:
    """Take a logger's file in, all of it or nothing; the same file again adds nothing.

    The box and the time of each reading decide of which parcels it speaks. Raises
    NoReadings with a sentence and the row.
    """
    try:
        file = read(content, asked)
    except BadFile as error:
        raise _refused(error.said.zh, error.said.en) from error
    inside = _inside(session, box, _whole(file), asked.now)
    sha256, told = hashlib.sha256(content).hexdigest(), list[ReadingRow]()
    for row, spans in inside:
        mine = [one for one in file.points if any(_holds(it, one) for it in spans)]
        known = _known(session, row.id, file.logger)
        told += [
            ReadingRow(
                order_id=row.id,
                prescription_id=row.prescription_id,
                at=one.at,
                temperature_dc=one.temperature_dc,
                source="logger",
                logger=file.logger,
                file_sha256=sha256,
                courier_code=box.courier_code,
                by=by,
                noted_at=asked.now,
            )
            for one in mine
            if _is_new(known, one)
        ]
    session.add_all(told)
    session.flush()
    spoken = [span for _, spans in inside for span in spans]
    broken = [
        row.id
        for row, _ in inside
        if (found := note_breach(session, desk, row, by=by, now=asked.now))
        and found.decision is None
    ]
    session.commit()
    return TakenIn(
        logger=file.logger,
        file_sha256=sha256,
        first_at=file.points[0].at,
        last_at=file.points[-1].at,
        readings=len(file.points),
        elsewhere=sum(not any(_holds(it, one) for it in spoken) for one in file.points),
        new=len(told),
        orders=tuple(sorted({row.id for row, _ in inside})),
        broken=tuple(broken),
    )


def _whole(file: LoggerFile) -> Span:
    return Span(file.points[0].at, file.points[-1].at)


def _inside(
    session: Session, box: Box, span: Span, now: datetime
) -> list[tuple[OrderRow, tuple[Span, ...]]]:
    """Find the parcels that were with the logger, each locked, with when they were."""
    if box.order_id is not None:
        row = order_row(session, box.order_id)
        spans = {row.id: tuple(it.span for it in rides_of(session, [row], now)[row.id])}
    else:
        spans = aboard(session, box.courier_code, span, now)
    met = {id_: _met(listed, span) for id_, listed in sorted(spans.items())}
    return [
        (order_row(session, id_, lock=True), listed)
        for id_, listed in met.items()
        if listed
    ]


def _met(spans: Iterable[Span], span: Span) -> tuple[Span, ...]:
    return tuple(
        it for it in spans if it.begins <= span.ends and span.begins <= it.ends
    )


def _holds(span: Span, one: Point) -> bool:
    return span.begins <= one.at <= span.ends


def _known(session: Session, order_id: UUID, logger: str) -> dict[datetime, int]:
    query = select(ReadingRow.at, ReadingRow.temperature_dc).where(
        col(ReadingRow.order_id) == order_id,
        col(ReadingRow.source) == "logger",
        col(ReadingRow.logger) == logger,
    )
    return dict(session.exec(query).all())


def _is_new(known: dict[datetime, int], one: Point) -> bool:
    """Tell whether a reading is not kept yet; what was kept never changes."""
    before = known.get(one.at)
    if before is not None and before != one.temperature_dc:
        raise _refused(
            f"第 {one.row} 行与先前上传的同一记录仪、同一时刻的温度不同。",
            f"Row {one.row} tells another temperature than an earlier file of the same"
            " logger at the same instant.",
        )
    return before is None


def _refused(zh: str, en: str) -> NoReadings:
    return NoReadings(
        Words(
            zh,
            en,
            "整份文件都没有写入；改好后重新上传。",
            "Nothing of the file was written; mend it and hand it in again.",
        )
    )


def outlets_parcel(session: Session, order_id: UUID, outlet_code: str) -> Box:
    """Say that a logger was with one parcel of an outlet, or raise NotFound."""
    row = order_row(session, order_id)
    if row.outlet_code != outlet_code or row.storage != "cold":
        raise NotFound("订单", "order")
    return Box(order_id=order_id)
