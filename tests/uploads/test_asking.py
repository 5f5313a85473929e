"""What the platform says of a patient before a settlement is told, refused, never believed."""

from contextlib import closing
from dataclasses import replace
from datetime import date, timedelta
from sqlite3 import connect

import pytest
from sqlalchemy import update
from sqlmodel import select

from dispensing import service
from dispensing.doubts import CODES, Doubt, Held, compare
from dispensing.errors import Conflict
from dispensing.gateway.people import Filing, Insurance, PersonInfo
from dispensing.gateway.sandbox import SandboxGateway
from dispensing.service.decisions import record_of, sealed_record
from dispensing.tables import AssessmentRow, PlatformWordRow, RecordRow
from fixtures import cast
from tests.gateway.street import NOON
from tests.platform import codes, sent
from tests.uploads.acts import SHOP, planned, tried
from tests.uploads.test_faces import insurer, reached
from tests.world import DAY
from web import db, desks
from web.settings import Settings

__all__ = ["insurer", "reached"]

ALICE = cast.alice.person_no
HELD = Held(ALICE, "resident", "330302", True, "hypertension", date(2021, 1, 1))
TOLD = PersonInfo(ALICE, "陈爱莲", (Insurance("resident", 0, True, "330381"),))
FILED = Filing("M03900", "高血压", date(2021, 1, 1), None)


@pytest.mark.parametrize(
    ("held", "told", "filings", "codes"),
    [
        (HELD, TOLD, [FILED], []),
        (HELD, replace(TOLD, person_no="I9"), [FILED], ["another_number"]),
        (HELD, replace(TOLD, insurances=()), [FILED], ["no_such_scheme"]),
        (replace(HELD, active=False), TOLD, [FILED], ["active_there"]),
        (replace(HELD, area="330102"), TOLD, [FILED], ["another_area"]),
        (HELD, TOLD, [], ["not_filed_there"]),
        (HELD, TOLD, [replace(FILED, ends=date(2024, 1, 1))], ["not_filed_there"]),
        (HELD, TOLD, [replace(FILED, begins=date(2026, 1, 1))], ["not_filed_there"]),
        (replace(HELD, filed_on=None), TOLD, [FILED], ["filed_there"]),
        (replace(HELD, filed_on=None), TOLD, [], []),
    ],
)
def test_every_difference_is_told(held, told, filings, codes):
    assert [one.code for one in compare(held, told, filings, DAY)] == codes


def test_every_doubt_has_words_and_a_next_step():
    values = {"ours": "1", "theirs": "2", "disease": "diabetes"}
    for code in CODES:
        words = Doubt(code, values).words
        assert words.zh and words.en and words.next_zh and words.next_en
        assert "{" not in words.zh + words.en
    with pytest.raises(ValueError, match="expected one of"):
        Doubt("whatever")


def pause(street):
    """Let the platform suspend alice."""
    with closing(connect(street.folder / "platform.db")) as books, books:
        books.execute("UPDATE person SET active = 0 WHERE person_no = ?", (ALICE,))


def ask(street, rx, asks="warn", now=NOON):
    with db.open_session(street.engine) as session:
        return service.ask_platform(
            session,
            replace(street.desk, asks=asks),
            prescription_id=rx,
            outlet_code=SHOP,
            now=now,
        )


def test_the_platform_is_asked_once_in_some_minutes_and_its_word_is_on_record(served):
    rx = served.received()
    assert ask(served, rx) == ()
    pause(served)
    assert ask(served, rx) == ()
    (doubt,) = ask(served, rx, now=NOON + timedelta(minutes=5))
    assert doubt.code == "inactive_there"
    assert served.counter.done["1101"] == served.counter.done["5301"] == 2
    with db.open_session(served.engine, read_only=True) as session:
        words = [row.outcome for row in session.exec(select(PlatformWordRow))]
        kinds = [row.kind for row in session.exec(select(RecordRow))]
    assert words == ["agrees", "differs"]
    assert kinds.count("platform_word.differs") == 1


def test_a_settlement_is_refused_where_the_desk_says_so_and_never_asked_otherwise(
    served,
):
    rx = served.received()
    served.desk = replace(served.desk, asks="refuse")
    with closing(connect(served.folder / "platform.db")) as books, books:
        books.execute("DELETE FROM filing")
    with pytest.raises(Conflict) as refused:
        served.settle(rx)
    assert refused.value.code == "platform-differs"
    assert "高血压" in refused.value.words.zh
    assert served.booked() == {}
    served.desk = replace(served.desk, asks="warn")
    asked = served.counter.done["1101"]
    assert served.settle(rx).state == "posted"
    assert served.counter.done["1101"] == asked
    served.desk = replace(served.desk, asks="refuse")
    assert served.settle(rx).state == "posted"  # it was settled before


@pytest.mark.parametrize("asks", ["warn", "refuse", "none"])
def test_a_decision_keeps_what_the_platform_said_and_is_replayed_without_it(
    served, asks
):
    rx = served.received()
    pause(served)
    ask(served, rx)
    desk = replace(served.desk, asks=asks)
    with db.open_session(served.engine) as session:
        service.check(
            session,
            desk,
            prescription_id=rx,
            outlet_code=SHOP,
            voucher="e_code",
            trace_codes=None,
            now=NOON,
        )
    served.counter.done.clear()
    with db.open_session(served.engine) as session:
        (found,) = service.replay(session, desk)
        row = session.exec(select(AssessmentRow)).one()
        kept = record_of(served.desk.vault, row)
        service.seal(session, now=NOON)
    assert found.differences == found.today == ()
    codes = [] if asks == "none" else ["inactive_there"]
    assert [one.code for one in found.platform] == codes
    assert kept.get("platform", {}).get("asks", "none") == asks
    assert not served.counter.done  # nobody was asked for it
    with db.open_session(served.engine) as session:
        row = session.exec(select(AssessmentRow)).one()
        bent = {**kept, "platform": {"doubts": []}}
        sealed = sealed_record(served.desk.vault, row.id, bent)
        session.execute(
            update(AssessmentRow).values(  # by somebody with the database, and the key
                record_sealed=sealed
            )
        )
        session.commit()
    with db.open_session(served.engine) as session:
        assert [one.what for one in service.verify(session, now=NOON).breaks] == [
            "fact changed"
        ]


def test_the_audit_chain_is_whole_over_uploads_and_askings(served):
    rx = served.received()
    ask(served, rx)
    served.settle(rx)
    planned(served)
    served.fault("refuse", infno="3505")
    assert tried(served) == "refused"
    with db.open_session(served.engine) as session:
        service.seal(session, now=NOON)
    with db.open_session(served.engine) as session:
        found = service.verify(session, now=NOON)
    assert found.breaks == ()


def test_where_no_answer_comes_it_is_said_and_asked_again_soon(served):
    rx = served.received()
    served.fault("down", infno="1101")
    assert [one.code for one in ask(served, rx)] == ["unanswered"]
    assert [one.code for one in ask(served, rx)] == ["unanswered"]
    assert ask(served, rx, now=NOON + timedelta(minutes=1)) == ()
    served.fault("down", infno="5301")
    served.desk = replace(served.desk, asks="refuse")
    assert served.settle(served.received(2)).state == "posted"


def test_who_is_unknown_there_is_told(served):
    rx = served.received()
    with closing(connect(served.folder / "platform.db")) as books, books:
        books.execute("DELETE FROM person WHERE person_no = ?", (ALICE,))
    assert [one.code for one in ask(served, rx)] == ["unknown_there"]


def test_the_embedded_sandbox_is_never_asked(served):
    rx = served.received()
    served.desk = replace(served.desk, gateway=SandboxGateway(":memory:"))
    assert ask(served, rx) == ()
    assert ask(served, rx, asks="none") == ()


def test_the_check_has_the_difference_as_a_finding_with_its_next_step(reached, insurer):
    assert reached.app.extensions["desk"].asks == "warn"
    rx = sent(reached)
    with insurer.books._act() as books:
        books.execute("UPDATE person SET area = '330102'")
    asked = {"trace_codes": codes()}
    counter = reached.program("counter")
    answer = counter.post(f"/prescriptions/{rx}/checks", asked)
    first = answer["findings"][0]
    assert (first["check"], first["verdict"]) == ("platform.another_area", "warn")
    assert first["clause"] == "1101" and first["next_zh"]
    assert answer["decision"] == "accepted"
    page = reached.person("counter").get(f"/counter/prescriptions/{rx}").text
    assert "参保地不同：本地 330302，平台 330102。" in page
    desk = reached.app.extensions["desk"]
    reached.app.extensions["desk"] = replace(desk, asks="refuse")
    answer = counter.post(f"/prescriptions/{rx}/checks", asked)
    assert (answer["decision"], answer["findings"][0]["verdict"]) == (
        "refused",
        "refused",
    )


def test_by_default_a_platform_behind_an_address_is_asked(tmp_path):
    from web.keys import load_keys

    keys = load_keys(tmp_path / "secrets")
    usual = Settings(var_dir=tmp_path, gateway_url=None)
    assert desks.make_desk(usual, keys).asks == "none"
    there = usual.model_copy(update={"gateway_url": "http://127.0.0.1:9"})
    made = desks.make_desk(there, keys)
    assert made.asks == "warn"
    made.gateway.close()
