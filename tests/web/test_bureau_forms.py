"""The monthly form fills itself, tells what cannot be, is sent once and kept (T19, T22, L27)."""

from io import BytesIO
from zipfile import ZipFile

import pytest

from tests.platform import settled
from tests.web.test_approvals import code_of

MONTH = "2025-09"
SENT = {"reporter": "王敏", "phone": "0577-88960000"}
MANAGED = {"number": 5000, "source": "卫健委规范化管理人员信息库"}


@pytest.fixture
def bureau(platform):
    settled(platform)
    return platform.program("bureau")


def drawn(bureau):
    for disease in ("hypertension", "diabetes"):
        bureau.post(f"/forms/{MONTH}/entries", {**MANAGED, "disease": disease})
    return bureau.post(f"/forms/{MONTH}/versions", {})


def cell(form, row="chronic", disease="hypertension"):
    (found,) = [
        one for one in form["cells"] if (one["row"], one["disease"]) == (row, disease)
    ]
    return found


def words_of(book):
    with ZipFile(BytesIO(book)) as parts:
        return parts.read("xl/sharedStrings.xml").decode()


def test_t22_a_form_fills_itself_from_what_was_settled(bureau):
    assert drawn(bureau)["number"] == 1
    form = bureau.get(f"/forms/{MONTH}")
    told = cell(form)
    assert told["month"] == told["whole"]
    assert told["month"]["people"] == told["month"]["visits"] == 1
    assert told["month"]["cost_fen"] == told["month"]["in_scope_fen"] == 1260
    assert form["managed"] == {"hypertension": 5000, "diabetes": 5000}
    assert form["faults"] == [] and form["due"] == "2025-10-02"


def test_l27_two_schemes_are_told_apart_on_page_and_in_a_workbook(platform, bureau):
    """临沧 二12: people, cost and fund paid by 两病专项 and 慢特病; nothing is kept."""
    told = bureau.get(f"/forms/{MONTH}/statistics")
    apart = {one["scheme"]: one for one in told["schemes"]}
    assert list(apart) == ["two_disease", "chronic"]
    assert apart["chronic"]["month"] == apart["chronic"]["whole"]
    assert apart["chronic"]["month"]["cost_fen"] == 1260
    assert apart["two_disease"]["whole"]["people"] == 0
    person = platform.person("bureau")
    path = f"/bureau/forms/{MONTH}/statistics"
    assert (
        "12.60" in person.get(path).text
        and "门诊慢性病、特殊病" in person.get(path).text
    )
    assert "温州市两病专项和慢特病保障统计" in words_of(person.get(f"{path}.xlsx").data)
    assert bureau.get(f"/forms/{MONTH}")["versions"] == []
    assert person.get("/bureau/forms/2099-01/statistics").status_code == 404


def test_t22_what_nobody_counted_stays_open_and_wants_a_word(platform, bureau):
    bureau.post(f"/forms/{MONTH}/versions", {})
    form = bureau.get(f"/forms/{MONTH}")
    assert form["managed"] == {"hypertension": None, "diabetes": None}
    assert {one["code"] for one in form["faults"]} == {"managed-unknown"}
    sent = {**SENT, "number": 1}
    refused = bureau.ask("POST", f"/forms/{MONTH}/sendings", sent)
    assert code_of(refused) == "form-unexplained"
    book = platform.person("bureau").get(f"/bureau/forms/{MONTH}/sheet.xlsx")
    assert "待填" in words_of(book.data)
    said = {**sent, "remark": "名单尚未收到"}
    assert bureau.post(f"/forms/{MONTH}/sendings", said)["sending"]["reporter"]


def test_t19_a_form_is_sent_once_and_corrected_by_a_version(bureau):
    assert drawn(bureau) == drawn(bureau)
    first = bureau.post(f"/forms/{MONTH}/sendings", {**SENT, "number": 1})
    again = {**SENT, "number": 1, "reporter": "另一人"}
    assert bureau.post(f"/forms/{MONTH}/sendings", again) == first
    more = {**MANAGED, "number": 5001, "disease": "diabetes", "source": "更正函"}
    bureau.post(f"/forms/{MONTH}/entries", more)
    assert bureau.post(f"/forms/{MONTH}/versions", {})["number"] == 2
    form = bureau.get(f"/forms/{MONTH}")
    (changed,) = form["changed"]
    assert (changed["before"], changed["after"]) == (5000, 5001)
    assert [bool(one["sending"]) for one in form["versions"]] == [False, True]
    late = bureau.ask("POST", f"/forms/{MONTH}/sendings", {**SENT, "number": 1})
    assert late.json == first


def test_the_months_tell_how_many_versions_there_are_and_when_one_was_sent(bureau):
    drawn(bureau)
    before = {one["month"]: one for one in bureau.get("/forms")}
    assert (before[MONTH]["versions"], before[MONTH]["sent_at"]) == (1, None)
    sent = bureau.post(f"/forms/{MONTH}/sendings", {**SENT, "number": 1})
    more = {**MANAGED, "number": 5001, "disease": "diabetes"}
    bureau.post(f"/forms/{MONTH}/entries", more)
    bureau.post(f"/forms/{MONTH}/versions", {})
    after = {one["month"]: one for one in bureau.get("/forms")}
    assert after[MONTH]["versions"] == 2
    assert after[MONTH]["sent_at"] == sent["sending"]["at"]
    assert after["2025-08"]["versions"] == 0 and after["2025-08"]["is_late"]


def test_every_number_opens_the_people_behind_it_and_the_look_is_on_record(
    platform, bureau
):
    asked = "row=chronic&disease=hypertension&span=whole"
    drawn(bureau)
    page = platform.person("bureau").get(f"/bureau/forms/{MONTH}/people?{asked}")
    assert page.status_code == 200 and "陈**" in page.text
    assert "陈秀英" not in page.text
    log = platform.person("alice").get("/patient/readers").text
    assert "核对调度表" in log


def test_a_form_is_had_as_workbook_and_as_pdf_in_the_annex_layout(platform, bureau):
    drawn(bureau)
    person = platform.person("bureau")
    page = person.get(f"/bureau/forms/{MONTH}")
    assert "12.60" in page.text and "5000" in page.text
    assert "取铁岭四（三）的每月2日" in page.text
    book = person.get(f"/bureau/forms/{MONTH}/sheet.xlsx")
    words = words_of(book.data)
    assert "降血压药品政策范围内费用（元）" in words and "规范化管理人数" in words
    assert "温州市“两病”门诊用药保障情况调度表" in words
    assert person.get(f"/bureau/forms/{MONTH}/sheet.pdf").data.startswith(b"%PDF")


def test_a_health_officer_enters_the_managed_and_neither_draws_nor_opens_people(
    platform, bureau
):
    drawn(bureau)
    health = platform.program("health")
    more = {**MANAGED, "number": 5100, "disease": "diabetes"}
    assert health.post(f"/forms/{MONTH}/entries", more)["entered"]
    assert health.get(f"/forms/{MONTH}")["cells"]
    for path, body in (("versions", {}), ("sendings", {**SENT, "number": 1})):
        refused = health.ask("POST", f"/forms/{MONTH}/{path}", body)
        assert refused.status_code == 403
    asked = "row=chronic&disease=hypertension&span=whole"
    page = platform.person("health")
    path = f"/bureau/forms/{MONTH}/people?{asked}"
    assert page.get(path).status_code == 403


@pytest.mark.parametrize("month", ["2025-13", "abcdefg", "2099-01", "0001-01"])
def test_a_month_that_is_none_or_has_not_begun_is_refused(platform, bureau, month):
    assert bureau.ask("GET", f"/forms/{month}").status_code == 404
    assert bureau.ask("POST", f"/forms/{month}/versions", {}).status_code == 404
    page = platform.person("bureau").get(f"/bureau/forms/{month}/sheet.xlsx")
    assert page.status_code == 404


def entries_of(bureau):
    (tile,) = [one for one in bureau.get("/desk") if one["name"] == "forms"]
    return [
        (one["kind"], one["words"])
        for one in tile["entries"]
        if "{n}" not in one["words"]
    ]


def test_the_desk_tells_of_a_form_that_was_drawn_up_anew_or_corrected(bureau):
    month = "2025-08"
    sent = {"reporter": "王敏", "phone": "0577-88960000"}
    for disease in ("hypertension", "diabetes"):
        bureau.post(f"/forms/{month}/entries", {**MANAGED, "disease": disease})
    bureau.post(f"/forms/{month}/versions", {})
    bureau.post(f"/forms/{month}/sendings", {**sent, "number": 1})
    before = entries_of(bureau)
    assert not [one for one in before if one[0] == "changed"]
    more = {**MANAGED, "number": 5001, "disease": "diabetes", "source": "更正函"}
    bureau.post(f"/forms/{month}/entries", more)
    bureau.post(f"/forms/{month}/versions", {})
    (ahead,) = set(entries_of(bureau)) - set(before)
    assert ahead[0] == "changed" and "新版本" in ahead[1]
    bureau.post(f"/forms/{month}/sendings", {**sent, "number": 2, "remark": "更正"})
    (corrected,) = set(entries_of(bureau)) - set(before)
    assert corrected[0] == "changed" and "已更正并重新报送" in corrected[1]


def test_the_list_of_forms_shows_what_was_spent_by_month(platform, bureau):
    page = platform.person("bureau")
    assert "每月支出" not in page.get("/bureau/forms").text
    drawn(bureau)
    shown = page.get("/bureau/forms").text
    assert "每月支出" in shown and "12.60" in shown and shown.count("<svg xmlns") == 2
