"""Lists beside the claims are tried row by row, kept by version, and read by what needs them."""

from io import BytesIO

import pytest
from sqlmodel import select

from dispensing.bureau_lists.diagnoses import spoken_of
from dispensing.service import bureau_lists
from dispensing.tables import BureauListRow
from fixtures import cast
from tests.platform import csrf, settled
from tests.smart.running import audited
from tests.world import AMLODIPINE
from web import db
from web.jobs import matchings

ALICE, STRANGER = cast.alice.id_number, "530902194906010066"
DAYS = {"first": "2025-09-01", "last": "2025-09-15"}
STAY = "身份证号,入院日期,出院日期"
SAID = {"source": "市人民医院病案室，9月", "as_of": "2025-09-15"}


@pytest.fixture
def bureau(platform):
    settled(platform)
    return platform.program("bureau")


def hand_in(program, kind, *rows, dry_run=False, encoding="utf-8", **said):
    table = BytesIO("\n".join(rows).encode(encoding))
    form = {**SAID, **said, "table": (table, "名单.csv"), "dry_run": str(dry_run)}
    headers = {"Authentication-Token": program.token}
    path = f"/api/lists/{kind}/versions"
    return program.client.post(path, data=form, headers=headers)


def kept(platform):
    with db.open_session(platform.app.extensions["engine"], read_only=True) as session:
        return session.exec(select(BureauListRow)).all()


def unrun(platform, bureau):
    return {one.split(":")[0] for one in audited(platform, bureau, DAYS)["unrun"]}


def test_a_list_is_tried_first_and_kept_when_it_is_said(platform, bureau):
    row = f"{ALICE},2025-09-10,"
    tried = hand_in(bureau, "stays", STAY, row, dry_run=True).json
    assert (tried["rows"], tried["fit"], tried["kept"]) == (1, 1, None)
    assert kept(platform) == []
    told = hand_in(bureau, "stays", STAY, row, encoding="gb18030").json["kept"]
    assert (told["rows"], told["kept"], told["unknown"]) == (1, 1, 0)
    assert told["source"] == SAID["source"]


def test_w24_l26_the_rules_wait_for_their_lists_and_run_with_them(platform, bureau):
    waited = {"auxiliary", "hospital_stay", "after_end"}
    assert waited <= unrun(platform, bureau)
    for name, value in (("margin_days", 0), ("times_min", 1)):
        low = {"rule": "hospital_stay", "name": name, "value": value, "reason": "试"}
        bureau.post("/smart/thresholds", low)
    hand_in(bureau, "stays", STAY, f"{ALICE},2025-09-01,")
    hand_in(bureau, "ends", "身份证号,日期", f"{ALICE},2025-08-01")
    hand_in(bureau, "auxiliary", "药品编码,适应诊断编码", f"{AMLODIPINE},I10")
    assert not waited & unrun(platform, bureau)
    found = {one["rule"] for one in bureau.get("/smart/alarms")}
    assert {"hospital_stay", "after_end"} <= found


def test_l3_a_diagnosis_in_words_puts_a_person_on_the_list_to_verify(platform, bureau):
    said = f"{cast.bob.id_number},2型糖尿病伴肾病，高血压待查,2025-09-01"
    headings = "身份证号,诊断名称,结算日期"
    told = hand_in(bureau, "diagnoses", headings, said).json["kept"]
    assert told["kept"] == 2
    registry = f"姓名,身份证号,病种\n外乡人,{STRANGER},糖尿病"
    officer = platform.person("bureau")
    sent = {
        "csrf_token": csrf(officer.get("/bureau/matching").text),
        "table": (BytesIO(registry.encode()), "名单.csv"),
        "as_of": "2025-09-15",
    }
    where = officer.post("/bureau/matching/files", data=sent).location
    id_ = where.rsplit("/", 1)[1]
    for act in (None, f"/matching/files/{id_}/take"):
        if act:
            bureau.post(act)
        matchings.carry_out(platform.app, {"id": id_})
    run = bureau.post("/matching/runs")
    matchings.carry_out(platform.app, {"id": run["id"]})
    (done,) = bureau.get("/matching/runs")
    people = {one["name"]: one["people"] for one in done["lists"]}
    assert people["verify"] == 1


@pytest.mark.parametrize(
    ("said", "diseases"),
    [
        ("高血压3级（极高危），2型糖尿病", {"hypertension", "diabetes"}),
        ("冠心病、高血压病", {"hypertension"}),
        ("E11.9", {"diabetes"}),
        ("非胰岛素依赖型糖尿病", {"diabetes"}),
        ("高血压？", {"hypertension"}),
        ("无症状性心肌缺血、高血压", {"hypertension"}),
        ("否认高血压、糖尿病史", set()),
        ("上呼吸道感染，无糖尿病史", set()),
        ("糖尿病家族史", set()),
        ("糖尿病前期", set()),
        ("肺动脉高压", set()),
        ("I25.1", set()),
    ],
)
def test_l3_what_a_diagnosis_says_is_there_counts_and_what_it_denies_does_not(
    said, diseases
):
    assert spoken_of(said) == diseases


def test_of_who_is_not_insured_here_nothing_is_kept_but_how_many(platform, bureau):
    rows = (f"{ALICE},2025-09-10,", f"{STRANGER},2025-09-10,", f"{ALICE},2025-09-10,")
    told = hand_in(bureau, "stays", STAY, *rows).json["kept"]
    assert (told["rows"], told["kept"], told["unknown"]) == (3, 1, 1)
    vault = platform.app.extensions["desk"].vault
    with db.open_session(platform.app.extensions["engine"], read_only=True) as session:
        (row,) = bureau_lists.rows_of(session, vault, "3303", "stays")
    assert row == (cast.alice.person_no, "2025-09-10", "2025-09-15")


@pytest.mark.parametrize(
    ("kind", "rows"),
    [
        ("stays", (STAY, "330302195703124026,2025-09-10,")),  # its check digit
        ("stays", (STAY, f"{ALICE},2025-09-10,2025-09-01")),
        ("stays", (STAY, f"{ALICE},2025-09-16,")),
        ("stays", (STAY, f"{ALICE},,")),
        ("ends", ("身份证号,日期", f"{ALICE},2025年")),
        ("auxiliary", ("药品编码,适应诊断编码", f"{AMLODIPINE},高血压")),
        ("auxiliary", ("药品编码,适应诊断编码", "XC08,")),
        ("diagnoses", ("身份证号,诊断", f"{ALICE},")),
    ],
)
def test_one_bad_row_is_told_by_its_number_and_nothing_is_kept(
    platform, bureau, kind, rows
):
    answer = hand_in(bureau, kind, *rows)
    assert answer.status_code == 200, answer.text
    assert (answer.json["refused"], answer.json["kept"]) == (1, None)
    assert answer.json["bad"][0]["row"] == 2
    assert ALICE not in answer.text and kept(platform) == []


@pytest.mark.parametrize(
    ("kind", "rows", "more"),
    [
        ("stays", ("身份证号,入院日期,出院日期",), {}),
        ("stays", ("姓名,天数", "a,1"), {}),
        ("stays", ("",), {}),
        ("stays", (STAY, f"{ALICE},2025-09-10,"), {"as_of": "2099-01-01"}),
        ("stays", (STAY, f"{ALICE},2025-09-10,"), {"source": ""}),
    ],
)
def test_a_file_that_is_none_is_refused_whole(platform, bureau, kind, rows, more):
    answer = hand_in(bureau, kind, *rows, **more)
    assert answer.status_code == 422, answer.text
    assert kept(platform) == []


def test_no_other_kind_and_nobody_but_the_bureau(platform, bureau):
    assert hand_in(bureau, "gossip", STAY, f"{ALICE},2025-09-10,").status_code == 404
    for who in ("health", "counter", "alice"):
        program = platform.program(who)
        assert (
            hand_in(program, "stays", STAY, f"{ALICE},2025-09-10,").status_code == 403
        )
        assert program.ask("GET", "/lists").status_code == 403


def test_the_page_tells_each_refused_row_and_then_what_was_kept(platform, bureau):
    officer = platform.person("bureau")

    def send(rows, act):
        token = csrf(officer.get("/bureau/lists").text)
        table = (BytesIO("\n".join((STAY, *rows)).encode()), "住院.csv")
        form = {"csrf_token": token, "kind": "stays", "act": act, "table": table}
        return officer.post("/bureau/lists", data={**form, **SAID}).text

    assert "早于入院日期" in send([f"{ALICE},2025-09-10,2025-09-01"], "keep")
    assert "还没有保存" in send([f"{ALICE},2025-09-10,"], "try")
    assert kept(platform) == []
    assert "1 行已保存" in send([f"{ALICE},2025-09-10,"], "keep")
    page = officer.get("/bureau/lists").text
    assert "住院.csv" in page and ALICE not in page


def test_the_same_file_under_one_key_is_one_version(platform, bureau):
    key = {"Idempotency-Key": "3f0c7d52-0c51-4f3e-9d6e-0a5d1c2b3a4f"}
    for _ in range(2):
        table = (BytesIO(f"{STAY}\n{ALICE},2025-09-10,".encode()), "名单.csv")
        form = {**SAID, "table": table, "dry_run": "false"}
        headers = {"Authentication-Token": bureau.token, **key}
        answer = bureau.client.post(
            "/api/lists/stays/versions", data=form, headers=headers
        )
        assert answer.status_code == 200, answer.text
    assert len(kept(platform)) == 1
