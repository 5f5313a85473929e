"""Nobody learns of what is not theirs, not even that it is there."""

from uuid import UUID

import pytest

from tests import everything
from tests.platform import PASSWORD, on_the_road, reversal, sent
from tests.security import crawl
from tests.web.test_approvals import asked
from web import accounts, db


@pytest.fixture
def played(platform):
    """Play a little of everything, with an officer of another area; tells what still waits."""
    engine = platform.app.extensions["engine"]
    with platform.app.app_context(), db.open_session(engine) as session:
        word = accounts.hashed(PASSWORD)
        away = (("hangzhou", "bureau"), ("hangzhou-health", "health"))
        new = [
            accounts.NewAccount(name, name, (role,), "330100", word)
            for name, role in away
        ]
        accounts.add_accounts(session, new)
    everything.subscription(platform)
    rx, order, rider = on_the_road(platform)
    everything.proof(rider, order)
    everything.asked_at_desk(platform, order, rider)
    waiting = sent(platform, 3)
    everything.shown(platform, waiting)
    everything.suspected(platform, waiting)
    everything.old_stock(platform)
    everything.complaint(platform, rx)
    everything.sample(platform)
    everything.registry(platform)
    everything.difference(platform, rx)
    everything.upload(platform, UUID(reversal(platform, rx).split("/")[2]))
    everything.notice(platform)
    everything.catalogue_file(platform)
    everything.siting_run(platform)
    everything.program_key(platform)
    platform.program("dispatcher").post("/feed/keys")
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
    assert not crawl.unoffered(platform)
    # Any pharmacy may still serve what nobody has settled.
    found = crawl.leaks(platform, strangers, open_to_all={played})
    assert not found, "\n".join(found)
