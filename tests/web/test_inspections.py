"""Packs of the quarterly inspection (W20, W23, T10): gathered, kept as sent, exported."""

import json
from datetime import date
from hashlib import sha256

import pytest

from dispensing.errors import Malformed
from tests.platform import on_the_road, send
from tests.web.test_tasks import let_in
from web.desk.inspecting import span_of

PATH = "/bureau/desk/inspections"


@pytest.mark.parametrize(
    ("quarter", "first", "last"),
    [
        ("2025Q3", date(2025, 7, 1), date(2025, 9, 30)),
        ("2025Q4", date(2025, 10, 1), date(2025, 12, 31)),
        ("2024Q1", date(2024, 1, 1), date(2024, 3, 31)),
    ],
)
def test_a_quarter_has_its_days(quarter, first, last):
    assert span_of(quarter) == (first, last)


def test_a_quarter_is_gathered_kept_and_kept_again_with_its_digest(platform):
    """W20, W23, T10: quota, delivery, papers, stock-outs, prices and demand on one page."""
    on_the_road(platform)
    bureau = platform.person("bureau")
    page = bureau.get(PATH).text
    for part in ("节点", "指定药店目标", "配送", "缺货与价格", "基层医疗机构用药需求"):
        assert part in page
    assert "7月底前全市开通指定药店刷卡结算不低于378家" in page and "<svg" in page
    for note in ("初稿", "补充缺货"):
        shown = send(bureau, PATH, quarter="2025Q3", note=note)
    assert "第 2 版" in shown.text and "补充缺货" in shown.text
    kept = json.loads(bureau.get(f"{PATH}/2025Q3/1.json").text)
    assert kept["note"] == "初稿" and len(kept["content"]["quota"]) == 13
    text = json.dumps(kept["content"], ensure_ascii=False, sort_keys=True)
    assert kept["sha256"] == sha256(text.encode()).hexdigest()
    states = {one["what"]: one["state"] for one in kept["content"]["milestones"]}
    assert states["开通指定药店刷卡结算不低于378家"] == "late"
    table = bureau.get(f"{PATH}/2025Q3/1.csv").text
    assert "quota,1,unit,市本级" in table


def test_what_is_no_quarter_and_what_is_of_others_is_refused(platform):
    let_in(platform, ("away", "bureau", "330100"), ("watch", "auditor", "330300"))
    with pytest.raises(Malformed):
        span_of("2025Q5")
    bureau = platform.person("bureau")
    assert bureau.get(f"{PATH}?quarter=2025").status_code == 422
    assert bureau.get(f"{PATH}?percent=0").status_code == 422
    assert bureau.get(f"{PATH}/2025Q3/1").status_code == 404
    assert platform.person("away").get(PATH).status_code == 403
    assert platform.person("health").get(PATH).status_code == 403
    watch = platform.person("watch")
    assert watch.get(PATH).status_code == 200
    assert send(watch, PATH, quarter="2025Q3").status_code == 403


def test_a_pack_is_had_and_kept_over_the_interface_once(platform):
    let_in(platform, ("watch", "auditor", "330300"))
    bureau, watch = platform.program("bureau"), platform.program("watch")
    stands = bureau.get("/inspections/pack")
    assert stands["quarter"] == "2025Q3" and len(stands["content"]["quota"]) == 13
    key = {"Idempotency-Key": "0d9ff2a1-2b4e-4b2f-9d44-1f7a4c1c0a01"}
    body = {"quarter": "2025Q3", "note": "初稿"}
    first = bureau.ask("POST", "/inspections/versions", body, headers=key)
    again = bureau.ask("POST", "/inspections/versions", body, headers=key)
    assert first.status_code == 201 and first.json == again.json
    (kept,) = watch.get("/inspections")
    assert kept == watch.get("/inspections/2025Q3/1") == first.json
    text = json.dumps(kept["content"], ensure_ascii=False, sort_keys=True)
    assert kept["sha256"] == sha256(text.encode()).hexdigest()
    assert watch.ask("POST", "/inspections/versions", body).status_code == 403
    assert bureau.ask("GET", "/inspections/2025Q3/2").status_code == 404
    assert bureau.ask("GET", "/inspections/pack?quarter=2025").status_code == 422
    assert bureau.ask("GET", "/inspections/pack?percent=0").status_code == 422
    assert platform.program("counter").ask("GET", "/inspections").status_code == 403
