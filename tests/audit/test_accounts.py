"""What is done with accounts, receipts, freed codes and the no-code list is on the chain."""

from sqlmodel import select

from dispensing import service
from dispensing.tables import RecordRow
from fixtures import cast
from tests.audit.chains import around
from tests.platform import PASSWORD, csrf, platform, reversal, settled
from tests.world import AMLODIPINE, NOON
from web import accounts, cli, db

__all__ = ["platform"]


def engine_of(platform):
    return platform.app.extensions["engine"]


def recorded(platform, name):
    """Give kind, area and actor of the records of a fact, in their order."""
    with db.open_session(engine_of(platform), read_only=True) as session:
        rows = session.exec(select(RecordRow).order_by(RecordRow.id))
        return [
            (row.kind, row.area, row.who)
            for row in rows
            if row.kind.partition(".")[0] == name
        ]


def breaks(platform):
    with db.open_session(engine_of(platform)) as session:
        service.seal(session, now=NOON)
    with db.open_session(engine_of(platform), read_only=True) as session:
        return [one.what for one in service.verify(session, now=NOON).breaks]


def test_an_account_that_is_made_is_on_record_in_its_pooling_area(platform):
    made = recorded(platform, "account")
    assert made and set(made) == {("account.created", "3303", "operator")}
    assert breaks(platform) == []


def test_switching_an_account_off_ends_its_sessions_and_is_on_record(
    platform, monkeypatch, capsys
):
    counter = platform.person("counter")
    token = platform.program("counter")
    settings = platform.app.extensions["settings"]
    monkeypatch.setattr("web.commands.opened.settings", lambda **_: settings)
    monkeypatch.setattr("web.commands.opened.create_app", lambda _: platform.app)

    def run(*words):
        return cli.answer(lambda: cli.app(["users", *words], standalone_mode=False))

    assert run("disable", "counter") == 0
    assert counter.get("/counter").status_code == 302
    assert token.ask("GET", "/stock").status_code == 401
    with platform.app.test_request_context():
        from web import auth

        assert auth.token_for("counter", PASSWORD) is None
    assert run("disable", "counter") == 0
    assert "was disabled before" in capsys.readouterr().out
    assert run("enable", "counter") == 0
    assert run("disable", "nobody") == 2
    assert "no such account" in capsys.readouterr().err
    assert platform.person("counter").get("/counter").status_code == 200
    kinds = [kind for kind, _, _ in recorded(platform, "account")]
    assert [kind for kind in kinds if kind != "account.created"] == [
        "account.disabled",
        "account.enabled",
    ]


def test_a_changed_password_is_on_record_by_whoever_changed_it(platform):
    alice = platform.person("alice")
    form = {
        "csrf_token": csrf(alice.get("/change").text),
        "password": PASSWORD,
        "new_password": "another long password",
        "new_password_confirm": "another long password",
    }
    assert alice.post("/change", data=form).status_code == 302
    (found,) = [one for one in recorded(platform, "account") if "password" in one[0]]
    assert found == ("account.password", "3303", cast.alice.person_no)


def test_receipts_and_codes_that_are_free_again_are_on_record(platform):
    rx = settled(platform)
    counter = platform.program("counter")
    counter.post(reversal(platform, rx), {"reason": "patient_changed_mind"})
    with platform.app.app_context(), db.open_session(engine_of(platform)) as session:
        extensions = platform.app.extensions
        signer = extensions["ring"].signer
        service.issue_receipts(session, extensions["desk"], signer, now=NOON)
    assert {kind for kind, area, _ in recorded(platform, "receipt")} == {
        "receipt.settlement",
        "receipt.reversal",
    }
    assert {area for _, area, _ in recorded(platform, "receipt")} == {"3303"}
    assert len(recorded(platform, "trace")) == 3
    assert breaks(platform) == []


def test_the_no_code_list_is_on_record(platform):
    bureau = platform.program("bureau")
    entry = {
        "medicine": AMLODIPINE,
        "batch": "20250101",
        "outlet": cast.LUCHENG_PHARMACY,
        "first_day": "2025-09-01",
        "last_day": "2025-12-31",
        "source": "浙医保函〔2025〕1 号",
    }
    made = bureau.post("/no-code-list", entry)
    bureau.post(f"/no-code-list/{made['id']}/end", {"reason": "已售完"})
    assert [one[0] for one in recorded(platform, "no_code")] == ["no_code"]
    assert recorded(platform, "no_code")[0][1:] == ("3303", "bureau")
    assert [one[0] for one in recorded(platform, "no_code_end")] == ["no_code_end"]
    assert breaks(platform) == []


def test_a_receipt_that_is_changed_in_the_database_is_found(platform):
    settled(platform)
    engine = engine_of(platform)
    with platform.app.app_context(), db.open_session(engine) as session:
        extensions = platform.app.extensions
        signer = extensions["ring"].signer
        service.issue_receipts(session, extensions["desk"], signer, now=NOON)
    assert breaks(platform) == []
    lift = "DROP TRIGGER receipt_no_update"
    around(engine, (lift, {}), ("UPDATE receipt SET token = 'another'", {}))
    assert breaks(platform) == ["fact changed"]


def test_an_account_that_is_slipped_in_leaves_no_record_of_its_own(platform):
    engine = engine_of(platform)
    gone = ("DELETE FROM account_event WHERE username = 'alice'", {})
    around(engine, ("DROP TRIGGER account_event_no_delete", {}), gone)
    assert breaks(platform) == ["fact deleted"]
    assert accounts.OPERATOR == "operator"
