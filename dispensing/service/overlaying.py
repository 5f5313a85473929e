"""What lies over the texts by the approval of two: asked for, approved, and kept by versions.

A version is the whole overlay of a region, word for word. A withdrawal or a correction is
another version; none is changed. An approval is refused where another version, or another
file of the operator, has come in since it was asked for.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime

from sqlalchemy import func
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from dispensing.approvals import Needed, canonical, digest
from dispensing.audit import pooling_area
from dispensing.desk import Desk
from dispensing.errors import Conflict, FieldError, Malformed, NotFound, Words
from dispensing.policy import BadPack, Overlay
from dispensing.policy.overlay import joined, read_overlay
from dispensing.policy.whole import check_overlay
from dispensing.service.approving import (
    Party,
    ask_second,
    changed_since,
    content_of,
    use,
)
from dispensing.service.effects import (
    OverlayChange,
    OverlayEffect,
    changes_of,
    effect_of,
)
from dispensing.tables import OverlayVersionRow, ProposalRow

NAME = "overlay.toml"


@dataclass(frozen=True, slots=True)
class OverlayVersion:
    """One version of a region's overlay: what it says, who asked, who approved, and when."""

    number: int
    text: str
    sha256: str
    reason: str
    by: str
    approved_by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class OverlayTrial:
    """What an overlay would change: figure by figure, and in what was decided lately."""

    number: int  # of the version that it would be
    text: str
    sha256: str
    changes: tuple[OverlayChange, ...]
    effect: OverlayEffect


def newer_texts(session: Session, known: int) -> tuple[int, Mapping[str, str]] | None:
    """Give the number of the newest row and each region's text; None where it is known."""
    newest = session.exec(select(func.max(OverlayVersionRow.id))).one() or 0
    if newest == known:
        return None
    rows = session.exec(select(OverlayVersionRow).order_by(col(OverlayVersionRow.id)))
    return newest, {row.region: row.text for row in rows}


def versions(session: Session, region: str) -> tuple[OverlayVersion, ...]:
    """List the versions of a region's overlay, the latest first."""
    query = select(OverlayVersionRow).where(col(OverlayVersionRow.region) == region)
    rows = session.exec(query.order_by(col(OverlayVersionRow.number).desc()))
    return tuple(_view(row) for row in rows)


def version(session: Session, region: str, number: int) -> OverlayVersion:
    """Give one version of a region's overlay; NotFound where there is none."""
    for one in versions(session, region):
        if one.number == number:
            return one
    raise NotFound("这个版本", "version")


def tried(
    session: Session, desk: Desk, region: str, text: str, *, today: date
) -> OverlayTrial:
    """Tell what an overlay would change; Malformed names every fault of it by its line."""
    last = _last(session, region)
    now, then = (
        _laid(desk, region, last.text if last else ""),
        _laid(desk, region, text),
    )
    changes = changes_of(
        region, now.version, then.version, in_force=now.both, today=today
    )
    if not changes:
        raise _same()
    effect = effect_of(session, desk, now.both, then.both, region=region, today=today)
    number = (last.number if last else 0) + 1
    return OverlayTrial(number, text, then.version.sha256, changes, effect)


def propose_overlay(
    session: Session,
    desk: Desk,
    region: str,
    text: str,
    *,
    place: str,
    reason: str,
    by: Party,
    now: datetime,
    today: date,
) -> None:
    """Ask for a version of a region's overlay; always raises SecondNeeded with its number."""
    trial = tried(session, desk, region, text, today=today)
    content = {"region": region, **asdict(trial)}
    basis = _basis(desk, region, trial.number)
    needed = Needed("overlay", pooling_area(place), content, basis, reason)
    raise ask_second(session, needed, by=by, now=now)


def carry_overlay(
    session: Session, desk: Desk, row: ProposalRow, *, by: str, now: datetime
) -> None:
    """Lay the approved version down; the caller commits it with the approval."""
    content = content_of(row)
    region, text = content["region"], content["text"]
    last = _last(session, region)
    number = (last.number if last else 0) + 1
    if _basis(desk, region, number) != row.basis:
        raise changed_since()
    session.add(
        OverlayVersionRow(
            region=region,
            number=number,
            place=row.place,
            text=text,
            sha256=_laid(desk, region, text).version.sha256,
            proposal_id=row.id,
            reason=row.reason,
            by=row.by,
            approved_by=by,
            at=now,
        )
    )
    try:
        session.flush()
    except IntegrityError as error:  # another version came in at this moment
        session.rollback()
        raise changed_since() from error
    use(session, row, by=row.by, now=now)


@dataclass(frozen=True, slots=True)
class _Laid:
    """A version, and it together with the operator's file."""

    version: Overlay
    both: Overlay


def _laid(desk: Desk, region: str, text: str) -> _Laid:
    """Read a text as the operator's file is read, and hold it to the file beside it."""
    try:
        found = read_overlay(NAME, text or f'region = "{region}"\ntitle = "-"\n')
        if found.region != region:
            raise BadPack(NAME, "region", f"expected {region}, got {found.region}", 1)
        check_overlay(found)
        file = desk.overlay
        beside = file is not None and file.region == region
        both = joined(file, found) if file is not None and beside else found
    except BadPack as error:
        raise Malformed(
            [
                FieldError(f"{one.file}:{one.line} {one.key}", one.expected)
                for one in error.each
            ]
        ) from error
    return _Laid(found, both)


def _basis(desk: Desk, region: str, number: int) -> str:
    file = desk.overlay
    beside = file.sha256 if file is not None and file.region == region else ""
    return digest(canonical({"number": number, "file": beside}))


def _last(session: Session, region: str) -> OverlayVersionRow | None:
    query = select(OverlayVersionRow).where(col(OverlayVersionRow.region) == region)
    return session.exec(query.order_by(col(OverlayVersionRow.number).desc())).first()


def _view(row: OverlayVersionRow) -> OverlayVersion:
    told = {name: getattr(row, name) for name in OverlayVersion.__dataclass_fields__}
    return OverlayVersion(**told)


def _same() -> Conflict:
    return Conflict(
        Words(
            "这份参数和现在生效的完全一样。",
            "This says what is in force already.",
            "请核对要修改的数值和日期。",
            "Check the value and the day that are to change.",
        ),
        code="overlay-same",
    )
