"""A notice is signed, sent only where it may be, and never held up for long."""

import base64
import datetime as dt
import hashlib
import hmac
import ssl
from ipaddress import ip_address
from threading import Event
from time import monotonic
from uuid import UUID

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.x509.oid import NameOID

from dispensing.service.notices import Due
from tests.notices import receiver
from tests.notices.receiver import receiving, status
from tests.world import NOON
from web.webhooks import signing
from web.webhooks.reach import Reach, Unreachable, choose, fault_of, reach_of
from web.webhooks.sending import Sender

HERE = reach_of("127.0.0.0/8", plain_http=True)
ID = UUID(int=7)
BODY = '{"type":"prescription.posted","data":{}}'


def due(url: str, *secrets: str) -> Due:
    keys = secrets or (signing.new_secret("v1"),)
    return Due(ID, ID, url, BODY, "v1", keys, "lease", 0)


def sent(place: receiver.Receiver, *secrets: str, total_s: float = 5.0):
    return Sender(HERE, total_s=total_s).send(due(place.url, *secrets), now=NOON)


def test_a_notice_is_taken_and_carries_its_headers():
    with receiving() as place:
        assert sent(place).is_taken
    (heard,) = place.heard
    assert heard.body == BODY
    assert heard.path == "/notices"
    assert heard.headers["content-type"] == "application/json"
    assert heard.headers["webhook-id"] == f"msg_{ID.hex}"
    assert int(heard.headers["webhook-timestamp"]) == int(NOON.timestamp())
    assert heard.headers["host"] == f"127.0.0.1:{place.port}"


def test_a_receiver_verifies_the_hmac_of_its_secret():
    secret = signing.new_secret("v1")
    made = signing.headers("msg_1", BODY, [secret], now=NOON)
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = f"msg_1.{made['webhook-timestamp']}.{BODY}".encode()
    wanted = base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()
    assert made["webhook-signature"] == f"v1,{wanted}"


def test_the_known_example_of_the_standard_is_signed_as_there():
    made = signing._sign(
        b'msg_p5jXN8AQM9LWM0D4loKWxJek.1614265330.{"test": 2432232314}',
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
    )
    assert made == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_a_receiver_verifies_ed25519_by_the_public_half_alone():
    secret = signing.new_secret("v1a")
    public = signing.shown(secret)
    assert public.startswith("whpk_")
    made = signing.headers("msg_1", BODY, [secret], now=NOON)
    name, _, value = made["webhook-signature"].partition(",")
    key = Ed25519PublicKey.from_public_bytes(base64.b64decode(public[5:]))
    key.verify(
        base64.b64decode(value), f"msg_1.{made['webhook-timestamp']}.{BODY}".encode()
    )
    assert name == "v1a"


def test_while_secrets_change_both_sign():
    secrets = [signing.new_secret("v1"), signing.new_secret("v1")]
    made = signing.headers("msg_1", BODY, secrets, now=NOON)["webhook-signature"]
    assert len(made.split(" ")) == 2


@pytest.mark.parametrize("code", [300, 301, 302, 307, 400, 404, 410, 429, 500, 503])
def test_what_is_no_success_is_none(code):
    with receiving(status(code, "Location: http://127.0.0.1:1/elsewhere")) as place:
        answer = sent(place)
    assert (answer.is_taken, answer.status) == (False, code)
    assert answer.is_farewell == (code == 410)
    assert len(place.heard) == 1  # no redirect is followed


@pytest.mark.parametrize(
    ("asked", "wait_s"),
    [
        ("120", 120),
        ("Mon, 15 Sep 2025 04:02:00 GMT", 120),
        ("Mon, 15 Sep 2025 03:00:00 GMT", 0),
        ("soon", None),
        ("-5", None),
        ("９", None),
        ("9" * 60, None),
    ],
)
def test_retry_after_is_read_in_both_its_forms(asked, wait_s):
    date = "Date: Mon, 15 Sep 2025 04:00:00 GMT"
    raw = status(429, date)
    with receiving(raw) as place:
        place.behave = receiver.answering(
            f"HTTP/1.1 429 So\r\nContent-Length: 0\r\n{date}\r\n"
            f"Retry-After: {asked}\r\n\r\n".encode()
        )
        assert sent(place).wait_s == wait_s


@pytest.mark.parametrize("behave", [receiver.hanging, receiver.dripping])
def test_who_hangs_or_drips_is_cut_off_in_time(behave):
    with receiving(behave) as place:
        begun = monotonic()
        answer = sent(place, total_s=0.6)
        assert monotonic() - begun < 2
        assert (answer.status, answer.error) == (None, "timeout")
        assert answer.is_of_the_place


def test_a_name_whose_servers_do_not_answer_holds_nobody_up():
    over = Event()

    def drips(_host, _port):
        over.wait(30)
        return [ip_address("127.0.0.1")]

    sender = Sender(HERE, look=drips, total_s=0.3)
    begun = monotonic()
    answer = sender.send(due("http://his.example.org/"), now=NOON)
    over.set()
    assert monotonic() - begun < 5
    assert (answer.status, answer.error) == (None, "timeout")


@pytest.mark.parametrize("behave", [receiver.slow_body, receiver.huge_body])
def test_who_has_taken_it_and_talks_on_is_left(behave):
    with receiving(behave) as place:
        begun = monotonic()
        assert sent(place).is_taken
        assert monotonic() - begun < 4


@pytest.mark.parametrize(
    "raw", [b"", b"nonsense\r\n\r\n", b"HTTP/1.1 2oo OK\r\n\r\n", b"\0" * 200_000]
)
def test_an_answer_that_is_none_is_a_failure(raw):
    with receiving(receiver.answering(raw)) as place:
        answer = sent(place)
    assert answer.status is None
    assert answer.error


def test_a_place_where_nobody_listens_is_a_failure():
    with receiving() as place:
        pass
    assert sent(place).error == "ConnectError"


FORBIDDEN = (
    "127.0.0.1",
    "10.1.2.3",
    "172.16.0.1",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "0.0.0.0",
    "224.0.0.1",
    "255.255.255.255",
    "::1",
    "::",
    "fe80::1",
    "fd00::1",
    "ff02::1",
    "::ffff:127.0.0.1",
    "64:ff9b::7f00:1",
    "2002:7f00:1::",
    "2001:0:7f00:1::",
    "fec0::1",
    "::127.0.0.1",
)


@pytest.mark.parametrize("address", FORBIDDEN)
def test_no_notice_goes_into_our_own_network(address):
    look = lambda _host, _port: [ip_address(address)]  # noqa: E731
    with pytest.raises(Unreachable, match="not allowed"):
        choose(Reach(), "his.example.org", 443, look)
    sender = Sender(Reach(), look=look)
    answer = sender.send(due("https://his.example.org/"), now=NOON)
    assert answer.error == "address not allowed"


def test_one_bad_address_among_good_ones_is_enough():
    both = [ip_address("8.8.8.8"), ip_address("127.0.0.1")]
    with pytest.raises(Unreachable):
        choose(Reach(), "his.example.org", 443, lambda *_: both)
    assert choose(Reach(), "h", 443, lambda *_: both[:1]) == "8.8.8.8"


def test_a_name_that_changes_its_address_is_looked_up_once_and_gains_nothing():
    asked = []

    def rebinding(_host, _port):
        asked.append(1)
        return [ip_address("127.0.0.1" if len(asked) == 1 else "10.0.0.1")]

    with receiving() as place:
        url = place.url.replace("127.0.0.1", "his.example.org")
        assert Sender(HERE, look=rebinding).send(due(url), now=NOON).is_taken
    assert asked == [1]
    assert place.heard[0].headers["host"] == f"his.example.org:{place.port}"


@pytest.mark.parametrize(
    "url",
    [
        "http://his.example.org/",
        "ftp://his.example.org/",
        "https://",
        "https:///path",
        "https://u:p@his.example.org/",
        "https://his.example.org/#here",
        "https://his.example.org:0/",
        "https://his.example.org:99999/",
        "https://127.0.0.1/",
        "https://[::1]/",
        "https://[fe80::1/",
        "https://his.example.org/\r\nX: y",
        "https://医院.example.org/",
        "https://his.example.org/" + "a" * 500,
    ],
)
def test_an_address_that_is_not_fit_is_refused_when_it_is_given(url):
    assert fault_of(url, Reach())


def test_an_operator_may_allow_a_network_and_plain_http():
    assert fault_of("http://10.20.0.5:8080/n", Reach()) is not None
    assert (
        fault_of("http://10.20.0.5:8080/n", reach_of("10.20.0.0/16", plain_http=True))
        is None
    )
    assert fault_of("https://his.example.org/n?token=a", Reach()) is None


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """A certificate of localhost that signs itself; gives its file and a server's context."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "his.example.org")])
    begin = dt.datetime.now(dt.UTC) - dt.timedelta(days=1)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(begin)
        .not_valid_after(begin + dt.timedelta(days=9))
        .add_extension(
            x509.SubjectAlternativeName([x509.DNSName("his.example.org")]), False
        )
        .sign(key, hashes.SHA256())
    )
    folder = tmp_path_factory.mktemp("tls")
    (folder / "cert.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    (folder / "key.pem").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "cert.pem", folder / "key.pem")
    return str(folder / "cert.pem"), context


@pytest.mark.parametrize(
    ("host", "trusted", "error"),
    [
        ("his.example.org", True, ""),
        ("his.example.org", False, "certificate"),
        ("other.example.org", True, "certificate"),
    ],
)
def test_the_certificate_is_held_against_the_name_not_the_address(
    certificate, host, trusted, error
):
    file, context = certificate
    with receiving(context=context) as place:
        sender = Sender(
            HERE,
            file if trusted else None,
            look=lambda *_: [ip_address("127.0.0.1")],
        )
        answer = sender.send(due(f"https://{host}:{place.port}/n"), now=NOON)
    assert answer.error == error
    assert answer.is_taken == (not error)
