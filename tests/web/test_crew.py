"""The crew on its pages and over the interface: one firm's own."""

from tests.platform import csrf, platform

__all__ = ["platform"]
CODE = "C33030000101"
TERMS = {
    "name": "周强",
    "phone": "12000000021",
    "shift_begins": "08:00:00",
    "shift_ends": "18:00:00",
    "rest_weekday": 0,
    "vehicle": "电动车 浙C12345",
    "capacity_parcels": 30,
    "cold_capacity_parcels": 6,
    "areas": ["330302"],
    "lon": 120.66,
    "lat": 28.01,
}


def test_a_dispatcher_hires_and_changes_on_the_pages(platform):
    person = platform.person("dispatcher")
    token = {"csrf_token": csrf(person.get("/dispatch/crew").text)}
    hired = person.post(
        "/dispatch/crew",
        data={**TERMS, **token, "from_day": "2025-09-15"},
        follow_redirects=True,
    )
    assert "周强" in hired.text and "电动车 浙C12345" in hired.text
    changed = {**TERMS, **token, "from_day": "2025-09-16", "seen": "0"}
    shown = person.post(
        f"/dispatch/crew/{CODE}/terms", data=changed, follow_redirects=True
    )
    assert "2025-09-16 起：变更" in shown.text
    late = person.post(f"/dispatch/crew/{CODE}/terms", data=changed)
    assert late.status_code == 409 and "刚刚改过" in late.text
    gone = {**token, "from_day": "2025-09-15", "seen": "2", "reason": "离职"}
    left = person.post(f"/dispatch/crew/{CODE}/end", data=gone, follow_redirects=True)
    assert "不再配送" in left.text
    assert "不在岗" in person.get("/dispatch/crew").text


def test_another_firms_courier_does_not_exist(platform):
    other = platform.program("other-dispatcher")
    asked = {**TERMS, "from_day": "2025-09-15", "seen": 0}
    assert other.ask("POST", f"/crew/{CODE}/terms", asked).status_code == 404
    assert other.get("/crew") == [] == other.get(f"/crew/{CODE}/acts")
    strangers = platform.app.test_client()
    assert strangers.get("/dispatch/crew").status_code == 302
