"""Groups paid by heads, for their callers: how a year stands, and what is done in it."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from dispensing.clearing import indicators as measuring_by
from dispensing.clearing import reckoning
from dispensing.clearing.scores import Measured
from dispensing.clearing.terms import terms
from dispensing.errors import FieldError, Malformed, NotFound
from dispensing.policy.rules import Rules
from dispensing.service.approving import Party
from dispensing.service.clearing import (
    booking,
    entering,
    groups,
    joint,
    measuring,
    running,
    saving,
    tilting,
)
from dispensing.service.clearing.booking import GroupBooked
from dispensing.service.clearing.joint import JointLine
from dispensing.service.clearing.running import Clearing, Draft
from dispensing.service.clearing.saving import SavingsDraft
from dispensing.tables import BookingRow, EnteredRow, GroupActRow
from web import client_keys, clock, db, parts
from web.api.network import own_area
from web.auth import caller
from web.clearing_views import GroupYearView, IndicatorsView, measured_rows, shown
from web.savings_views import SavingsView, savings_told
from web.schemas_clearing import (
    BookingGiven,
    ContractsGiven,
    FigureGiven,
    GroupActGiven,
    OtherwiseAsked,
    RowGiven,
)
from web.tilt_views import TiltView, tilt_told

YEARS = range(2000, 2101)


def rules_of(year: int) -> Rules:
    """Give the rules of the last day of a year here; NotFound where no text is in force."""
    if year not in YEARS:
        raise NotFound("这一年", "year")
    return parts.desk().rules_of(parts.settings().region, date(year, 12, 31))


def place_of(group: str) -> str:
    """Name the caller's area; NotFound for a group that it has not."""
    place = own_area()
    if group not in groups.group_codes(db.session(), place):
        raise NotFound("医共体", "group")
    return place


def draft_of(group: str, year: int) -> Draft:
    """Reckon a year of the caller's group as it stands."""
    return running.draft_of(
        db.session(),
        parts.desk(),
        rules_of(year),
        place=place_of(group),
        group=group,
        year=year,
    )


def year_view(group: str, year: int) -> GroupYearView:
    """Tell how a year stands."""
    return shown(draft_of(group, year), group, year)


def indicators_view(group: str, year: int) -> IndicatorsView:
    """Tell what a group's institutions were measured to be, and what is missing."""
    rules, place = rules_of(year), place_of(group)
    found = measuring.standing_of(
        db.session(), parts.desk(), rules, place=place, group=group, year=year
    )
    return measured_rows(rules, found, group, year)


def joined(group: str, form: GroupActGiven) -> None:
    """Write down that an institution joined a group of the caller's area, or left it."""
    by = _by("clearing.enter")
    row = GroupActRow(
        key=client_keys.act_id(),
        place=own_area(),
        group_code=group,
        by=by.user,
        role=by.role,
        at=clock.now(),
        **form.model_dump(),
    )
    groups.act_on_group(db.session(), row)


def contracted(form: ContractsGiven) -> int:
    """Take in where people belong; tells how many rows are new."""
    return groups.contract(
        db.session(),
        parts.desk().vault,
        [groups.Contracted(**one.model_dump()) for one in form.rows],
        place=own_area(),
        batch=client_keys.act_id(),
        document=form.document,
        by=_by("clearing.enter"),
        now=clock.now(),
    )


def entered(group: str, year: int, form: FigureGiven) -> None:
    """Write down a figure of the group's year, or of one of its institutions."""
    kind = entering.FIGURES.get(form.name)
    if kind is not None and kind.each:
        _member(group, year, form.ref)
    _enter(group, year, _by("clearing.enter"), **form.model_dump())


def measured(group: str, year: int, form: RowGiven) -> None:
    """Write down what a row was measured to be, in the role that enters it."""
    rules_of(year)
    given = form.model_dump()
    given["name"] = given.pop("row")
    _member(group, year, form.code)
    _enter(group, year, _by("indicator.enter"), **given)


def tilt_view(group: str, year: int) -> TiltView:
    """Tell how the tilt of a year stands."""
    rules, place = rules_of(year), place_of(group)
    draft = tilting.tilt_of(db.session(), rules, place=place, group=group, year=year)
    return tilt_told(draft, rules, group, year)


def savings_view(group: str, year: int) -> SavingsView:
    """Tell what central procurement saved in a year, as the claims have it."""
    return savings_told(_savings(group, year))


def savings_taken(group: str, year: int) -> None:
    """Enter what the claims say was saved as the group's figure, with where it is from."""
    draft = _savings(group, year)
    if draft.found is None:
        raise NotFound("集采基准价名单", "list of base prices")
    given = {"name": "vbp_saved", "part": draft.found.fund_fen}
    _enter(group, year, _by("clearing.enter"), **given, document=draft.document)


def _savings(group: str, year: int) -> SavingsDraft:
    rules_of(year)
    place = place_of(group)
    desk = parts.desk()
    return saving.savings_of(db.session(), desk, place=place, group=group, year=year)


def booked(group: str, year: int, form: BookingGiven) -> None:
    """Book an amount of a group's year."""
    by = _by("clearing.enter")
    row = BookingRow(
        key=client_keys.act_id(),
        place=place_of(group),
        group_code=group,
        year=year,
        turn=1,
        by=by.user,
        role=by.role,
        at=clock.now(),
        **form.model_dump(),
    )
    booking.book(db.session(), rules_of(year), row)


def undone(group: str, booking_id: int, document: str) -> None:
    """Take a booking of the caller's area back."""
    booking.undo(
        db.session(),
        booking_id,
        place=place_of(group),
        key=client_keys.act_id(),
        document=document,
        by=_by("clearing.enter"),
        now=clock.now(),
    )


def bookings(group: str, year: int) -> tuple[GroupBooked, ...]:
    """List what was booked for a year of the caller's group."""
    rules_of(year)
    return booking.bookings(db.session(), place_of(group), group, year)


def joint_account(group: str, year: int) -> tuple[JointLine, ...]:
    """Give the joint account of a year of the caller's group."""
    rules_of(year)
    return joint.joint_account(db.session(), place_of(group), group, year)


def proposed(group: str, year: int, reason: str) -> None:
    """Ask another officer to settle a year; always raises SecondNeeded."""
    running.propose_clearing(
        db.session(),
        parts.desk(),
        rules_of(year),
        place=place_of(group),
        group=group,
        year=year,
        reason=reason,
        by=_by("clearing.propose"),
        now=clock.now(),
    )


def versions(group: str, year: int) -> tuple[Clearing, ...]:
    """List the final versions of a year, the latest first."""
    return running.clearings(db.session(), place_of(group), group, year)


def version(group: str, year: int, number: int) -> Clearing:
    """Give one final version."""
    return running.clearing(
        db.session(), place_of(group), group, year=year, number=number
    )


def otherwise(
    group: str, year: int, changes: Sequence[OtherwiseAsked]
) -> tuple[reckoning.ShareMoved, ...]:
    """Tell what each institution would get with other numbers; nothing is written."""
    draft = draft_of(group, year)
    if draft.done is None or draft.given is None:
        raise running.not_whole(draft)
    try:
        asked = {(one.code, one.row): Measured(one.part, one.of) for one in changes}
        return reckoning.what_if(terms(rules_of(year)), draft.given, asked)
    except (LookupError, ValueError) as error:
        raise Malformed([FieldError("changes", str(error))]) from error


def _member(group: str, year: int, code: str) -> None:
    there = groups.nodes_on(db.session(), place_of(group), group, date(year, 12, 31))
    if code not in {node.code for node in there}:
        raise NotFound("医共体成员", "member of the group")


def _by(action: str) -> Party:
    who = caller()
    return Party(who.user, who.doing(action), who.name)


def _enter(group: str, year: int, by: Party, **given: Any) -> None:
    rules = rules_of(year)
    row = EnteredRow(
        key=client_keys.act_id(),
        place=place_of(group),
        group_code=group,
        year=year,
        by=by.user,
        role=by.role,
        at=clock.now(),
        **given,
    )
    entering.enter(db.session(), row, measuring_by.indicators(rules))
