"""Centres confirm whom they manage; only then are they let in (渝某区 三（四）3, C12)."""

from io import BytesIO

import pytest

from dispensing.matching.lists import Entitling
from dispensing.policy import rules_for
from fixtures import cast
from tests.matching.test_pages import HOME, csrf, work
from tests.platform import send
from tests.world import DAY
from web.jobs import matchings

NAME = "五马街道社区卫生服务中心"
OTHER = "某社区中心（旧名）"
BOTH = frozenset({"hypertension", "diabetes"})
READERS = "/patient/readers"


def row(person, diseases, centre=NAME):
    return f"{person.name},{person.id_number},{diseases},{centre}"


@pytest.fixture
def asks(monkeypatch):
    """Let the text of the model district be in force."""
    cited = rules_for("chongqing", DAY).cited("clause.confirmed_entitlement")
    schemes = frozenset({"resident", "employee"})
    rule = Entitling(BOTH, schemes, False, False, cited, True)
    monkeypatch.setattr(Entitling, "of", lambda _: rule)
    return cited


def take(platform, *rows):
    """Take a registry on the bureau's page and run a matching; tells the run."""
    bureau = platform.person("bureau")
    content = "\n".join(("姓名,身份证号,病种,建档机构", *rows)).encode()
    sent = {
        "csrf_token": csrf(bureau.get(HOME).text),
        "table": (BytesIO(content), "名单.csv"),
        "as_of": "2025-09-15",
    }
    where = bureau.post(f"{HOME}/files", data=sent).location
    work(platform, where)
    send(bureau, f"{where}/take")
    work(platform, where)
    program = platform.program("bureau")
    task = program.post("/matching/runs")
    matchings.carry_out(platform.app, {"id": task["id"]})
    return program.get("/matching/runs")[0]["id"]


@pytest.fixture
def run(platform, asks):
    return take(platform, row(cast.alice, "糖尿病"), row(cast.bob, "高血压、糖尿病"))


def people(platform, state="open", who="centre"):
    return platform.program(who).get(f"/managed?state={state}")


def words(platform, *codes, who="centre", note=None):
    """Say a code of each open person in turn."""
    found = people(platform, who=who)["people"]
    said = [
        {"entry_id": one["person"]["id"], "code": code, "note": note}
        for one, code in zip(found, codes, strict=False)
    ]
    return platform.program(who).ask("POST", "/managed/words", {"people": said})


def enrol(platform, run):
    return platform.program("bureau").post(
        f"/matching/runs/{run}/lists/enrol/enrolments"
    )


def test_c12_only_the_model_district_asks_centres_to_confirm():
    asked = {
        region: Entitling.of(rules_for(region, DAY))
        for region in ("chongqing", "lincang", "tieling", "wenzhou")
    }
    assert [name for name, one in asked.items() if one.confirmed] == ["chongqing"]
    chongqing = asked["chongqing"]
    assert "通过社区卫生服务中心审核认定" in chongqing.cited.quote
    assert chongqing.lets_in("enrol") and not chongqing.lets_in("verify")
    assert asked["lincang"].lets_in("verify") and not asked["wenzhou"].lets_in("enrol")


def test_c12_whom_the_centre_confirms_is_let_in_and_nobody_else(platform, run):
    assert enrol(platform, run)["people"] == 0
    assert words(platform, "confirmed").json == {"written": 1}
    first = enrol(platform, run)
    assert first["people"] == 1
    assert words(platform, "refused", note="没有建档").json == {"written": 1}
    assert enrol(platform, run) == {"people": 0, "registrations": 0}
    (centre,) = platform.program("bureau").get(f"/matching/runs/{run}/centres")
    assert (centre["people"], centre["confirmed"], centre["refused"]) == (2, 1, 1)
    assert centre["outlet_code"] == cast.COMMUNITY_CENTRE


def test_c12_a_centre_works_on_its_page_masked_and_on_record(platform, run, asks):
    centre = platform.person("centre")
    page = centre.get("/counter/managed").text
    assert asks.quote in page and "认定管理的患者" in page and "待认定 2" in page
    assert cast.alice.id_number not in page and cast.alice.name not in page
    entry = page.split('name="entry" value="')[1].split('"')[0]
    done = send(centre, "/counter/managed", entry=entry, code="confirmed").text
    assert "已认定 1" in done and "待认定 1" in done
    assert "认定规范化管理的患者" in platform.person("alice").get(READERS).text
    bureau = platform.person("bureau")
    assert "已认定" in bureau.get(f"{HOME}/runs/{run}/enrol").text
    told = bureau.get(f"{HOME}/runs/{run}/centres").text
    assert NAME in told and cast.COMMUNITY_CENTRE in told


def test_c12_a_shop_and_another_outlet_see_nobody_and_may_say_nothing(platform, run):
    assert people(platform, "", who="counter")["people"] == []
    (one, _) = people(platform)["people"]
    said = {"people": [{"entry_id": one["person"]["id"], "code": "confirmed"}]}
    refused = platform.program("counter").ask("POST", "/managed/words", said)
    assert refused.status_code == 404
    assert "认定管理的患者" not in platform.person("counter").get("/counter").text
    assert platform.person("health").get("/counter/managed").status_code == 403


def test_c12_words_of_the_registry_mean_what_the_officer_says(platform, asks):
    run = take(platform, row(cast.alice, "糖尿病", OTHER))
    assert people(platform, "")["count"] == 0
    bureau = platform.person("bureau")
    where = f"{HOME}/runs/{run}/centres"
    assert "不知道是哪家" in bureau.get(where).text
    meant = {"institution": OTHER, "outlet_code": cast.COMMUNITY_CENTRE}
    assert "不知道是哪家" not in send(bureau, where, **meant).text
    assert people(platform)["count"] == 1
    shop = {**meant, "outlet_code": cast.LUCHENG_PHARMACY}
    assert send(bureau, where, **shop).status_code == 422
    stranger = {**meant, "institution": "不在名单上"}
    assert send(bureau, where, **stranger).status_code == 404
    words(platform, "confirmed")
    hospital = {**meant, "outlet_code": cast.HOSPITAL}
    send(bureau, where, **hospital)
    assert enrol(platform, run)["people"] == 0  # another centre's word is not its own


def test_c12_what_a_centre_said_holds_for_the_next_month_and_can_be_corrected(
    platform, run
):
    words(platform, "confirmed", "confirmed")
    later = take(
        platform,
        row(cast.alice, "糖尿病"),
        row(cast.bob, "高血压", centre="另一家"),
    )
    assert people(platform, "confirmed")["count"] == 1  # who moved is asked of the next
    stale = platform.program("bureau").ask(
        "POST", f"/matching/runs/{run}/lists/enrol/enrolments"
    )
    assert stale.status_code == 409
    (one,) = people(platform, "confirmed")["people"]
    said = {"entry_id": one["person"]["id"], "code": "refused", "note": "已迁出"}
    program = platform.program("centre")
    assert program.post("/managed/words", {"people": [said]}) == {"written": 1}
    assert program.post("/managed/words", {"people": [said]}) == {"written": 0}
    assert enrol(platform, later)["people"] == 0


@pytest.mark.parametrize(
    ("code", "note", "status"),
    [
        ("refused", None, 422),
        ("refused", " 无 ", 422),
        ("confirmed", None, 200),
        ("postponed", None, 422),
    ],
)
def test_c12_a_refusal_wants_a_reason(platform, run, code, note, status):
    assert words(platform, code, note=note).status_code == status


def test_c12_who_is_let_in_stays_as_it_was_said(platform, run):
    words(platform, "confirmed")
    enrol(platform, run)
    (one,) = people(platform, "confirmed")["people"]
    assert one["is_enrolled"]
    said = {"entry_id": one["person"]["id"], "code": "refused", "note": "写错了"}
    late = platform.program("centre").ask("POST", "/managed/words", {"people": [said]})
    assert late.status_code == 409
    both = [{"entry_id": 999, "code": "confirmed"}]
    strange = platform.program("centre").ask("POST", "/managed/words", {"people": both})
    assert strange.status_code == 404


def test_c12_without_ticks_the_page_says_what_is_missing(platform, run):
    answer = send(platform.person("centre"), "/counter/managed", code="confirmed")
    assert answer.status_code == 422


def test_c12_the_bureau_can_still_put_off_whom_a_centre_confirmed(platform, run):
    words(platform, "confirmed", "confirmed")
    bureau = platform.program("bureau")
    (one, _) = bureau.get(f"/matching/runs/{run}/lists/enrol")["entries"]
    said = {"people": [{"entry_id": one["id"], "code": "postponed"}]}
    bureau.post(f"/matching/runs/{run}/lists/enrol/outcomes", said)
    assert enrol(platform, run)["people"] == 1
