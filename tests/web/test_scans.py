"""What is scanned into the wrong field is named, and nothing is lost or charged by it."""

import pytest

from fixtures import cast
from tests import world
from tests.platform import platform, send, sent

__all__ = ["platform"]
BOX = world.trace_codes()[1][0]


@pytest.mark.parametrize(
    ("scanned", "told", "next_step"),
    [
        (BOX, "这是药盒上的追溯码，不是处方。", "到结算时再扫药盒"),
        (f"]C1{BOX}", "这是药盒上的追溯码，不是处方。", "到结算时再扫药盒"),
        (cast.alice.id_number, "这是身份证号", "扫患者的取药码或调取码"),
    ],
)
def test_a_clerk_is_told_what_was_scanned_instead_of_a_prescription(
    platform, scanned, told, next_step
):
    answer = send(platform.person("counter"), "/counter", scan=scanned)
    assert answer.status_code == 409
    assert told in answer.text and next_step in answer.text


@pytest.mark.parametrize(
    ("scanned", "told"),
    [(BOX, "不是医保码；没有扣款"), (cast.alice.id_number, "先把凭证改为社保卡")],
)
def test_a_clerk_is_told_what_was_scanned_instead_of_an_insurance_code(
    platform, scanned, told
):
    rx, clerk = sent(platform), platform.person("counter")
    path = f"/counter/prescriptions/{rx}/settle"
    answer = send(clerk, path, voucher="e_code", scanned_code=scanned, trace_1=BOX)
    assert answer.status_code == 409 and told in answer.text
    assert (
        platform.program("counter").get(f"/prescriptions/{rx}")["state"] == "received"
    )


def test_what_refuses_is_told_before_what_only_warns(platform):
    rx, clerk = sent(platform), platform.person("counter")
    wanted = {"purpose": "settle", "outlet": cast.LUCHENG_PHARMACY}
    code = platform.program("alice").post("/insurance-codes", wanted)["text"]
    path = f"/counter/prescriptions/{rx}/settle"
    page = send(clerk, path, voucher="e_code", scanned_code=code).text
    assert page.index("不能结算 · 追溯码") < page.index("提醒 · 指定药店家数")


def test_the_fields_of_a_review_are_named_as_the_page_names_them(platform):
    rx = sent(platform)
    path = f"/counter/prescriptions/{rx}/review"
    page = send(platform.person("counter"), path, verdict="refused").text
    assert "药师执业证号：1 到 40 个字" in page and "String should" not in page
