"""Accounts: which roles there are, and what each stands for."""

import re

import pytest

from fixtures import cast
from tests.platform import PASSWORD, commands, send
from tests.web.test_sessions import sign_in
from web import accounts


def opened(platform, username):
    with platform.app.test_request_context():
        found = platform.app.extensions["accounts"].find_user(username=username)
    return found.subject, [role.name for role in found.roles]


def test_a_pharmacist_is_a_clerk_of_the_counter_as_well(platform, monkeypatch):
    run = commands(platform, monkeypatch)
    said = run("users", "add", "lin", "pharmacist", cast.LUCHENG_PHARMACY).stdout
    assert opened(platform, "lin") == (
        cast.LUCHENG_PHARMACY,
        ["counter", "pharmacist"],
    )
    assert run("users", "add", "shen", "auditor", "330300").exit_code == 0
    assert opened(platform, "shen") == ("330300", ["auditor"])
    link = said.strip().removeprefix("http://127.0.0.1:8000")
    words = "four frogs sing at dusk"
    visitor = platform.app.test_client()
    common = visitor.post(
        link, data={"password": "password1234", "again": "password1234"}
    )
    assert common.status_code == 422 and "太常见" in common.text
    visitor.post(link, data={"password": words, "again": words})
    assert sign_in(visitor, "lin", words).location == "/"


def test_other_roles_end_the_sessions_of_an_account(platform, monkeypatch):
    run, client = commands(platform, monkeypatch), platform.person("counter")
    assert run("users", "roles", "counter", "counter", "pharmacist").exit_code == 0
    assert client.get("/counter").status_code == 302
    assert opened(platform, "counter")[1] == ["counter", "pharmacist"]
    assert run("users", "roles", "counter", "bureau").exit_code != 0
    assert opened(platform, "counter")[1] == ["counter", "pharmacist"]


def test_who_leaves_is_out_at_once_with_every_session_and_token(platform, monkeypatch):
    run, client = commands(platform, monkeypatch), platform.person("counter")
    program = platform.program("counter")
    assert run("users", "disable", "counter").exit_code == 0
    assert client.get("/counter").status_code == 302
    assert program.ask("GET", "/breaches").status_code == 401


def test_an_account_is_signed_out_everywhere_or_in_one_place(platform):
    here, there = platform.person("counter"), platform.person("counter")
    program = platform.program("counter")
    page = here.get("/account").text
    assert page.count("登录于") == 2 and "电脑" in page
    other = re.search(r'name="session" value="(\d+)"', page)[1]
    send(platform.person("second-counter"), "/account/sessions/end", session=other)
    assert there.get("/counter").status_code == 200
    send(here, "/account/sessions/end", session=other)
    assert there.get("/counter").status_code == 302
    assert program.ask("GET", "/breaches").status_code == 200
    send(here, "/account/sessions/end-all")
    assert here.get("/counter").status_code == 302
    assert program.ask("GET", "/breaches").status_code == 401


def test_a_new_password_ends_the_other_sessions_and_is_no_common_one(platform):
    here, there = platform.person("counter"), platform.person("counter")
    fields = {"password": PASSWORD}
    for new, said in (("short words", "至少 12 位"), ("password12345", "太常见")):
        sent = {**fields, "new_password": new, "new_password_confirm": new}
        assert said in send(here, "/change", **sent).text
    new = "four frogs sing at dusk"
    send(here, "/change", **fields, new_password=new, new_password_confirm=new)
    assert here.get("/counter").status_code == 200
    assert there.get("/counter").status_code == 302


@pytest.mark.parametrize("role", ["auditor", "health"])
def test_some_roles_stand_for_an_area_and_nothing_else(role):
    with pytest.raises(accounts.Unfit, match=f"{role} account"):
        accounts.NewAccount("shen", "shen", (role,), cast.LUCHENG_PHARMACY, "")
