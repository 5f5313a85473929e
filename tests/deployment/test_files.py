"""The files of the deployment example agree with the service that stands behind them."""

import configparser
import re
from http import HTTPStatus
from pathlib import Path

import pytest

from tests.deployment.machine import NGINX
from web import limits
from web.headers import HEADERS, HTTPS_ONLY
from web.sentences import SENTENCES
from web.settings import Settings

DEPLOY = NGINX.parent
FILES = [NGINX / "yaoda.conf", *sorted((NGINX / "yaoda").glob("*.conf"))]
UNITS = sorted((DEPLOY / "systemd").glob("*.service"))
TOKEN = re.compile(r'"(?:\\.|[^"\\])*"|\'[^\']*\'|[{};]|[^\s{};"\']+|#[^\n]*')


def read(path: Path) -> str:
    """Read a file of nginx without its comments."""
    return re.sub(r"(?m)(^|\s)#[^\n]*", "", path.read_text("utf-8"))


def pairs(name: str) -> dict[str, str]:
    """Give the pairs of a map of nginx."""
    found = re.search(rf"map \$\w+ \${name} {{(.*?)\n}}", read(FILES[0]), re.S)
    assert found, name
    return dict(re.findall(r'^\s*(\S+)\s+"?(.*?)"?;$', found[1], re.M))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_each_file_is_read_to_its_end(path):
    depth, words = 0, 0
    for token in TOKEN.findall(read(path)):
        if token == "{":
            assert words, path
            depth, words = depth + 1, 0
        elif token in {"}", ";"}:
            assert token == ";" or not words, path
            depth, words = depth - (token == "}"), 0
        else:
            words += 1
        assert depth >= 0
    assert depth == 0 and words == 0


def test_what_nginx_says_itself_has_the_headers_of_the_service():
    told = read(NGINX / "yaoda" / "told.conf")
    said = dict(re.findall(r'add_header (\S+) "([^"]+)" always;', told))
    assert said == {**HEADERS, "Cache-Control": "no-store"}
    assert pairs("told_hsts")["on"] == HTTPS_ONLY
    assert "add_header Strict-Transport-Security $told_hsts always;" in told


def test_what_nginx_says_itself_is_said_in_the_words_of_the_service():
    titles, said, then = map(pairs, ("told_title", "told_said", "told_next"))
    answered = set(re.findall(r"\b[45]\d\d\b", read(NGINX / "yaoda" / "told.conf")))
    assert answered - {"494", "500"} == titles.keys() - {"default"}
    for code, title in titles.items():
        status = 500 if code == "default" else int(code)
        assert title == HTTPStatus(status).phrase
        assert said[code].endswith("。") and (then.get(code) or then["default"])
        words = SENTENCES.get(status)
        if words and status != 500:
            assert said[code] == words.zh
            assert then.get(code, then["default"]) == words.next_zh


def test_nginx_lets_in_what_the_largest_view_takes_and_hardly_more():
    mib = int(re.search(r"client_max_body_size (\d+)m;", read(FILES[0]))[1])
    assert max(limits.BYTES_MAX.values()) <= mib << 20
    assert mib < 2 * max(limits.BYTES_MAX.values()) >> 20


def test_nothing_but_files_is_compressed():
    text = read(FILES[0])
    outside = re.sub(r"location /static/ {.*?}", "", text, flags=re.S)
    assert "gzip off;" in outside and "gzip on;" not in outside


def test_no_log_takes_an_address_or_a_page():
    text = read(FILES[0])
    shape = re.search(r"log_format yaoda (.*?);", text, re.S)[1]
    assert not re.search(r"\$(remote|request_uri|uri|args|http_|cookie)", shape)
    assert set(re.findall(r"error_log \S+ (\w+);", text)) == {"alert"}
    assert text.count("error_log") == text.count("server {")


def test_the_settings_of_the_example_are_settings_that_there_are():
    lines = (DEPLOY / "yaoda.env").read_text("utf-8").splitlines()
    names = {line.split("=")[0] for line in lines if line and line[0] != "#"}
    known = {f"YAODA_{name.upper()}" for name in Settings.model_fields}
    assert names <= known
    assert {"YAODA_HTTPS", "YAODA_PROXY", "YAODA_ADDRESS"} <= names


@pytest.mark.parametrize("path", UNITS, ids=lambda path: path.name)
def test_each_unit_may_do_what_it_has_to_alone(path):
    unit = configparser.ConfigParser(strict=False, interpolation=None)
    unit.optionxform = str
    unit.read(path)
    held = dict(unit["Service"])
    assert held["User"] == "yaoda" and held["CapabilityBoundingSet"] == ""
    assert held["ProtectSystem"] == "strict" and held["NoNewPrivileges"] == "yes"
    assert held["UMask"] == "0077" and held["RestrictNamespaces"] == "yes"
