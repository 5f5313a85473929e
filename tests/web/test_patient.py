"""The patient's pages: plain states, the list of medicines, the year, slips, what was said."""

import re
from dataclasses import replace

import pytest

from dispensing.service import at_home
from fixtures import cast
from tests import world
from tests.platform import delivery, on_the_road, send, sent, settled
from web import db
from web.pages import way
from web.pages.dosing import dosing

HOME = "/patient/prescriptions"


def shown(platform, path, name="alice") -> str:
    answer = platform.person(name).get(path)
    assert answer.status_code == 200, answer.text
    return answer.text


def test_a_prescription_says_how_it_stands_since_when_and_what_is_next(platform):
    rx = sent(platform)
    first = shown(platform, f"{HOME}/{rx}")
    assert "处方已收到，等您选药店。" in first and "到药店出示医保码" in first
    platform.program("counter").post(f"/prescriptions/{rx}/checks", {})
    assert "已核对，等您来取。" in shown(platform, f"{HOME}/{rx}")


def test_a_settled_one_waits_at_its_pharmacy_and_then_comes_to_the_door(platform):
    rx = settled(platform)
    page = shown(platform, f"{HOME}/{rx}")
    assert "药在鹿城大药房，等您来取。" in page and f"{HOME}/{rx}/order" in page
    platform.program("alice").post(f"/prescriptions/{rx}/order", delivery())
    page = shown(platform, f"{HOME}/{rx}")
    assert "会送到您家。" in page and "约好 今天（9月15日）14:00–17:00 送到。" in page
    again = platform.person("alice").get(f"{HOME}/{rx}/order")
    assert again.status_code == 302  # it was ordered already


def test_a_parcel_on_its_way_tells_when_it_comes_and_how_far_it_is(platform):
    rx, order, _ = on_the_road(platform)
    assert "药正在送来。" in shown(platform, f"{HOME}/{rx}")
    page = shown(platform, f"/patient/orders/{order}")
    assert "送到" in page and 'class="now" aria-current="step"' in page
    assert re.search(r'class="digits">\d{6}<', page)


def test_what_was_refused_says_so_and_leads_to_why(platform):
    rx = sent(platform, issued_at="2025-09-14T08:00:00+08:00", disease="asthma")
    platform.program("counter").post(f"/prescriptions/{rx}/checks", {})
    page = shown(platform, f"{HOME}/{rx}")
    assert "核对没有通过，现在不能结算。" in page and f"{HOME}/{rx}/explanation" in page
    why = shown(platform, f"{HOME}/{rx}/explanation")
    assert "<blockquote>" in why and "接下来" in why
    # It stopped at the check, and is not offered for settlement here.
    assert '<li class="bad"><strong>核对没有通过' in page and "到您手里" in page
    assert "哪里可以取药" in page and "出示医保码" not in page


def test_what_a_pharmacist_agreed_to_is_no_question_any_more(platform):
    settled(platform)
    rx = settled(platform, 2, reason="出远门")
    why = shown(platform, f"{HOME}/{rx}/explanation")
    assert "<h1>为什么是这个金额？</h1>" in why and "重复配药" in why
    assert "怎样才能通过" not in why.partition("<details>")[0]
    assert "指定药店家数" not in why.partition("<details>")[0]  # the bureau's matter


def test_a_settlement_that_was_taken_back_says_so(platform):
    rx, counter = settled(platform), platform.program("counter")
    held = counter.get(f"/prescriptions/{rx}/settlement")
    why = {"reason": "patient_changed_mind"}
    counter.post(f"/settlements/{held['id']}/reversal", why)
    page = shown(platform, f"{HOME}/{rx}")
    assert "上次的结算已经退掉，药还可以再取。" in page and "出示医保码" in page


def test_only_windows_that_are_not_over_are_offered(platform):
    rx = settled(platform)
    page = shown(platform, f"{HOME}/{rx}/order")
    offered = re.findall(r'<option value="(2025-[^"]+)">([^<]+)<', page)
    assert offered[0] == ("2025-09-15 13:00-15:30", "今天（9月15日）13:00–15:30")
    assert offered[2][0] == "2025-09-16 09:00-12:00" and len(offered) == 2 + 6 * 3


def test_who_else_has_looked_is_not_hidden_by_ones_own_looking(platform):
    rx = settled(platform)
    shown(platform, f"/counter/prescriptions/{rx}", "counter")
    for _ in range(2):
        shown(platform, "/patient/medicines")
    others, own = shown(platform, "/patient/readers").split('<details id="own">')
    assert "鹿城大药房" in others and "查看本人药单" not in others
    assert own.count("查看本人药单") >= 2


def test_a_prescription_of_somebody_else_does_not_exist(platform):
    rx, bob = settled(platform), platform.person("bob")
    for path in ("", "/slip", "/order", "/feedback", "/outlets"):
        assert bob.get(f"{HOME}/{rx}{path}").status_code == 404, path


def test_the_patients_own_pages_are_for_patients(platform):
    for name in ("counter", "bureau"):
        other = platform.person(name)
        for path in ("codes", "medicines", "year", "me", "feedback", "readers"):
            assert other.get(f"/patient/{path}").status_code == 403, (name, path)


def test_the_list_of_medicines_tells_how_long_each_lasts_and_when_to_come(platform):
    assert "还没有取过药" in shown(platform, "/patient/medicines", "bob")
    rx = settled(platform)
    page = shown(platform, "/patient/medicines")
    assert "苯磺酸氨氯地平" in page and "还够 28 天" in page
    # 28 days from the 15th; the rules let people come a week before the end.
    assert "10月12日" in page and "10月6日 起" in page
    # What kind it is, in words; the code is a detail.
    assert "<dd>钙通道阻滞剂（降血压）<br>" in page and "国际分类码 C08CA01" in page
    assert f"{HOME}/{rx}" in page
    assert "本人药单" in shown(platform, "/patient/readers")


def test_the_day_to_come_again_is_the_first_that_the_check_lets_pass(platform):
    settled(platform)
    with db.open_session(platform.app.extensions["engine"]) as session:
        desk = platform.app.extensions["desk"]
        (had,) = at_home.medicines_at_home(
            session,
            desk,
            cast.alice.person_no,
            reader=world.READER,
            now=world.NOON,
        )
        early_days = desk.rules("330302", "330302", world.DAY).early_refill_days
    rest = (had.ends_on - had.refill_from).days + 1
    assert rest == early_days


def test_the_year_adds_up_to_what_is_left(platform):
    settled(platform)
    engine = platform.app.extensions["engine"]
    held = platform.app.extensions["desk"]
    with db.open_session(engine) as session:
        desk = replace(world.open_desk(), vault=held.vault)
        told = at_home.year_of(session, desk, cast.alice.person_no, now=world.NOON)
    assert told.cap is not None and told.cap.cap_fen == 100_000
    used = told.used.fund_fen + told.used.reserved_fen
    assert told.cap.cap_fen - used == told.cap.left_fen
    assert told.cap.figure.label == "示例数据"


def test_a_year_without_a_stated_cap_says_so_and_guesses_nothing(platform):
    page = shown(platform, "/patient/year")
    assert "算不出还剩多少" in page and "还剩</td>" not in page


def test_a_slip_carries_the_code_of_the_prescription_and_where_to_go(platform):
    rx = sent(platform)
    page = shown(platform, f"{HOME}/{rx}/slip")
    assert "<svg" in page and world.message()["hosp_rx_no"] in page
    assert "鹿城大药房" in page and "社保卡" in page
    found = send(platform.person("counter"), "/counter", scan=str(rx))
    assert str(rx) in found.request.path  # what its code says opens it at a counter


def test_a_code_is_shown_from_its_own_page(platform):
    alice = platform.person("alice")
    assert "出示医保码" in alice.get("/patient/codes").text
    page = send(alice, "/patient/codes", purpose="settle", outlet=cast.LUCHENG_PHARMACY)
    assert "data-renews" in page.text and "秒后自动换新码" in page.text


def test_a_pharmacy_that_is_not_near_home_is_found_by_its_name(platform):
    alice = platform.person("alice")
    for words, found in (("鹿城大药房", True), ("没有这家", False), ("%", False)):
        page = alice.get("/patient/codes", query_string={"name": words}).text
        assert (cast.LUCHENG_PHARMACY in page) == found
        assert ("没有找到这样的定点药店" in page) != found


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("5mg qd", "5mg，每天 1 次"),
        ("400μg BID 吸入", "400μg，每天 2 次 吸入"),
        ("qn", "每晚 1 次"),
        ("10iu ac ih", "10iu，饭前，皮下注射"),
        ("遵医嘱 bidx", "遵医嘱 bidx"),
        ("", ""),
    ],
)
def test_how_to_take_a_medicine_is_said_without_latin(written, said):
    assert dosing(written) == said


def test_all_that_is_open_is_shared_at_once(platform):
    ids = {str(sent(platform, number)) for number in (1, 2)}
    send(platform.person("alice"), "/patient/sharing", all="yes", days="1")
    (code,) = platform.program("alice").get("/access-codes")
    assert set(code["prescriptions"]) == ids


def test_a_rating_and_a_complaint_are_said_and_answered_on_pages_alone(platform):
    rx = settled(platform)
    alice, shop = platform.person("alice"), platform.person("counter")
    here = f"{HOME}/{rx}/feedback"
    assert "几颗星" in alice.get(here).text
    whom = f"outlet:{cast.LUCHENG_PHARMACY}"
    assert "已评价" in send(alice, here, whom=whom, stars="4", kind="rating").text
    empty = send(alice, here, whom=whom, topic="price", kind="complaint")
    assert empty.status_code == 422 and 'value="price" selected' in empty.text
    said = send(
        alice, here, whom=whom, topic="price", words="比标价贵", kind="complaint"
    )
    assert "等答复" in said.text
    desk = shop.get("/feedback").text
    assert "比标价贵" in desk and "4.0" in desk and cast.alice.name not in desk
    (answering,) = set(re.findall(r"/feedback/([0-9a-f-]{36})/answers", desk))
    assert "已答复" in send(shop, f"/feedback/{answering}/answers", words="已更正").text
    page = send(
        alice, f"/patient/feedback/{answering}/replies", content="no", words="没有"
    )
    assert "不满意" in page.text
    bureau = platform.person("bureau")
    assert "没有" in bureau.get("/feedback").text
    assert platform.person("courier").get("/feedback").status_code == 403


def test_a_step_is_done_now_or_still_to_come():
    found = way.marked([("a", "", True), ("b", "", False), ("c", "", False)])
    assert [stands for *_, stands in found] == ["done", "now", "todo"]
    assert [s for *_, s in way.marked([("a", "", True)])] == ["done"]
