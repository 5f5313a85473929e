"""Keys of institutions' programs over the interface: listed, made, replaced, withdrawn."""

from datetime import date, datetime, timedelta
from typing import Annotated, Literal
from uuid import UUID

from apiflask import APIBlueprint
from flask.typing import ResponseReturnValue
from pydantic import BaseModel, ConfigDict, Field

from dispensing.errors import FieldError, Malformed, NotFound
from dispensing.intake.instants import Day
from web import auditing, clock, db, program_door, program_keys
from web.accounts import Unfit
from web.auth import caller, may
from web.openapi import answers, reply
from web.program_keys import MadeKey, NewKey, ProgramKeyView, Reach
from web.schemas import Name

bp = APIBlueprint("program_keys", __name__, url_prefix="/api/program-keys")
# As which role a program acts for those who make its key.
ACTS_AS = {"pharmacist": "counter", "hospital": "hospital", "dispatch": "dispatch"}
Action = Annotated[str, Field(pattern=r"^[a-z_]{1,40}\.[a-z_]{1,40}$")]
Place = Annotated[str, Field(pattern=r"^[A-Z][0-9]{9,11}$")]


class ProgramKeyForm(BaseModel):
    """Which program, what it may do, until when; the bureau also says whose it is."""

    model_config = ConfigDict(extra="forbid")

    name: Name
    actions: Annotated[list[Action], Field(min_length=1, max_length=100)]
    last_day: Day
    place: Place | None = None
    acts_as: Literal["counter", "hospital", "dispatch"] | None = None


class ReplacementForm(BaseModel):
    """Until when the new key opens, and for how many hours the old one does beside it."""

    model_config = ConfigDict(extra="forbid")

    last_day: Day
    overlap_hours: Annotated[int, Field(ge=0, le=14 * 24)] = 72


@bp.get("")
@may("program_key.read")
@answers({200: tuple[ProgramKeyView, ...]})
def show() -> ResponseReturnValue:
    """List the keys of the own institution's programs, or of those that one looks after."""
    return reply(listed())


@bp.post("")
@may("program_key.change")
@bp.input(
    ProgramKeyForm,
    arg_name="form",
    example={
        "name": "HIS",
        "actions": ["prescription.send", "prescription.read"],
        "last_day": "2026-06-30",
    },
)
@answers({201: MadeKey})
def make(form: ProgramKeyForm) -> ResponseReturnValue:
    """Make a key; it is told in this answer alone."""
    return reply(made(form), 201)


@bp.post("/<uuid:program_key_id>/replacement")
@may("program_key.change")
@bp.input(ReplacementForm, arg_name="form", example={"last_day": "2026-12-31"})
@answers({201: MadeKey})
def replace(program_key_id: UUID, form: ReplacementForm) -> ResponseReturnValue:
    """Make a key in the place of another, which opens for some hours more."""
    return reply(replaced(program_key_id, form), 201)


@bp.post("/<uuid:program_key_id>/withdrawal")
@may("program_key.change")
@answers({200: ProgramKeyView})
def withdraw(program_key_id: UUID) -> ResponseReturnValue:
    """Let a key open nothing from now on."""
    return reply(withdrawn(program_key_id))


def listed() -> list[ProgramKeyView]:
    """List the keys within the caller's reach."""
    return program_keys.program_keys(
        db.session(), reach("program_key.read"), now=clock.now()
    )


def made(form: ProgramKeyForm) -> MadeKey:
    """Make a key as a form says."""
    place, acts_as = _for_whom(form)
    if not set(form.actions) <= set(program_door.may_be_opened(acts_as)):
        raise Malformed([FieldError("actions", f"actions that a {acts_as} may do")])
    new = NewKey(form.name, acts_as, place, tuple(form.actions), _end(form.last_day))
    try:
        return program_keys.make(db.session(), new, by=_by(), now=clock.now())
    except Unfit:
        raise Malformed([FieldError("place", f"the code of a {acts_as}")]) from None


def replaced(key_id: UUID, form: ReplacementForm) -> MadeKey:
    """Replace a key as a form says."""
    return program_keys.replace(
        db.session(),
        key_id,
        reach=reach(),
        expires_at=_end(form.last_day),
        overlap=timedelta(hours=form.overlap_hours),
        by=_by(),
        now=clock.now(),
    )


def withdrawn(key_id: UUID) -> ProgramKeyView:
    """Withdraw a key."""
    return program_keys.withdraw(
        db.session(), key_id, reach=reach(), by=_by(), now=clock.now()
    )


def reach(action: str = "program_key.change") -> Reach:
    """Say whose keys the caller reaches: the own institution's, the area's, or all."""
    who = caller()
    if who.doing(action) in ACTS_AS:
        return Reach(place=who.subject)
    return Reach(area=auditing.area_of(who))


def _end(last_day: date) -> datetime:
    try:
        return program_keys.end_of(last_day, today=clock.today())
    except program_keys.BadEnd as error:
        raise Malformed([FieldError("last_day", str(error))]) from None


def _for_whom(form: ProgramKeyForm) -> tuple[str, str]:
    """Tell for which institution a key is, and as which role it acts."""
    who = caller()
    role = who.doing("program_key.change")
    place = form.place or (who.subject if role in ACTS_AS else None)
    acts_as = form.acts_as or ACTS_AS.get(role)
    if place is None or acts_as is None:
        raise Malformed([FieldError("place", "the institution, and acts_as")])
    if not reach().holds(place) or ACTS_AS.get(role, acts_as) != acts_as:
        raise NotFound("机构", "institution")
    return place, acts_as


def _by() -> tuple[str, str]:
    who = caller()
    return who.user, who.doing("program_key.change")
