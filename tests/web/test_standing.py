"""Where a prescription stands, as its pages tell it to people."""

import re
from dataclasses import replace

import pytest

from fixtures import cast
from tests import world
from tests.platform import codes, platform, send, sent, settlement
from web.pages import showing, standing
from web.words import english

__all__ = ["platform"]
PHARMACIST = {"code": "ZY330300012345", "name": "叶药师"}
SHOWN = {"name": "林小妹", "phone_tail": "1234"}


def pages(platform, rx) -> tuple[str, str]:
    """Read the patient's and the counter's page of a prescription."""
    patient = platform.person("alice").get(f"/patient/prescriptions/{rx}").text
    counter = platform.person("counter").get(f"/counter/prescriptions/{rx}").text
    return patient, counter


def test_a_revoked_prescription_is_revoked_on_every_page_at_once(platform):
    rx = sent(platform)
    alice, clerk = platform.person("alice"), platform.person("counter")
    here = f"/counter/prescriptions/{rx}"
    asked = {"prescriptions": [str(rx)], "helper": SHOWN, "share_with": "helper"}
    made = platform.program("alice").post("/access-codes", asked)
    shown = {
        "scanned": made["text"],
        "helper_name": SHOWN["name"],
        "helper_phone_tail": SHOWN["phone_tail"],
        "helper_id_number": cast.bob.id_number,
    }
    opened = send(clerk, "/counter/presentations", **shown)
    assert "待取药" in opened.text
    assert "本店已锁定" in send(clerk, f"{here}/claim").text
    asked = {"reason": "剂量有误"}
    platform.program("hospital").post(f"/prescriptions/{rx}/revocation", asked)

    for page in (alice.get("/patient"), clerk.get("/counter")):
        assert "医院已撤销" in page.text and "已锁定" not in page.text
    patient, counter = pages(platform, rx)
    assert "医院已经撤销这张处方，不能再配药。" in patient and "剂量有误" in patient
    assert "重新开处方" in patient and "出示医保码" not in patient
    assert "医院已经撤销这张处方，不要配药。" in counter
    assert "本店已锁定" not in counter and "/settle" not in counter
    assert "生成取药码" not in counter and f"{here}/claim" not in counter
    # What the helper's code had opened shows it no more as waiting to be collected.
    again = clerk.get(opened.request.path)
    assert "待取药" not in again.text
    refused = send(clerk, "/counter/presentations", **shown)
    assert refused.status_code == 409 and "撤销" in refused.text
    assert "现在没有可以取药的处方" in alice.get("/patient/sharing").text
    seen = platform.program("hospital").get(f"/prescriptions/{rx}")
    assert seen["state"] == "revoked"
    stranger = platform.person("second-counter").get(here).text
    assert "医院已经撤销这张处方，不要配药。" in stranger


def test_a_patient_is_told_which_pharmacy_holds_it_and_until_when(platform):
    rx = sent(platform)
    platform.program("second-counter").post(f"/prescriptions/{rx}/claim")
    patient, counter = pages(platform, rx)
    assert "五马大药房正在为您备药，今天（9月15日）14:00 以前" in patient
    assert patient.index("五马大药房（") < patient.index("鹿城大药房（")
    for page in (patient, counter):
        assert world.SECOND_PHARMACY not in page.replace(
            f'value="{world.SECOND_PHARMACY}"', ""
        )


def test_a_patient_is_told_of_a_review_that_refused(platform):
    rx = platform.program("internet-hospital").post(
        "/prescriptions", world.internet_message()
    )["id"]
    before, _ = pages(platform, rx)
    assert "药师还没有审方" in before and "待审方" in before
    said = {"verdict": "refused", "pharmacist": PHARMACIST, "opinion": "剂量过大"}
    platform.program("counter").post(f"/prescriptions/{rx}/reviews", said)
    patient, counter = pages(platform, rx)
    assert "请联系开方医生，由医生撤销后重新开处方。" in patient
    assert "出示医保码" not in patient and "审方不通过" in patient
    assert "请患者联系开方医生，由医生撤销后重新开处方。" in counter
    assert "审方不通过" in platform.person("alice").get("/patient").text
    sharing = platform.person("alice").get("/patient/sharing").text
    assert "现在没有可以取药的处方" in sharing


def test_a_patient_is_told_what_is_still_owed_in_plain_words(platform):
    rx, counter = sent(platform), platform.program("counter")
    body = {**settlement(platform), "lines": {"1": 1}}
    body["trace_codes"] = {"1": codes()["1"][:1]}
    counter.put(f"/prescriptions/{rx}/settlement", body)
    counter.post(f"/prescriptions/{rx}/collection", {"receiver": "patient"})
    sharing = platform.person("alice").get("/patient/sharing").text
    assert re.search(r"部分取药</span></span></label>", sharing)
    patient, _ = pages(platform, rx)
    assert "还有药没有取完：苯磺酸氨氯地平片 5mg × 2。" in patient
    assert "<span>患者本人</span>" in patient and "<span>鹿城大药房</span>" in patient
    assert ">patient<" not in patient and ">P33030200001<" not in patient


def test_a_patient_is_told_that_another_medicine_was_asked_for(platform):
    rx = sent(platform)
    wanted = {"wanted": "氨氯地平缺货", "secret": None}
    platform.program("counter").post(f"/prescriptions/{rx}/referral", wanted)
    patient, _ = pages(platform, rx)
    assert "药店已请医生改方" in patient and "氨氯地平缺货" in patient


def test_a_claim_whose_secret_is_lost_may_be_made_anew_on_the_page(platform):
    rx, here = sent(platform), platform.person("counter")
    path = f"/counter/prescriptions/{rx}"
    claimed = send(here, f"{path}/claim").text
    assert "重新锁定" not in claimed and "锁定到本店" not in claimed
    assert "重新锁定" in platform.person("counter").get(path).text


@pytest.mark.parametrize("table", [standing.STILL, standing.STOPPED])
def test_every_standing_has_its_english_and_its_state(table):
    for stage, (tone, *told) in table.items():
        assert tone in {"warn", "bad"} and stage in showing.STATES
        assert set(told) <= english().keys()


def test_a_second_review_is_called_so_on_the_counters_page(platform):
    desk = platform.app.extensions["desk"]
    two = replace(desk.life, review="two")
    platform.app.extensions["desk"] = replace(desk, life=two)
    raw = world.internet_message()
    rx = platform.program("internet-hospital").post("/prescriptions", raw)["id"]
    assert "提交审方" in pages(platform, rx)[1]
    said = {"verdict": "passed", "pharmacist": PHARMACIST}
    platform.program("counter").post(f"/prescriptions/{rx}/reviews", said)
    patient, counter = pages(platform, rx)
    assert "另一位药师复核" in counter and "提交复核" in counter
    assert "还差一位药师复核" in patient


def test_a_page_that_is_shown_once_has_no_switch_that_leads_away(platform):
    rx, alice = sent(platform), platform.person("alice")
    shown = send(alice, "/patient/sharing", prescriptions=str(rx), days="1").text
    assert "只显示这一次" in shown and "/language/" not in shown
    assert "/language/" in alice.get("/patient/sharing").text
