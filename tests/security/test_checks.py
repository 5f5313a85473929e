"""The checks of security hold on the product, and each catches its bad build."""

from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest

from tests.security.harness import GROUPS, Check, House

HERE = Path(__file__).parent
FILES = sorted((HERE / "checks").glob("*.py"))
THERE = {
    path.stem: import_module(f"tests.security.checks.{path.stem}").CHECKS
    for path in FILES
    if path.stem != "__init__"
}
EACH = [
    pytest.param(check, id=f"{group}-{check.name}")
    for group, checks in THERE.items()
    for check in checks
]


@pytest.fixture
def house(sqlite_url: str, tmp_path: Path) -> Iterator[House]:
    """Give a house that is opened when something is asked of it."""
    made = House(sqlite_url, tmp_path)
    yield made
    made.close()


@pytest.mark.parametrize("check", EACH)
def test_the_product_holds(house: House, check: Check) -> None:
    check.run(house)


@pytest.mark.parametrize("check", EACH)
def test_a_mutant_is_caught(
    house: House, check: Check, monkeypatch: pytest.MonkeyPatch
) -> None:
    check.bad(monkeypatch)
    with pytest.raises(AssertionError) as caught:
        check.run(house)
    # What breaks on the way to the check has proved nothing.
    assert HERE in Path(caught.traceback[-1].path).parents, caught.getrepr()


@pytest.mark.parametrize("group", GROUPS)
def test_a_group_has_the_checks_that_the_table_says(group: str) -> None:
    checks = THERE[group]
    assert len(checks) == GROUPS[group]
    assert len({check.name for check in checks}) == len(checks)
    assert all(check.answers_to for check in checks)
