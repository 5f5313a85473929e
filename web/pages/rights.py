"""Who may do what, as its readers ask: staff for the whole table, patients for their own data."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from web import matrix
from web.auth import caller, may
from web.matrix.inviting import INVITES
from web.pages.role_words import ROLES
from web.words import language

bp = Blueprint("rights_pages", __name__)


@bp.get("/rights")
@may("rights.read", page=True)
def show() -> ResponseReturnValue:
    """Show staff the whole matrix, and a patient who may see what is theirs."""
    if "patient" in caller().roles:
        return render_template(
            "patient/rights.html",
            own=[each for each in matrix.ACTIONS.values() if "patient" in each.grants],
            others=_others(),
            word=_word,
        )
    return render_template(
        "rights.html",
        sections=matrix.SECTIONS,
        mine=caller().roles,
        invites=INVITES,
        word=_word,
    )


def _others() -> list[tuple[str, list[tuple[matrix.Action, matrix.Scope]]]]:
    """List for each role of others what it may see of a patient."""
    seen = [each for each in matrix.ACTIONS.values() if each.of_people]
    listed = (
        (role, [(each, each.grants[role]) for each in seen if role in each.grants])
        for role in ROLES
        if role != "patient"
    )
    return [(role, found) for role, found in listed if found]


def _word(one: matrix.Action | matrix.Scope | matrix.Section) -> str:
    """Say an action, a scope or a section in the reader's language."""
    return one.zh if language() == "zh" else one.en
