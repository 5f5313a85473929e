"""Masked values as callers open them: whose they may, and what stays on record."""

from collections.abc import Sequence
from uuid import UUID

from dispensing import service
from dispensing.errors import FieldError, Malformed, NotFound
from dispensing.service.approving import Party
from dispensing.service.feedback import feedback_for
from dispensing.service.locking_away import (
    KeptCase,
    LockedOpening,
    open_locked,
    opened_lately,
)
from dispensing.service.reading import prescription_numbered
from dispensing.service.serving import holder_of
from dispensing.service.unmasking import (
    Opened,
    Opener,
    Why,
    insured_here,
    open_value,
    open_values,
    openers,
)
from web import auditing, clock, db, guessed, parts
from web.auth import Caller, caller
from web.schemas_approvals import LockedOpened, ManyOpened, ValueOpened


def opened(form: ValueOpened) -> Opened:
    """Open one value for the caller; NotFound for a person who is not theirs."""
    who = caller()
    role = who.doing("value.open")
    person_no = _person_of(who, role, form)
    return open_value(
        db.session(),
        parts.desk(),
        person_no=person_no,
        field=form.field,
        why=Why(form.reason, form.note),
        by=Party(who.user, role, who.name),
        place=who.subject,
        now=clock.now(),
    )


def many_opened(form: ManyOpened) -> tuple[Opened, ...]:
    """Open values of several people, where another officer has approved it."""
    who = caller()
    return open_values(
        db.session(),
        parts.desk(),
        people=form.people,
        fields=form.fields,
        why=Why(form.reason, form.note),
        by=Party(who.user, who.doing("value.open_many"), who.name),
        area=who.subject,
        now=clock.now(),
    )


def locked_opened(form: LockedOpened) -> KeptCase:
    """Open a locked prescription for the calling officer, on record; else NotFound."""
    who = caller()
    return open_locked(
        db.session(),
        parts.desk().vault,
        form.prescription_id,
        why=Why(form.reason, form.note),
        by=Party(who.user, who.doing("locked.open"), who.name),
        area=who.subject,
        now=clock.now(),
    )


def numbered(text: str) -> UUID:
    """Give the id that a number of a prescription names; tries are counted, else NotFound."""
    with guessed.number(text):
        return prescription_numbered(db.session(), text)


def locked_openings() -> Sequence[LockedOpening]:
    """List what of the caller's area was opened of locked prescriptions."""
    return opened_lately(db.session(), auditing.area_of(caller()) or "")


def many_openers() -> Sequence[Opener]:
    """List the accounts of the caller's area that opened more today than the setting says."""
    most = parts.settings().openings_told_from
    area = auditing.area_of(caller()) or ""
    return openers(db.session(), area=area, now=clock.now(), more_than=most - 1)


def whose(prescription_id: UUID) -> None:
    """Raise NotFound where the prescription is not at the calling counter."""
    here = holder_of(db.session(), prescription_id, clock.now()) == caller().subject
    if not here or service.is_locked(db.session(), prescription_id):
        raise NotFound("处方", "prescription")


def who_said(feedback_id: UUID) -> str:
    """Name whose complaint it is; NotFound where it is none of the calling officer's area."""
    area, now = caller().subject, clock.now()
    for one in feedback_for(db.session(), "bureau", area, now=now):
        if one.id == feedback_id and one.prescription_id is not None:
            found: str = service.person_of(db.session(), one.prescription_id)
            insured_here(db.session(), found, area)
            return found
    raise NotFound("评价", "feedback")


def _person_of(who: Caller, role: str, form: ValueOpened) -> str:
    if role == "pharmacist":
        if form.prescription_id is None:
            raise Malformed([FieldError("prescription_id", "a prescription at hand")])
        whose(form.prescription_id)
        found: str = service.person_of(db.session(), form.prescription_id)
        return found
    if form.person_no is None:
        raise Malformed([FieldError("person_no", "the number of a person")])
    insured_here(db.session(), form.person_no, who.subject)
    return form.person_no
