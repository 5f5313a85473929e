"""A few journeys of the whole platform, its insurer behind an address."""

import pytest

from fixtures import cast
from tests import platform as whole
from tests.journeys.test_delivery import (
    test_a_failed_delivery_comes_back_and_is_reversed,
    test_a_parcel_is_handed_over_against_the_patients_digits,
    test_a_prescription_goes_from_intake_to_the_door,
    test_a_reversed_settlement_frees_the_prescription,
    test_settling_twice_gives_the_first_settlement,
)
from tests.world import NOON
from web.sandbox import members
from web.sandbox.answering import Counter
from web.sandbox.books import Books
from web.sandbox.serving import serving

__all__ = [
    "test_a_failed_delivery_comes_back_and_is_reversed",
    "test_a_parcel_is_handed_over_against_the_patients_digits",
    "test_a_prescription_goes_from_intake_to_the_door",
    "test_a_reversed_settlement_frees_the_prescription",
    "test_settling_twice_gives_the_first_settlement",
]


@pytest.fixture(params=["sandbox", "national"])
def platform(request, sqlite_url, tmp_path, monkeypatch):
    """Open the whole platform with an insurer over HTTP."""
    books = Books(tmp_path / "insurer.db")
    books.enrol(members.members(cast.INSURED))
    with serving(Counter(books, lambda: NOON)) as url:
        usual = whole.settings_for

        def reached(*given):
            changes = {"gateway_url": url, "gateway_region": request.param}
            return usual(*given).model_copy(update=changes)

        monkeypatch.setattr(whole, "settings_for", reached)
        opened = whole.open_platform(sqlite_url, tmp_path)
        yield opened
        opened.app.extensions["desk"].gateway.close()
        opened.app.extensions["engine"].dispose()
    assert books.booked(), "nothing went over HTTP"
