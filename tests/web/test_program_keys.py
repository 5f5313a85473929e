"""Keys of institutions' programs: what they open, for whom, until when."""

from datetime import timedelta

import pytest
from sqlmodel import select

from dispensing.tables import RecordRow
from fixtures import cast
from tests import world
from tests.platform import commands, send, sent
from tests.security.harness import HeldClock
from web import db, program_keys
from web.approvals import name_of
from web.tables import ProgramKeyRow, ProgramKeyUseRow

SCOPE = ("prescription.read", "stock.read")
LAST = "2025-12-31"


@pytest.fixture
def clock(platform):
    held = HeldClock()
    platform.app.extensions["clock"] = held
    return held


def form(**changes):
    return {"name": "收银系统", "actions": list(SCOPE), "last_day": LAST, **changes}


def made(platform, name="counter", **changes):
    return platform.program(name).post("/program-keys", form(**changes))


def ask(platform, secret, path="/api/stock", *, header="Authorization", **more):
    value = f"Bearer {secret}" if header == "Authorization" else secret
    client = platform.app.test_client(use_cookies=False)
    return client.open(path, headers={header: value}, **more)


def open_books(platform):
    return db.open_session(platform.app.extensions["engine"])


def key_of(platform):
    return made(platform)["secret"]


def test_a_key_opens_what_it_was_made_for_in_either_header(platform):
    secret = key_of(platform)
    for header in ("Authorization", "X-API-Key"):
        assert ask(platform, secret, header=header).status_code == 200


def test_a_key_is_told_once_and_kept_as_its_digest(platform):
    answer = made(platform)
    secret, view = answer["secret"], answer["program_key"]
    assert secret.startswith(f"yaoda_{view['prefix']}_") and len(secret) == 58
    with open_books(platform) as session:
        (row,) = session.exec(select(ProgramKeyRow)).all()
        assert secret not in str(row.model_dump())
    listed = platform.program("counter").ask("GET", "/program-keys")
    assert secret not in listed.text
    assert listed.json[0]["prefix"] == view["prefix"]


def test_a_key_opens_nothing_else_of_its_role(platform):
    secret = key_of(platform)
    assert ask(platform, secret, "/api/till").status_code == 403
    body = form()
    answer = ask(platform, secret, "/api/program-keys", method="POST", json=body)
    assert answer.status_code == 403


def test_a_key_opens_no_page(platform):
    secret = key_of(platform)
    for path in ("/counter", "/account", "/program-keys", "/rights"):
        assert ask(platform, secret, path).status_code == 302


@pytest.mark.parametrize(
    "secret", ["", "x", "yaoda_abcdefgh_" + "A" * 43, "\u00e9", "yaoda_", "A" * 5000]
)
def test_what_is_no_key_opens_nothing(platform, secret):
    answer = ask(platform, secret.encode().decode("latin-1"), header="X-API-Key")
    assert answer.status_code == 401
    assert answer.mimetype == "application/problem+json"


def test_whoever_brings_a_key_acts_by_it_alone(platform):
    secret = key_of(platform)
    person = platform.person("hospital")
    found = person.get("/api/stock", headers={"X-API-Key": secret})
    assert found.status_code == 200
    wrong = person.get("/api/issuer-keys", headers={"X-API-Key": "yaoda_"})
    assert wrong.status_code == 401


def test_a_key_ends_with_its_last_day(platform, clock):
    secret = key_of(platform)
    clock.at = world.NOON.replace(month=12, day=31, hour=23, minute=59)
    assert ask(platform, secret).status_code == 200
    clock.at += timedelta(minutes=1)
    assert ask(platform, secret).status_code == 401
    (view,) = platform.program("counter").get("/program-keys")
    assert view["state"] == "expired"


def test_two_keys_open_while_one_takes_the_others_place(platform, clock):
    answer = made(platform)
    old, key_id = answer["secret"], answer["program_key"]["id"]
    asked = {"last_day": LAST, "overlap_hours": 2}
    path = f"/program-keys/{key_id}/replacement"
    renewed = platform.program("counter").post(path, asked)
    new = renewed["secret"]
    assert renewed["program_key"]["actions"] == sorted(SCOPE)
    assert [ask(platform, one).status_code for one in (old, new)] == [200, 200]
    again = platform.program("counter").ask("POST", path, asked)
    assert again.status_code == 409
    clock.at += timedelta(hours=2)
    assert [ask(platform, one).status_code for one in (old, new)] == [401, 200]


def test_a_withdrawn_key_opens_nothing_at_once(platform):
    answer = made(platform)
    path = f"/program-keys/{answer['program_key']['id']}/withdrawal"
    for _ in range(2):
        assert platform.program("counter").post(path)["state"] == "withdrawn"
    assert ask(platform, answer["secret"]).status_code == 401


def test_the_bureau_makes_and_withdraws_keys_of_its_area(platform):
    bureau = platform.program("bureau")
    wanted = form(
        place=cast.HOSPITAL, acts_as="hospital", actions=["prescription.send"]
    )
    answer = bureau.post("/program-keys", wanted)
    told = ask(
        platform,
        answer["secret"],
        "/api/prescriptions",
        method="POST",
        json=world.message(1),
    )
    assert told.status_code == 201, told.text
    assert [it["id"] for it in platform.program("hospital").get("/program-keys")] == [
        answer["program_key"]["id"]
    ]
    far = bureau.ask("POST", "/program-keys", {**wanted, "place": "H33010200001"})
    assert far.status_code == 404


def test_a_suspended_pharmacys_key_opens_nothing(platform):
    secret = key_of(platform)
    act = {"act": "suspend", "kind": "general", "reason": "现场检查"}
    seen = {"override": {"reason": "违规使用医保基金", "left": 1}}
    path = f"/designations/{cast.LUCHENG_PHARMACY}/acts"
    assert ask(platform, secret).status_code == 200
    platform.program("bureau").post(path, {**act, **seen})
    assert ask(platform, secret).status_code == 401


def test_a_firm_without_a_licence_has_no_open_key(platform):
    firm = made(platform, "dispatcher", actions=["plan.read", "pool.read"])
    other = made(platform, "other-dispatcher", actions=["plan.read", "pool.read"])
    codes = [
        ask(platform, one["secret"], "/api/plannings").status_code
        for one in (firm, other)
    ]
    assert codes == [200, 401]  # nobody knows the other


def test_a_use_is_written_down_by_the_hour(platform, clock):
    secret = key_of(platform)

    def used():
        with open_books(platform) as session:
            return [row.used_s for row in session.exec(select(ProgramKeyUseRow))]

    ask(platform, secret)
    first = used()
    clock.at += timedelta(minutes=59)
    ask(platform, secret)
    assert used() == first == [int(world.NOON.timestamp())]
    clock.at += timedelta(minutes=1)
    ask(platform, secret)
    assert used() == [first[0] + 3600]


def test_what_a_program_reads_stands_in_the_patients_list_and_on_the_chain(platform):
    rx = sent(platform)
    answer = made(platform)
    assert (
        ask(platform, answer["secret"], f"/api/prescriptions/{rx}").status_code == 200
    )
    page = platform.person("alice").get("/patient/readers").text
    assert "鹿城" in page
    with open_books(platform) as session:
        known = session.exec(select(RecordRow.who, RecordRow.kind)).all()
    user = program_keys.USER + answer["program_key"]["prefix"]
    assert {kind for who, kind in known if who == user} == {"read"}
    assert ("counter", "program_key") in known


def test_nobody_makes_keys_of_another_institution(platform):
    wanted = form(place=world.SECOND_PHARMACY, acts_as="counter")
    assert (
        platform.program("counter").ask("POST", "/program-keys", wanted).status_code
        == 404
    )
    clerk = platform.program("second-counter")
    mine = made(platform)["program_key"]["id"]
    path = f"/program-keys/{mine}/withdrawal"
    assert clerk.ask("POST", path).status_code == 404
    assert platform.program("alice").ask("GET", "/program-keys").status_code == 403


@pytest.mark.parametrize(
    "changes",
    [
        {"actions": ["program_key.change"]},
        {"actions": ["prescription.send"]},
        {"actions": ["no.such"]},
        {"last_day": "2025-09-14"},
        {"last_day": "2026-09-17"},
        {"actions": []},
    ],
)
def test_a_key_has_bounds(platform, changes):
    answer = platform.program("counter").ask("POST", "/program-keys", form(**changes))
    assert answer.status_code == 422


def test_behind_what_a_program_asks_for_stands_who_made_its_key(platform):
    user = program_keys.USER + made(platform)["program_key"]["prefix"]
    with platform.app.app_context(), open_books(platform) as session:
        assert name_of(session, user) == "counter"
        assert name_of(session, "key:nosuchky") == ""


def test_the_page_makes_replaces_and_withdraws(platform):
    person = platform.person("counter")
    told = send(
        person, "/program-keys", name="收银", actions="stock.read", last_day=LAST
    )
    assert "只显示这一次" in told.text and "counter（药师）" in told.text
    (view,) = platform.program("counter").get("/program-keys")
    replaced = send(
        person,
        "/program-keys/replace",
        key=view["id"],
        last_day=LAST,
        overlap_hours="1",
    )
    assert "只显示这一次" in replaced.text
    gone = send(person, "/program-keys/withdraw", key=view["id"])
    assert "已停用" in gone.text and "只显示这一次" not in gone.text
    bureau = platform.person("bureau").get("/program-keys").text
    assert cast.LUCHENG_PHARMACY in bureau


def test_the_command_makes_lists_replaces_and_withdraws(platform, monkeypatch):
    run = commands(platform, monkeypatch)
    words = ("keys", "make", cast.LUCHENG_PHARMACY, "counter", "stock.read")
    told = run(*words, "--name", "till", "--last-day", LAST)
    view, secret = told.stdout.split("\n")[:2]
    prefix = view.split()[0]
    assert ask(platform, secret).status_code == 200
    new = run("keys", "replace", prefix, "--last-day", LAST, "--overlap-hours", "0")
    renewed = new.stdout.split("\n")[1]
    assert [ask(platform, one).status_code for one in (secret, renewed)] == [401, 200]
    assert "open" in run("keys", "list", "--place", cast.LUCHENG_PHARMACY).stdout
    assert "withdrawn" in run("keys", "withdraw", prefix).stdout
    run("keys", "withdraw-all", cast.LUCHENG_PHARMACY)
    assert ask(platform, renewed).status_code == 401
    for wrong in (("withdraw", "nosuchky"), (*words[1:3], "admin", "stock.read")):
        more = ("--name", "x", "--last-day", LAST) if wrong[0] == "make" else ()
        assert run("keys", *wrong, *more).exception
