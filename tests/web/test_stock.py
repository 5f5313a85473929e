"""Stock as people meet it (T10, L16): batches, recalls, boards, on every face and by command."""

import re

import pytest
from pydantic import ValidationError
from sqlalchemy import update

from fixtures import cast
from pharmacies.tables import MedicineRow
from tests.platform import commands, send, sent, settled, settlement
from tests.world import AMLODIPINE
from web import db
from web.pages import forms
from web.schemas import SettlementRequest

CAME = {"kind": "received", "medicine": AMLODIPINE, "quantity": 9, "batch": "A1"}
REORDER = "lead_days=2&cover_days=28&source=本店"


@pytest.fixture
def stocked(platform):
    """Let nine boxes of a batch come in, and sell three of them."""
    sent = {**CAME, "expires_on": "2026-06-30"}
    platform.program("counter").post("/stock/movements", sent)
    settled(platform)
    return platform


def test_the_counter_sees_its_batches_choices_and_orders(stocked):
    counter = stocked.program("counter")
    (one,) = counter.get("/stock/batches?expiring_days=365")
    told = one["batch"], one["on_hand"], one["reserved"], one["state"]
    assert told == ("A1", 6, 0, "expiring")
    (choice,) = counter.get(f"/stock/choices?medicine={AMLODIPINE}")
    assert (choice["free"], choice["tier"], choice["price_fen"]) == (6, "甲", 420)
    assert counter.get(f"/stock/reorders?{REORDER}") == []
    assert counter.get("/stock/differences") == []
    page = stocked.person("counter").get(
        f"/counter/stock?generic_of={AMLODIPINE}&{REORDER}"
    )
    for said in ("A1", "2026-06-30", "同通用名药品的优先顺序", "不需要补货。"):
        assert said in page.text


def test_the_bureau_recalls_a_lot_and_gives_it_free_again(stocked):
    lot = {"medicine": AMLODIPINE, "batch": "A1", "source": "药品召回通知"}
    bureau = stocked.person("bureau")
    assert "/bureau/stock" in bureau.get("/bureau").text
    page = send(bureau, "/bureau/stock/recall", act="recall", **lot).text
    assert "药品召回通知" in page
    assert stocked.program("counter").get("/stock/batches")[0]["state"] == "recalled"
    program = stocked.program("bureau")
    said = program.post("/recalls", {**lot, "act": "lift"})
    assert [one["recalled"] for one in said] == [False, True]
    again = program.ask("POST", "/recalls", {**lot, "act": "lift"})
    assert again.status_code == 409
    assert again.json["type"] == "urn:yaoda:problem:not-recalled"


def test_the_bureau_sees_alarms_assortments_and_demand(stocked):
    bureau = stocked.program("bureau")
    gone = {**CAME, "kind": "sent_back", "quantity": 6}
    stocked.program("counter").post("/stock/movements", gone)
    found = bureau.get("/stock-alarms?window_days=30&percent=20")
    assert [one["sold"] for one in found["stock_outs"]] == [3]
    assert found["prices"] == []
    assert bureau.get("/assortment") == [], "the region's text asks for none"
    assert bureau.get("/demand?days=60") == []
    asked = "/bureau/stock?window_days=30&percent=20"
    page = stocked.person("bureau").get(asked).text
    assert "没有异常价格。" in page
    assert (
        "没有到期的长处方。"
        in stocked.person("bureau").get("/bureau/stock?days=60").text
    )


def test_the_board_names_what_institutions_lack_where_a_text_asks_for_it(
    stocked, monkeypatch
):
    """临沧 二（三）6 asks for five classes against hypertension and against diabetes."""
    ours = stocked.app.extensions["settings"]
    theirs = ours.model_copy(update={"region": "lincang"})
    monkeypatch.setitem(stocked.app.extensions, "settings", theirs)
    with db.open_session(stocked.app.extensions["engine"]) as session:
        session.exec(update(MedicineRow).values(drug_class="CCB（长效）"))
        session.commit()
    stocked.program("centre").post("/stock/movements", CAME)
    board = stocked.program("bureau").get("/assortment")
    by_outlet = {one["outlet_code"]: one["held"] for one in board}
    assert cast.LUCHENG_PHARMACY not in by_outlet, "a pharmacy is no institution"
    held = {one["minimum"]["disease"]: one for one in by_outlet[cast.COMMUNITY_CENTRE]}
    assert held["hypertension"]["found"] == ["CCB"]
    assert (held["diabetes"]["found"], held["diabetes"]["minimum"]["at_least"]) == (
        [],
        5,
    )
    page = stocked.person("bureau").get("/bureau/stock").text
    assert "常备5大类降压药" in page and "二（三）6" in page


def test_demand_tells_how_many_packs_are_wanted_from_which_day(stocked):
    rx = sent(stocked, 2, long_term=True)
    asked = {**settlement(stocked, 2), "override": {"reason": "药师已核对"}}
    stocked.program("counter").put(f"/prescriptions/{rx}/settlement", asked)
    bureau = stocked.program("bureau")
    assert bureau.get("/demand?days=28") == []
    (need,) = bureau.get("/demand?days=29")
    assert (need["quantity"], need["people"], need["first_day"]) == (3, 1, "2025-10-13")
    page = stocked.person("bureau").get("/bureau/stock?days=29").text
    assert AMLODIPINE in page and cast.alice.name not in page


def test_the_stock_form_looks_medicines_up_by_name_and_initials(stocked):
    page = stocked.person("counter").get("/counter/stock").text
    (field,) = re.findall(r'<input[^>]* name="medicine"[^>]*>', page)
    assert 'role="combobox"' in field and "/counter/paper/medicines" in field


def test_what_belongs_to_others_or_is_no_number_is_refused(stocked):
    counter, bureau = stocked.program("counter"), stocked.program("bureau")
    assert counter.ask("GET", "/demand?days=60").status_code == 403
    assert counter.ask("POST", "/recalls", {}).status_code == 403
    assert bureau.ask("GET", "/stock/batches").status_code == 403
    assert bureau.ask("GET", "/demand?days=x").status_code == 422
    assert bureau.ask("GET", "/stock-alarms?percent=5").status_code == 422
    assert stocked.person("bureau").get("/bureau/stock?days=x").status_code == 422
    assert stocked.person("counter").get("/bureau/stock").status_code == 403
    odd = {**CAME, "expires_on": "2027-01-01"}
    answer = counter.ask("POST", "/stock/movements", odd)
    if answer.status_code == 201:  # the first that tells the day
        answer = counter.ask(
            "POST", "/stock/movements", {**odd, "expires_on": "2027-02-01"}
        )
    assert answer.json["type"] == "urn:yaoda:problem:batch-other-day"


GS1 = "01069012345678921727013110L7\u241d2180000000000000000777"


def test_a_settlement_takes_the_code_of_a_box_for_its_trace_code():
    plain, trace = "80000000000000000002", "80000000000000000777"
    bracketed = f"(01)06901234567892(21){trace}"
    wanted = {"scanned_code": "x" * 40, "voucher": "e_code"}
    for typed in (GS1, bracketed, f"]d2{GS1}"):
        sent = {**wanted, "trace_codes": {"1": [plain, typed]}}
        form = SettlementRequest.model_validate(sent)
        assert form.trace_codes == {"1": [plain, trace]}
    for wrong in (bracketed.replace("892", "893"), f"10{trace}", f"x{trace}"):
        with pytest.raises(ValidationError):
            SettlementRequest.model_validate({**wanted, "trace_codes": {"1": [wrong]}})


def test_the_code_of_a_box_tells_batch_last_day_and_serial(stocked):
    counter = stocked.program("counter")
    came = {"kind": "received", "medicine": AMLODIPINE, "quantity": 2}
    counter.post("/stock/movements", {**came, "label": GS1})
    found = {one["batch"]: one for one in counter.get("/stock/batches")}
    assert (found["L7"]["on_hand"], found["L7"]["expires_on"]) == (2, "2027-01-31")
    again = {**came, "label": GS1, "batch": "L8"}
    answer = counter.ask("POST", "/stock/movements", again)
    assert answer.json["type"] == "urn:yaoda:problem:label-other-batch"
    answer = counter.ask("POST", "/stock/movements", {**came, "label": "L7"})
    assert answer.json["type"] == "urn:yaoda:problem:label-unreadable"
    typed = "(01)06901234567892(17)270228(10)L9"
    page = send(stocked.person("counter"), "/counter/stock/enter", **came, label=typed)
    assert "L9" in page.text and "2027-02-28" in page.text


def test_the_code_of_a_box_stands_for_its_serial_or_batch_at_the_counter(stocked):
    typed = GS1.replace("\u241d", "\x1d")  # as a scanner types it
    sent = {"trace_1": f"{typed}\n80000000000000000002", "uncoded_1": "A1 " + GS1}
    with stocked.app.test_request_context(method="POST", data=sent):
        assert forms.scanned() == {
            "1": ["80000000000000000777", "80000000000000000002"]
        }
        assert forms.scanned("uncoded") == {"1": ["A1", "L7"]}


def test_a_file_of_receipts_goes_in_by_command_or_is_refused(
    stocked, monkeypatch, tmp_path
):
    run = commands(stocked, monkeypatch)
    file = tmp_path / "stock.csv"
    row = f"P33030200001,{AMLODIPINE},B2,2027-01-31,40\n"
    file.write_text("outlet,medicine,batch,expires_on,quantity\n" + row, "utf-8")
    done = run("stock", "import", str(file))
    assert "1 receipts entered" in done.output
    found = stocked.program("counter").get("/stock/batches")
    assert [(one["batch"], one["on_hand"]) for one in found] == [("A1", 6), ("B2", 40)]
    for text in ("outlet\n", file.read_text("utf-8").replace("P33030200001", "P0")):
        file.write_text(text, "utf-8")
        done = run("stock", "import", str(file))
        assert done.exit_code, done.output
    again = stocked.program("counter").get("/stock/batches")
    assert again == found


def test_the_operator_does_the_same_by_command(stocked, monkeypatch):
    run = commands(stocked, monkeypatch)

    def told(*words):
        done = run("stock", *words)
        assert done.exit_code == 0, done.output
        return done.output

    shop = "P33030200001"
    assert "A1" in told("batches", shop)
    assert "0 batches differ" in told("check")
    assert f"there {shop} 6" in told("recall", AMLODIPINE, "A1", "--source", "通知")
    assert "recalled" in told("batches", shop)
    assert "free again" in told("recall", AMLODIPINE, "A1", "--source", "x", "--lift")
    told("send-back", shop, AMLODIPINE, "6", "--batch", "A1")
    assert f"sold out {shop}" in told("alarms", "--window", "30", "--percent", "20")
    figures = ("--lead", "2", "--cover", "28", "--source", "本店")
    assert told("reorder", shop, *figures) == ""
    assert told("demand", "--days", "60") == ""
    assert told("assortment") == ""
