"""Accounts of an institution are kept by those who may invite them, and by nobody else."""

import re

import pytest
from sqlmodel import select

from fixtures import cast
from tests.platform import send
from tests.web.test_approvals import let_in, session
from web import accounts
from web.matrix.inviting import INVITES, keeps
from web.tables import AccountEventRow, AccountRow

CELLS = {
    ("pharmacist", "counter"),
    ("dispatch", "courier"),
    ("bureau", "bureau"),
    ("bureau", "auditor"),
    ("health", "health"),
    *(("admin", role) for role in accounts.ROLES if role not in ("patient", "courier")),
}


@pytest.mark.parametrize("invited", accounts.ROLES)
@pytest.mark.parametrize("role", accounts.ROLES)
def test_each_role_keeps_the_accounts_that_it_may_invite(role, invited):
    assert keeps({role}, {invited}) == ((role, invited) in CELLS)
    assert (invited in INVITES.get(role, ())) == ((role, invited) in CELLS)


def test_whoever_is_more_is_not_kept_by_who_keeps_a_part():
    assert not keeps({"pharmacist"}, {"counter", "pharmacist"})
    assert not keeps({"bureau"}, {"bureau", "admin"})
    assert not keeps({"admin"}, ())


def kinds(platform, username):
    with session(platform) as work:
        rows = work.exec(select(AccountEventRow)).all()
    return [(row.kind, row.by) for row in rows if row.username == username]


def test_a_pharmacist_keeps_the_clerks_of_the_own_outlet(platform):
    let_in(platform)
    counter = platform.person("counter")
    page = counter.get("/staff").text
    assert "clerk" in page and "chief" not in page and "second-counter" not in page
    clerk = platform.person("clerk")
    assert clerk.get("/counter").status_code == 200
    assert clerk.get("/staff").status_code == 403
    send(counter, "/staff/sessions", username="clerk")
    assert clerk.get("/counter").status_code == 302
    send(counter, "/staff/lock", username="clerk", active="false")
    with session(platform) as work:
        row = work.exec(select(AccountRow).where(AccountRow.username == "clerk")).one()
        assert not row.active
    send(counter, "/staff/lock", username="clerk", active="true")
    done = kinds(platform, "clerk")[1:]
    assert done == [
        ("signed_out", "counter"),
        ("disabled", "counter"),
        ("enabled", "counter"),
    ]
    link = send(counter, "/staff/password", username="clerk").text
    assert re.search(r"/invitations/[\w-]{40,}", link)


def test_two_clerks_are_invited_and_both_links_work(platform):
    counter, visitor = platform.person("counter"), platform.app.test_client()
    links = []
    for name in ("王芳", "李娜"):
        page = send(counter, "/staff", role="counter", name=name).text
        links.append(re.search(r"/invitations/[\w-]{40,}", page)[0])
    for link in links:
        assert visitor.get(link).status_code == 200


@pytest.mark.parametrize(
    ("who", "username"),
    [
        ("counter", "second-counter"),  # another outlet
        ("counter", "chief"),  # another pharmacist
        ("counter", "counter"),  # oneself
        ("counter", "alice"),
        ("bureau", "hangzhou"),  # another area
        ("bureau", "clerk"),
        ("bureau", "nobody"),
    ],
)
def test_an_account_of_others_does_not_exist(platform, who, username):
    let_in(platform)
    person = platform.person(who)
    for path in ("sessions", "password", "lock", "factor", "roles"):
        more = {"reason": "丢失", "role": "counter"}
        told = send(person, f"/staff/{path}", username=username, **more)
        assert told.status_code == 404, path
    assert [kind for kind, _ in kinds(platform, username)] in ([], ["created"])


def test_nobody_invites_to_a_role_that_is_not_theirs_to_give(platform):
    let_in(platform)
    for who, role in (("counter", "pharmacist"), ("bureau", "admin")):
        told = send(platform.person(who), "/staff", role=role, name="某人")
        assert told.status_code == 403
    bureau = platform.person("bureau")
    assert (
        send(bureau, "/staff/roles", username="officer", role="admin").status_code
        == 403
    )
    send(bureau, "/staff/roles", username="officer", role="auditor")
    assert ("roles", "bureau") in kinds(platform, "officer")
    assert cast.LUCHENG_PHARMACY not in bureau.get("/staff").text


def test_the_page_of_rights_tells_who_may_invite_whom(platform):
    page = platform.person("bureau").get("/rights").text
    assert "谁可以邀请谁" in page
