"""The demo's desk: what an officer finds there the morning after."""

from tests.platform import platform, settled
from tests.world import DAY, NOON
from web import db, demo_desk

__all__ = ["platform"]


def test_the_demos_desk_has_a_meeting_a_match_a_form_and_an_audit(platform):
    settled(platform)
    desk = platform.app.extensions["desk"]
    with db.open_session(platform.app.extensions["engine"]) as session:
        told = demo_desk.furnish(session, desk, day=DAY, now=NOON)
    assert (told.tasks, told.versions) == (2, 1) and told.registered > 100
    assert told.audited == 1
    page = platform.person("health").get("/bureau/desk/tasks").text
    assert "核实未纳入待遇的规范化管理患者" in page
    assert "还没有比对过" not in platform.person("bureau").get("/bureau/matching").text
    assert len(platform.program("bureau").get("/forms/2025-09")["versions"]) == 1
