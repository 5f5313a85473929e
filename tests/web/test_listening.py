"""Over real connections: whatever is sent, the answer is a problem, and nobody is named."""

import gzip
import http.client
import json
import re
import socket
from urllib.parse import urlsplit

import pytest
from werkzeug.datastructures import Headers

from fixtures import cast
from tests import world
from tests.web.test_strict import rows

JSON = {"Content-Type": "application/json"}
GOOD = world.dumps(world.message()).encode()
KEY = cast.alice.id_number.encode()
ID_NUMBER = re.compile(rb"(?<![0-9a-f])[1-9][0-9]{16}[0-9X](?![0-9a-f])")
LARGE = b'{"a":"' + b"x" * 10_000_000 + b'"}'


def pieces(body: bytes) -> bytes:
    """Write a body as chunks."""
    cut = [body[at : at + 60_000] for at in range(0, len(body), 60_000)]
    return b"".join(b"%x\r\n%s\r\n" % (len(one), one) for one in cut) + b"0\r\n\r\n"


BODIES = {
    "UTF-16": (json.dumps(world.message()).encode("utf-16"), 400),
    "UTF-32": (json.dumps(world.message()).encode("utf-32"), 400),
    "a byte order mark": (b"\xef\xbb\xbf" + GOOD, 400),
    "GBK": (world.dumps(world.message()).encode("gbk"), 400),
    "a surrogate in UTF-8": (GOOD.replace("陈爱莲".encode(), b"\xed\xa0\x80"), 400),
    "an overlong slash": (GOOD.replace("陈爱莲".encode(), b"\xc0\xaf"), 400),
    "gzip": (gzip.compress(GOOD), 400),
    "two documents": (GOOD + b"\n" + GOOD, 400),
    "a comment": (b"/* */" + GOOD, 400),
    "a turned name": (GOOD.replace("林静".encode(), "\u202e静林".encode()), 400),
    "a number as a name, twice": (b'{"%s":1,"%s":2}' % (KEY, KEY), 400),
    "a number as a name": (GOOD[:-1] + b',"%s":1}' % KEY, 422),
    "a number as an inner name": (
        GOOD.replace(b'"doctor": {', b'"doctor": {"%s":1,' % KEY),
        422,
    ),
    "a body a little too long": (b'{"a":"' + b"x" * 300_000 + b'"}', 413),
    "ten megabytes": (LARGE, 413),
}
SENT = {
    "bad chunks": (b"Transfer-Encoding: chunked\r\n", b"zz\r\nabc\r\n", 400),
    "chunks of ten megabytes": (b"Transfer-Encoding: chunked\r\n", pieces(LARGE), 413),
    "an unknown coding": (b"Transfer-Encoding: gzip\r\n", b"abc", 501),
    "a negative length": (b"Content-Length: -5\r\n", b"abc", 400),
    "two lengths": (b"Content-Length: 2\r\nContent-Length: 3\r\n", b"{}a", 400),
    "a length beyond reason": (b"Content-Length: 99999999999999999999\r\n", b"", 413),
    "a header that is none": (b"X Y : z\r\n", b"", 400),
}
INSTANTS = (
    "1757894400",
    "0",
    "-1",
    "2025-09-15",
    "2025-09-15T08:12:00",
    "2025-09-15 08:12:00+08:00",
    "2025-09-15T23:59:60+08:00",
    "2025-09-31T08:12:00+08:00",
    "2025-09-15T08:12:00+25:00",
    "0001-01-01T00:00:00+14:00",
    "0001-01-01T00:00:00Z",
    "9999-12-31T23:59:59Z",
    "9999-12-31T23:59:59-12:00",
    "２０２５-09-15T08:12:00+08:00",
)


@pytest.fixture
def address(platform, live_server):
    return urlsplit(live_server(platform.app)).netloc


def check(answer: bytes, status: int, content_type: str | None, request_id) -> None:
    problem = json.loads(answer)
    assert content_type == "application/problem+json"
    assert problem["status"] == status
    assert problem["detail"] and problem["next"]
    assert problem["request_id"] == request_id != ""
    assert not ID_NUMBER.search(answer)


def test_every_malformed_body_is_answered_with_a_problem(platform, address):
    token = {"Authentication-Token": platform.program("hospital").token}
    for name, (body, status) in BODIES.items():
        asking = http.client.HTTPConnection(address, timeout=30)
        asking.request("POST", "/api/prescriptions", body, {**JSON, **token})
        answer = asking.getresponse()
        said = answer.read()
        assert answer.status == status, (name, said)
        heard = answer.headers
        check(said, status, heard["Content-Type"], heard["X-Request-ID"])
        asking.close()
    assert rows(platform) == 0


def test_what_is_not_http_is_answered_with_a_problem_too(platform, address):
    token = platform.program("hospital").token.encode()
    host, _, port = address.partition(":")
    for name, (headers, body, status) in SENT.items():
        begin = b"POST /api/prescriptions HTTP/1.1\r\nHost: x\r\n"
        mine = b"Content-Type: application/json\r\nConnection: close\r\n"
        with socket.create_connection((host, int(port)), 30) as asking:
            asking.sendall(
                begin + mine + b"Authentication-Token: " + token + b"\r\n" + headers
            )
            asking.sendall(b"\r\n" + body)
            answer = b"".join(iter(lambda one=asking: one.recv(65536), b""))
        head, _, said = answer.partition(b"\r\n\r\n")
        heard = Headers(re.findall(r"(?m)^([\w-]+): (.*?)\r?$", head.decode()))
        assert head.split()[1] == str(status).encode(), (name, head)
        check(said, status, heard["Content-Type"], heard["X-Request-ID"])
        assert "default-src 'self'" in heard["Content-Security-Policy"]
    assert rows(platform) == 0


def test_an_instant_is_written_one_way_and_within_living_memory(platform):
    hospital = platform.program("hospital")
    for number, issued_at in enumerate(INSTANTS):
        raw = world.message(number, issued_at=issued_at)
        answer = hospital.ask("POST", "/prescriptions", raw)
        assert answer.status_code == 422, issued_at
        assert answer.json["errors"][0]["where"] == "issued_at"
    assert rows(platform) == 0
    assert platform.person("alice").get("/patient").status_code == 200


def test_a_day_beyond_reach_is_refused_everywhere(platform):
    bureau, dispatcher = platform.program("bureau"), platform.program("dispatcher")
    pages = {
        "/bureau": platform.person("bureau"),
        "/dispatch": platform.person("dispatcher"),
    }
    for day in ("0001-01-01", "9999-12-31", "0", "2025-13-01", "20250915", "x"):
        assert bureau.ask("GET", f"/quota?day={day}").status_code == 422
        plan = {"day": day, "slice_opens": "13:00:00", "slice_closes": "18:00:00"}
        assert dispatcher.ask("POST", "/plans", plan).status_code == 422
        for path, person in pages.items():
            page = person.get(f"{path}?day={day}")
            assert page.status_code == 422
            assert "日期：一个日期" in page.text


def test_invented_methods_do_not_fill_the_counters(platform):
    client = platform.app.test_client()
    for number in range(5):
        client.open("/healthz", method=f"INVENTED{number}")
    seen = client.get("/metrics").text
    assert "INVENTED" not in seen
    assert 'method="other"' in seen
