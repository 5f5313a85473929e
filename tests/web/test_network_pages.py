"""The bureau's pages of the network: the board, a unit with its picture, a life with its acts."""

import re

from fixtures import cast
from tests import world
from tests.platform import csrf
from tests.web.test_approvals import asked, decide, let_in
from tests.web.test_designations import act, do, left

SHOP, NEW = cast.LUCHENG_PHARMACY, world.UNDESIGNATED
HOME = "/bureau/network"


def sends(client, path, **fields):
    """Send a form of a page, without following where it leads."""
    sent = {"csrf_token": csrf(client.get(HOME).text), "reason": "按程序办理", **fields}
    return client.post(f"{HOME}/outlets/{path}/act", data=sent)


def test_the_board_shows_thirteen_units_that_add_up(platform):
    page = platform.person("bureau").get(f"{HOME}?day=2025-09-15").text
    *units, total = map(int, re.findall(r'data-is="目标">(\d+)<', page))
    assert len(units) == 13 and sum(units) == total == 378
    assert "期限 2019-07-31 已过 2238 天" in page
    assert "已过期限，仍有缺口" in page


def test_a_unit_shows_its_history_as_a_picture_and_its_pharmacies(platform):
    page = platform.person("bureau").get(f"{HOME}/units/鹿城区?day=2025-09-15").text
    assert "<svg" in page and "2019-07-31 期限 due" in page
    assert SHOP in page and world.SECOND_PHARMACY in page


def test_a_suspension_below_the_floor_is_confirmed_with_the_number_left(platform):
    bureau = platform.person("bureau")
    asked = {"act": "suspend", "kind": "chronic", "on": "2025-09-15"}
    first = sends(bureau, SHOP, **asked, stops_orders="true")
    assert first.status_code == 409 and "确认：办理后 1 家" in first.text
    form = first.text.partition('role="alert"')[2].partition("</form>")[0]
    fields = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', form))
    fields |= {"override_reason": "违规使用医保基金"}
    path = f"{HOME}/outlets/{SHOP}/act"
    done = bureau.post(path, data=fields, follow_redirects=True)
    assert "已中止" in done.text and "药品停止交付" in done.text
    assert "越过目标：违规使用医保基金（鹿城区 目标 48，办理后 1）" in done.text


def test_a_dossier_is_entered_and_its_findings_are_shown(platform):
    bureau = platform.person("bureau")
    done = sends(
        bureau,
        NEW,
        act="apply",
        kind="general",
        pharmacists="0",
        running_since="2025-06-15",
        retails_medicines="true",
    )
    page = bureau.get(done.location).text
    assert "已受理" in page and "评为不合格" in page
    assert "国家医疗保障局令第3号" in page and "第七条第三项" in page
    assert "运营满3个月" in page and "大意，不是原文" in page
    assert re.search(r"注册在店的执业药师 · 不符合</strong><p>0</p>", page)
    sends(bureau, NEW, act="refuse", kind="general", reason="没有执业药师")
    assert "2025-12-15 起可以再次申请" in bureau.get(done.location).text


def test_what_was_known_at_an_instant_is_shown(platform):
    do(platform, act("suspend", **left(platform)))
    bureau = platform.person("bureau")
    here = f"{HOME}/outlets/{SHOP}?kind=chronic"
    assert "已中止" in bureau.get(here).text
    past = bureau.get(f"{here}&known_at=2025-09-15T08:00").text
    assert "已中止" not in past and "还没有记录。" in past


def test_the_counter_sees_where_its_own_agreement_stands(platform):
    counter = platform.person("counter")
    assert "本店的协议" not in counter.get("/counter").text  # without an end
    let_in(platform)
    body = act("end", cause="withdrawn", on="2025-10-15", **left(platform))
    decide(platform, asked(platform, body))
    page = counter.get("/counter").text
    assert "本店的协议到 2025-10-15 为止，还有 30 天。" in page
    assert "请联系医保经办机构续签。" in page
    do(platform, act("suspend", until="2025-09-20", **left(platform)))
    assert "本店的协议：已中止" in counter.get("/counter").text


def test_pages_of_the_network_are_for_the_bureau_and_refuse_bad_input(platform):
    for name in ("counter", "alice", "dispatcher"):
        someone = platform.person(name)
        assert someone.get(HOME).status_code == 403
        assert someone.get(f"{HOME}/outlets/{SHOP}").status_code == 403
    bureau = platform.person("bureau")
    for path, status in (
        (f"{HOME}?window_days=0", 422),
        (f"{HOME}?day=never", 422),
        (f"{HOME}?known_at=never", 422),
        (f"{HOME}/units/别处", 404),
        (f"{HOME}/outlets/P33030299999", 404),
        (f"{HOME}/outlets/P31010100001", 404),
        (f"{HOME}/outlets/{SHOP}?kind=other", 422),
    ):
        assert bureau.get(path).status_code == status, path
    assert sends(bureau, SHOP, act="end", kind="chronic").status_code == 422
    early = {"act": "suspend", "kind": "chronic", "on": "2025-09-01"}
    answer = sends(bureau, SHOP, **early)
    assert answer.status_code == 409 and "补录" in answer.text
    found = bureau.get(f"{HOME}/outlets?code={SHOP.lower()}")
    assert found.location.endswith(f"/outlets/{SHOP}")
