"""Who may do what: one declaration of roles, actions and scopes, which every view is bound to.

An action is a noun and a verb (`order.pack`). For each role that may do it, `actions.toml`
names the scope: whose objects it reaches. The door (`web.auth.may`) holds the role; the
object is held where it is read, in the functions that the scope names.
"""

from collections.abc import Collection
from types import MappingProxyType

from web.matrix.declared import SECTIONS, Action, Section
from web.matrix.public import PUBLIC
from web.matrix.scopes import SCOPES, Scope

ACTIONS = MappingProxyType(
    {action.name: action for section in SECTIONS for action in section.actions}
)
# Who works at which face: the pages under one heading.
FACES = MappingProxyType(
    {
        "patient": ("patient",),
        "counter": ("counter", "pharmacist"),
        "hospital": ("hospital",),
        "dispatch": ("dispatch",),
        "courier": ("courier",),
        "bureau": ("bureau", "admin", "auditor", "health"),
    }
)
__all__ = (
    "ACTIONS",
    "FACES",
    "PUBLIC",
    "SCOPES",
    "SECTIONS",
    "Action",
    "Scope",
    "Section",
    "permits",
    "roles_for",
    "scope_of",
)


def roles_for(action: str, face: str | None = None) -> tuple[str, ...]:
    """Name the roles that may do an action, of one face only where it is named.

    >>> roles_for("explanation.read"), roles_for("explanation.read", "counter")
    (('patient', 'counter'), ('counter',))
    """
    roles = tuple(ACTIONS[action].grants)
    return tuple(role for role in roles if face is None or role in FACES[face])


def permits(held: Collection[str], action: str, face: str | None = None) -> bool:
    """Tell whether one of the roles that somebody has may do an action.

    >>> permits({"counter"}, "order.pack"), permits({"patient"}, "order.pack")
    (True, False)
    """
    return any(role in held for role in roles_for(action, face))


def scope_of(action: str, role: str) -> Scope | None:
    """Tell whose objects an action of a role reaches; None where the role may not do it."""
    return ACTIONS[action].grants.get(role)
