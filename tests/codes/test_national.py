"""The national decoder over HTTP: what it is asked, what it answers, and when nobody does."""

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from dispensing import service
from dispensing.codes import Asked, DecoderAway
from dispensing.codes.national import NationalDecoder
from dispensing.errors import CodeRejected, Conflict, NotFound
from fixtures import cast
from tests import world
from tests.codes.scenes import ALICE, SHOP, present, received, settle
from tests.world import NOON

ASKED = Asked("download", SHOP, "counter")
REFUSALS = {"E501": "expired", "E502": "used"}
SCANNED = "28S9F0A1B2C3D4E5F6"


@dataclass
class Front:
    """A front machine: answers each scan once, as it is told to."""

    asked: list[dict[str, Any]] = field(default_factory=list)
    id_number: str = cast.alice.id_number
    id_type: str = "01"
    raw: bytes | None = None
    status: int = 200

    def answer(self, body: dict[str, Any]) -> bytes:
        self.asked.append(body)
        scanned = [one["data"]["ecQrCode"] for one in self.asked]
        if self.raw is not None:
            return self.raw
        if scanned.count(scanned[-1]) > 1:
            return json.dumps({"code": "E502", "message": "令牌已使用"}).encode()
        found = {
            "userName": "陈爱莲",
            "idNo": self.id_number,
            "idType": self.id_type,
            "insuOrg": "330302",
            "ecToken": "330000ec6d2b8d1c7ab15c3c1a0a00003f7a1e",
        }
        return json.dumps({"code": 0, "message": "成功", "data": found}).encode()


@pytest.fixture
def front() -> Front:
    return Front()


@pytest.fixture
def address(front) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = int(self.headers["Content-Length"])
            body = front.answer(json.loads(self.rfile.read(length)))
            self.send_response(front.status)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    running = threading.Thread(target=server.serve_forever, daemon=True)
    running.start()
    yield f"http://127.0.0.1:{server.server_port}/ec"
    server.shutdown()
    running.join()
    server.server_close()


@pytest.fixture
def national(address) -> NationalDecoder:
    return NationalDecoder(address, "0101", "处方调剂", REFUSALS, seconds_max=2)


@pytest.fixture
def national_desk(national):
    return replace(world.open_desk(), decoder=national)


def test_it_is_asked_by_the_names_of_the_interface(national, front):
    found = national.decode(SCANNED, ASKED, NOON)
    assert found.id_number == cast.alice.id_number
    (asked,) = front.asked
    assert asked == {
        "transType": "ec.query",
        "orgId": SHOP,
        "data": {
            "orgId": SHOP,
            "businessType": "02122",
            "operatorId": "counter",
            "operatorName": "counter",
            "officeId": "0101",
            "officeName": "处方调剂",
            "ecQrCode": SCANNED,
        },
    }
    national.decode("another", Asked("settle", SHOP, "counter"), NOON)
    assert front.asked[1]["data"]["businessType"] == "02121"


def test_a_patient_is_known_by_the_identity_number_that_it_answers(
    street, national_desk
):
    id_ = received(street, national_desk)
    seen = present(street, national_desk, SCANNED)
    assert [one.id for one in seen.prescriptions] == [id_]
    assert settle(street, national_desk, id_, "FRESH000").state == "posted"
    with pytest.raises(CodeRejected) as raised:
        present(street, national_desk, SCANNED)
    assert raised.value.reason == "used"


def test_one_scan_serves_one_purpose_whatever_the_decoder_says(
    street, national_desk, front
):
    id_ = received(street, national_desk)
    present(street, national_desk, SCANNED)
    front.asked.clear()  # it has forgotten that it decoded this scan
    with pytest.raises(CodeRejected) as raised:
        settle(street, national_desk, id_, SCANNED)
    assert raised.value.reason == "used"


def test_the_code_of_another_person_settles_nothing(street, national_desk, front):
    id_ = received(street, national_desk)
    front.id_number = cast.bob.id_number
    with pytest.raises(CodeRejected) as raised:
        settle(street, national_desk, id_, SCANNED)
    assert raised.value.reason == "other_person"


def test_somebody_who_is_not_insured_here_is_not_found(street, national_desk, front):
    front.id_number = "33030219560312401X"
    with pytest.raises(NotFound):
        present(street, national_desk, SCANNED)


def test_other_papers_than_an_identity_card_are_refused(national, front):
    front.id_type = "03"
    with pytest.raises(CodeRejected) as raised:
        national.decode(SCANNED, ASKED, NOON)
    assert raised.value.reason == "other_identity"


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b'{"code": "E501"}', "expired"),
        (b'{"code": -1, "message": "?"}', "forged"),
    ],
)
def test_what_it_does_not_take_is_refused_with_a_reason(national, front, raw, reason):
    front.raw = raw
    with pytest.raises(CodeRejected) as raised:
        national.decode(SCANNED, ASKED, NOON)
    assert raised.value.reason == reason


@pytest.mark.parametrize(
    ("raw", "status"),
    [(b"<html>", 200), (b"[]", 200), (b'{"code": 0}', 200), (b"{}", 502)],
)
def test_an_answer_that_says_nothing_opens_nothing(
    street, national_desk, front, raw, status
):
    id_ = received(street, national_desk)
    front.raw, front.status = raw, status
    with pytest.raises(DecoderAway):
        settle(street, national_desk, id_, SCANNED)
    assert len(front.asked) == 1  # never asked twice: the code may be used up
    assert national_desk.gateway.booked_fund_fen() == 0


def test_a_front_machine_that_is_away_keeps_nobody_from_the_first_answer(
    street, national_desk, front
):
    id_ = received(street, national_desk)
    first = settle(street, national_desk, id_, SCANNED)
    front.status = 502
    assert settle(street, national_desk, id_, SCANNED) == first


def test_our_own_issuer_is_silent_where_the_national_code_is_read(
    street, national_desk
):
    with pytest.raises(Conflict) as raised:
        service.issue_code(
            street,
            national_desk,
            person_no=ALICE,
            purpose="settle",
            outlet_code=SHOP,
            now=NOON,
        )
    assert raised.value.code == "codes-elsewhere"
