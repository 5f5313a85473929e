"""What else a platform is asked for, how it is reached, and what is read of it at most."""

import socket
import threading
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from time import monotonic

import pytest
from pydantic import ValidationError

from dispensing.gateway import Charge, ChargeDeclined, Unanswered
from dispensing.gateway.national import Delivery, Limits, Sale, Seal
from dispensing.gateway.national.region import FOLDER
from dispensing.gateway.national.transport import Transport
from dispensing.gateway.uploads import Refusal
from dispensing.signing import SM2, signing_key
from fixtures import cast
from tests.gateway.street import client, now, open_books
from tests.world import AMLODIPINE, NOON
from web import desks
from web.sandbox.answering import Counter
from web.sandbox.faults import Fault
from web.sandbox.serving import serving
from web.settings import Settings

SHOP = cast.LUCHENG_PHARMACY
CHARGE = Charge(
    msgid=f"{SHOP}202509151200000001",
    person_no=cast.bob.person_no,
    scheme="employee",
    outlet_code=SHOP,
    total_fen=1260,
    fund_fen=441,
    account_fen=100,
    mutual_aid_fen=19,
    at=NOON,
    area="330302",
)
SALE = Sale(
    number="1",
    medicine_code=AMLODIPINE,
    name="苯磺酸氨氯地平片",
    batch="20250101",
    quantity=1,
    trace_codes=("80000000000000000001",),
    at=NOON,
)


@pytest.fixture
def asked(tmp_path):
    """Serve a sandbox; give its counter and a client."""
    counter = Counter(open_books(tmp_path), now)
    with serving(counter) as url:
        desk = client(url, tmp_path)
        yield counter, desk
        desk.close()


def test_a_trial_says_what_a_charge_would_be_and_books_nothing(asked):
    counter, desk = asked
    booked = desk.trial(CHARGE)
    assert (booked.total_fen, booked.fund_fen, booked.cash_fen) == (1260, 441, 700)
    assert counter.books.booked() == []


def test_a_charge_is_undone_by_the_platforms_own_number(asked):
    _, desk = asked
    receipt = desk.charge(CHARGE)
    assert desk.query(CHARGE.msgid).booked_fen == (1260, 441, 119)
    desk.undo(SHOP, CHARGE.person_no, receipt.setl_id)
    assert desk.query(CHARGE.msgid) is None
    with pytest.raises(ChargeDeclined, match="交易不存在"):
        desk.undo(SHOP, CHARGE.person_no, "S1")


def test_a_person_is_told_with_balance_and_area(asked):
    _, desk = asked
    found = desk.person(SHOP, "02", cast.bob.id_number)
    (insurance,) = found.insurances
    assert (insurance.scheme, insurance.balance_fen) == ("employee", 125_000)
    assert (insurance.active, insurance.area) == (True, "330302")
    filed = desk.filings(SHOP, cast.alice.person_no)
    assert [(one.code, one.begins, one.ends) for one in filed] == [
        ("M03900", date(2021, 1, 1), None)
    ]


def test_a_pack_is_sold_once_until_it_is_taken_back(asked):
    _, desk = asked
    desk.sold(SHOP, SALE)
    desk.sold(SHOP, SALE)  # told again
    other = replace(SALE, number="2")
    with pytest.raises(Refusal, match="追溯码已售出"):
        desk.sold(SHOP, other)
    desk.returned(SHOP, SALE)
    desk.sold(SHOP, other)


def test_deliveries_are_told(asked):
    counter, desk = asked
    delivery = Delivery("1", "H-1", cast.CARRIER, NOON)
    desk.sent_out(SHOP, delivery)
    desk.signed_for(SHOP, delivery)
    with counter.books._act() as books:
        kept = books.execute("SELECT infno FROM told").fetchall()
    assert kept == [("7209",), ("7210",)]


def test_whoever_signs_out_signs_in_again(asked):
    counter, desk = asked
    desk.filings(SHOP, cast.alice.person_no)
    desk.speaker.sign_out(SHOP)
    desk.filings(SHOP, cast.alice.person_no)
    assert (counter.done["9001"], counter.done["9002"]) == (2, 1)


def test_both_sides_sign_by_sm2(tmp_path):
    ours, theirs = (signing_key(SM2, bytes([no]) * 32) for no in (1, 2))
    counter = Counter(open_books(tmp_path), now)
    signed = {"kind": "SM2", "replies": True}
    counter.region = replace(counter.region, **signed)
    counter.seal = Seal("SM2", theirs, ours.public)
    with serving(counter) as url:
        desk = client(
            url, tmp_path, spoken=signed, seal=Seal("SM2", ours, theirs.public)
        )
        assert desk.charge(CHARGE).booked_fen == (1260, 441, 119)
        counter.faults.add(Fault("wrong_signature", infno="YD01", times=1))
        with pytest.raises(Unanswered, match="signature"):
            desk.query(CHARGE.msgid)
        desk.close()
        stranger = Seal("SM2", signing_key(SM2, b"3" * 32), theirs.public)
        desk = client(url, tmp_path, spoken=signed, seal=stranger)
        with pytest.raises(ChargeDeclined, match="签名不正确"):
            desk.charge(replace(CHARGE, msgid=f"{CHARGE.msgid[:-1]}2"))
        desk.close()


@contextmanager
def saying(*parts, pause=0.0):
    """Serve one connection by raw bytes, with a pause between its parts."""
    listener = socket.create_server(("127.0.0.1", 0))
    stop = threading.Event()

    def run():
        there, _ = listener.accept()
        with there:
            there.recv(65_536)
            for part in parts:
                try:
                    there.sendall(part)
                except OSError:
                    return
                if stop.wait(pause):
                    return

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/"
    finally:
        stop.set()
        thread.join()
        listener.close()


HEAD = b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n"
LIMITS = Limits(connect_ms=200, read_ms=400, answer_bytes_max=1_000)


@pytest.mark.parametrize(
    ("parts", "pause", "said"),
    [
        ((HEAD, b"x" * 5_000), 0.0, "longer than anybody reads"),
        ((HEAD, *[b"x"] * 40), 0.05, "ReadTimeout"),
        ((b"HTTP/1.1 200 OK\r\n", *[b"X: y\r\n"] * 60), 0.05, "ReadTimeout"),
        ((HEAD, b"x"), 5.0, "ReadTimeout"),
        ((b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:9/\r\n\r\n",), 0, "302"),
        ((b"HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n",), 0.0, "HTTP 500"),
        ((b"\x00\x01\r\n\r\n",), 0.0, "RemoteProtocolError"),
        ((), 0.0, "RemoteProtocolError"),
    ],
)
def test_what_is_no_answer_over_http_is_no_answer(parts, pause, said):
    with saying(*parts, pause=pause) as url:
        transport = Transport(url, LIMITS)
        begun_s = monotonic()
        with pytest.raises(Unanswered, match=said):
            transport.send(b"{}")
        assert monotonic() - begun_s < 2  # 0.6 s, and room for a busy machine
        transport.close()


def test_nobody_listening_is_no_answer():
    transport = Transport("http://127.0.0.1:9/", LIMITS)
    with pytest.raises(Unanswered, match="ConnectError"):
        transport.send(b"{}")
    transport.close()


def test_nobody_waits_for_longer_than_a_settlement_is_pending():
    with pytest.raises(ValueError, match="30000 ms together"):
        Limits(connect_ms=3_000, read_ms=29_000)
    with pytest.raises(ValidationError):
        Settings(gateway_url="http://127.0.0.1", gateway_read_ms=30_001)


@pytest.mark.parametrize("url", ["ftp://x", "127.0.0.1:8100", "http://a b"])
def test_an_address_is_one_of_http(url):
    with pytest.raises(ValidationError):
        Settings(gateway_url=url)


def test_the_settings_name_the_keys_of_both_sides(tmp_path):
    ours, theirs = (signing_key(SM2, bytes([no]) * 32) for no in (1, 2))
    (tmp_path / "own").write_text(ours.secret.hex())
    (tmp_path / "theirs").write_text(f"{theirs.public.public.hex()}\n")
    seal = desks.seal_of("SM2", tmp_path / "own", tmp_path / "theirs")
    platform = Seal("SM2", theirs, ours.public)
    assert seal.verifies({"a": "1"}, platform.sign({"a": "1"}))
    text = (FOLDER / "national.toml").read_text("utf-8")
    (tmp_path / "mine.toml").write_text(
        text.replace('kind = "none"', 'kind = "SM2"'), "utf-8"
    )
    settings = Settings(
        var_dir=tmp_path,
        gateway_url="http://127.0.0.1:9",
        gateway_region=str(tmp_path / "mine.toml"),
        gateway_secret=tmp_path / "own",
    )
    desks.platform_of(settings).close()
    with pytest.raises(ValueError, match="our own key"):
        desks.platform_of(settings.model_copy(update={"gateway_secret": None}))
    (tmp_path / "own").write_text("no digits")
    with pytest.raises(ValueError, match="hexadecimal"):
        desks.platform_of(settings)
    unknown = settings.model_copy(update={"gateway_region": "nowhere"})
    with pytest.raises(ValueError, match="expected one of national, sandbox"):
        desks.platform_of(unknown)
