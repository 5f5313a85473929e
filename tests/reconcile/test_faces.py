"""A day is reconciled, mended and closed over the interface, on pages and by command."""

import io
import re
from datetime import timedelta

import pytest

from dispensing.money import yuan
from dispensing.reconcile import KINDS, REASONS
from pharmacies.movements import KINDS as MOVES
from tests.platform import (
    PASSWORD,
    commands,
    csrf,
    open_platform,
    send,
    settled,
)
from tests.world import AMLODIPINE, DAY, NOON
from web import accounts, cli, db, sweeping
from web.clock import starting_at
from web.pages import showing
from web.schemas import Mending

SHOP = "P33030200001"
ON = DAY.isoformat()


@pytest.fixture
def morning(sqlite_url, tmp_path):
    """Open the platform on the morning after a settlement that the platform lost."""
    opened = open_platform(sqlite_url, tmp_path)
    rx = settled(opened)
    row = opened.program("counter").get(f"/prescriptions/{rx}/settlement")
    opened.program("counter").post(
        f"/prescriptions/{rx}/collection", {"receiver": "patient"}
    )
    opened.app.extensions["desk"].gateway.tamper(row["msgid"])
    opened.app.extensions["clock"] = starting_at(NOON + timedelta(hours=20))
    yield opened, row
    opened.app.extensions["engine"].dispose()


def test_a_clerk_reconciles_mends_and_closes_over_the_interface(morning):
    platform, row = morning
    clerk = platform.program("counter")
    run = clerk.post("/reconciliation/runs", {"day": ON})
    (one,) = run["differences"]
    assert (one["kind"], one["event_id"]) == ("missing_there", row["id"])
    body = {"fix": "retry"}
    mended = clerk.post(f"/reconciliation/differences/{one['id']}/mending", body)
    assert mended["result"] == "equal"
    closed = clerk.post("/reconciliation/closings", {"day": ON})
    assert closed["closed_by"] == "counter"
    (own,) = clerk.get(f"/reconciliation?day={ON}")
    assert own["run"] == closed
    (all_,) = platform.program("bureau").get(f"/reconciliation?day={ON}")
    assert all_ == own


def test_a_till_file_is_sent_and_each_faulty_line_is_named(morning):
    platform, row = morning
    clerk = platform.program("counter")
    text = f"报文号,收款方式,金额\n{row['msgid']},现金,{yuan(row['cash_fen'])}\n"
    sent = {"day": ON, "text": text}
    assert clerk.post("/reconciliation/till-files", sent) == {"lines": 1}
    crlf = {**sent, "text": "\ufeff" + text.replace("\n", "\r\n")}
    assert clerk.post("/reconciliation/till-files", crlf) == {"lines": 1}
    bad = {**sent, "text": text.replace("现金", "支票")}
    answer = clerk.ask("POST", "/reconciliation/till-files", bad)
    assert answer.status_code == 422
    assert answer.json["errors"][0]["where"].startswith("line")


def test_another_outlet_neither_sees_nor_mends_it(morning):
    platform, _ = morning
    run = platform.program("counter").post("/reconciliation/runs", {"day": ON})
    other = platform.program("second-counter")
    (own,) = other.get(f"/reconciliation?day={ON}")
    assert (own["outlet_code"], own["run"]) == ("P33030200002", None)
    path = f"/reconciliation/differences/{run['differences'][0]['id']}/mending"
    answer = other.ask("POST", path, {"fix": "book", "reason": "other"})
    assert answer.status_code == 404
    patient = platform.program("alice")
    assert patient.ask("GET", "/reconciliation").status_code == 403


def test_the_bureau_names_the_outlet(morning):
    platform, _ = morning
    bureau = platform.program("bureau")
    assert bureau.ask("POST", "/reconciliation/runs", {"day": ON}).status_code == 422
    run = bureau.post("/reconciliation/runs", {"day": ON, "outlet": SHOP})
    assert run["by"] == "bureau"
    unknown = {"day": ON, "outlet": "P99999999999"}
    assert bureau.ask("POST", "/reconciliation/runs", unknown).status_code == 404


def test_the_bureau_of_another_area_sees_and_does_nothing_here(morning):
    platform, _ = morning
    (one,) = platform.program("counter").post("/reconciliation/runs", {"day": ON})[
        "differences"
    ]
    with (
        platform.app.app_context(),
        db.open_session(platform.app.extensions["engine"]) as session,
    ):
        there = accounts.NewAccount(
            "hangzhou", "杭州", ("bureau",), "330100", accounts.hashed(PASSWORD)
        )
        accounts.add_accounts(session, [there])
    other = platform.program("hangzhou")
    assert other.get(f"/reconciliation?day={ON}") == []
    mending = f"/reconciliation/differences/{one['id']}/mending"
    for path, body in (
        ("/reconciliation/runs", {"day": ON, "outlet": SHOP}),
        ("/reconciliation/closings", {"day": ON, "outlet": SHOP}),
        ("/reconciliation/till-files", {"day": ON, "outlet": SHOP, "text": "msgid"}),
        (mending, {"fix": "book", "reason": "other"}),
    ):
        assert other.ask("POST", path, body).status_code == 404, path
    assert platform.program("bureau").post(mending, {"fix": "query"})["differences"]


@pytest.mark.parametrize("face", ["counter", "bureau"])
def test_a_difference_is_mended_with_one_click_and_the_day_closed(morning, face):
    platform, row = morning
    reader = platform.person(face)
    here = f"/{face}/reconciliation"
    page = send(reader, f"{here}/run", day=ON, outlet=SHOP).text
    assert KINDS["missing_there"].chinese in page and row["id"] in page
    (one, *_) = re.findall(r'name="difference" value="([^"]+)"', page)
    page = send(reader, f"{here}/mend", difference=one, fix="retry").text
    assert "没有差异" in page and "相符" in page
    page = send(reader, f"{here}/close", day=ON, outlet=SHOP).text
    assert "已日结" in page
    assert "fix_" not in page and 'action="/counter/reconciliation/run"' not in page


def test_a_difference_is_booked_with_a_reason_on_the_page(morning):
    platform, _ = morning
    clerk = platform.person("counter")
    here = "/counter/reconciliation"
    page = send(clerk, f"{here}/run", day=ON).text
    (one, *_) = re.findall(r'name="difference" value="([^"]+)"', page)
    page = send(clerk, f"{here}/mend", difference=one, fix="book", reason="timing").text
    assert "已登记" in page and "跨日入账" in page
    wrong = send(clerk, f"{here}/mend", difference=one, fix="book")
    assert wrong.status_code == 409


def test_a_till_file_is_uploaded_on_the_page(morning):
    platform, row = morning
    clerk = platform.person("counter")
    token = csrf(clerk.get("/counter/reconciliation").text)
    text = f"流水号;支付方式;实收金额\n{row['msgid']};微信;{yuan(row['cash_fen'])}\n"
    sent = {
        "csrf_token": token,
        "day": ON,
        "outlet": SHOP,
        "file": (io.BytesIO(text.encode("gb18030")), "till.csv"),
    }
    path = "/counter/reconciliation/till-file"
    page = clerk.post(path, data=sent, follow_redirects=True).text
    assert KINDS["till_method"].chinese in page
    odd = text.replace("微信", "支票").encode()
    told = clerk.post(path, data={**sent, "file": (io.BytesIO(odd), "till.csv")}).text
    assert "第 2 行 收款方式" in told and "现金、银行卡或手机支付" in told
    assert "处方" not in re.sub(r"(?s)<nav.*?</nav>|<title>.*?</title>", "", told)
    empty = {**sent, "file": (io.BytesIO(b""), "")}
    assert clerk.post(path, data=empty).status_code == 422


def test_another_file_under_the_same_key_is_not_taken_for_the_first(morning):
    platform, row = morning
    clerk = platform.person("counter")
    token = csrf(clerk.get("/counter/reconciliation").text)
    path = "/counter/reconciliation/till-file"

    def sent(method: str):
        text = f"msgid,method,amount\n{row['msgid']},{method},{yuan(row['cash_fen'])}\n"
        file = (io.BytesIO(text.encode()), "till.csv")
        asked = {"csrf_token": token, "day": ON, "client_key": "k", "file": file}
        return clerk.post(path, data=asked)

    assert sent("mobile").status_code == sent("mobile").status_code == 302
    assert sent("cash").status_code == 409


def test_stock_is_received_counted_and_shown(platform):
    clerk = platform.program("counter")
    came = {"kind": "received", "medicine": AMLODIPINE, "quantity": 10, "batch": "B1"}
    assert clerk.post("/stock/movements", came)["quantity"] == 10
    settled(platform)
    assert clerk.get("/stock")[0]["quantity"] == 7
    count = {"medicine": AMLODIPINE, "counted": 6, "reason": "盘点"}
    assert clerk.post("/stock/counts", count)["quantity"] == 6
    kinds = [one["kind"] for one in clerk.get("/stock/movements")]
    assert kinds == ["counted", "sold", "received"]
    for body, status in (
        ({**came, "quantity": 0}, 422),
        ({**came, "kind": "sold"}, 422),
        ({**came, "medicine": "X" * 23}, 404),
    ):
        assert clerk.ask("POST", "/stock/movements", body).status_code == status
    person = platform.person("counter")
    lost = {"kind": "written_off", "medicine": AMLODIPINE, "quantity": "2"}
    page = send(person, "/counter/stock/enter", **lost, reason="破损").text
    assert "报损" in page and "破损" in page
    counted = {"kind": "counted", "medicine": AMLODIPINE, "quantity": "5"}
    assert "盘点调整" in send(person, "/counter/stock/enter", **counted).text
    assert clerk.get("/stock")[0]["quantity"] == 5


def test_the_command_tells_each_difference_and_closes_what_is_clean(
    morning, monkeypatch, tmp_path
):
    platform, row = morning
    ask = commands(platform, monkeypatch)
    told = ask("reconcile", ON)
    assert told.exit_code == 1
    lines = told.output.splitlines()
    assert f"missing_there: only we have it, settlement {row['id']}" in lines[0]
    assert lines[1].endswith("1 differences remain")
    run = platform.program("counter").post("/reconciliation/runs", {"day": ON})
    path = f"/reconciliation/differences/{run['differences'][0]['id']}/mending"
    platform.program("counter").post(path, {"fix": "retry"})
    till = tmp_path / "till.csv"
    till.write_text(f"msgid,method,amount\n{row['msgid']},cash,0.01\n", "utf-8")
    told = ask("reconcile", ON, "--outlet", SHOP, "--till", str(till))
    assert (told.exit_code, "till_amount" in told.output) == (1, True)
    right = f"msgid,method,amount\n{row['msgid']},cash,{yuan(row['cash_fen'])}\n"
    till.write_text(right, "utf-8")
    told = ask("reconcile", ON, "--outlet", SHOP, "--till", str(till), "--close")
    assert (told.exit_code, told.output.strip().endswith("closed")) == (0, True)
    assert "closed" in ask("reconcile", ON).output


def test_the_command_refuses_what_it_cannot_use(morning, monkeypatch, tmp_path):
    platform, _ = morning
    commands(platform, monkeypatch)
    till = tmp_path / "till.csv"
    till.write_text("a,b\n1,2\n")
    for words in (
        ["reconcile", "yesterday"],
        ["reconcile", "2025-12-01"],
        ["reconcile", ON, "--outlet", "P99999999999"],
        ["reconcile", ON, "--till", str(till)],
        ["reconcile", ON, "--outlet", SHOP, "--till", str(till)],
        ["stock", "receive", SHOP, "X" * 23, "1"],
    ):
        asked = lambda words=words: cli.app(words, standalone_mode=False)  # noqa: E731
        assert cli.answer(asked) == 2, words


def test_stock_is_kept_by_command(morning, monkeypatch):
    platform, _ = morning
    ask = commands(platform, monkeypatch)
    assert "7" in ask("stock", "receive", SHOP, AMLODIPINE, "10").output
    assert " 6 " in ask("stock", "count", SHOP, AMLODIPINE, "6").output
    assert " 5 " in ask("stock", "write-off", SHOP, AMLODIPINE, "1").output
    assert ask("stock", "show", SHOP).output.split()[:2] == [AMLODIPINE, "5"]


def test_a_stock_act_with_a_number_that_is_typed_twice_counts_once(
    morning, monkeypatch
):
    platform, _ = morning
    ask = commands(platform, monkeypatch)
    receive = ("stock", "receive", SHOP, AMLODIPINE, "10", "--act", "送货单 17")
    for _ in range(2):
        assert "7" in ask(*receive).output
    lost = ("stock", "write-off", SHOP, AMLODIPINE, "1", "--act", "送货单 17")
    for _ in range(2):
        assert " 6 " in ask(*lost).output  # another act than the receipt
    counted = ("stock", "count", SHOP, AMLODIPINE, "5", "--act", "9 月")
    for _ in range(2):
        assert " 5 " in ask(*counted).output
    for words in (receive, lost, counted):
        other = [word if word not in {"10", "1", "5"} else "3" for word in words]
        asked = lambda other=other: cli.app(other, standalone_mode=False)  # noqa: E731
        assert cli.answer(asked) == 2
    assert ask("stock", "show", SHOP).output.split()[:2] == [AMLODIPINE, "5"]


def test_the_sweep_reconciles_yesterday_by_itself(morning):
    platform, _ = morning
    sweeping.sweep(platform.app)
    (one,) = platform.program("bureau").get(f"/reconciliation?day={ON}")
    assert (one["run"]["by"], one["run"]["result"]) == ("system", "differs")


def test_the_faces_know_what_the_services_know():
    schema = Mending.model_json_schema()["properties"]
    (reasons,) = [one["enum"] for one in schema["reason"]["anyOf"] if "enum" in one]
    assert reasons == list(REASONS)
    said = showing.STATES
    assert {said[f"why_{slug}"] for slug in REASONS} == set(REASONS.values())
    assert {said[f"moved_{slug}"] for slug in MOVES} == set(MOVES.values())
