"""Others' geocoders over real HTTP: what is sent, what comes back, how often."""

import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import pytest

from pharmacies.datum import bd_from_gcj, gcj_from_wgs
from pharmacies.geocoding import GeocoderAway, baidu, nominatim
from pharmacies.places import Point, distance_m

HOME = Point(120.656, 28.0147)
TYPED = "鹿城区五马街道解放街18号2幢302室 陈爱莲 19900000001"


class Answers:
    """What is answered, and what was asked."""

    def __init__(self):
        self.said, self.status, self.asked = "[]", 200, []
        self.leads_to = ""


@pytest.fixture
def served(monkeypatch):
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    answers = Answers()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            answers.asked.append(parse_qs(urlsplit(self.path).query))
            body = answers.said.encode()
            self.send_response(answers.status)
            self.send_header("Content-Length", str(len(body)))
            if answers.leads_to:
                self.send_header("Location", answers.leads_to)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    answers.host = f"127.0.0.1:{server.server_port}"
    yield answers
    server.shutdown()
    server.server_close()


def osm(served, **more):
    return nominatim(served.host, scheme="http", per_second=50, **more)


def test_nominatim_says_by_its_box_how_exact_it_is(served):
    served.said = json.dumps(
        [
            {
                "lat": "28.0147",
                "lon": "120.656",
                "display_name": "解放街, 五马街道, 鹿城区",
                "boundingbox": ["28.0140", "28.0154", "120.6550", "120.6570"],
            }
        ]
    )
    (found,) = osm(served).find(TYPED)
    assert found.point == HOME
    assert (found.precision, found.source) == ("road", "Nominatim")
    assert 100 < found.within_m < 150
    assert served.asked[0]["q"] == ["温州市鹿城区五马街道解放街18号"]


def test_baidu_is_read_in_its_own_datum(served):
    there = bd_from_gcj(gcj_from_wgs(HOME))
    served.said = json.dumps(
        {
            "status": 0,
            "result": {
                "location": {"lng": there.lon, "lat": there.lat},
                "precise": 1,
                "confidence": 80,
                "comprehension": 100,
                "level": "门址",
            },
        }
    )
    asked = baidu("key", per_second=50, api=f"http://{served.host}")
    (found,) = asked.find(TYPED)
    assert distance_m(found.point, HOME) < 0.5
    assert (found.precision, found.within_m) == ("door", 100)
    assert "陈爱莲" not in str(served.asked) and "302" not in str(served.asked)


def test_nothing_found_is_nothing(served):
    assert osm(served).find(TYPED) == ()


@pytest.mark.parametrize(
    ("status", "said"),
    [(503, ""), (200, "not JSON"), (200, '[{"lat": "1", "lon": "2"}]'), (403, "{}")],
)
def test_an_answer_that_cannot_be_used_is_told(served, status, said):
    served.status, served.said = status, said
    with pytest.raises(GeocoderAway):
        osm(served).find(TYPED)


def test_others_are_asked_slowly(served):
    asked = nominatim(served.host, scheme="http", per_second=5)
    begun = time.monotonic()
    for _ in range(3):
        asked.find(TYPED)
    assert time.monotonic() - begun >= 0.39


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_no_geocoder_leads_us_to_another_address(served, status):
    served.status, served.leads_to = status, f"http://{served.host}/elsewhere"
    for asked in (osm(served), baidu("key", api=f"http://{served.host}/v3")):
        served.asked.clear()
        with pytest.raises(GeocoderAway):
            asked.find(TYPED)
        assert len(served.asked) == 1
