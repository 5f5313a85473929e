"""The figures of the board are told from a draft that is there."""

import re
from uuid import UUID

from fixtures import cast
from tests.platform import planned, platform
from tests.routing import many
from tests.world import NOON
from web import bench_board, db

__all__ = ["platform"]


def test_moves_are_timed_and_a_commit_names_the_one_that_was_left_out(platform):
    with db.open_session(platform.app.extensions["engine"]) as session:
        many.pack(session, platform.app.extensions["desk"], 6)
    plan = planned(platform, platform.program("dispatcher"))
    town = bench_board.Noon(platform.app, cast.CARRIER, UUID(plan["id"]), NOON)
    said: list[str] = []
    bench_board.tell_edits(town, said.append, times=10)
    bench_board.tell_commit(town, said.append)
    assert re.fullmatch(r"a move tried: median \d+ ms, 95 % \d+ ms, .*", said[0])
    assert "computed" in said[1] and "1 that fitted" in said[2]
    assert said[3].startswith("committed 5 orders")
    assert said[3].endswith("the order was cancelled or has ended")
