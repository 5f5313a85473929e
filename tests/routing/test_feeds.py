"""Positions as trackers say them."""

from datetime import UTC, datetime

import pytest

from pharmacies.places import Point
from routing.feeds import NotAFeed, read_client, read_forwarded, read_osmand
from routing.track import Aside, Sieve, sifted
from tests.world import NOON

AT = datetime(2025, 9, 15, 4, 0, tzinfo=UTC)
SPEED = pytest.approx(5.144, abs=0.001)


@pytest.mark.parametrize(
    "timestamp",
    [
        str(int(AT.timestamp())),
        str(int(AT.timestamp() * 1000)),
        "2025-09-15T04:00:00Z",
        "2025-09-15T12:00:00+08:00",
        "2025-09-15 04:00:00",
        "",
    ],
)
def test_osmand_says_instants_in_many_ways(timestamp):
    sent = {"id": "86012345", "lat": "28.01", "lon": "120.66", "speed": "10"}
    heard = read_osmand({**sent, "timestamp": timestamp, "accuracy": "8"}, NOON)
    (fix,) = heard.fixes
    assert (heard.device, fix.at, fix.point) == ("86012345", AT, Point(120.66, 28.01))
    assert (fix.accuracy_m, fix.speed_mps) == (8.0, SPEED)


def test_osmand_may_say_a_place_as_one_or_none_at_all():
    (fix,) = read_osmand({"deviceid": "a", "location": "28.01,120.66"}, NOON).fixes
    assert (fix.point, fix.at, fix.accuracy_m) == (Point(120.66, 28.01), NOON, None)
    assert read_osmand({"id": "a", "batt": "40"}, NOON).fixes == ()


def test_the_client_says_one_location_or_those_that_waited():
    coords = {"latitude": 28.01, "longitude": 120.66, "accuracy": 6, "speed": -1}
    located = {"timestamp": "2025-09-15T04:00:00.000Z", "coords": coords}
    for location, count in ((located, 1), ([located, located], 2)):
        heard = read_client({"location": location, "device_id": "86"}, NOON)
        assert len(heard.fixes) == count
        fix = heard.fixes[0]
        assert (fix.at, fix.accuracy_m, fix.speed_mps) == (AT, 6.0, None)


def test_a_server_forwards_positions_with_their_device():
    position = {
        "latitude": 28.01,
        "longitude": 120.66,
        "speed": 10.0,
        "accuracy": 0.0,
        "valid": True,
        "fixTime": "2025-09-15T04:00:00.000+00:00",
    }
    sent = {"position": position, "device": {"uniqueId": "86", "id": 10}}
    heard = read_forwarded(sent, NOON)
    (fix,) = heard.fixes
    assert (heard.device, fix.at, fix.accuracy_m) == ("86", AT, None)
    assert fix.speed_mps == SPEED


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({"lat": "91"}, Aside.NOWHERE),
        ({"lat": "nan"}, Aside.NOWHERE),
        ({"valid": "false"}, Aside.INACCURATE),
    ],
)
def test_what_cannot_be_is_read_and_then_put_aside(more, why):
    sent = {"id": "a", "lat": "28.01", "lon": "120.66", **more}
    fixes = read_osmand(sent, NOON).fixes
    assert sifted(fixes, None, now=NOON, sieve=Sieve()).aside == {why: 1}


@pytest.mark.parametrize(
    ("read", "sent"),
    [
        (read_osmand, {"lat": "28", "lon": "120"}),
        (read_osmand, {"id": "a" * 65, "lat": "28", "lon": "120"}),
        (read_osmand, {"id": "a", "lat": "28", "lon": "x"}),
        (read_osmand, {"id": "a", "lat": "28", "lon": "120", "timestamp": "noon"}),
        (read_osmand, {"id": "a", "lat": "28", "lon": "120", "timestamp": "9e99"}),
        (read_client, {"device_id": "a", "location": "here"}),
        (read_client, {"device_id": "a", "location": [{"coords": None}]}),
        (read_client, {"device_id": "a", "location": [{}] * 1001}),
        (read_forwarded, {"position": {}, "device": None}),
    ],
)
def test_what_is_no_feed_is_refused(read, sent):
    with pytest.raises(NotAFeed):
        read(sent, NOON)
