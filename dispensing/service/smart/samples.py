"""Samples of claims for officers to look at: drawn, found right or wrong, and what they tell."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import cast
from uuid import UUID

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from dispensing.errors import Conflict, FieldError, Malformed, NotFound, Words
from dispensing.smart import sampling
from dispensing.tables import SmartFindingRow, SmartSampleClaimRow, SmartSampleRow

FOUND_BEFORE = Words(
    "这笔结算已经登记过检查结果。",
    "What was found of this claim was written down before.",
    "请刷新页面。",
    "Refresh the page.",
)


@dataclass(frozen=True, slots=True)
class FramedClaim:
    """One claim that may be drawn: its outlet, what the fund paid, its stratum."""

    claim: str
    outlet_code: str
    fund_fen: int
    stratum: str


@dataclass(frozen=True, slots=True)
class SampledView:
    """One claim of a sample and what was found of it; None where nobody has looked yet."""

    claim: str
    outlet_code: str
    fund_fen: int
    stratum: str
    times: int
    wrong_fen: int | None
    words: str
    by: str


@dataclass(frozen=True, slots=True)
class SampleView:
    """One sample; the estimate is there when all of it was looked at."""

    id: UUID
    since: date
    until: date
    way: str
    seed: int
    size: int
    claims: int
    fund_fen: int
    drawn: tuple[SampledView, ...]
    estimate: sampling.Estimate | None
    by: str
    at: datetime


def draw(
    session: Session,
    frame: Sequence[FramedClaim],
    *,
    way: sampling.Way,
    size: int,
    seed: int,
    place: str,
    since: date,
    until: date,
    by: str,
    now: datetime,
) -> SampleView:
    """Draw a sample of the claims of a span and keep it; Malformed where it cannot be drawn."""
    units = [sampling.Unit(one.claim, one.fund_fen, one.stratum) for one in frame]
    try:
        drawn = sampling.draw(units, way, size, seed)
    except sampling.BadSample as error:
        raise Malformed([FieldError("size", str(error))]) from error
    outlets = {one.claim: one.outlet_code for one in frame}
    row = SmartSampleRow(
        place=place,
        since=since,
        until=until,
        way=way,
        seed=seed,
        size=size,
        claims=drawn.claims,
        fund_fen=drawn.fund_fen,
        strata=json.dumps([asdict(one) for one in drawn.strata], ensure_ascii=False),
        by=by,
        at=now,
    )
    session.add(row)
    session.flush()
    for one in drawn.drawn:
        session.add(
            SmartSampleClaimRow(
                sample_id=row.id, outlet_code=outlets[one.claim], **asdict(one)
            )
        )
    session.flush()
    found = _view(session, row)
    session.commit()
    return found


def find(
    session: Session,
    sample_id: UUID,
    claim: str,
    *,
    wrong_fen: int,
    words: str,
    place: str,
    by: str,
    now: datetime,
) -> SampleView:
    """Write down once how much of a claim was wrong, 0 for nothing, and why."""
    row = _row(session, sample_id, place)
    one = session.get(SmartSampleClaimRow, (sample_id, claim))
    if one is None:
        raise NotFound("这笔样本", "claim of the sample")
    if not 0 <= wrong_fen <= one.fund_fen:
        raise Malformed([FieldError("wrong_fen", f"0 to {one.fund_fen}")])
    session.add(
        SmartFindingRow(
            place=row.place,
            sample_id=sample_id,
            claim=claim,
            wrong_fen=wrong_fen,
            words=words,
            by=by,
            at=now,
        )
    )
    try:
        session.flush()
    except IntegrityError as error:
        session.rollback()
        raise Conflict(FOUND_BEFORE, code="found-before") from error
    found = _view(session, row)
    session.commit()
    return found


def sample(session: Session, sample_id: UUID, place: str) -> SampleView:
    """Give one sample of an area."""
    return _view(session, _row(session, sample_id, place))


def samples(session: Session, place: str) -> tuple[SampleView, ...]:
    """List the samples of an area, the latest first."""
    query = select(SmartSampleRow).order_by(col(SmartSampleRow.at).desc()).limit(50)
    if place:
        query = query.where(col(SmartSampleRow.place) == place)
    return tuple(_view(session, row) for row in session.exec(query))


def _row(session: Session, sample_id: UUID, place: str) -> SmartSampleRow:
    row = session.get(SmartSampleRow, sample_id)
    if row is None or (place and row.place != place):
        raise NotFound("这个样本", "sample")
    return row


def _view(session: Session, row: SmartSampleRow) -> SampleView:
    claims = select(SmartSampleClaimRow).where(
        col(SmartSampleClaimRow.sample_id) == row.id
    )
    findings = select(SmartFindingRow).where(col(SmartFindingRow.sample_id) == row.id)
    found = {one.claim: one for one in session.exec(findings)}
    drawn = tuple(
        _sampled(one, found.get(one.claim))
        for one in session.exec(claims.order_by(col(SmartSampleClaimRow.claim)))
    )
    whole = len(found) == len(drawn)
    return SampleView(
        id=row.id,
        since=row.since,
        until=row.until,
        way=row.way,
        seed=row.seed,
        size=row.size,
        claims=row.claims,
        fund_fen=row.fund_fen,
        drawn=drawn,
        estimate=_estimate(row, drawn) if whole else None,
        by=row.by,
        at=row.at,
    )


def _sampled(one: SmartSampleClaimRow, found: SmartFindingRow | None) -> SampledView:
    return SampledView(
        claim=one.claim,
        outlet_code=one.outlet_code,
        fund_fen=one.fund_fen,
        stratum=one.stratum,
        times=one.times,
        wrong_fen=found.wrong_fen if found else None,
        words=found.words if found else "",
        by=found.by if found else "",
    )


def _estimate(row: SmartSampleRow, drawn: Sequence[SampledView]) -> sampling.Estimate:
    kept = sampling.Sample(
        way=cast("sampling.Way", row.way),
        seed=row.seed,
        claims=row.claims,
        fund_fen=row.fund_fen,
        strata=tuple(sampling.Stratum(**one) for one in json.loads(row.strata)),
        drawn=tuple(
            sampling.Drawn(one.claim, one.fund_fen, one.stratum, one.times)
            for one in drawn
        ),
    )
    return sampling.estimate(kept, {one.claim: one.wrong_fen or 0 for one in drawn})
