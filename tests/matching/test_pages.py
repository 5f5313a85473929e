"""Matching on pages and over the interface: tried, taken, run, handed over, answered, exported."""

from io import BytesIO

import pytest

from dispensing.matching.lists import Entitling
from dispensing.matching.registry import rows_of
from dispensing.policy import rules_for
from fixtures import cast
from tests.matching.test_registry import HEADINGS, table
from tests.platform import csrf, send
from tests.world import DAY
from web.jobs import matchings

MANAGED = ("hypertension", "diabetes")
ALICE = f"陈爱莲,{cast.alice.id_number},高血压、糖尿病,,"
STRANGER = "外乡人,530902194906010066,糖尿病,,"
BAD = "李四,330302195703124026,糖尿病,,"
HOME = "/bureau/matching"


def upload(client, content, name="名单.csv"):
    sent = {
        "csrf_token": csrf(client.get(HOME).text),
        "table": (BytesIO(content), name),
        "as_of": "2025-09-15",
    }
    answer = client.post(f"{HOME}/files", data=sent)
    assert answer.status_code == 302, answer.text
    return answer.location


def work(platform, where):
    matchings.carry_out(platform.app, {"id": where.rsplit("/", 1)[1]})


def matched(platform, client):
    """Take a registry and run; tells where the lists of the run are."""
    where = upload(client, table(ALICE, STRANGER, encoding="gb18030"))
    work(platform, where)
    send(client, f"{where}/take")
    work(platform, where)
    task = platform.program("bureau").post("/matching/runs")
    matchings.carry_out(platform.app, {"id": task["id"]})
    (run,) = platform.program("bureau").get("/matching/runs")
    return f"{HOME}/runs/{run['id']}"


def test_a_registry_is_tried_taken_and_matched_on_pages(platform):
    """T1, T2, C12, C13: from the file to what the health commission answers."""
    bureau, health = platform.person("bureau"), platform.person("health")
    lists = matched(platform, bureau)
    home = bureau.get(HOME).text
    assert "第 1 次比对" in home and "已写入" in home and "<svg xmlns" in home
    enrol = bureau.get(f"{lists}/enrol").text
    assert "陈**" in enrol and "糖尿病" in enrol and cast.alice.id_number not in enrol
    tell = bureau.get(f"{lists}/tell_health").text
    assert "林**" in tell and "交给卫健部门" in tell
    send(bureau, f"{lists}/tell_health/acts", kind="sent")
    assert f"{lists}/enrol" not in health.get(HOME).text
    assert health.get(f"{lists}/enrol").status_code == 404
    send(health, f"{lists}/tell_health/acts", kind="received")
    page = health.get(f"{lists}/tell_health").text
    entry = page.split('id="entry-')[1].split('"')[0]
    said = {"entry_id": entry, "code": "moved_away"}
    assert "已迁出" in send(health, f"{lists}/tell_health/outcomes", **said).text
    assert "1 人，已答复 1 人" in bureau.get(f"{lists}/tell_health").text
    desk = health.get("/bureau/desk").text
    assert "名单比对" in desk


def test_a_list_is_exported_masked_or_whole_with_a_reason_on_record(platform):
    bureau = platform.person("bureau")
    lists = matched(platform, bureau)
    masked = send(bureau, f"{lists}/enrol/export").data.decode("utf-8-sig")
    assert "陈**" in masked and cast.alice.id_number not in masked
    assert send(bureau, f"{lists}/enrol/export", whole="yes").status_code == 422
    asked = {"whole": "yes", "reason": "交卫健部门核实"}
    whole = send(bureau, f"{lists}/enrol/export", **asked).data.decode("utf-8-sig")
    assert f"陈爱莲,{cast.alice.id_number}" in whole
    book = send(bureau, f"{lists}/enrol/export", kind="xlsx", **asked).data
    (_, head), (_, row) = rows_of(book)
    assert head[0] == "姓名" and list(row[:2]) == ["陈爱莲", cast.alice.id_number]
    # Who read it is on her page of readers.
    readers = platform.person("alice").get("/patient/readers").text
    assert "导出名单（已遮盖）" in readers
    assert "导出完整名单：交卫健部门核实" in readers


def test_who_is_let_in_reads_it_on_the_first_page_with_its_sentence(
    platform, monkeypatch
):
    """T4, L2: enrolled without an application, recorded and notified."""
    cited = rules_for("lincang", DAY).cited("clause.automatic_entitlement")
    let_in = Entitling(
        frozenset(MANAGED), frozenset({"resident", "employee"}), False, True, cited
    )
    monkeypatch.setattr(Entitling, "of", lambda _: let_in)
    bureau = platform.person("bureau")
    lists = matched(platform, bureau)
    assert send(bureau, f"{lists}/enrol/enrolments").status_code == 200
    for page in ("/patient", "/patient/year"):
        told = platform.person("alice").get(page).text
        assert "医保已为您登记" in told and "BA2025" in told and cited.quote in told
        assert "医保已为您登记" not in platform.person("bob").get(page).text


def test_nobody_is_let_in_where_no_text_says_so(platform):
    """Wenzhou's text has no enrolment without an application."""
    bureau = platform.person("bureau")
    lists = matched(platform, bureau)
    assert send(bureau, f"{lists}/enrol/enrolments").status_code == 409


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (table(BAD, ALICE), "3303**********4026"),
        ("药品,价格\nx,1\n".encode(), "不认识的列名"),
        (f'{HEADINGS}\n"陈爱莲,33'.encode(), "引号没有成对"),
    ],
)
def test_a_bad_file_is_told_and_cannot_be_taken(platform, content, said):
    bureau = platform.person("bureau")
    where = upload(bureau, content)
    work(platform, where)
    page = bureau.get(where).text
    assert said in page and "导入名单</button>" not in page
    assert send(bureau, f"{where}/take").status_code == 409
    rows = bureau.get(f"{where}/rows.csv").data.decode("utf-8-sig")
    assert "330302195703124026" not in rows
    assert "还没有导入过名单" in bureau.get(HOME).text


def test_others_find_nothing(platform):
    bureau = platform.person("bureau")
    where = upload(bureau, table(ALICE))
    for who in ("counter", "alice", "dispatcher", "hospital"):
        assert platform.person(who).get(HOME).status_code == 403
    assert platform.program("bureau").ask("POST", "/matching/runs").status_code == 409
    assert bureau.get(where.replace(where[-6:], "000000")).status_code == 404


def test_programs_do_the_same(platform):
    """A program of the bureau takes a registry, runs, answers; twice is once."""
    program = platform.program("bureau")
    sent = {"table": (BytesIO(table(ALICE, STRANGER)), "名单.csv")}
    headers = {"Authentication-Token": program.token}
    path = "/api/matching/files"
    task = program.client.post(path, data=sent, headers=headers).get_json()
    for act in ("", "/take"):
        if act:
            program.post(f"/matching/files/{task['id']}{act}")
        matchings.carry_out(platform.app, {"id": task["id"]})
    assert program.get(f"/matching/tasks/{task['id']}")["state"] == "done"
    asked = program.post("/matching/runs")
    for _ in range(2):
        matchings.carry_out(platform.app, {"id": asked["id"]})
    (run,) = program.get("/matching/runs")
    lists = f"/matching/runs/{run['id']}/lists"
    (entry,) = program.get(f"{lists}/uninsured")["entries"]
    assert entry["managed"]["name"] == "外**"
    said = {"people": [{"entry_id": entry["id"], "code": "joined"}]}
    assert program.post(f"{lists}/uninsured/outcomes", said) == {"written": 1}
    assert program.post(f"{lists}/uninsured/outcomes", said) == {"written": 0}
    wrong = {"people": [{"entry_id": entry["id"], "code": "died"}]}
    assert program.ask("POST", f"{lists}/uninsured/outcomes", wrong).status_code == 422
    assert program.get(f"{lists}/enrol?change=new")["count"] == 1
    assert program.ask("GET", f"{lists}/nothing").status_code == 404
