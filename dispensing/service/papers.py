"""Paper prescriptions in: keyed in once, and never a second time from the same paper (用后即废)."""

import json
from base64 import b64decode, b64encode
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import or_, text
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from dispensing.days import day_of
from dispensing.desk import Desk, Reader
from dispensing.errors import Conflict, FieldError, Malformed, NotFound, Words
from dispensing.intake.incoming import Incoming
from dispensing.intake.paper import PaperPrescription, incoming_of
from dispensing.intake.pictures import (
    COARSE_MAX,
    FINE_MAX,
    Picture,
    distance,
    fine_distance,
)
from dispensing.sealed import seal_in, unseal
from dispensing.service.people import record_read
from dispensing.service.receiving import prescription_row
from dispensing.service.taking_in import take_in
from dispensing.service.views import Received
from dispensing.service.writing import on_postgres
from dispensing.tables import PaperRow, PersonRow, PrescriptionRow
from pharmacies import service as pharmacies

# How long photographs are compared; a paper's own days are over long before.
COMPARED = timedelta(days=92)
# Two counters with two photographs of one paper come one after the other.
_ONE_BY_ONE = text("SELECT pg_advisory_xact_lock(hashtext('yaoda papers'), 0)")


class NobodysCard(Malformed):
    """A paper whose ID number is that of nobody who is insured."""


_CLASHES = {
    "number": ("这张处方的编号", "The number of this prescription"),
    "record_no": ("这个备案号", "This record number"),
    "image": ("这张照片", "This photograph"),
    "near_image": ("与这张照片几乎相同的照片", "A nearly identical photograph"),
}


class PaperReused(Conflict):
    """A paper that was taken in before; `clash` tells by what it was known again."""

    code = "paper-reused"

    def __init__(self, clash: str, where: str, at: datetime | None) -> None:
        self.clash = clash
        zh, en = _CLASHES[clash]
        on = f"{day_of(at)}" if at else ""
        super().__init__(
            Words(
                f"{zh}已经在{on}由{where}录入过。",
                f"{en} was taken in before, {on} at {where}.".replace(" , ", ", "),
                "纸质处方只能用一次。请核对原件；如果是另一张处方，请核对编号和备案号后重新拍照。",
                "A paper is used once. Look at the original; if it is another one, check its"
                " numbers and photograph it again.",
            )
        )


@dataclass(frozen=True, slots=True)
class Keyed:
    """A paper as a counter keys it in: what stands on it, its photograph, where and by whom."""

    paper: PaperPrescription
    picture: Picture | None
    outlet_code: str
    by: str


@dataclass(frozen=True, slots=True)
class PaperView:
    """A paper that was taken in, and whether it was photographed."""

    id: UUID
    hosp_rx_no: str
    taken_at: datetime
    has_photograph: bool


def take_paper(
    session: Session, desk: Desk, keyed: Keyed, *, now: datetime
) -> Received:
    """Take a paper prescription in once; raises PaperReused, Malformed and Conflict.

    The same paper keyed in the same way at the same counter is the same prescription.
    """
    person_no = _person_no(session, desk, keyed.paper)
    incoming = incoming_of(
        keyed.paper,
        person_no=person_no,
        outlet_code=keyed.outlet_code,
        image_sha256=keyed.picture.sha256 if keyed.picture else None,
    )
    if on_postgres(session):
        session.execute(_ONE_BY_ONE)
    known = session.get(PaperRow, (keyed.paper.issuer, keyed.paper.paper_no))
    if known is not None:
        if known.digest != incoming.digest:
            raise _reused(session, "number", known)
        return take_in(session, desk, incoming, now=now)
    _refuse_used(session, keyed, person_no, now)
    return _store(session, desk, (keyed, incoming), now)


def papers_of(session: Session, outlet_code: str) -> tuple[PaperView, ...]:
    """List the papers that a counter took in last, the latest first."""
    query = (
        select(
            PaperRow.hosp_rx_no, PaperRow.taken_at, PaperRow.sha256, PrescriptionRow.id
        )
        .where(
            col(PaperRow.outlet_code) == outlet_code,
            col(PrescriptionRow.issuer) == col(PaperRow.issuer),
            col(PrescriptionRow.hosp_rx_no) == col(PaperRow.hosp_rx_no),
        )
        .order_by(col(PaperRow.taken_at).desc())
        .limit(30)
    )
    return tuple(
        PaperView(id_, number, taken_at, photograph is not None)
        for number, taken_at, photograph, id_ in session.exec(query)
    )


def paper_image(
    session: Session,
    desk: Desk,
    prescription_id: UUID,
    *,
    reader: Reader,
    outlet_code: str,
    now: datetime,
) -> bytes:
    """Give the counter that took a paper in its photograph as JPEG; the read is recorded."""
    rx = prescription_row(session, prescription_id)
    row = session.get(PaperRow, (rx.issuer, rx.hosp_rx_no))
    if row is None or row.image_sealed is None or row.outlet_code != outlet_code:
        raise NotFound("处方照片", "photograph")
    record_read(session, rx.person_no, reader, now)
    image = b64decode(unseal(desk.vault, row, "image_sealed"))
    session.commit()
    return image


def _store(
    session: Session, desk: Desk, taken: tuple[Keyed, Incoming], now: datetime
) -> Received:
    keyed, incoming = taken
    session.add(_row(desk, keyed, incoming, now))
    try:
        session.flush()
        received = take_in(session, desk, incoming, now=now)
    except IntegrityError:
        # Another counter stored the same paper between our look and our commit.
        session.rollback()
        _refuse_used(session, keyed, incoming.message.insured.person_no, now)
        raise
    if not received.created:
        session.rollback()
    return received


def _row(desk: Desk, keyed: Keyed, incoming: Incoming, now: datetime) -> PaperRow:
    row = PaperRow(
        issuer=keyed.paper.issuer,
        hosp_rx_no=keyed.paper.paper_no,
        record_no=keyed.paper.record_no,
        digest=incoming.digest,
        person_no=incoming.message.insured.person_no,
        outlet_code=keyed.outlet_code,
        by=keyed.by,
        taken_at=now,
    )
    picture = keyed.picture
    if picture is not None:
        row.sha256 = picture.sha256
        row.dhash = f"{picture.dhash:016x}"
        row.prints = json.dumps([f"{each:x}" for each in picture.prints])
        image = b64encode(picture.jpeg).decode()
        seal_in(desk.vault, row, "image_sealed", image)
    return row


def _person_no(session: Session, desk: Desk, paper: PaperPrescription) -> str:
    indexes = desk.vault.indexes(paper.patient.id_number)
    query = select(PersonRow.person_no).where(col(PersonRow.id_index).in_(indexes))
    found = session.exec(query).first()
    if found is None:
        expected = "the ID number of an insured person"
        raise NobodysCard([FieldError("patient.id_number", expected)])
    return found


def _refuse_used(session: Session, keyed: Keyed, person_no: str, now: datetime) -> None:
    """Refuse a record number, a photograph, or a copy of one that was taken in before."""
    paper, picture = keyed.paper, keyed.picture
    same = select(PaperRow).where(col(PaperRow.record_no) == paper.record_no)
    if (row := session.exec(same).first()) is not None:
        raise _reused(session, "record_no", row)
    sent = select(PrescriptionRow).where(
        col(PrescriptionRow.issuer) == paper.issuer,
        col(PrescriptionRow.record_no) == paper.record_no,
    )
    if (came := session.exec(sent).first()) is not None:
        where = pharmacies.outlet(session, came.issuer).name
        raise PaperReused("record_no", where, came.received_at)
    if picture is None:
        return
    image = select(PaperRow).where(col(PaperRow.sha256) == picture.sha256)
    if (row := session.exec(image).first()) is not None:
        raise _reused(session, "image", row)
    _refuse_copy(session, (paper.issuer, person_no), picture, now)


def _refuse_copy(
    session: Session, whose: tuple[str, str], picture: Picture, now: datetime
) -> None:
    issuer, person_no = whose
    near = select(PaperRow.issuer, PaperRow.hosp_rx_no, PaperRow.dhash).where(
        or_(col(PaperRow.issuer) == issuer, col(PaperRow.person_no) == person_no),
        col(PaperRow.taken_at) > now - COMPARED,
        col(PaperRow.dhash).is_not(None),
    )
    for its_issuer, number, bits in session.exec(near).all():
        if distance(picture.dhash, int(bits or "0", 16)) > COARSE_MAX:
            continue
        row = session.get_one(PaperRow, (its_issuer, number))
        kept = [int(each, 16) for each in json.loads(row.prints or "[]")]
        if kept and fine_distance(picture.prints, kept) <= FINE_MAX:
            raise _reused(session, "near_image", row)


def _reused(session: Session, clash: str, row: PaperRow) -> PaperReused:
    """Tell where and when a paper was taken in, and nothing of whose it is."""
    where = pharmacies.outlet(session, row.outlet_code).name
    return PaperReused(clash, where, row.taken_at)
