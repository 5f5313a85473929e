"""The pages and the interface of groups paid by heads, in a county of 濉溪."""

import re
from decimal import Decimal
from io import BytesIO
from urllib.parse import urlencode
from zipfile import ZipFile

import pytest

from tests.clearing import county
from tests.clearing.county import GROUP, OTHER, VILLAGE, YEAR
from tests.platform import PASSWORD, csrf, open_platform, send
from tests.web.test_approvals import code_of
from web import accounts, db

ACT = {"kind": "joined", "on": "2021-01-01", "document": "濉医保秘〔2020〕12号"}
HERE = f"/groups/{GROUP}/years/{YEAR}"
PAGES = f"/bureau/groups/{GROUP}/years/{YEAR}"


@pytest.fixture(scope="module")
def suixi(tmp_path_factory, sqlite_template):
    """Open an installation of 濉溪 with a group, its people and its officers."""
    folder = tmp_path_factory.mktemp("suixi")
    opened = open_platform(
        f"sqlite:///{folder}/yaoda.db",
        folder,
        region="suixi",
        overlay=None,
        clock_start=county.AFTER,
    )
    engine = opened.app.extensions["engine"]
    with opened.app.app_context(), db.open_session(engine) as session:
        word = accounts.hashed(PASSWORD)
        accounts.add_accounts(
            session,
            [
                accounts.NewAccount(name, named, (role,), "340621", word)
                for name, named, role in (
                    ("wang", "王", "bureau"),
                    ("li", "李", "bureau"),
                    ("wei", "卫", "health"),
                    ("shen", "审", "auditor"),
                )
            ],
        )
        county.people(session, opened.app.extensions["desk"].vault)
    yield opened
    engine.dispose()


def test_a_year_goes_from_the_first_institution_to_the_final_version(suixi):
    officer, page = suixi.program("wang"), suixi.person("wang")
    for code, name, level, above in county.TREE:
        body = {**ACT, "code": code, "name": name, "level": level, "above": above}
        assert officer.ask("POST", f"/groups/{GROUP}/acts", body).status_code == 201
    rows = "person,code,signed,on\r\n" + "".join(
        f"I9{no:08},{VILLAGE if no < 4 else OTHER},是,2021-01-01\r\n" for no in range(6)
    )
    told = upload(page, rows)
    assert told.status_code == 302, told.text
    shown = page.get(f"/bureau/groups/{GROUP}")
    assert shown.status_code == 200 and "I900000000" not in shown.text

    # What is missing is named, nobody is scored before, and nothing is printed.
    assert page.get(f"{PAGES}/sheet.xlsx").status_code == 409
    told = officer.get(HERE)
    assert told["surplus_fen"] is None and "住院实际基金支出" in told["lacking"]
    assert f"{VILLAGE} 3.1" in told["unmeasured"]
    assert "这一年还不能清算" in page.get(PAGES).text
    refused = officer.ask("POST", f"{HERE}/clearing", {"reason": "-"})
    assert code_of(refused) == "clearing-not-whole"

    health = suixi.program("wei")
    told = health.get(f"{HERE}/indicators")
    assert "中断" in told["cut_off"]  # S25
    for name, part in county.FIGURES.items():
        fill(officer, name, part)
    for name in ("outpatient_deduction", "inpatient_deduction"):
        fill(officer, name, 0, ref="无")
    for code, *_ in county.TREE:
        for row in told["rows"]:
            if row["computed"] in ("", "complaints", "bad_prescriptions"):
                measure(health if row["enters"] == "health" else officer, code, row)
            elif row["row"] == "1.2":
                measure(health, code, row)
            elif row["row"] == "9":
                assert mark(told, code, "9")["origin"] == "here"

    assert_simulated(officer, page)
    assert_settled(suixi, officer, page)


def assert_simulated(officer, page):
    told = officer.get(HERE)
    assert told["paid_fen"] + told["pool_fen"] == told["surplus_fen"] == 2_100_00
    # Nobody came: row 9 has no point, and that costs its ten of sixty.
    losses = {one["code"]: one["fen"] for one in told["losses"]}
    assert losses[GROUP] == 2_100_00 * 2 // 10 // 6
    what_if = {"code": GROUP, "row": "9", "part": 7, "of": 10}
    moved = officer.get(f"{HERE}/trials?" + urlencode(what_if))
    (mine,) = [one for one in moved if one["code"] == GROUP]
    assert mine["after_fen"] - mine["before_fen"] == losses[GROUP]
    asked = page.get(f"{PAGES}?code={GROUP}&row=9&part=7&of=10").text
    # Who has no change is listed too, and both charts stand before their tables.
    assert "换数以后" in asked and asked.count("<svg xmlns") == 2
    assert all(name in asked for _, name, _, _ in county.TREE)
    assert_printed(page, told)
    # S1: nobody came, and nobody has entered the year before.
    goals = {one["name"]: one for one in told["goals"]}
    assert (goals["visited"]["now_part"], goals["visited"]["now_of"]) == (0, 6)
    assert goals["visited"]["is_met"] is None and "还不能比较" in asked


def assert_printed(page, told):
    """The workbook has the amounts of the interface as numbers, the PDF opens."""
    with ZipFile(BytesIO(page.get(f"{PAGES}/sheet.xlsx").data)) as book:
        shared, split = (
            book.read(f"xl/{name}.xml").decode()
            for name in ("sharedStrings", "worksheets/sheet3")
        )
    assert all(f"<t>{one['name']}</t>" in shared for one in told["members"])
    numbers = re.findall(r'<c r="[EFG]\d+" s="\d+"><v>([^<]+)</v>', split)
    assert [round(Decimal(one) * 100) for one in numbers] == [
        one[name]
        for one in told["members"]
        for name in ("full_fen", "paid_fen", "returned_fen")
    ]
    paper = page.get(f"{PAGES}/sheet.pdf")
    assert paper.mimetype == "application/pdf" and paper.data.startswith(b"%PDF-")


def assert_settled(suixi, officer, page):
    assert tile_of(officer) == "{group} {year}年还没有清算"
    waits = officer.ask("POST", f"{HERE}/clearing", {"reason": "年终清算"})
    assert code_of(waits) == "second-person-needed"
    number = waits.json["proposal"]
    second = suixi.person("li")
    assert "年终清算" in second.get(f"/approvals/{number}").text
    done = send(
        second, f"/approvals/{number}/decision", approves="true", reason="已核对"
    )
    assert "已办理" in done.text
    assert tile_of(officer) == "{group} {year}年清算了，第{number}版"
    (kept,) = officer.get(f"{HERE}/clearings")
    assert (kept["by"], kept["approved_by"]) == ("wang", "li")
    for path in ("", "/figures", "/book", "/indicators", "/clearings/1"):
        assert page.get(PAGES + path).status_code == 200, path
    again = page.get(f"{PAGES}/clearings/1.json")
    assert again.json["people"] == 6
    joint = re.search(
        r"医共体共管账户</td><td[^>]*>([^<]+)<", page.get(f"{PAGES}/book").text
    )
    assert joint and joint[1] == "0.00"


def test_the_health_commission_sees_scores_and_no_money(suixi):
    officer, visitor = suixi.program("wei"), suixi.person("wei")
    for path in ("", "/figures", "/bookings", "/clearings"):
        assert officer.ask("GET", HERE + path).status_code == 403
    assert visitor.get(PAGES).status_code == 403
    assert visitor.get("/bureau/groups/measured").status_code == 200
    body = {"name": "inpatients", "part": 1, "document": "-"}
    assert officer.ask("POST", f"{HERE}/figures", body).status_code == 403


def test_an_auditor_reads_and_enters_nothing(suixi):
    auditor = suixi.program("shen")
    assert auditor.ask("GET", HERE).status_code in (200, 404)
    body = {"name": "inpatients", "part": 1, "document": "-"}
    assert auditor.ask("POST", f"{HERE}/figures", body).status_code == 403
    assert "提交清算" not in suixi.person("shen").get("/bureau/groups").text


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ("person,code\r\nI900000000,V1\r\n", 422),
        ("person,code,signed,on\r\nX,V1,是,2021-01-01\r\n", 422),
        ("", 422),
        ("\udcff".encode("utf-8", "surrogateescape").decode("latin-1"), 422),
    ],
)
def test_a_bad_file_of_contracts_is_told_row_by_row(suixi, body, status):
    assert upload(suixi.person("wang"), body).status_code == status


@pytest.mark.parametrize(
    ("year", "status"), [(0, 404), (1999, 404), (2019, 409), (99_999_999, 404)]
)
def test_a_year_that_no_text_knows_is_not_found(suixi, year, status):
    officer = suixi.program("wang")
    assert officer.ask("GET", f"/groups/{GROUP}/years/{year}").status_code == status


def test_a_county_whose_texts_say_nothing_of_heads_is_told_so(platform):
    page = platform.person("bureau").get("/bureau/groups")
    assert page.status_code == 200 and "还没有医共体" in page.text
    answer = platform.program("bureau").ask("GET", HERE)
    assert answer.status_code == 404


def tile_of(program):
    (tile,) = [one for one in program.get("/desk") if one["name"] == "clearing"]
    (entry,) = tile["entries"]
    assert entry["address"] == PAGES
    return entry["words"]


def upload(page, text):
    token = csrf(page.get(f"/bureau/groups/{GROUP}").text)
    sent = {
        "csrf_token": token,
        "document": "签约信息系统",
        "file": (BytesIO(text.encode()), "people.csv"),
    }
    return page.post(f"/bureau/groups/{GROUP}/contracts", data=sent)


def fill(program, name, part, **more):
    body = {"name": name, "part": part, "document": "核定表", **more}
    answer = program.ask("POST", f"{HERE}/figures", body)
    assert answer.status_code == 201, answer.text


def measure(program, code, row):
    number = {"part": 1, "of": 1} if row["kind"] == "share" else {"part": 0}
    body = {"code": code, "row": row["row"], "document": "系统导出", **number}
    answer = program.ask("POST", f"{HERE}/indicators", body)
    assert answer.status_code == 201, answer.text


def mark(told, code, row):
    (one,) = [c for c in told["cells"] if (c["code"], c["row"]) == (code, row)]
    return one
