"""Who may do what: every view is bound to an action of one declaration."""

import json
from collections import defaultdict
from importlib import import_module

import pytest

from web import accounts, matrix
from web.matrix.declared import read_sections


def bound(app):
    """Give the views of the map by the action that they are bound to."""
    found = defaultdict(set)
    for rule in app.url_map.iter_rules():
        view = app.view_functions[rule.endpoint]
        found[getattr(view, "action", None)].add(rule.endpoint)
    return found


def test_every_address_has_an_action_or_a_reason_to_be_public(platform):
    open_to_all = bound(platform.app).pop(None)
    assert open_to_all == set(matrix.PUBLIC)
    assert all(len(reason) > 10 for reason in matrix.PUBLIC.values())


def test_every_action_is_that_of_a_view(platform):
    assert set(bound(platform.app)) - {None} == set(matrix.ACTIONS)


def test_what_is_said_of_an_operation_comes_from_the_matrix(platform):
    spec = json.loads(platform.app.test_client().get("/openapi.json").text)
    told = spec["paths"]["/api/orders/{order_id}/packing"]["post"]
    assert told["x-action"] == "order.pack"
    assert told["x-roles"] == ["counter"]
    assert told["x-scopes"] == {"counter": "own outlet"}
    for path in spec["paths"].values():
        for operation in path.values():
            if isinstance(operation, dict) and operation["security"]:
                action = operation["x-action"]
                assert operation["x-roles"] == list(matrix.roles_for(action))
                assert list(operation["x-scopes"]) == operation["x-roles"]


def test_the_matrix_names_the_roles_that_there_are():
    named = {role for action in matrix.ACTIONS.values() for role in action.grants}
    assert named == set(accounts.ROLES)
    assert {role for face in matrix.FACES.values() for role in face} == named


def test_each_action_is_a_noun_and_a_verb_said_in_both_languages():
    for action in matrix.ACTIONS.values():
        noun, _, verb = action.name.partition(".")
        assert noun and verb and "." not in verb, action.name
        assert action.en.isascii() and not action.zh.isascii(), action.name


@pytest.mark.parametrize("scope", matrix.SCOPES, ids=lambda scope: scope.name)
def test_each_scope_is_kept_by_functions_that_there_are(scope):
    for name in scope.kept_by:
        module, _, function = name.rpartition(".")
        assert callable(getattr(import_module(module), function)), name
    assert bool(scope.kept_by) == (scope.name != "any")


def test_what_is_reached_whosesoever_it_is_says_why():
    for action in matrix.ACTIONS.values():
        loose = {r for r, scope in action.grants.items() if scope.name == "any"}
        assert bool(loose - {"admin"}) == bool(action.why), action.name


def test_a_face_admits_only_its_own_roles():
    assert matrix.roles_for("score.read", "dispatch") == ("dispatch",)
    assert matrix.roles_for("siting.search", "bureau") == ("bureau", "admin")
    assert not matrix.permits({"dispatch"}, "score.read", "bureau")
    assert not matrix.permits(set(), "medicine.read")


@pytest.mark.parametrize(
    ("line", "refusal"),
    [
        ('"a.b" = { zh = "甲", en = "a" }', ValueError),
        ('"a.b" = { zh = "甲", en = "a", counter = "everything" }', KeyError),
    ],
)
def test_an_action_that_nobody_may_do_or_of_an_unknown_scope_is_no_declaration(
    line, refusal
):
    with pytest.raises(refusal):
        read_sections(
            f'[[sections]]\nzh = "甲"\nen = "A"\n[sections.actions]\n{line}\n'
        )


def test_staff_read_the_matrix_and_a_patient_who_may_see_what_is_theirs(platform):
    table = platform.person("counter").get("/rights").text
    assert all(action.name in table for action in matrix.ACTIONS.values())
    own = platform.person("alice").get("/rights").text
    assert "谁可以看我的信息" in own and "查看门口的电话" in own
    assert "order.pack" not in own
    visitor = platform.app.test_client().get("/rights")
    assert visitor.status_code == 302


def test_a_clerk_prepares_and_a_pharmacist_decides():
    deciding = {
        name
        for name, action in matrix.ACTIONS.items()
        if "pharmacist" in action.grants and "counter" not in action.grants
    }
    assert deciding == {
        *("prescription.review", "prescription.refer_back", "breach.decide"),
        *("program_key.read", "program_key.change"),
        *("proposal.decide", "value.open", "staff.read", "staff.change"),
    }


def test_an_auditor_changes_nothing(platform):
    # A walk over the audit chain is asked for by POST because it is long; it writes nothing.
    for rule in platform.app.url_map.iter_rules():
        view = platform.app.view_functions[rule.endpoint]
        action = getattr(view, "action", None)
        if action and matrix.permits({"auditor"}, action):
            own = {"audit.verify", "account.keep"}  # of the own account
            assert action in own or "POST" not in rule.methods, rule
