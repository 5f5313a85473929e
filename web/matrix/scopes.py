"""Whose an object must be for somebody to act on it, and where the code holds them to it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Scope:
    """Whose objects an action reaches, in words, and the functions that turn others away."""

    name: str
    zh: str
    en: str
    kept_by: tuple[str, ...]


PERSON = Scope(
    "person",
    "本人",
    "own person",
    ("web.scope.prescription", "web.scope.settlement_role", "web.scope.order"),
)
AIDED = Scope(
    "aided",
    "本人，或授权自己代办的家人",
    "own person, or who gave leave to act",
    ("web.scope.outlets_reader",),
)
OUTLET = Scope(
    "outlet",
    "本机构",
    "own outlet",
    (
        "web.scope.prescription",
        "web.scope.order",
        "web.scope.settled_here",
        "web.approvals.one",
        "web.unmasking.whose",
    ),
)
FIRM = Scope(
    "firm",
    "本配送公司",
    "own firm",
    ("web.scope.plan", "web.scope.planning", "web.scope.order"),
)
RUN = Scope("run", "本人的路线", "own route", ("web.scope.route", "web.scope.order"))
AREA = Scope(
    "area",
    "本统筹区",
    "own pooling area",
    (
        "web.auditing.area_of",
        "web.auditing.area_of_caller",
        "web.api.network.own_area",
        "web.desk.planning.place_of",
        "web.approvals.one",
    ),
)
OWN = Scope(
    "own",
    "本单位",
    "own institution",
    ("web.noticing.whose", "web.api.program_keys.reach"),
)
ACCOUNT = Scope("account", "本人账号", "own account", ("web.sessions.end_one",))
ANY = Scope("any", "不限", "any", ())
SCOPES = (PERSON, AIDED, OUTLET, FIRM, RUN, AREA, OWN, ACCOUNT, ANY)
