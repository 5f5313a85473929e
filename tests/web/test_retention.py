"""What has been kept for its term goes, on record; what has no term, and what is held, stays."""

from datetime import date, timedelta
from threading import Thread
from uuid import UUID

import pytest
from pydantic import ValidationError
from sqlmodel import select

from dispensing import service
from dispensing.errors import NotFound
from dispensing.retention import KINDS, NEVER, Term, read_terms
from dispensing.sealed import at, unseal, unseal_bytes
from dispensing.service import retaining
from dispensing.tables import (
    HandoverRow,
    OrderRow,
    PrescriptionRow,
    RecordRow,
    RetentionMarkRow,
    RetentionRunRow,
)
from fixtures import cast
from routing.tables import DeliveryProofRow
from tests.platform import commands, delivery, open_platform, settled
from web import anchoring, clock, db, parts, retention
from web.settings import Settings

TERM = """
[terms.{kind}]
days = 30
source = "处方管理办法 第五十条"
decided_by = "医保局法规处"
decided_on = 2025-11-01
"""


@pytest.fixture
def platform(sqlite_url, tmp_path):
    opened = open_platform(sqlite_url, tmp_path)
    yield opened
    opened.app.extensions["engine"].dispose()


def declare(platform, tmp_path, *kinds, more=""):
    file = tmp_path / "terms.toml"
    file.write_text("".join(TERM.format(kind=kind) for kind in kinds) + more)
    had = platform.app.extensions["settings"]
    changed = had.model_copy(update={"retention": file})
    platform.app.extensions["settings"] = changed
    return file


def later(platform, monkeypatch, days):
    now = platform.app.extensions["clock"].now() + timedelta(days=days)
    monkeypatch.setattr(type(platform.app.extensions["clock"]), "now", lambda _: now)


def session_of(platform):
    return db.open_session(platform.app.extensions["engine"])


def collected(platform, receiver=None):
    rx = settled(platform)
    body = receiver or {"receiver": "patient"}
    platform.program("counter").ask("POST", f"/prescriptions/{rx}/collection", body)
    return rx


def standing_of(platform, kind):
    with session_of(platform) as session:
        found = retention.views(platform.app, session)
    return next(each for each in found if each.kind.name == kind).standing


def message_of(platform, rx):
    with platform.app.app_context(), session_of(platform) as session:
        row = session.get(PrescriptionRow, rx)
        return unseal(parts.desk().vault, row, "message_sealed")


def is_whole(platform):
    anchoring.seal_and_anchor(platform.app)
    with session_of(platform) as session:
        found = service.verify(session, now=platform.app.extensions["clock"].now())
    assert found.whole, found.breaks
    return True


def run(platform):
    return retention.run(platform.app, by="operator").counts


def test_without_a_term_nothing_goes_and_the_law_to_be_read_is_told(
    platform, monkeypatch
):
    rx = collected(platform)
    later(platform, monkeypatch, 40_000)
    said = commands(platform, monkeypatch)("retention").stdout
    assert said.count("no term, nothing goes; to be read:") == len(KINDS)
    assert run(platform) == {} and message_of(platform, rx)
    page = platform.person("bureau").get("/bureau/retention").text
    assert page.count("待定") >= len(KINDS) and "处方管理办法" in page


def test_messages_are_emptied_after_their_term_and_the_books_stay_whole(
    platform, tmp_path, monkeypatch
):
    rx = collected(platform)
    file = declare(platform, tmp_path, "message")
    later(platform, monkeypatch, 29)
    assert standing_of(platform, "message").count == 0 and run(platform) == {}
    later(platform, monkeypatch, 3)
    assert standing_of(platform, "message").count == 1
    monkeypatch.setenv("YAODA_RETENTION", str(file))
    tell = commands(platform, monkeypatch)
    assert "message: 1 to be emptied after P30D" in tell("retention").stdout
    assert message_of(platform, rx)  # told, not done
    assert run(platform) == {"message": 1}
    assert message_of(platform, rx) == "" and is_whole(platform)
    with platform.app.app_context(), session_of(platform) as session:
        with pytest.raises(NotFound, match="its term is over"):
            service.kept_message(session, parts.desk(), rx)
        row = session.exec(select(RetentionRunRow)).one()
        assert (row.count, row.digest) == (1, retaining.digest_of([rx]))
        told = session.exec(
            select(RecordRow).where(RecordRow.kind == "retention.message")
        ).one()
        assert told.person_no is None
    assert run(platform) == {}  # once more changes nothing
    page = platform.person("bureau").get("/bureau/retention").text
    assert row.digest[:16] in page and cast.alice.name not in page


def test_a_delivery_loses_place_phone_and_picture(platform, tmp_path, monkeypatch):
    rx = settled(platform)
    told = platform.program("alice").post(f"/prescriptions/{rx}/order", delivery())
    order = UUID(told["id"])
    with platform.app.app_context(), session_of(platform) as session:
        row = session.get(OrderRow, order)
        row.state = "handed_over"
        prescription = session.get(PrescriptionRow, row.prescription_id)
        prescription.state = "dispensed"
        place = at(DeliveryProofRow, "sealed", UUID(int=7))
        session.add(
            DeliveryProofRow(
                id=UUID(int=7),
                order_id=row.id,
                courier_code="C33030000101",
                kind="photo",
                media="image/jpeg",
                sha256="0" * 64,
                sealed=parts.desk().vault.seal_bytes(b"jpeg", place),
                at=clock.now(),
                received_at=clock.now(),
            )
        )
        session.commit()
    declare(platform, tmp_path, "order", "proof", "courier_act")
    later(platform, monkeypatch, 40)
    assert run(platform) == {"courier_act": 1, "order": 1, "proof": 1}
    with platform.app.app_context(), session_of(platform) as session:
        vault = parts.desk().vault
        row = session.get(OrderRow, order)
        assert unseal(vault, row, "phone_sealed") == ""
        assert unseal(vault, row, "address_sealed") == ""
        proof = session.get(DeliveryProofRow, UUID(int=7))
        assert unseal_bytes(vault, proof, "sealed") == b""


def test_a_proxy_is_named_no_more_and_the_chain_tells_of_the_row_as_it_is(
    platform, tmp_path, monkeypatch
):
    proxy = {
        "receiver": "proxy",
        "proxy": {"name": cast.bob.name, "id_number": cast.bob.id_number},
    }
    rx = collected(platform, proxy)
    declare(platform, tmp_path, "proxy")
    later(platform, monkeypatch, 40)
    assert run(platform) == {"proxy": 1} and is_whole(platform)
    with platform.app.app_context(), session_of(platform) as session:
        row = session.get(HandoverRow, rx)
        assert row.receiver == "proxy"
        assert unseal(parts.desk().vault, row, "proxy_name") == ""


def test_an_old_prescription_is_out_of_sight_and_an_officer_opens_it(
    platform, tmp_path, monkeypatch
):
    rx = collected(platform)
    counter = platform.program("counter")
    assert counter.ask("GET", f"/prescriptions/{rx}").status_code == 200
    declare(platform, tmp_path, "prescription")
    later(platform, monkeypatch, 40)
    assert run(platform) == {"prescription": 1}
    with session_of(platform) as session:
        assert service.is_locked(session, rx)
    assert counter.ask("GET", f"/prescriptions/{rx}").status_code == 404
    bureau = platform.program("bureau")
    why = {"reason": "inspection", "note": "核查"}
    opened = bureau.post("/openings/locked", {"prescription_id": str(rx), **why})
    assert opened["id"] == str(rx)


def test_what_is_open_or_held_stays_with_its_reason(platform, tmp_path, monkeypatch):
    open_rx, held_rx = settled(platform), collected_again(platform)
    hold = (
        '[[holds]]\nprescription = "{}"\nreason = "法院调取"\nsource = "（2025）1号"\n'
    )
    declare(platform, tmp_path, "message", more=hold.format(held_rx))
    later(platform, monkeypatch, 40)
    found = standing_of(platform, "message")
    assert found.count == 0 and found.held == {"open": 1, "declared": 1}
    assert run(platform) == {} and message_of(platform, open_rx)


def collected_again(platform):
    """Give a second prescription, of the same person, that is over."""
    with platform.app.app_context(), session_of(platform) as session:
        first = session.exec(select(PrescriptionRow)).first()
        copied = {**first.model_dump(), "id": UUID(int=9), "hosp_rx_no": "RX-OLD"}
        copied |= {"record_no": "old", "state": "dispensed"}
        row = PrescriptionRow(**copied)
        row.message_sealed = parts.desk().vault.seal(
            "{}", at(PrescriptionRow, "message_sealed", row.id)
        )
        session.add(row)
        session.commit()
    return UUID(int=9)


def test_what_is_locked_since_a_closing_stays_unless_the_term_says_so(
    platform, tmp_path, monkeypatch
):
    rx = collected(platform)
    with session_of(platform) as session:
        person = service.people.person_row(session, cast.alice.person_no)
        person.closed_at = platform.app.extensions["clock"].now()
        session.commit()
    file = declare(platform, tmp_path, "message")
    later(platform, monkeypatch, 40)
    assert standing_of(platform, "message").held == {"locked": 1}
    file.write_text(TERM.format(kind="message") + "locked_too = true\n")
    assert run(platform) == {"message": 1} and message_of(platform, rx) == ""


def test_a_run_that_is_cut_off_goes_on_where_it_ended(platform, tmp_path, monkeypatch):
    first = collected(platform)
    second = collected_again(platform)
    declare(platform, tmp_path, "message")
    later(platform, monkeypatch, 40)
    terms = retention.terms_of(platform.app.extensions["settings"])
    way, term = retention.ways()["message"], terms.terms["message"]
    now = platform.app.extensions["clock"].now()
    desk = platform.app.extensions["desk"]

    def torn(*_given):
        raise OSError("the disk is full")

    broken = retaining.Way(**{**fields_of(way), "remove": torn})
    with session_of(platform) as session, pytest.raises(OSError, match="disk"):
        retaining.remove_some(
            session, desk, asked(broken, term), by="x", now=now, limit=1
        )
    assert message_of(platform, first)
    with session_of(platform) as session:
        done = retaining.remove_some(
            session, desk, asked(way, term), by="x", now=now, limit=1
        )
        assert done == 1
    assert run(platform) == {"message": 1}
    assert message_of(platform, first) == message_of(platform, second) == ""


def asked(way, term):
    return retaining.Asked("message", way, term)


def fields_of(way):
    return {name: getattr(way, name) for name in way.__dataclass_fields__}


def test_of_two_at_once_one_removes_each_thing(platform, tmp_path, monkeypatch):
    collected(platform)
    declare(platform, tmp_path, "message")
    later(platform, monkeypatch, 40)
    found = []
    both = [Thread(target=lambda: found.append(run(platform))) for _ in range(2)]
    for each in both:
        each.start()
    for each in both:
        each.join(20)
    assert sorted(map(len, found)) == [0, 1]
    with session_of(platform) as session:
        assert len(session.exec(select(RetentionRunRow)).all()) == 1


def test_who_comes_second_with_a_mark_changes_nothing(platform, tmp_path, monkeypatch):
    rx = collected(platform)
    declare(platform, tmp_path, "message")
    later(platform, monkeypatch, 40)
    terms = retention.terms_of(platform.app.extensions["settings"])
    monkeypatch.setattr(retaining, "_due", lambda it, before: it.way.over(before))
    with session_of(platform) as session:
        session.add(RetentionMarkRow(kind="message", subject=rx))
        session.commit()
    with session_of(platform) as session:
        done = retaining.remove_some(
            session,
            platform.app.extensions["desk"],
            asked(retention.ways()["message"], terms.terms["message"]),
            by="x",
            now=platform.app.extensions["clock"].now(),
        )
    assert done is None and message_of(platform, rx)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[terms.ledger]\nyears = 1", "unknown: ledger"),
        ("[terms.message]\nyears = 1", "decided_by"),
        (TERM.format(kind="message").replace("30", "0"), "one day at least"),
        (TERM.format(kind="message").replace("days = 30", "days = 3.5"), "whole"),
        (TERM.format(kind="message").replace("医保局法规处", " "), "who decided"),
        (TERM.format(kind="message").replace("2025-11-01", '"soon"'), "as a day"),
        ('[[holds]]\nreason = "a"\nsource = "b"', "a prescription or a person"),
        ("[terms", "terms.toml"),
    ],
)
def test_a_file_of_terms_that_is_not_fit_is_told_at_the_start(tmp_path, text, said):
    file = tmp_path / "terms.toml"
    file.write_text(text)
    with pytest.raises(ValidationError, match=said):
        Settings(retention=file)
    with pytest.raises(ValueError, match=r"none\.toml"):
        read_terms(tmp_path / "none.toml")


def test_every_kind_has_a_way_and_a_law_and_what_never_goes_is_no_kind():
    assert retention.ways().keys() == KINDS.keys()
    never = {table for each in NEVER for table in each.tables}
    touched = {c.partition(".")[0] for kind in KINDS.values() for c in kind.columns}
    assert not never & touched
    assert Term(1, 0, "a", "b", date(2025, 1, 1)).length == "P1Y"
