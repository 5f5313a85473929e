"""Groups paid by heads, over the interface: institutions, figures, money, a year's clearing."""

from dataclasses import dataclass

from apiflask import APIBlueprint
from flask.typing import ResponseReturnValue

from dispensing.clearing.reckoning import ShareMoved
from dispensing.service.clearing import entering, groups
from dispensing.service.clearing.booking import GroupBooked
from dispensing.service.clearing.entering import EnteredNumber
from dispensing.service.clearing.groups import GroupAct
from dispensing.service.clearing.joint import JointLine
from dispensing.service.clearing.running import Clearing
from web import clock, db
from web.api import group_years as clearings
from web.api.network import own_area
from web.auth import may
from web.clearing_views import GroupYearView, IndicatorsView
from web.openapi import answers, reply
from web.savings_views import SavingsView
from web.schemas_clearing import (
    BookingGiven,
    ClearingAsked,
    ContractsGiven,
    FigureGiven,
    GroupActGiven,
    OtherwiseAsked,
    RowGiven,
    UndoneGiven,
)
from web.tilt_views import TiltView

bp = APIBlueprint("clearing", __name__, url_prefix="/api/groups")

GROUP = "H34062100001"
ROW = {"code": GROUP, "row": "9", "part": 70, "of": 100}


@dataclass(frozen=True, slots=True)
class GroupMember:
    """One institution of a group today."""

    code: str
    name: str
    level: str
    above: str


@dataclass(frozen=True, slots=True)
class GroupView:
    """A group of the caller's area and its institutions today."""

    code: str
    members: tuple[GroupMember, ...]


@dataclass(frozen=True, slots=True)
class ContractsTaken:
    """How many rows of a file were new."""

    rows: int


@bp.get("")
@may("indicator.read")
@answers({200: tuple[GroupView, ...]})
def listed() -> ResponseReturnValue:
    """List the groups of the caller's area with their institutions today."""
    return reply(all_groups())


@bp.get("/<group>/acts")
@may("clearing.read")
@answers({200: tuple[GroupAct, ...]})
def acts(group: str) -> ResponseReturnValue:
    """List which institutions joined a group and left it, the latest first."""
    return reply(acts_of(group))


@bp.post("/<group>/acts")
@may("clearing.enter")
@bp.input(
    GroupActGiven,
    arg_name="form",
    example={
        "kind": "joined",
        "code": GROUP,
        "name": "濉溪县医院",
        "level": "county",
        "above": "",
        "on": "2021-01-01",
        "document": "濉医保秘〔2020〕12号",
    },
)
@answers({201: GroupView})
def act(group: str, form: GroupActGiven) -> ResponseReturnValue:
    """Write down that an institution joined a group, or left it."""
    clearings.joined(group, form)
    return reply(view_of(group), 201)


@bp.post("/contracts")
@may("clearing.enter")
@bp.input(
    ContractsGiven,
    arg_name="form",
    example={
        "document": "签约信息系统 2021-12-31",
        "rows": [
            {"person": "I000000001", "code": GROUP, "signed": True, "on": "2021-01-01"}
        ],
    },
)
@answers({201: ContractsTaken})
def contracts(form: ContractsGiven) -> ResponseReturnValue:
    """Take in where people belong, with a contract or without; all of it or nothing."""
    return reply(ContractsTaken(clearings.contracted(form)), 201)


@bp.get("/<group>/years/<int:year>")
@may("clearing.read")
@answers({200: GroupYearView})
def standing(group: str, year: int) -> ResponseReturnValue:
    """Tell how a year stands: pools, shares, what each lost point costs, what is missing."""
    return reply(clearings.year_view(group, year))


@bp.get("/<group>/years/<int:year>/tilt")
@may("clearing.read")
@answers({200: TiltView})
def tilt(group: str, year: int) -> ResponseReturnValue:
    """Tell who gets a larger part of the surplus, and whose contract fees are kept back."""
    return reply(clearings.tilt_view(group, year))


@bp.get("/<group>/years/<int:year>/savings")
@may("clearing.read")
@answers({200: SavingsView})
def savings(group: str, year: int) -> ResponseReturnValue:
    """Tell what central procurement saved, from the claims and the list of base prices."""
    return reply(clearings.savings_view(group, year))


@bp.post("/<group>/years/<int:year>/savings")
@may("clearing.enter")
@answers({201: tuple[EnteredNumber, ...]})
def take_savings(group: str, year: int) -> ResponseReturnValue:
    """Enter what the claims say was saved as the group's figure `vbp_saved`."""
    clearings.savings_taken(group, year)
    return reply(figures_of(group, year), 201)


@bp.get("/<group>/years/<int:year>/figures")
@may("clearing.read")
@answers({200: tuple[EnteredNumber, ...]})
def figures(group: str, year: int) -> ResponseReturnValue:
    """List what was entered for a year, corrections after what they correct."""
    return reply(figures_of(group, year))


@bp.post("/<group>/years/<int:year>/figures")
@may("clearing.enter")
@bp.input(
    FigureGiven,
    arg_name="form",
    example={"name": "inpatients", "part": 120, "document": "核定表 2021-01"},
)
@answers({201: tuple[EnteredNumber, ...]})
def enter(group: str, year: int, form: FigureGiven) -> ResponseReturnValue:
    """Enter a figure of the group's year, in fen or people; a later one corrects it."""
    clearings.entered(group, year, form)
    return reply(figures_of(group, year), 201)


@bp.get("/<group>/years/<int:year>/indicators")
@may("indicator.read")
@answers({200: IndicatorsView})
def indicators(group: str, year: int) -> ResponseReturnValue:
    """Tell what institutions were measured to be: counted here, entered, or missing."""
    return reply(clearings.indicators_view(group, year))


@bp.post("/<group>/years/<int:year>/indicators")
@may("indicator.enter")
@bp.input(
    RowGiven, arg_name="form", example={**ROW, "document": "公卫系统导出 2021-12-31"}
)
@answers({201: IndicatorsView})
def measure(group: str, year: int, form: RowGiven) -> ResponseReturnValue:
    """Enter what a row was measured to be, in the role that enters it."""
    clearings.measured(group, year, form)
    return reply(clearings.indicators_view(group, year), 201)


@bp.get("/<group>/years/<int:year>/trials")
@may("clearing.read")
@bp.input(OtherwiseAsked, location="query", arg_name="form")
@answers({200: tuple[ShareMoved, ...]})
def otherwise(group: str, year: int, form: OtherwiseAsked) -> ResponseReturnValue:
    """Tell what each institution would get if a row were otherwise; nothing is written."""
    return reply(clearings.otherwise(group, year, [form]))


@bp.get("/<group>/years/<int:year>/bookings")
@may("clearing.read")
@answers({200: tuple[GroupBooked, ...]})
def bookings(group: str, year: int) -> ResponseReturnValue:
    """List what was advanced, settled and cleared in a year."""
    return reply(clearings.bookings(group, year))


@bp.get("/<group>/years/<int:year>/joint-account")
@may("clearing.read")
@answers({200: tuple[JointLine, ...]})
def joint_account(group: str, year: int) -> ResponseReturnValue:
    """Give the joint account (共管账户) line by line, with what was left after each."""
    return reply(clearings.joint_account(group, year))


@bp.post("/<group>/years/<int:year>/bookings")
@may("clearing.enter")
@bp.input(
    BookingGiven,
    arg_name="form",
    example={
        "stage": "advance",
        "period": "Q1",
        "amount_fen": 10_000_000,
        "document": "拨付单 2021-Q1",
    },
)
@answers({201: tuple[GroupBooked, ...]})
def book(group: str, year: int, form: BookingGiven) -> ResponseReturnValue:
    """Book an advance, a month, savings that are kept, or a revolving fund."""
    clearings.booked(group, year, form)
    return reply(clearings.bookings(group, year), 201)


@bp.post("/<group>/years/<int:year>/bookings/<int:no>/undoing")
@may("clearing.enter")
@bp.input(UndoneGiven, arg_name="form", example={"document": "更正单 3号"})
@answers({201: tuple[GroupBooked, ...]})
def undo(group: str, year: int, no: int, form: UndoneGiven) -> ResponseReturnValue:
    """Take a booking back by another one; neither is ever deleted."""
    clearings.undone(group, no, form.document)
    return reply(clearings.bookings(group, year), 201)


@bp.post("/<group>/years/<int:year>/clearing")
@may("clearing.propose")
@bp.input(ClearingAsked, arg_name="form", example={"reason": "年终清算"})
@answers({200: GroupYearView})
def propose(group: str, year: int, form: ClearingAsked) -> ResponseReturnValue:
    """Ask another officer to settle a year; the answer is `second-person-needed`."""
    clearings.proposed(group, year, form.reason)
    raise AssertionError("a clearing always wants a second person")


@bp.get("/<group>/years/<int:year>/clearings")
@may("clearing.read")
@answers({200: tuple[Clearing, ...]})
def versions(group: str, year: int) -> ResponseReturnValue:
    """List the final clearings of a year with all that they rest on, the latest first."""
    return reply(clearings.versions(group, year))


def all_groups() -> tuple[GroupView, ...]:
    """List the groups of the caller's area."""
    codes = groups.group_codes(db.session(), own_area())
    return tuple(view_of(code) for code in codes)


def view_of(group: str) -> GroupView:
    """Tell a group's institutions today."""
    place = clearings.place_of(group)
    nodes = groups.nodes_on(db.session(), place, group, clock.today())
    members = (GroupMember(n.code, n.name, n.level, n.above) for n in nodes)
    return GroupView(group, tuple(members))


def acts_of(group: str) -> tuple[GroupAct, ...]:
    """List what happened to a group."""
    return groups.group_acts(db.session(), clearings.place_of(group), group)


def figures_of(group: str, year: int) -> tuple[EnteredNumber, ...]:
    """List what was entered for a year of the caller's group."""
    clearings.rules_of(year)
    place = clearings.place_of(group)
    return entering.entries(db.session(), place, group, year)
