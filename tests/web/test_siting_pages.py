"""The bureau sees who closes the gaps and what lacks; others are not let in."""

from datetime import timedelta
from io import BytesIO
from uuid import UUID, uuid4

import pytest

from fixtures import cast
from routing.service import siting_jobs
from routing.tables import SitingRow
from tests import world
from tests.calls import Killed
from tests.platform import PASSWORD, csrf
from web import accounts, db
from web.jobs import sitings

CSV = (
    "holder,kind,number,begins,ends\n"
    f"{cast.CARRIER},cold_chain,冷1,2025-01-01,2025-10-01\n"
)


def upload(person, raw, act="do", kind="papers"):
    page = person.get("/bureau/network-gaps").text
    sent = {"csrf_token": csrf(page), "kind": kind, "act": act}
    sent["file"] = (BytesIO(raw.encode()), "papers.csv")
    return person.post("/bureau/network-gaps", data=sent)


def test_the_bureau_asks_who_closes_the_gaps(platform):
    bureau = platform.program("bureau")
    found = bureau.get("/siting?unit=鹿城区&km=5&day=2025-09-15")
    assert [site["code"] for site in found["sites"]] == ["P33030200003"]
    assert found["proof"] == "optimal"
    assert [(it["unit"], it["lacks"]) for it in found["outcomes"]] == [("鹿城区", 45)]
    assert bureau.get("/siting?minutes=30&drugs=any")["patients"] > 0
    heavy = bureau.get("/siting?unit=鹿城区&km=50&drugs=any&weights=330302=3,330303=3")
    assert heavy["value"] == 3 * heavy["served_newly"]


def test_the_bureau_asks_what_lacks(platform):
    found = platform.program("bureau").get("/network-gaps?within=30")
    assert {"kind": "no_carrier", "who": "", "area": "330381"}.items() <= next(
        gap for gap in found["gaps"] if gap["area"] == "330381"
    ).items()


def test_what_cannot_be_asked_is_refused(platform):
    bureau = platform.program("bureau")
    for path in (
        "/siting",
        "/siting?km=1&weights=月球=3",
        "/siting?km=0",
        "/siting?km=nan",
        "/siting?minutes=inf",
        "/siting?km=1&extra=-1",
        "/siting?km=1&minutes=5",
        "/siting?km=1&drugs=none",
        "/network-gaps?within=-1",
        "/network-gaps?day=soon",
    ):
        answer = bureau.ask("GET", path)
        assert answer.status_code == 422, path
        assert answer.content_type == "application/problem+json"


def test_a_unit_that_is_none_is_told_with_those_that_are(platform):
    answer = platform.program("bureau").ask("GET", "/siting?km=1&unit=月球")
    assert answer.status_code == 422 and "no-such-unit" in answer.json["type"]
    assert "鹿城区" in answer.json["errors"][0]["expected"]


def test_papers_are_entered_over_the_interface(platform):
    bureau = platform.program("bureau")
    sent = {"kind": "papers", "name": "papers.csv", "csv": CSV, "dry_run": True}
    assert bureau.post("/register-files", sent)["written"] is False
    assert bureau.post("/register-files", {**sent, "dry_run": False})["written"]
    found = bureau.get("/network-gaps?day=2025-09-15")
    assert [paper["number"] for paper in found["expiring"]] == ["冷1"]
    bad = bureau.ask("POST", "/register-files", {**sent, "csv": "a,b\n"})
    assert bad.status_code == 422


def test_nobody_else_is_let_in(platform):
    sent = {"kind": "papers", "name": "p", "csv": CSV}
    for name in ("alice", "counter", "hospital", "dispatcher"):
        program, person = platform.program(name), platform.person(name)
        for method, path, body in (
            ("GET", "/siting", None),
            ("GET", "/network-gaps", None),
            ("POST", "/register-files", sent),
        ):
            assert program.ask(method, path, body).status_code == 403, (name, path)
        for path in ("/bureau/siting", "/bureau/network-gaps"):
            assert person.get(path).status_code == 403, (name, path)


def stranger(platform):
    """Let in an officer of a bureau whose pooling area is another one."""
    engine = platform.app.extensions["engine"]
    with platform.app.app_context(), db.open_session(engine) as session:
        name, secret = "other-bureau", accounts.hashed(PASSWORD)
        new = accounts.NewAccount(name, name, ("bureau",), "310100", secret)
        accounts.add_accounts(session, [new])
    return name


def test_an_officer_of_another_area_sees_nothing_of_this_one(platform):
    bureau = platform.person("bureau")
    asked = {"csrf_token": csrf(bureau.get("/bureau/siting").text), "seconds": "9"}
    run = bureau.post("/bureau/siting?km=5", data=asked).location
    name = stranger(platform)
    program, person = platform.program(name), platform.person(name)
    shop, act = f"/designations/{cast.LUCHENG_PHARMACY}", {"act": "resume"}
    act |= {"kind": "chronic", "reason": "x"}
    papers = {"kind": "papers", "name": "p", "csv": CSV, "dry_run": False}
    for method, path, body, status in (
        ("GET", "/siting?km=5", None, 403),
        ("GET", "/network-gaps", None, 403),
        ("POST", "/register-files", papers, 403),
        ("GET", shop, None, 404),
        ("POST", f"{shop}/acts", act, 404),
    ):
        assert program.ask(method, path, body).status_code == status, path
    for path in ("/bureau/siting?km=5", "/bureau/network-gaps", run, f"{run}/progress"):
        assert person.get(path).status_code == 403, path
    page = f"/bureau/network/outlets/{cast.LUCHENG_PHARMACY}"
    assert person.get(page).status_code == 404
    units = program.get("/quota/board")["units"]
    assert {one["designated"] for one in units} == {0}
    steps = program.get("/quota/history?first=2025-09-14&last=2025-09-16")
    assert {step["designated"] for one in steps for step in one["steps"]} == {0}
    assert program.get("/designations/running-out?days=3660") == []


def test_the_pages_show_the_choice_before_and_after(platform):
    bureau = platform.person("bureau")
    page = bureau.get("/bureau/siting?unit=鹿城区&km=5").text
    assert "南塘药房" in page and "已证明最优" in page
    assert page.count("<svg") >= 2 and "还差 45 家" in page
    assert bureau.get("/bureau/siting?km=x").status_code == 422
    first = bureau.get("/bureau/siting").text
    assert "公里和分钟请填一个" in first and "<svg" not in first
    weighed = bureau.get("/bureau/siting?minutes=30&weights=肺结核=3，330302=2")
    assert weighed.status_code == 200 and 'value="30.0"' in weighed.text


def test_a_longer_search_is_left_to_a_worker(platform):
    bureau = platform.person("bureau")
    page = bureau.get("/bureau/siting?unit=鹿城区&km=5").text
    asked = {"csrf_token": csrf(page), "seconds": "30"}
    handed = bureau.post("/bureau/siting?unit=鹿城区&km=5", data=asked)
    where = handed.location
    assert handed.status_code == 302
    assert 'data-state="queued"' in bureau.get(f"{where}/progress").text
    assert "progress.js" in bureau.get(where).text
    payload = {"id": where.rsplit("/", 1)[1]}
    sitings.carry_out(platform.app, payload)
    sitings.carry_out(
        platform.app, payload
    )  # as after a worker that was taken for lost
    done = bureau.get(where).text
    assert 'data-state="done"' in done and "南塘药房" in done
    assert "已证明最优" in done and done.count("<svg") >= 2
    assert bureau.get(f"/bureau/siting/{uuid4()}").status_code == 404
    for path, seconds in (
        ("?km=5", "0"),
        ("?km=5", "601"),
        ("", "30"),
        ("?km=5&unit=月球", "9"),
    ):
        sent = {**asked, "seconds": seconds}
        assert bureau.post(f"/bureau/siting{path}", data=sent).status_code == 422
    assert platform.person("dispatcher").get(where).status_code == 403


def test_a_search_that_nobody_began_is_handed_in_again(platform):
    bureau = platform.person("bureau")
    page = bureau.get("/bureau/siting").text
    asked = {"csrf_token": csrf(page), "seconds": "30"}
    where = bureau.post("/bureau/siting?minutes=20", data=asked).location
    taken = []

    class Jobs:
        def submit(self, name, payload, **more):
            taken.append((name, payload["id"]))

    platform.app.extensions["jobs"] = Jobs()
    sitings.make_up(platform.app)
    assert taken == [("siting", where.rsplit("/", 1)[1])]
    platform.app.extensions.pop("jobs")


def test_a_search_whose_worker_dies_is_told_as_failed(platform, monkeypatch):
    bureau = platform.person("bureau")
    asked = {"csrf_token": csrf(bureau.get("/bureau/siting").text), "seconds": "9"}

    def search():
        return bureau.post("/bureau/siting?minutes=20", data=asked).location

    def dies(*_, **__):
        raise Killed

    where = search()
    with monkeypatch.context() as patch, pytest.raises(Killed):
        patch.setattr(siting_jobs, "close_gaps", dies)
        sitings.carry_out(platform.app, {"id": where.rsplit("/", 1)[1]})
    assert 'data-state="failed"' in bureau.get(f"{where}/progress").text
    lost, now = search(), world.NOON + timedelta(days=1)
    with db.open_session(platform.app.extensions["engine"]) as session:
        row = session.get_one(SitingRow, UUID(lost.rsplit("/", 1)[1]))
        row.state, row.began_at = "running", world.NOON  # and then the power is gone
        session.commit()
        assert siting_jobs.waiting_sitings(session, now) == ()
    assert 'data-state="failed"' in bureau.get(f"{lost}/progress").text


def test_a_file_is_tried_then_entered_on_the_page(platform):
    bureau = platform.person("bureau")
    assert "没有登记" in upload(bureau, CSV, act="try").text
    assert "已登记" in upload(bureau, CSV).text
    assert "冷1" in bureau.get("/bureau/network-gaps?day=2025-09-15").text
    bad = upload(bureau, CSV.replace("cold_chain", "frozen"))
    assert "kind 应为" in bad.text
    assert upload(bureau, "a,b\n").status_code == 422
    assert upload(bureau, CSV, kind="prices").status_code == 422


def test_a_dispatcher_is_warned_of_the_firms_own_papers(platform):
    bureau, dispatcher = platform.person("bureau"), platform.person("dispatcher")
    assert "到期后不再派单" not in dispatcher.get("/dispatch").text
    upload(bureau, CSV)
    page = dispatcher.get("/dispatch").text
    assert "冷1" in page and "到期后不再派单" in page
