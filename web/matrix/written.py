"""The matrix as it stands in docs/access.md."""

from pharmacies.lives import Part
from pharmacies.lives import written as as_markdown
from web.matrix.declared import SECTIONS, Action, Section
from web.matrix.public import PUBLIC
from web.matrix.scopes import SCOPES, Scope


def written() -> str:
    """Write the scopes, what is outside of them, every action with who may do it, as tables."""
    return as_markdown((_scopes(), _of_nobody(), *map(_section, SECTIONS), _public()))


def _scopes() -> Part:
    rows = (
        (f"`{one.name}`", one.zh, one.en, "<br>".join(f"`{f}`" for f in one.kept_by))
        for one in SCOPES
    )
    return "Scopes", ("scope", "中文", "meaning", "kept by"), rows


def _of_nobody() -> Part:
    actions = (one for section in SECTIONS for one in section.actions if one.why)
    rows = ((f"`{one.name}`", one.why) for one in actions)
    return "Reached whosesoever it is", ("action", "why"), rows


def _section(section: Section) -> Part:
    rows = (
        (f"`{one.name}`", one.zh, one.en, _grants(one), "yes" if one.of_people else "")
        for one in section.actions
    )
    head = ("action", "中文", "meaning", "who, on whose", "sees patients' data")
    return section.en, head, rows


def _grants(action: Action) -> str:
    held: dict[Scope, list[str]] = {}
    for role, scope in action.grants.items():
        held.setdefault(scope, []).append(role)
    return "; ".join(f"{', '.join(roles)}: {one.en}" for one, roles in held.items())


def _public() -> Part:
    rows = ((f"`{view}`", reason) for view, reason in PUBLIC.items())
    return "Without an account", ("view", "why"), rows
