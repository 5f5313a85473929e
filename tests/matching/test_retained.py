"""Registries, runs and lists end with the term that an operator declares, but for the latest."""

import pytest
from sqlmodel import select

from dispensing.service.matching import registries
from dispensing.tables import BureauListRow, ManagedRegistryRow, MatchingRunRow
from fixtures import cast
from tests.matching.test_centres import row, take
from tests.web.test_lists import STAY, hand_in
from tests.web.test_retention import declare, is_whole, later, session_of
from web import retention

KINDS = ("registry", "matching", "bureau_list")


@pytest.fixture
def twice(platform):
    """Take two registries, run twice, and hand a list in twice; tells the runs."""
    first = take(platform, row(cast.alice, "糖尿病"))
    second = take(platform, row(cast.alice, "高血压、糖尿病"))
    bureau = platform.program("bureau")
    for day in ("2025-09-01", "2025-09-02"):
        hand_in(bureau, "stays", STAY, f"{cast.alice.id_number},{day},")
    return first, second


def removed(platform):
    return dict(retention.run(platform.app, by="officer").counts)


def people(platform, kind):
    vault = platform.app.extensions["desk"].vault
    with session_of(platform) as session:
        rows = session.exec(select(kind).order_by(kind.at)).all()
        return [len(list(registries.people_of(session, vault, one.id))) for one in rows]


def test_what_is_over_is_emptied_and_the_latest_stays(
    platform, twice, tmp_path, monkeypatch
):
    declare(platform, tmp_path, *KINDS)
    later(platform, monkeypatch, 31)
    assert removed(platform) == dict.fromkeys(KINDS, 1)
    assert people(platform, ManagedRegistryRow) == [0, 1]
    bureau = platform.program("bureau")
    for run, managed in zip(twice, (None, True), strict=True):
        (one,) = bureau.get(f"/matching/runs/{run}/lists/enrol")["entries"]
        assert (one["managed"] is not None) == bool(managed)
        assert (one["diseases"] == []) == (not managed)
    assert [one["kept"] for one in bureau.get("/lists")] == [1, 1]
    assert removed(platform) == {} and is_whole(platform)


def test_a_term_that_is_not_over_empties_nothing_and_tells_what_is_held(
    platform, twice, tmp_path, monkeypatch
):
    declare(platform, tmp_path, *KINDS)
    assert removed(platform) == {}
    later(platform, monkeypatch, 31)
    page = platform.person("bureau").get("/bureau/retention").text
    assert "规范化管理名单" in page and "是最近的一份，还在用" in page


def test_a_matching_after_it_goes_on_as_before(platform, twice, tmp_path, monkeypatch):
    declare(platform, tmp_path, *KINDS)
    later(platform, monkeypatch, 31)
    removed(platform)
    run = take(platform, row(cast.alice, "糖尿病"))
    (one,) = platform.program("bureau").get(f"/matching/runs/{run}/lists/enrol")[
        "entries"
    ]
    assert one["change"] == "same"
    with session_of(platform) as session:
        assert len(session.exec(select(MatchingRunRow)).all()) == 3
        assert len(session.exec(select(BureauListRow)).all()) == 2
