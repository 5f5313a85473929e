"""Accounts: which roles there are, and what each stands for."""

import pytest

from fixtures import cast
from web import accounts, db


def opened(platform, username):
    with platform.app.test_request_context():
        found = platform.app.extensions["accounts"].find_user(username=username)
    return found.subject, [role.name for role in found.roles]


def test_a_pharmacist_is_a_clerk_of_the_counter_as_well(platform):
    engine = platform.app.extensions["engine"]
    with platform.app.app_context(), db.open_session(engine) as session:
        accounts.invite(
            session, username="lin", role="pharmacist", subject=cast.LUCHENG_PHARMACY
        )
        accounts.invite(session, username="shen", role="auditor", subject="330300")
    assert opened(platform, "lin") == (
        cast.LUCHENG_PHARMACY,
        ["counter", "pharmacist"],
    )
    assert opened(platform, "shen") == ("330300", ["auditor"])


def test_an_auditor_stands_for_an_area_and_nothing_else():
    with pytest.raises(accounts.Unfit, match="auditor account"):
        accounts.NewAccount("shen", "shen", ("auditor",), cast.LUCHENG_PHARMACY, "")
