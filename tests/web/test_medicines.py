"""The catalogue over HTTP and by command: found, tried, put in, and told of."""

from io import BytesIO
from uuid import UUID, uuid4

import pytest

from tests.pharmacies.test_catalogue import DISEASES, INSULIN, LONG, table
from tests.platform import csrf, send
from tests.world import AMLODIPINE
from web import catalogue, cli, db, limits
from web.jobs import catalogues

HEADS = "国家医保药品编码,支付标准,生效日期"


def upload(client, content, name="目录.csv"):
    page = client.get("/medicines/files").text
    sent = {
        "csrf_token": csrf(page),
        "table": (BytesIO(content), name),
        "valid_from": "2025-09-15",
    }
    answer = client.post("/medicines/files", data=sent)
    assert answer.status_code == 302, answer.text
    return answer.location


def work(platform, where):
    catalogues.carry_out(platform.app, {"id": where.rsplit("/", 1)[1]})


def test_a_file_is_tried_then_put_in(platform):
    client = platform.person("bureau")
    where = upload(client, table(INSULIN, LONG))
    assert 'data-state="running"' in client.get(f"{where}/progress").text
    work(platform, where)
    tried = client.get(where).text
    assert "试运行完成" in tried and INSULIN[:23] in tried
    assert client.get(f"/medicines/{INSULIN[:23]}").status_code == 404
    send(client, f"{where}/import")
    work(platform, where)
    assert "已写入" in client.get(where).text
    work(platform, where)  # as after a worker that was taken for lost
    shown = client.get(f"/medicines/{INSULIN[:23]}?day=2026-01-01")
    assert "重组人胰岛素注射液" in shown.text and "bureau" in shown.text
    every = client.get(f"{where}/fates.csv")
    assert every.data.decode("utf-8-sig").splitlines()[1].startswith("2,XA10ABC")


def test_a_file_with_a_refused_row_cannot_go_in(platform):
    client = platform.person("bureau")
    where = upload(client, table(INSULIN, LONG.replace("21.60", "?")))
    work(platform, where)
    page = client.get(where).text
    assert "未写入" in page and "支付标准" in page and "写入目录" not in page
    assert send(client, f"{where}/import").status_code == 409


def test_what_is_no_table_is_told_in_one_sentence(platform):
    client = platform.person("bureau")
    where = upload(client, b"\xff\xfe\x00\xd8broken", "x.csv")
    work(platform, where)
    assert 'class="notice bad"' in client.get(where).text
    assert client.get(f"/medicines/files/{uuid4()}").status_code == 404
    assert send(client, f"/medicines/files/{uuid4()}/import").status_code == 404
    assert send(client, "/medicines/files").status_code == 422


def test_a_counter_finds_by_keyboard_and_keeps_no_catalogue(platform):
    client = platform.person("counter")
    page = client.get("/medicines?q=lvdp").text
    assert "氨氯地平" in page and "autofocus" in page
    assert client.get(f"/medicines?q={AMLODIPINE}").location.endswith(AMLODIPINE)
    assert "没有找到" in client.get("/medicines?q=%E4%B8%8D%E5%AD%98").text
    assert client.get("/medicines/files").status_code == 403
    assert platform.person("alice").get("/medicines").status_code == 403


def test_programs_find_and_ask_for_a_day(platform):
    counter = platform.program("counter")
    found = counter.get(f"/medicines?q={AMLODIPINE}")
    assert (found["decided"], found["hits"][0]["by"]) == (True, "code")
    assert counter.get("/medicines?q=anlv")["decided"] is False
    one = counter.get(f"/medicines/{AMLODIPINE}?day=2025-09-15&area=330302")
    assert one["code"] == AMLODIPINE
    assert counter.get(f"/medicines/{AMLODIPINE}/history")["versions"] == []
    assert counter.ask("GET", f"/medicines/{'X' * 23}").status_code == 404
    assert counter.ask("GET", "/medicines?q=").status_code == 422
    assert counter.ask("GET", "/medicines/files").status_code == 403
    assert platform.program("alice").ask("GET", "/medicines?q=a").status_code == 403
    assert platform.program("bureau").get("/medicines/files") == []


def test_a_program_hands_a_file_in_sees_its_fates_and_puts_it_in(platform):
    bureau = platform.program("bureau")
    told = bureau.ask("POST", "/medicines/files", **form(table(INSULIN)))
    assert (told.status_code, told.json["state"]) == (202, "waiting")
    path = f"/medicines/files/{told.json['id']}"
    assert refusal(bureau.ask("POST", f"{path}/import")) == (409, "not-tried")
    work(platform, path)
    tried = bureau.get(path)
    assert (tried["state"], tried["valid_from"]) == ("tried", "2025-10-01")
    assert [(one["row"], one["outcome"]) for one in tried["fates"]] == [(2, "new")]
    assert bureau.post(f"{path}/import")["act"] == "put_in"
    work(platform, path)
    assert bureau.get(path)["state"] == "done"
    known = bureau.get(f"/medicines/{INSULIN[:23]}?day=2026-01-01")
    assert (known["name"], bureau.get("/medicines/files")[0]["by"]) == (
        "重组人胰岛素注射液",
        "bureau",
    )


def test_a_program_may_ask_again_for_what_it_handed_in(platform):
    bureau = platform.program("bureau")
    asked = {"headers": {"Idempotency-Key": "a-file-of-october"}}
    first, again = (
        bureau.ask("POST", "/medicines/files", **form(table(INSULIN)), **asked)
        for _ in range(2)
    )
    assert first.json == again.json and again.headers["Idempotency-Replayed"] == "true"
    assert len(bureau.get("/medicines/files")) == 1


def test_a_file_that_no_program_may_hand_in_is_a_problem_document(
    platform, monkeypatch
):
    bureau = platform.program("bureau")
    path = "/medicines/files"
    counter = platform.program("counter").ask("POST", path, **form(table(INSULIN)))
    assert refusal(counter)[0] == 403
    nobody = platform.program(None).ask("POST", path, **form(table(INSULIN)))
    assert nobody.status_code == 401
    for sent in (form(b""), form(b"x", "a\u202e.csv"), form(b"x", day="soon"), {}):
        assert bureau.ask("POST", path, **sent).status_code == 422
    monkeypatch.setattr(catalogue, "BYTES_MAX", 1000)
    large = bureau.ask("POST", path, **form(bytes(2000)))
    assert large.status_code == 422 and large.json["errors"][0]["where"] == "table"
    monkeypatch.setattr(limits, "BYTES_MAX", {})
    monkeypatch.setitem(platform.app.config, "MAX_CONTENT_LENGTH", 1000)
    assert bureau.ask("POST", path, **form(bytes(2000))).status_code == 413
    assert refusal(bureau.ask("POST", f"{path}/{uuid4()}/import"))[0] == 404


def form(content, name="目录.csv", day="2025-10-01"):
    sent = {"table": (BytesIO(content), name), "valid_from": day}
    return {"data": sent, "content_type": "multipart/form-data"}


def refusal(answer):
    assert answer.content_type == "application/problem+json"
    return answer.status_code, answer.json["type"].rpartition(":")[2]


def test_an_import_stands_on_the_audit_chain(platform):
    client = platform.person("bureau")
    where = upload(client, table(f"{AMLODIPINE},3.98,2025-09-15", head=HEADS))
    work(platform, where)
    send(client, f"{where}/import")
    work(platform, where)
    with db.open_session(platform.app.extensions["engine"], read_only=True) as session:
        told = session.connection().exec_driver_sql(
            "SELECT kind FROM audit_record WHERE kind LIKE 'catalogue%'"
        )
        assert [row.kind for row in told] == ["catalogue.medicines"]


def test_a_lost_worker_leaves_its_file_to_the_next(platform):
    client = platform.person("bureau")
    where = upload(client, table(INSULIN))
    taken = []

    class Jobs:
        def submit(self, name, payload, **more):
            taken.append(payload["id"])

    platform.app.extensions["jobs"] = Jobs()
    catalogues.make_up(platform.app)
    assert taken == [where.rsplit("/", 1)[1]]
    assert UUID(taken[0])
    platform.app.extensions.pop("jobs")


@pytest.fixture
def installed(tmp_path, sqlite_url, monkeypatch):
    monkeypatch.setenv("YAODA_VAR_DIR", str(tmp_path / "var"))
    monkeypatch.setenv("YAODA_DATABASE_URL", sqlite_url)
    assert run("db", "init") == 0
    return tmp_path


def run(*words):
    return cli.answer(lambda: cli.app(list(words), standalone_mode=False))


def test_the_command_tries_puts_in_finds_and_tells(installed, capsys):
    file, report = installed / "a.csv", installed / "fates.csv"
    file.write_bytes(table(INSULIN, LONG))
    words = ("medicines", "import", str(file))
    assert run(*words, "--dry-run", "--report", str(report)) == 0
    assert "2 new, 0 changed, 0 same, 0 refused; nothing written" in (
        capsys.readouterr().out
    )
    assert report.read_text("utf-8-sig").count("新增") == 2
    assert run(*words) == 0
    assert run(*words) == 0
    assert "2 same" in capsys.readouterr().out
    assert run("medicines", "find", "czryds") == 0
    assert "重组人胰岛素注射液" in capsys.readouterr().out
    assert run("medicines", "history", LONG[:23], "--on", "2025-06-01") == 0
    assert "from 2025-01-01: 格列吡嗪长效片 乙 21.60" in capsys.readouterr().out


def test_the_command_refuses_with_rows_and_words(installed, capsys):
    file = installed / "a.csv"
    file.write_bytes(table(INSULIN, LONG.replace("10%", "ten")))
    assert run("medicines", "import", str(file)) == 1
    said = capsys.readouterr().out
    assert "row 3 refused" in said and "nothing written" in said
    assert run("medicines", "find", "czryds") == 1
    assert run("medicines", "history", LONG[:23]) == 2
    file.write_bytes(b"PK\x03\x04 no zip")
    assert run("medicines", "import", str(file)) == 2
    assert "damaged" in capsys.readouterr().err
    assert set(DISEASES.values()) <= set(catalogues.DISEASES.values())
