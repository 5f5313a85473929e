"""The conformance kit: our sandbox and our interface pass it, whatever is broken does not."""

import json
from contextlib import ExitStack
from datetime import timedelta

import pytest
from flask import Flask

from fixtures import cast
from tests import world
from tests.gateway import mutants
from tests.gateway.street import PEOPLE
from tests.platform import Platform
from tests.world import NOON
from web import cli
from web.clock import Clock
from web.conformance import platform_steps, running, script
from web.conformance.given import BadGiven, Given, load_given
from web.conformance.script import BadScript
from web.sandbox import members
from web.sandbox.answering import Counter
from web.sandbox.books import Books
from web.sandbox.serving import serving
from web.sandbox.transactions import TRANSACTIONS

CAP_FEN = 60_000
GIVEN = Given(cap_fen=CAP_FEN)


def now():
    return NOON


def held_to(books):
    books.enrol(members.members(PEOPLE, {"resident": CAP_FEN}))
    with serving(Counter(books, now)) as url:
        return running.against_platform(url, GIVEN, now)


def failed(outcomes):
    return [one.name for one in outcomes if one.state != "passed"]


def test_the_sandbox_passes_every_scenario():
    outcomes = held_to(Books(":memory:"))
    assert failed(outcomes) == []
    assert len(outcomes) >= 25
    assert running.told(outcomes)[-1].startswith(f"{len(outcomes)} passed, 0 failed")


@pytest.mark.parametrize("broken", mutants.BROKEN_BOOKS)
def test_a_sandbox_that_is_broken_in_one_way_does_not_pass(broken):
    assert failed(held_to(broken(":memory:")))


@pytest.mark.parametrize(
    ("infno", "broken"),
    [(infno, act) for infno, acts in mutants.BROKEN_ACTS.items() for act in acts],
)
def test_a_transaction_that_is_broken_in_one_way_does_not_pass(
    monkeypatch, infno, broken
):
    monkeypatch.setitem(TRANSACTIONS, infno, broken)
    assert failed(held_to(Books(":memory:")))


def test_a_program_that_answers_anything_does_not_pass(live_server):
    app = Flask("anything")
    app.add_url_rule("/", view_func=lambda: {"infcode": 0}, methods=["GET", "POST"])
    outcomes = running.against_platform(live_server(app), GIVEN, now)
    passed = [one.name for one in outcomes if one.state == "passed"]
    assert passed == ["不可读的报文不使服务出错"]


def test_what_fails_is_told_with_its_sentence_and_its_clause():
    (one, *_) = [
        each
        for each in held_to(mutants.OffByOneFen(":memory:"))
        if each.name == "结算一次"
    ]
    assert one.step == "统筹支付为4.41"
    assert one.why == "统筹：应为 4.41，实为 4.42"
    assert "2102" in one.clause


def api_given(platform: Platform) -> Given:
    names = {
        "hospital": "hospital",
        "counter": "counter",
        "second_counter": "second-counter",
        "patient": "alice",
    }
    return Given(
        medicine=world.AMLODIPINE,
        tokens={who: platform.program(name).token for who, name in names.items()},
    )


def test_our_own_interface_passes_every_scenario(platform, live_server):
    clock: Clock = platform.app.extensions["clock"]

    def wait(seconds):
        shift = platform.app.extensions["clock"].shift + timedelta(seconds=seconds)
        platform.app.extensions["clock"] = Clock(shift)

    url = live_server(platform.app)
    outcomes = running.against_api(url, api_given(platform), clock.now, wait)
    assert failed(outcomes) == []
    assert len(outcomes) >= 12


def test_what_needs_a_minute_is_left_out_unless_it_is_asked_for(platform, live_server):
    url = live_server(platform.app)
    clock: Clock = platform.app.extensions["clock"]
    outcomes = running.against_api(url, api_given(platform), clock.now)
    assert failed(outcomes) == ["61秒前的医保码无效"]
    assert [one.state for one in outcomes].count("left out") == 1


@pytest.mark.parametrize("broken", ["accepts_any_code", "forgets_revocation"])
def test_an_interface_that_is_broken_does_not_pass(
    platform, live_server, monkeypatch, broken
):
    from dispensing.service import opening

    if broken == "accepts_any_code":
        monkeypatch.setattr(opening, "_prove", lambda *_: None)
    else:
        monkeypatch.setattr("dispensing.service.revoke", _forget)
    url = live_server(platform.app)
    clock: Clock = platform.app.extensions["clock"]
    outcomes = running.against_api(url, api_given(platform), clock.now)
    assert [one for one in outcomes if one.state == "failed"]


def _forget(session, **given):
    from dispensing import service
    from dispensing.desk import Reader

    reader = Reader("x", "hospital", "x")
    return service.view(session, given["prescription_id"], reader=reader)


def run(*words):
    return cli.answer(lambda: cli.app(["conformance", *words], standalone_mode=False))


def test_the_command_tells_people_and_programs(tmp_path, capsys):
    books = Books(":memory:")
    books.enrol(members.members(cast.INSURED, {"resident": CAP_FEN}))
    with ExitStack() as running_:
        url = running_.enter_context(serving(Counter(books, now)))
        assert run(url) == 0
        told = capsys.readouterr().out
        assert "通过  同一报文号发送两次只入账一次〔报文头 msgid" in told
        assert "1 left out" in told.splitlines()[-1]
        (tmp_path / "given.yaml").write_text("cap: '600.00'\n", "utf-8")
        assert run(url, "--json", "--with", str(tmp_path / "given.yaml")) == 0
        found = json.loads(capsys.readouterr().out)
        assert {one["state"] for one in found} == {"passed"}
        books.take_back = lambda *_: None
        assert run(url) == 1
        assert "未通过" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["http://127.0.0.1:9"], "nobody answers"),
        (["no-address"], "nobody answers"),
        (["http://127.0.0.1:9", "--kind", "moon"], "expected one of sandbox, api"),
        (["http://127.0.0.1:9", "--kind", "api"], "expected tokens"),
    ],
)
def test_what_cannot_be_run_is_told_in_one_line(capsys, words, said):
    assert run(*words) == 2
    told = capsys.readouterr().err
    assert said in told
    assert told.count("\n") == 1


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("当 机构已签到", "here:1"),
        ("场景: 一\n依据: 二\n当 天上下雨", "here:3: '天上下雨': no such step"),
        ("场景: 一\n当 机构已签到", "no 依据"),
        ("场景: 一\n依据: 二", "no steps"),
        ("场景: 一\n场景: 一", "there twice"),
        ("依据: 二", "stands before"),
        ("场景: 一\n如果 机构已签到", "no sentence"),
    ],
)
def test_a_scenario_that_cannot_be_run_is_told_with_its_line(text, said):
    with pytest.raises(BadScript) as told:
        script.read(text, "here", platform_steps.ACTS)
    assert said in str(told.value)


@pytest.mark.parametrize("text", ["- 1", "color: red", "people: 1", "a: ["])
def test_what_a_run_is_given_is_held_to_its_keys(tmp_path, text):
    (tmp_path / "given.yaml").write_text(text, "utf-8")
    with pytest.raises(BadGiven):
        load_given(tmp_path / "given.yaml")
