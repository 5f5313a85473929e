"""What the desk is told: once while it holds, and that it is over."""

from datetime import timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pharmacies.places import Point
from routing.alerts import KIND_WORDS, Alarm, Kind, Limits, Parcel, Ride, alarms, turned
from routing.track import Fix, Track
from tests.world import NOON

LIMITS = Limits()
ORDER = str(UUID(int=7))
MINUTE = timedelta(minutes=1)
HERE = Point(120.66, 28.01)


def ago(minutes: float):
    return NOON - minutes * MINUTE


def track(still: float = 0, off: float | None = None, at: float = 0) -> Track:
    off_since = None if off is None else ago(off)
    return Track(Fix(ago(at), HERE), HERE, ago(still), off_since)


def ride(*parcels: Parcel, **changes) -> Ride:
    usual = {
        "out": True,
        "leaves_at": ago(60),
        "heard_at": NOON,
        "track": track(),
        "parcels": parcels,
    }
    return Ride(**{**usual, **changes})


def parcel(**changes) -> Parcel:
    usual = {"order": ORDER, "closes": NOON + 60 * MINUTE, "eta": NOON + 20 * MINUTE}
    return Parcel(**{**usual, **changes})


def wrong(it: Ride, told=frozenset(), now=NOON) -> set[Kind]:
    return {each.kind for each in alarms(it, now, LIMITS, told)}


def test_a_ride_that_goes_as_planned_is_not_spoken_of():
    assert wrong(ride(parcel())) == set()


@pytest.mark.parametrize(
    ("before", "after", "kind"),
    [
        (
            ride(out=False, leaves_at=ago(14.9)),
            ride(out=False, leaves_at=ago(15)),
            Kind.LATE_START,
        ),
        (
            ride(parcel(eta=NOON + 60 * MINUTE)),
            ride(parcel(eta=NOON + 60.1 * MINUTE)),
            Kind.LATE,
        ),
        (ride(parcel(closes=NOON)), ride(parcel(closes=ago(1))), Kind.LATE),
        (ride(track=track(29.9)), ride(track=track(30)), Kind.STANDING),
        (ride(track=track(off=4.9)), ride(track=track(off=5)), Kind.OFF_ROUTE),
        (ride(heard_at=ago(19.9)), ride(heard_at=ago(20)), Kind.SILENT),
        (ride(parcel()), ride(parcel(too_warm=True)), Kind.TOO_WARM),
        (
            ride(parcel(cold_until=NOON + 21 * MINUTE)),
            ride(parcel(cold_until=NOON + 15 * MINUTE)),
            Kind.COLD_LIMIT,
        ),
        (
            ride(parcel(cold_until=NOON + 21 * MINUTE)),
            ride(parcel(cold_until=NOON + 19 * MINUTE)),
            Kind.COLD_LIMIT,
        ),
    ],
    ids=lambda it: str(it) if isinstance(it, Kind) else "",
)
def test_each_is_told_from_its_limit_on(before, after, kind):
    if kind is Kind.LATE and before.parcels[0].closes == NOON:
        before = ride(parcel(closes=NOON, eta=NOON))
    assert kind not in wrong(before)
    assert kind in wrong(after)


def test_who_waits_at_the_next_door_before_its_window_does_not_stand():
    waiting = ride(track=track(45), waits_until=NOON + 5 * MINUTE)
    assert wrong(waiting) == set()
    assert wrong(waiting, now=NOON + 5 * MINUTE) == {Kind.STANDING}


def test_of_a_silent_phone_nobody_says_that_it_stands():
    quiet = ride(heard_at=ago(40), track=track(40, off=40, at=40))
    assert wrong(quiet) == {Kind.SILENT}


def test_before_leaving_only_leaving_and_windows_count():
    planned = ride(parcel(), out=False, leaves_at=NOON, heard_at=None, track=None)
    assert wrong(planned) == set()
    assert wrong(ride(out=True, heard_at=None, track=None)) == {Kind.SILENT}


def test_a_forecast_at_its_limit_does_not_flicker():
    told = frozenset({Alarm(Kind.LATE, ORDER)})
    for minutes, still in ((61, True), (58, True), (55.1, True), (55, False)):
        it = ride(parcel(eta=NOON + minutes * MINUTE))
        assert (Kind.LATE in wrong(it, told)) == still, minutes


def test_every_kind_has_words_in_both_languages():
    assert set(KIND_WORDS) == set(Kind)
    assert all(zh and en for zh, en in KIND_WORDS.values())


MINUTES = st.integers(-10, 90)
PARCELS = st.builds(
    lambda no, closes, eta, cold, warm: Parcel(
        str(UUID(int=no)),
        NOON + closes * MINUTE,
        None if eta is None else NOON + eta * MINUTE,
        None if cold is None else NOON + cold * MINUTE,
        warm,
    ),
    st.integers(1, 3),
    MINUTES,
    st.none() | MINUTES,
    st.none() | MINUTES,
    st.booleans(),
)
RIDES = st.builds(
    lambda out, leaves, heard, still, off, parcels: ride(
        *{it.order: it for it in parcels}.values(),
        out=out,
        leaves_at=ago(leaves),
        heard_at=ago(heard),
        track=track(still, off),
    ),
    st.booleans(),
    MINUTES,
    st.integers(0, 60),
    st.integers(0, 90),
    st.none() | st.integers(0, 20),
    st.lists(PARCELS, max_size=3),
)


@given(st.lists(RIDES, max_size=12))
def test_what_begins_ends_once_and_nothing_is_told_twice(days):
    """Whatever happens, each spell is told once, ended once, and what is told holds."""
    told: frozenset[Alarm] = frozenset()
    spells: list[tuple[str, Alarm]] = []
    for no, it in enumerate(days):
        now = NOON + no * MINUTE
        holding = alarms(it, now, LIMITS, told)
        assert holding == alarms(it, now, LIMITS, told)
        new, over = turned(told, holding)
        spells += [("began", each) for each in new]
        spells += [("ended", each) for each in over]
        told = holding
        assert turned(told, alarms(it, now, LIMITS, told)) == ((), ())
    for alarm in {alarm for _, alarm in spells}:
        acts = [act for act, each in spells if each == alarm]
        assert acts == ["began", "ended"] * (len(acts) // 2) + ["began"] * (
            len(acts) % 2
        )
        assert (len(acts) % 2 == 1) == (alarm in told)
