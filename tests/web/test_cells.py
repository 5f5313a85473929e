"""Every action and every role: let in where the matrix says so, and nowhere else."""

import re
from itertools import cycle
from uuid import uuid4

import pytest

from tests.platform import PASSWORD
from web import accounts, db, matrix

ANY = str(uuid4())
SUBJECTS = {
    "patient": "I000000001",
    "counter": "P33030200001",
    "pharmacist": "P33030200001",
    "hospital": "H33030200002",
    "dispatch": "C330300001",
    "courier": "C33030000101",
    "bureau": "330300",
    "admin": "330300",
    "auditor": "330300",
    "health": "330300",
}
# The words of an address that are no id.
WORDS = {"face": "bureau", "unit": "x", "code": "X" * 23, "infno": "D005", "no": "1"}
WORDS["year"] = "2025"


@pytest.fixture
def callers(platform):
    """Open an account with one role each; give its browser and its program."""
    engine = platform.app.extensions["engine"]
    with platform.app.app_context(), db.open_session(engine) as session:
        word = accounts.hashed(PASSWORD)
        new = [
            accounts.NewAccount(f"one-{role}", role, (role,), subject, word)
            for role, subject in SUBJECTS.items()
        ]
        accounts.add_accounts(session, new)
    return {
        role: (platform.person(f"one-{role}"), platform.program(f"one-{role}"))
        for role in SUBJECTS
    }


def addresses(app):
    """Give one address and method for each action, read rather than written to."""
    found = {}
    for rule in app.url_map.iter_rules():
        view = app.view_functions[rule.endpoint]
        action = getattr(view, "action", None)
        if action is None or "<path:" in str(rule):
            continue
        method = "GET" if "GET" in rule.methods else sorted(rule.methods)[-1]
        path = re.sub(
            r"<(?:[^:<>]*:)?(\w+)>", lambda m: WORDS.get(m[1], ANY), str(rule)
        )
        is_whole = tuple(view.login_roles) == matrix.roles_for(action)
        rank = (not is_whole, not path.startswith("/api"), method != "GET")
        if action not in found or rank < found[action][0]:
            found[action] = (rank, method, path, view.login_roles)
    return {action: each[1:] for action, each in found.items()}


def asked(callers, role, method, path):
    """Ask with one role; give the status."""
    person, program = callers[role]
    if path.startswith("/api"):
        body = None if method == "GET" else {}
        return program.ask(method, path.removeprefix("/api"), body).status_code
    token = re.search(
        r'name="csrf_token"[^>]*value="([^"]+)"',
        person.get("/rights").text,
    )
    data = {"csrf_token": token[1]} if method != "GET" and token else None
    return person.open(path, method=method, data=data).status_code


def test_each_action_lets_its_roles_in_and_no_other(platform, callers):
    turns = cycle(SUBJECTS)
    for action, (method, path, roles) in addresses(platform.app).items():
        outside = [role for role in SUBJECTS if role not in roles]
        inside = next(role for role in turns if role in roles)
        for role in outside[:1] + outside[-1:]:
            told = asked(callers, role, method, path)
            assert told == 403, (action, role, told)
        # What an act lacks besides is another matter: the door lets its role in.
        told = asked(callers, inside, method, path)
        assert told != 401 and (told != 403 or action in LIMITED), (action, inside)


# Let in by the role, and turned away by what was asked for in the same words.
LIMITED = {"designation.act", "national.send", "change.hear"}


def test_each_door_holds_the_roles_that_the_matrix_gives(platform):
    for view in platform.app.view_functions.values():
        action = getattr(view, "action", None)
        for role in SUBJECTS if action else ():
            declared = role in matrix.ACTIONS[action].grants
            assert matrix.permits({role}, action) == declared
            assert declared or role not in view.login_roles
