"""The till and family aid over HTTP, by the clerk, the courier and the patient."""

import re

from dispensing.money import yuan
from fixtures import cast
from tests.platform import Platform, said, send, settled


def settlement(platform: Platform, rx) -> dict:
    return platform.program("counter").get(f"/prescriptions/{rx}/settlement")


def test_a_clerk_changes_how_a_share_is_paid_and_closes_the_till(platform):
    rx = settled(platform)
    row = settlement(platform, rx)
    clerk = platform.program("counter")
    parts = {"cash": 260, "bank_card": 0, "mobile": row["cash_fen"] - 260}
    path = f"/settlements/{row['id']}/tenders"
    assert clerk.put(path, {"parts": parts})["unpaid_fen"] == 0
    assert clerk.get(path)["parts"] == {"cash": 260, "mobile": row["cash_fen"] - 260}
    assert clerk.get("/till")["expected"] == parts
    closed = clerk.post("/till/closings", {"counted": parts})
    assert clerk.get("/till/closings")[0] == closed
    assert set(clerk.get("/till")["expected"].values()) == {0}


def test_the_till_is_counted_on_its_page(platform):
    rx = settled(platform)
    due = yuan(settlement(platform, rx)["cash_fen"])
    clerk = platform.person("counter")
    assert due in clerk.get("/counter/till").text
    sent = {"cash": due, "bank_card": "0", "mobile": ""}
    page = send(clerk, "/counter/till/close", **sent)
    assert page.status_code == 200
    assert "交班记录" in page.text and due in page.text


def test_a_second_tab_does_not_close_what_the_first_has_closed(platform):
    rx = settled(platform)
    due = yuan(settlement(platform, rx)["cash_fen"])
    clerk = platform.person("counter")
    after = re.search(r'name="after" value="([^"]*)"', clerk.get("/counter/till").text)
    sent = {"cash": due, "bank_card": "0", "mobile": "0", "reason": "找零"}
    stale = {**sent, "after": after[1]}
    assert send(clerk, "/counter/till/close", **stale).status_code == 200
    page = send(clerk, "/counter/till/close", **stale)
    assert page.status_code == 409 and "交过班" in page.text
    assert len(platform.program("counter").get("/till/closings")) == 1


def test_a_share_is_divided_on_the_page_of_the_prescription(platform):
    rx = settled(platform)
    row = settlement(platform, rx)
    clerk = platform.person("counter")
    page = send(
        clerk,
        f"/counter/till/tenders/{rx}",
        settlement=row["id"],
        mobile=yuan(row["cash_fen"]),
    )
    assert page.status_code == 200
    expected = platform.program("counter").get("/till")["expected"]
    assert expected["mobile"] == row["cash_fen"]


def test_an_amount_that_is_none_is_named(platform):
    clerk = platform.person("counter")
    page = send(clerk, "/counter/till/close", cash="12.345", bank_card="0", mobile="0")
    assert page.status_code == 422
    assert "现金：以元为单位，例如 12.60" in page.text
    more = send(clerk, "/counter/till/hand-in", courier="C1", amount="1")
    assert more.status_code == 422 and "不超过这位配送员代收未交的金额" in more.text
    assert "处方信息" not in more.text


def test_another_outlet_sees_nothing_of_a_settlement(platform):
    row = settlement(platform, settled(platform))
    other = platform.program("second-counter")
    path = f"/settlements/{row['id']}/tenders"
    assert other.ask("GET", path).status_code == 404
    body = {"parts": {"cash": row["cash_fen"]}}
    assert other.ask("PUT", path, body).status_code == 404


def test_a_difference_needs_a_reason(platform):
    settled(platform)
    counted = {"cash": 1, "bank_card": 0, "mobile": 0}
    clerk = platform.program("counter")
    answer = clerk.ask("POST", "/till/closings", {"counted": counted})
    assert answer.status_code == 422
    assert "reason" in str(answer.json["errors"])


def test_a_relative_lets_the_own_account_pay_and_withdraws(platform):
    bob = platform.program("bob")
    alice = {
        "person_no": cast.alice.person_no,
        "id_number": cast.alice.id_number,
    }
    assert bob.post("/family-aid", alice) == [cast.alice.person_no]
    row = settlement(platform, settled(platform))
    assert row["mutual_aid_fen"] == row["total_fen"] - row["fund_fen"] > 0
    page = platform.person("alice").get(
        f"/patient/prescriptions/{row['prescription_id']}"
    )
    assert "家庭共济支付" in page.text
    gone = bob.post("/family-aid/withdrawals", {"person_no": cast.alice.person_no})
    assert gone == said(bob.ask("GET", "/family-aid")) == []
