"""Nobody learns of what is not theirs, not even that it is there."""

import pytest

from tests.platform import PASSWORD, on_the_road, sent
from tests.security import crawl
from tests.web.test_approvals import asked
from web import accounts, db


@pytest.fixture
def played(platform):
    """Play a little of everything, with an officer of another area; tells what still waits."""
    engine = platform.app.extensions["engine"]
    with platform.app.app_context(), db.open_session(engine) as session:
        word = accounts.hashed(PASSWORD)
        new = accounts.NewAccount("hangzhou", "hangzhou", ("bureau",), "330100", word)
        accounts.add_accounts(session, [new])
    on_the_road(platform)
    alice, waiting = platform.program("alice"), sent(platform, 3)
    shared = {"prescriptions": [str(waiting)]}
    alice.post("/access-codes", shared)
    dispatcher = platform.program("dispatcher")
    dispatcher.post("/feed/keys")
    till = {"name": "till", "actions": ["stock.read"], "last_day": "2025-12-31"}
    platform.program("counter").post("/program-keys", till)
    asked(platform)
    return waiting


@pytest.fixture
def strangers(platform, played):
    """Name for each role an account that owns nothing of what was played."""
    named = dict(crawl.STRANGERS)
    first = platform.program("courier").get("/routes")
    named["courier"] = "second-courier" if first else "courier"
    return named


def test_a_stranger_is_told_of_an_object_as_of_none(platform, played, strangers):
    # Any pharmacy may still serve what nobody has settled.
    found = crawl.leaks(platform, strangers, open_to_all={played})
    assert not found, "\n".join(found)
