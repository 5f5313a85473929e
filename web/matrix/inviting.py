"""Who may invite whom, and keep their accounts: declared as data beside the matrix."""

from collections.abc import Collection
from types import MappingProxyType

# For each role, whose accounts it keeps; of the own outlet, firm or pooling area, an
# administrator of all. A dispatcher does it on the page of the crew.
INVITES = MappingProxyType(
    {
        "pharmacist": ("counter",),
        "dispatch": ("courier",),
        "bureau": ("bureau", "auditor"),
        "health": ("health",),
        "admin": (
            *("counter", "pharmacist", "hospital", "dispatch"),
            *("bureau", "admin", "auditor", "health"),
        ),
    }
)


def keeps(held: Collection[str], roles: Collection[str]) -> bool:
    """Tell whether one who has some roles keeps an account with others, all of them.

    >>> keeps({"counter", "pharmacist"}, {"counter"}), keeps({"bureau"}, {"admin"})
    (True, False)
    """
    return bool(roles) and any(
        set(roles) <= set(INVITES.get(role, ())) for role in held
    )


def invited_by(held: Collection[str]) -> tuple[str, ...]:
    """List the roles that somebody may invite to."""
    found = (role for mine in held for role in INVITES.get(mine, ()))
    return tuple(dict.fromkeys(found))
