"""Invitations: a dispatcher's courier opens an account by a link, once, and in time."""

import re
from contextlib import suppress
from datetime import timedelta
from threading import Thread

import pytest

from fixtures import cast
from tests.platform import COURIER, csrf, platform
from tests.world import NOON
from web import accounts, db, invitations
from web.tables import InvitationRow

__all__ = ["platform"]
NEW = {"username": "zhou", "password": "long-enough-1", "again": "long-enough-1"}
INVITEE = invitations.Invitee("courier", COURIER, "配送员1")
BY = ("dispatcher", "dispatch")


@pytest.fixture
def app(platform):
    with platform.app.app_context():
        yield platform.app


def work(app):
    return db.open_session(app.extensions["engine"])


def sent(app, **more):
    with work(app) as session:
        return invitations.invite(session, INVITEE, by=BY, now=NOON, **more)


def link_of(platform, **fields):
    person = platform.person("dispatcher")
    page = person.get(f"/dispatch/crew/{COURIER}").text
    shown = person.post(
        f"/dispatch/crew/{COURIER}/invitation",
        data={"csrf_token": csrf(page), **fields},
    ).text
    found = re.search(r'value="http://[^/"]+(/invitations/[^"]+)"', shown)
    assert found, shown
    assert "<svg" in shown
    return found[1]


def signs_in(platform, name, password):
    visitor = platform.app.test_client()
    sent = {"username": name, "password": password}
    sent["csrf_token"] = csrf(visitor.get("/login").text)
    return visitor.post("/login", data=sent).status_code == 302


def test_a_courier_opens_an_account_by_the_dispatchers_link_once(platform):
    link, phone = link_of(platform), platform.app.test_client()
    asked = phone.get(link).text
    assert "配送员1" in asked and "dispatcher 邀请您" in asked
    short = phone.post(link, data={**NEW, "password": "short", "again": "short"})
    assert short.status_code == 422 and "至少 12 位" in short.text
    taken = phone.post(link, data={**NEW, "username": "courier"})
    assert taken.status_code == 422 and "已经有人用了" in taken.text
    assert "可以登录了" in phone.post(link, data=NEW).text
    assert signs_in(platform, "zhou", NEW["password"])
    again = phone.post(link, data={**NEW, "username": "second"})
    assert again.status_code == 409 and "已经用过" in again.text
    crew = platform.person("dispatcher").get(f"/dispatch/crew/{COURIER}").text
    assert "zhou" in crew and "发出的链接" not in crew


def test_a_link_for_an_account_that_there_is_sets_its_password_anew(platform):
    before = platform.person("courier")
    link = link_of(platform, username="courier")
    phone = platform.app.test_client()
    assert "readonly" in phone.get(link).text
    phone.post(link, data={**NEW, "username": "ignored"})
    assert signs_in(platform, "courier", NEW["password"])
    assert before.get("/courier").status_code == 302


def test_a_dispatcher_invites_for_the_own_crew_alone(platform):
    other = platform.program("other-dispatcher")
    path = f"/crew/{COURIER}/invitation"
    assert other.ask("POST", path, {}).status_code == 404
    own = platform.program("dispatcher")
    assert own.ask("POST", path, {"username": "counter"}).status_code == 404
    assert own.post(path, {})["path"].startswith("/invitations/")


def test_an_invitation_names_who_invited_and_keeps_no_token(app):
    told = sent(app)
    with work(app) as session:
        row = session.get(InvitationRow, told.id)
        assert (row.by, row.role, row.place) == (*BY, COURIER)
        assert told.token not in str(row.model_dump())
        assert len(row.token_sha256) == 64


def test_a_later_invitation_makes_the_earlier_one_void(app):
    first, second = sent(app), sent(app)
    with work(app) as session:
        with pytest.raises(invitations.InvitationOver, match="withdrawn"):
            invitations.opened(session, first.token, now=NOON)
        found = invitations.opened(session, second.token, now=NOON)
        assert found.invitee == INVITEE


def test_an_invitation_ends_with_its_hours_and_by_being_withdrawn(app):
    told = sent(app, open_for=timedelta(hours=1))
    with work(app) as session:
        late = NOON + timedelta(hours=1)
        with pytest.raises(invitations.InvitationOver, match="expired"):
            invitations.opened(session, told.token, now=late)
        invitations.withdraw(
            session, told.id, invitee=("courier", COURIER), by=BY, now=NOON
        )
        with pytest.raises(invitations.InvitationOver, match="withdrawn"):
            accept(session, told.token)


def test_no_role_is_invited_for_what_it_cannot_stand_for(app):
    wrong = invitations.Invitee("counter", COURIER, "柜台")
    with work(app) as session, pytest.raises(accounts.Unfit):
        invitations.invite(session, wrong, by=BY, now=NOON)
    right = invitations.Invitee("counter", cast.LUCHENG_PHARMACY, "柜台")
    with work(app) as session:
        told = invitations.invite(session, right, by=BY, now=NOON)
    with work(app) as session:
        accept(session, told.token)
        found = accounts.logins(session, "counter", cast.LUCHENG_PHARMACY)
    assert accounts.Login("zhou", active=True) in found


def test_one_link_opens_one_account_however_many_come_at_once(platform):
    app, opened = platform.app, []
    with app.app_context():
        token = sent(app).token

    def come(name):
        lost = suppress(invitations.InvitationOver, accounts.NameTaken)
        with app.app_context(), work(app) as session, lost:
            opened.append(accept(session, token, name))

    each = [Thread(target=come, args=(f"racer{no}",)) for no in range(4)]
    for one in each:
        one.start()
    for one in each:
        one.join()
    assert len(opened) == 1


def accept(session, token, username="zhou"):
    return invitations.accept(
        session, token, username=username, password="long-enough-1", now=NOON
    )
