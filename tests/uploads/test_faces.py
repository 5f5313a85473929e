"""Deliveries are uploaded with sales by a job; who must look sees what was refused."""

import re
import time
from datetime import timedelta
from threading import Event

import pytest
from sqlmodel import Session, select

from dispensing.tables import UploadRow
from fixtures import cast
from tests import platform as whole
from tests.platform import commands, csrf, door_code, on_the_road, send, settled
from tests.world import DAY, NOON
from web import cli, db, uploading
from web.jobs.periodic import periodic_of
from web.jobs.running import jobs_of, working
from web.sandbox import members
from web.sandbox.answering import Counter
from web.sandbox.books import Books
from web.sandbox.faults import Fault
from web.sandbox.serving import serving


@pytest.fixture
def insurer(tmp_path):
    """The insurance platform's counter."""
    books = Books(tmp_path / "insurer.db")
    books.enrol(members.members(cast.INSURED))
    return Counter(books, lambda: NOON)


@pytest.fixture
def reached(insurer, sqlite_url, tmp_path, monkeypatch):
    """Open the whole platform with its insurer over HTTP."""
    with serving(insurer) as url:
        usual = whole.settings_for

        def with_insurer(*given):
            changes = {
                "gateway_url": url,
                "gateway_region": "sandbox",
                "upload_seconds": 1,
            }
            return usual(*given).model_copy(update=changes)

        monkeypatch.setattr(whole, "settings_for", with_insurer)
        opened = whole.open_platform(sqlite_url, tmp_path)
        yield opened
        opened.app.extensions["desk"].gateway.close()
        opened.app.extensions["engine"].dispose()


def told(insurer):
    with insurer.books._act() as books:
        rows = books.execute("SELECT infno FROM told ORDER BY id")
        return [infno for (infno,) in rows]


def upload(platform, **more):
    return uploading.upload(platform.app, seconds_max=20, **more)


def test_a_parcel_is_told_when_it_leaves_and_when_it_is_signed_for(reached, insurer):
    _, order, rider = on_the_road(reached)
    assert upload(reached).accepted == 2
    assert told(insurer) == ["3505", "7209"]
    door = {"code": door_code(reached, order), "receiver": "patient"}
    rider.post(f"/orders/{order}/handover", door)
    assert upload(reached).accepted == 1
    assert told(insurer) == ["3505", "7209", "7210"]
    assert upload(reached, everything=True) == uploading.Uploaded(0, 0, 0)
    with insurer.books._act() as books:
        query = "SELECT input FROM told WHERE infno = '7210'"
        assert str(order) in books.execute(query).fetchone()[0]


def test_the_job_uploads_by_itself_and_only_where_a_platform_is_reached(
    reached, insurer
):
    settings = reached.app.extensions["settings"]
    names = {each.name for each in periodic_of(settings)}
    assert {"uploads", "uploads_all"} <= names
    alone = settings.model_copy(update={"gateway_url": None})
    assert "uploads" not in {each.name for each in periodic_of(alone)}
    settled(reached)
    with working(reached.app):
        ends = time.monotonic() + 30
        while told(insurer) != ["3505"]:
            assert time.monotonic() < ends
            time.sleep(0.05)
    jobs = jobs_of(reached.app, Event())
    assert jobs.dead() == ()
    jobs.close()


def test_a_refusal_is_on_the_page_in_the_metrics_and_beside_ready(reached, insurer):
    insurer.faults.add(Fault("refuse", infno="3505", times=1))
    settled(reached)
    done = upload(reached)
    assert (done.planned, done.accepted, done.failed) == (1, 0, 1)
    counter = reached.person("counter")
    page = counter.get("/uploads").text
    assert "3505 售药" in page and "重新发送" in page
    client = reached.app.test_client()
    metrics = client.get("/metrics").text
    assert f'yaoda_uploads_refused{{institution="{cast.LUCHENG_PHARMACY}"}} 1.0' in (
        metrics
    )
    assert "yaoda_uploads_oldest_seconds{" in metrics
    assert client.get("/readyz").json["uploads"] == "refused"
    number = re.search(r'name="upload" value="([^"]+)"', page)[1]
    send(counter, "/uploads/again", upload=number)
    assert upload(reached).accepted == 1
    assert "没有积压。" in counter.get("/uploads").text
    assert "uploads" not in client.get("/readyz").json


def test_the_interface_lists_sends_again_and_gives_up(reached, insurer):
    insurer.faults.add(Fault("refuse", infno="3505", times=2))
    settled(reached)
    upload(reached)
    counter, second = reached.program("counter"), reached.program("second-counter")
    told = counter.get("/uploads")
    (one,) = told["undone"]
    assert told["spoken"] and told["by_outlet"][0]["refused"] == 1
    assert (one["infno"], one["state"]) == ("3505", "refused")
    assert second.get("/uploads")["undone"] == []
    assert len(reached.program("bureau").get("/uploads")["undone"]) == 1
    again, drop = (f"/uploads/{one['id']}/{act}" for act in ("again", "drop"))
    assert second.ask("POST", again, {}).status_code == 404
    assert reached.program("alice").ask("GET", "/uploads").status_code == 403
    assert counter.post(again) == {"done": True}
    assert upload(reached).failed == 1
    assert counter.ask("POST", drop, {"reason": ""}).status_code == 422
    assert counter.post(drop, {"reason": "平台已人工补录"}) == {"done": True}
    assert counter.ask("POST", again, {}).status_code == 409
    assert counter.get("/uploads")["by_outlet"] == []


def commanded(platform, monkeypatch, *words):
    """Run a command on this platform; its exit code."""
    commands(platform, monkeypatch)
    return cli.answer(lambda: cli.app(["uploads", *words], standalone_mode=False))


def test_the_commands_list_and_send(reached, insurer, monkeypatch, capsys):
    insurer.faults.add(Fault("refuse", infno="3505", times=1))
    settled(reached)
    assert commanded(reached, monkeypatch, "send") == 1
    assert capsys.readouterr().out == "1 planned, 0 accepted, 1 not\n"
    assert commanded(reached, monkeypatch, "list") == 1
    told = capsys.readouterr().out
    assert f"{cast.LUCHENG_PHARMACY}: 0 waiting, 1 refused" in told
    assert "3505 refused: 1 tries, 业务暂停受理" in told
    other = ("list", "--outlet", "P33030200099")
    assert commanded(reached, monkeypatch, *other) == 0


def test_a_platform_that_takes_no_uploads_is_told_in_one_line(
    tmp_path, sqlite_url, monkeypatch, capsys
):
    alone = whole.open_platform(sqlite_url, tmp_path)
    assert commanded(alone, monkeypatch, "send") == 2
    said = capsys.readouterr()
    assert said.out == "" and len(said.err.splitlines()) == 1
    assert "takes no uploads" in said.err
    assert alone.program("counter").get("/uploads")["spoken"] is False
    alone.app.extensions["engine"].dispose()


def test_giving_up_wants_a_reason_and_strangers_see_nothing(reached, insurer):
    insurer.faults.add(Fault("refuse", infno="3505", times=1))
    settled(reached)
    upload(reached)
    counter = reached.person("counter")
    number = re.search(r'name="upload" value="([^"]+)"', counter.get("/uploads").text)[
        1
    ]
    second = reached.person("second-counter")
    assert number not in second.get("/uploads").text
    token = csrf(second.get("/uploads").text)
    sent = {"csrf_token": token, "upload": number, "reason": "x"}
    assert second.post("/uploads/drop", data=sent).status_code == 404
    assert reached.person("alice").get("/uploads").status_code == 403
    send(counter, "/uploads/drop", upload=number, reason="平台已人工补录")
    with db.open_session(reached.app.extensions["engine"], read_only=True) as session:
        assert [row.state for row in session.exec(select(UploadRow))] == ["dropped"]
    assert "没有积压。" in reached.person("bureau").get("/uploads").text


def test_the_day_tells_a_sale_that_was_never_uploaded_until_it_is(reached, insurer):
    from dispensing import service

    engine, desk = (reached.app.extensions[name] for name in ("engine", "desk"))
    upload(reached)  # uploading has begun
    rx = settled(reached)
    morning = NOON + timedelta(hours=20)

    def found(session: Session):
        run = service.reconcile(
            session,
            desk,
            outlet_code=cast.LUCHENG_PHARMACY,
            day=DAY,
            by="叶素珍",
            now=morning,
        )
        return [one for one in run.differences if one.kind == "upload_missing"]

    with db.open_session(engine) as session:
        (one,) = found(session)
    assert (one.ours, one.theirs) == (1, 0)
    with db.open_session(engine) as session:
        service.mend(
            session,
            desk,
            difference_id=one.id,
            fix="retry",
            reason="",
            by="叶素珍",
            now=NOON,
        )
    assert upload(reached).accepted == 1
    with db.open_session(engine) as session:
        assert found(session) == []
    assert rx
