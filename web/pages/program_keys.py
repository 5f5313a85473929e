"""The page of keys of programs (程序密钥): for the institution, and for the bureau."""

from collections.abc import Mapping
from datetime import timedelta

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from web import clock, matrix, program_door, program_keys
from web.api import program_keys as api
from web.api.program_keys import ACTS_AS, ProgramKeyForm, ReplacementForm
from web.auth import caller, may
from web.pages import forms
from web.words import pick

bp = Blueprint("program_keys_pages", __name__, url_prefix="/program-keys")
STATES = {
    "open": ("有效", "good"),
    "replaced": ("已更换，旧的还能用一阵", "info"),
    "withdrawn": ("已停用", "bad"),
    "expired": ("已到期", ""),
}
USUAL_DAYS = 180


@bp.get("")
@may("program_key.read", page=True)
def home() -> ResponseReturnValue:
    """Show the keys, and let who may make one."""
    return _page()


@bp.post("")
@may("program_key.change", page=True)
def make() -> ResponseReturnValue:
    """Make a key and show it, this once."""
    sent = forms.read(ProgramKeyForm, actions=request.form.getlist("actions"))
    return _page(api.made(sent))


@bp.post("/replace")
@may("program_key.change", page=True)
def replace() -> ResponseReturnValue:
    """Make a key in the place of another and show it, this once."""
    return _page(api.replaced(forms.number("key"), forms.read(ReplacementForm)))


@bp.post("/withdraw")
@may("program_key.change", page=True)
def withdraw() -> ResponseReturnValue:
    """Let a key open nothing from now on."""
    api.withdrawn(forms.number("key"))
    return redirect(url_for(".home"))


def _page(made: program_keys.MadeKey | None = None) -> str:
    who, today = caller(), clock.today()
    own = next((ACTS_AS[role] for role in ACTS_AS if role in who.roles), None)
    roles = program_keys.ROLES if own is None else (own,)
    return render_template(
        "program_keys.html",
        keys=api.listed(),
        made=made,
        may_change=matrix.permits(who.roles, "program_key.change"),
        own=own,
        offered={role: _offered(role) for role in roles},
        named=_named,
        states=STATES,
        today=today,
        usual_day=today + timedelta(days=USUAL_DAYS),
        latest_day=today + timedelta(days=program_keys.DAYS_MAX),
    )


def _offered(role: str) -> Mapping[str, list[str]]:
    """Give the actions that a key of a role can open, under the headings of the matrix."""
    may_open = set(program_door.may_be_opened(role))
    found = {
        pick(section.zh, section.en): [
            action.name for action in section.actions if action.name in may_open
        ]
        for section in matrix.SECTIONS
    }
    return {heading: names for heading, names in found.items() if names}


def _named(action: str) -> str:
    """Name an action in the reader's language; one that is no more goes by its own name."""
    found = matrix.ACTIONS.get(action)
    return pick(found.zh, found.en) if found else action
