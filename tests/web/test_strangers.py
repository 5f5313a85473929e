"""Nobody acts on, or stands among the readers of, what is not theirs."""

import re

from tests import world
from tests.platform import reversal, send, sent, settled, settlement
from tests.world import SECOND_PHARMACY


def readers(platform) -> set[str]:
    page = platform.person("alice").get("/patient/readers").text
    return set(re.findall(r'<td data-is="谁">([^<]*)</td>', page))


def test_who_was_turned_away_is_no_reader(platform):
    rx = settled(platform)
    for name in ("bob", "second-counter"):
        answer = platform.program(name).ask("GET", f"/prescriptions/{rx}")
        assert answer.status_code == 404
    assert readers(platform) <= {"患者本人"}
    platform.program("counter").get(f"/prescriptions/{rx}")
    assert readers(platform) - {"患者本人"} == {"药店 · 鹿城大药房"}


def test_another_outlet_does_not_write_over_the_check_of_the_one_that_settled(platform):
    rx = settled(platform)
    other = platform.program("second-counter")
    answer = other.ask("POST", f"/prescriptions/{rx}/checks", {})
    assert answer.status_code == 404
    page = send(
        platform.person("second-counter"),
        f"/counter/prescriptions/{rx}/check",
        voucher="card",
    )
    assert page.status_code == 404
    seen = platform.program("counter").get(f"/prescriptions/{rx}")
    assert seen["assessment"]["decision"] == "accepted"


def test_after_a_reversal_any_pharmacy_may_serve_the_patient(platform):
    rx = settled(platform)
    other = platform.program("second-counter")
    assert other.ask("GET", f"/prescriptions/{rx}").status_code == 404
    reason = {"reason": "patient_changed_mind"}
    platform.program("counter").post(reversal(platform, rx), reason)
    assert other.get(f"/prescriptions/{rx}")["state"] == "received"
    wanted = {"purpose": "settle", "outlet": SECOND_PHARMACY}
    code = platform.program("alice").post("/insurance-codes", wanted)["text"]
    asked = {**settlement(platform, 2), "scanned_code": code}
    paid = other.put(f"/prescriptions/{rx}/settlement", asked)
    assert paid["outlet_code"] == SECOND_PHARMACY
    page = platform.person("second-counter").get(f"/counter/prescriptions/{rx}")
    assert page.status_code == 200


def test_what_is_written_into_any_field_stays_text(platform):
    evil = '"><script>alert(1)</script>{{7*7}}{0}&'
    line = {**world.message()["lines"][0], "dosage": evil}
    doctor = {"code": "D330302000001", "name": evil}
    rx = sent(platform, doctor=doctor, lines=[line], record_no=evil)
    platform.program("hospital").post(
        f"/prescriptions/{rx}/revocation", {"reason": evil}
    )
    for name, path in (("alice", "/patient"), ("counter", "/counter")):
        page = platform.person(name).get(f"{path}/prescriptions/{rx}").text
        assert "&lt;script&gt;alert(1)" in page
        assert "<script>alert" not in page and ">49{" not in page


def test_a_state_is_said_in_the_language_of_each_reader(platform):
    bureau = platform.person("bureau")
    for _ in range(2):
        bureau.post("/language/zh")
        assert "不能结算" in bureau.get("/bureau").text
        bureau.post("/language/en")
        assert "不能结算" not in bureau.get("/bureau").text


def test_a_form_that_is_not_as_expected_says_so_in_plain_words(platform):
    rx, counter = sent(platform), platform.person("counter")
    for language, words in (
        ("zh", ("填写的内容", "下一步", "追溯码：每行一个", "医保码或身份证号：")),
        ("en", ("filled in", "Next step", "Trace codes", "Insurance code")),
    ):
        counter.post(f"/language/{language}")
        page = send(counter, f"/counter/prescriptions/{rx}/settle", trace_1="123 abc")
        assert page.status_code == 422
        assert all(each in page.text for each in words), page.text
        assert "String should" not in page.text and "pattern" not in page.text
        assert page.text.count(words[2]) == 1
