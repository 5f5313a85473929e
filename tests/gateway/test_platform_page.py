"""The examples of docs/platform.md give what the page shows."""

import json
import re
import shlex
from pathlib import Path

import httpx
import yaml

from fixtures import cast
from tests.world import NOON
from web.conformance.given import load_given
from web.sandbox import members
from web.sandbox.answering import Counter
from web.sandbox.books import Books
from web.sandbox.faults import KINDS
from web.sandbox.serving import serving

PAGE = (Path(__file__).parents[2] / "docs" / "platform.md").read_text("utf-8")
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```", re.MULTILINE | re.DOTALL)
ADDRESS = "http://127.0.0.1:8100"


def send(command, url, sign_no):
    """Do what a line of curl does."""
    words = shlex.split(command)[1:]
    options = {words[no]: words[no + 1] for no in range(len(words) - 1)}
    (address,) = [word for word in words if word.startswith("http")]
    data = options.get("-d")
    method = options.get("-X", "POST" if data else "GET")
    name, _, value = options.get("-H", "Accept: */*").partition(": ")
    body = data.replace("$SIGN_NO", sign_no).encode() if data else None
    where = address.replace(ADDRESS, url)
    return httpx.request(method, where, content=body, headers={name: value}).json()


def assert_shown(shown, told):
    """Hold what a page shows against what was told: what it leaves out may be anything."""
    if isinstance(shown, dict):
        for key, value in shown.items():
            assert_shown(value, told[key])
    elif isinstance(shown, list):
        assert len(shown) == len(told)
        for one, other in zip(shown, told, strict=True):
            assert_shown(one, other)
    else:
        assert shown == told


def test_the_examples_of_the_page_give_what_it_shows():
    books = Books(":memory:")
    books.enrol(members.members(cast.INSURED))
    sign_no, said, compared = "", None, 0
    with serving(Counter(books, lambda: NOON)) as url:
        for language, body in BLOCK.findall(PAGE):
            if language == "sh" and body.startswith("curl"):
                said = send(body, url, sign_no)
                if "9001" in body:
                    sign_no = said["output"]["signinoutb"]["sign_no"]
            elif language == "json":
                assert_shown(json.loads(body), said)
                compared += 1
    assert compared == 6


def test_the_page_names_every_fault():
    assert set(KINDS) <= set(re.findall(r"`(\w+)`", PAGE))


def test_the_file_of_the_page_can_be_used(tmp_path):
    (shown,) = [body for language, body in BLOCK.findall(PAGE) if language == "yaml"]
    (tmp_path / "given.yaml").write_text(shown, "utf-8")
    given = load_given(tmp_path / "given.yaml")
    assert given.cap_fen == 100_000
    assert given.people["居民"]["person_no"] == cast.alice.person_no
    assert set(yaml.safe_load(shown)["tokens"]) == set(given.tokens)
