"""Evidence of deliveries: for whom it concerns, verified by anybody, each download on record."""

from base64 import b64decode
from hashlib import sha256
from io import BytesIO
from uuid import UUID

import pytest
from sqlmodel import Session
from typer.testing import CliRunner

from dispensing.sealed import at
from routing.tables import DeliveryProofRow
from tests.platform import door_code, on_the_road
from tests.world import NOON
from web import cli


@pytest.fixture
def delivered(platform) -> str:
    _, order, rider = on_the_road(platform)
    door = {"code": door_code(platform, order), "receiver": "patient"}
    rider.post(f"/orders/{order}/handover", door)
    return str(order)


def raw_of(platform, order: str, name: str = "dispatcher") -> bytes:
    told = platform.program(name).get(f"/orders/{order}/evidence")
    return b64decode(told["zip"])


def asked(platform, raw: bytes):
    data = {"data": {"file": (BytesIO(raw), "e.zip")}}
    more = {"content_type": "multipart/form-data", **data}
    return platform.program(None).ask("POST", "/evidence/verification", **more)


def test_everybody_whom_it_concerns_gets_the_same_bytes(platform, delivered):
    first = raw_of(platform, delivered)
    for name in ("alice", "counter", "bureau"):
        assert raw_of(platform, delivered, name) == first, name
    page = platform.person("alice").get(f"/orders/{delivered}/evidence.zip")
    assert page.data == first and page.mimetype == "application/zip"
    assert (
        "evidence.zip"
        in platform.person("alice").get(f"/patient/orders/{delivered}").text
    )
    told = asked(platform, first).json
    assert told["genuine"] and told["order_id"] == delivered
    record = told["record"]
    assert record["promise"]["state"] == "kept"
    assert record["events"][0]["kind"] == "order_placed"
    assert [stop["outcome"] for stop in record["stops"]] == ["picked_up", "handed_over"]
    assert record["receiver"]["patient"][0] in told["record"]["receiver"]["patient"]


def test_each_download_is_recorded_with_the_patient(platform, delivered):
    raw_of(platform, delivered)
    page = platform.person("alice").get("/patient/readers").text
    assert "下载配送证据" in page and "配送调度" in page


def test_what_was_photographed_at_the_door_lies_in_it(platform, delivered):
    raw, vault = b"\xff\xd8\xff photo", platform.app.extensions["desk"].vault
    with Session(platform.app.extensions["engine"]) as session:
        proof = DeliveryProofRow(
            id=UUID(int=7),
            order_id=UUID(delivered),
            courier_code="C33030000101",
            kind="photo",
            media="image/jpeg",
            sha256=sha256(raw).hexdigest(),
            sealed=vault.seal_bytes(raw, at(DeliveryProofRow, "sealed", UUID(int=7))),
            at=NOON,
            received_at=NOON,
        )
        session.add(proof)
        session.commit()
    told = asked(platform, raw_of(platform, delivered)).json
    assert told["genuine"] and "proof-1-photo.jpeg" in told["files"]
    assert told["record"]["proofs"][0]["sha256"] == sha256(raw).hexdigest()


def test_it_names_nobody_in_full_and_no_medicine(platform, delivered):
    from fixtures import cast

    raw = raw_of(platform, delivered).decode("utf-8", "replace")
    for secret in (
        cast.alice.name,
        cast.alice.id_number,
        cast.alice.address,
        "氨氯地平",
    ):
        assert secret not in raw


def test_strangers_and_whoever_asks_too_early_get_nothing(platform):
    _, order, _ = on_the_road(platform)
    for name in ("bob", "second-counter", "other-dispatcher"):
        answer = platform.program(name).ask("GET", f"/orders/{order}/evidence")
        assert answer.status_code == 404, name
    early = platform.program("dispatcher").ask("GET", f"/orders/{order}/evidence")
    assert early.status_code == 409 and "not-ended" in early.json["type"]
    page = platform.app.test_client().get(f"/orders/{order}/evidence.zip")
    assert page.status_code == 302


def test_a_changed_file_is_told_on_page_and_command_line(
    platform, delivered, tmp_path, monkeypatch
):
    raw = raw_of(platform, delivered)
    visitor = platform.app.test_client()
    from tests.platform import csrf

    token = csrf(visitor.get("/evidence/verify").text)
    for content, words in ((raw, "签名真实"), (raw[:-9], "不能采信")):
        sent = {"csrf_token": token, "file": (BytesIO(content), "e.zip")}
        kind = "multipart/form-data"
        page = visitor.post("/evidence/verify", data=sent, content_type=kind)
        assert words in page.text
    monkeypatch.setenv("YAODA_VAR_DIR", str(tmp_path / "var"))
    file = tmp_path / "e.zip"
    for content, status in ((raw, 0), (raw.replace(b"picked_up", b"picked-up"), 1)):
        file.write_bytes(content)
        told = CliRunner().invoke(cli.app, ["evidence", "verify", str(file)])
        assert told.exit_code == status, told.output
    assert "altered" in told.output
    assert UUID(delivered)
