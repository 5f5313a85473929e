"""One masked value with a reason, on record; values of many with a second person."""

from sqlmodel import select

from dispensing.tables import OpeningRow
from fixtures import cast
from tests.everything import complaint
from tests.platform import send, sent, settled
from tests.web.test_approvals import decide, let_in, session

BOTH = [cast.alice.person_no, cast.bob.person_no]


def asked(**more):
    return {"field": "phone", "reason": "contact", "note": "药到了，通知患者", **more}


def ask(platform, who, path="", **more):
    return platform.program(who).ask("POST", f"/openings{path}", asked(**more))


def kept(platform):
    with session(platform) as work:
        return [row.model_dump() for row in work.exec(select(OpeningRow)).all()]


def test_a_pharmacist_opens_one_value_and_the_patient_reads_who_and_why(platform):
    rx = settled(platform)
    told = ask(platform, "counter", prescription_id=str(rx)).json
    assert told["value"] == cast.alice.phone
    (row,) = kept(platform)
    assert (row["person_no"], row["by"], row["role"]) == (
        cast.alice.person_no,
        "counter",
        "pharmacist",
    )
    assert (row["field"], row["reason"], row["note"]) == (
        "phone",
        "contact",
        "药到了，通知患者",
    )
    assert cast.alice.phone not in str(row)
    page = platform.person("alice").get("/patient/readers").text
    assert "查看完整手机号：联系患者" in page and "药师 · 鹿城大药房" in page


def test_an_officer_opens_a_value_of_the_own_area_alone(platform):
    let_in(platform)
    alice = cast.alice.person_no
    told = ask(platform, "bureau", field="id_number", person_no=alice).json
    assert told["value"] == cast.alice.id_number
    assert ask(platform, "hangzhou", person_no=alice).status_code == 404
    assert len(kept(platform)) == 1


def test_who_may_not_or_gives_no_reason_sees_nothing(platform):
    let_in(platform)
    rx, alice = settled(platform), cast.alice.person_no
    for who in ("clerk", "watcher", "dispatcher", "courier", "hospital", "alice"):
        assert ask(platform, who, person_no=alice).status_code == 403, who
    mine = {"prescription_id": str(rx)}
    assert ask(platform, "second-counter", **mine).status_code == 404
    assert ask(platform, "counter", person_no=alice).status_code == 422
    for wrong in ({"note": " "}, {"reason": "curious"}, {"field": "born_on"}):
        assert ask(platform, "counter", **mine, **wrong).status_code == 422
    assert kept(platform) == []


def test_a_page_shows_the_value_once_and_the_prescription_masked(platform):
    rx = settled(platform)
    counter = platform.person("counter")
    path = f"/openings/prescriptions/{rx}"
    form = counter.get(path).text
    assert cast.alice.id_number not in form
    shown = send(counter, path, field="id_number", reason="identity", note="核对").text
    assert cast.alice.id_number in shown
    assert cast.alice.id_number not in counter.get(path).text
    other = platform.person("second-counter")
    assert other.get(path).status_code == 404


def test_values_of_many_wait_for_another_officer_and_are_given_once(platform):
    let_in(platform)
    body = {"people": BOTH, "fields": ["phone"], "reason": "inspection", "note": "召回"}
    officer = platform.program("bureau")
    first = officer.ask("POST", "/openings/many", body)
    assert first.status_code == 409 and kept(platform) == []
    number = first.json["proposal"]
    assert decide(platform, number, "bureau").status_code == 409
    assert decide(platform, number).json["state"] == "approved"
    other = {**body, "fields": ["phone", "address"]}
    assert officer.ask("POST", "/openings/many", other).status_code == 409
    second = platform.program("officer").ask("POST", "/openings/many", body)
    assert second.status_code == 409  # it was approved for the one who asked
    told = officer.post("/openings/many", body)
    assert {one["value"] for one in told} == {cast.alice.phone, cast.bob.phone}
    assert {str(row["proposal_id"]) for row in kept(platform)} == {number}
    assert officer.ask("POST", "/openings/many", body).status_code == 409
    assert len(kept(platform)) == 2


def test_an_officer_opens_a_value_from_a_complaint_of_the_own_area(platform):
    let_in(platform)
    case = complaint(platform, settled(platform))
    officer, path = platform.person("bureau"), f"/openings/feedback/{case}"
    assert path in officer.get("/feedback").text
    assert cast.alice.phone not in officer.get(path).text
    shown = send(officer, path, field="phone", reason="complaint", note="回访").text
    assert cast.alice.phone in shown
    (row,) = kept(platform)
    assert (row["role"], row["reason"]) == ("bureau", "complaint")
    other = platform.person("hangzhou")
    assert other.get(path).status_code == 404
    assert (
        send(other, path, field="phone", reason="complaint", note="甲").status_code
        == 404
    )
    assert platform.person("counter").get(path).status_code == 403


def test_an_officer_asks_for_many_on_a_page_and_sees_them_once(platform):
    let_in(platform)
    officer = platform.person("bureau")
    assert "/openings/people" in officer.get("/openings").text
    form = {"people": "\n".join(BOTH), "fields": "phone"}
    form |= {"reason": "inspection", "note": "召回"}
    asked_ = send(officer, "/openings/people", **form).text
    assert "批量查看个人信息" in asked_ and cast.alice.phone not in asked_
    (waiting,) = platform.program("officer").get("/proposals?waiting=true")
    assert decide(platform, waiting["id"]).json["state"] == "approved"
    page = officer.get(f"/approvals/{waiting['id']}").text
    assert 'action="/openings/people"' in page
    assert 'action="/openings/people"' not in (
        platform.person("officer").get(f"/approvals/{waiting['id']}").text
    )
    found = send(officer, "/openings/people", **form).text
    assert cast.alice.phone in found and cast.bob.phone in found
    again = send(officer, "/openings/people", **form).text
    assert cast.alice.phone not in again and len(kept(platform)) == 2
    assert send(officer, "/openings/people", people="").status_code == 422


def test_an_account_that_opens_many_is_told_of_in_its_area(platform):
    let_in(platform)
    rx = sent(platform)
    platform.program("counter").post(f"/prescriptions/{rx}/claim")
    for _ in range(20):
        assert platform.program("watcher").get("/openings/accounts") == []
        assert ask(platform, "counter", prescription_id=str(rx)).status_code == 200
    (told,) = platform.program("watcher").get("/openings/accounts")
    assert (told["user"], told["values"], told["people"]) == ("counter", 20, 1)
    assert platform.program("hangzhou").get("/openings/accounts") == []
    assert (
        "1 个账号今天打开完整个人信息较多"
        in platform.person("bureau").get("/bureau").text
    )
