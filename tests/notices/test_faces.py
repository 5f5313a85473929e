"""Subscribers and the bureau see and mend notices over the interface and on the page."""

import json
from datetime import timedelta
from uuid import UUID

import pytest

from dispensing.outbox import Answer, Patience
from dispensing.service import notices
from fixtures import cast
from tests.notices.places import claimed, concluded, told
from tests.platform import on_the_road, platform, send, sent
from tests.world import NOON
from web import db

__all__ = ["platform"]

WANTED = {"url": "https://his.example.org/notices", "kinds": [], "signature": "v1"}


def subscribed(platform, name="hospital", **changes):
    return platform.program(name).post("/webhooks", {**WANTED, **changes})


@pytest.fixture
def dead(platform):
    """The id of a notice to the hospital that was laid aside."""
    made = subscribed(platform)
    sent(platform)
    engine = platform.app.extensions["engine"]
    told(engine)
    place = UUID(made["subscription"]["id"])
    with db.open_session(engine) as session:
        vault = platform.app.extensions["desk"].vault
        (due,) = notices.claim(session, vault, place, limit=1, now=NOON)
        hasty = Patience(timedelta(0), 1)
        notices.conclude(session, due, Answer(400, "400"), now=NOON, patience=hasty)
    return str(due.id)


def test_a_hospital_subscribes_and_sees_its_secret_once(platform):
    made = subscribed(platform)
    assert made["verify_with"].startswith("whsec_")
    assert made["subscription"]["outlet_code"] == cast.HOSPITAL
    seen = platform.program("hospital").ask("GET", "/webhooks").text
    assert "whsec_" not in seen
    assert made["subscription"]["id"] in seen


def test_of_ed25519_the_public_half_is_shown(platform):
    made = subscribed(platform, signature="v1a")
    assert made["verify_with"].startswith("whpk_")
    again = platform.program("hospital").post(
        f"/webhooks/{made['subscription']['id']}/secret"
    )
    assert again["verify_with"].startswith("whpk_")
    assert again["verify_with"] != made["verify_with"]
    assert again["subscription"]["old_secret_until"]


@pytest.mark.parametrize(
    "url",
    ["http://his.example.org/", "https://127.0.0.1/n", "https://10.0.0.1/n", "x" * 9],
)
def test_an_address_that_is_not_fit_is_refused(platform, url):
    answer = platform.program("hospital").ask(
        "POST", "/webhooks", {**WANTED, "url": url}
    )
    assert answer.status_code == 422
    assert "url" in str(answer.json["errors"][0])


def test_nobody_reaches_anothers_subscription(platform):
    made = subscribed(platform)["subscription"]["id"]
    for name in ("internet-hospital", "counter"):
        program = platform.program(name)
        assert program.get("/webhooks")["subscriptions"] == []
        for act in ("secret", "enabling", "end"):
            answer = program.ask("POST", f"/webhooks/{made}/{act}")
            assert answer.status_code == 404
    assert platform.program("dispatcher").get("/webhooks")["subscriptions"] == []
    for name in ("alice", "courier"):
        assert platform.program(name).ask("GET", "/webhooks").status_code == 403


def test_a_delivery_firm_subscribes_and_hears_of_its_own_orders(platform):
    made = subscribed(platform, "dispatcher")
    assert made["subscription"]["outlet_code"] == cast.CARRIER
    _, order, _ = on_the_road(platform)
    engine = platform.app.extensions["engine"]
    told(engine)
    with db.open_session(engine) as session:
        vault, place = (
            platform.app.extensions["desk"].vault,
            UUID(made["subscription"]["id"]),
        )
        (due,) = notices.claim(session, vault, place, limit=9, now=NOON)
    said = json.loads(due.body)
    assert said["type"] == "prescription.order_placed"
    assert said["data"] == {
        "order": str(order),
        "outlet": cast.LUCHENG_PHARMACY,
        "seq": said["data"]["seq"],
        "event": "order_placed",
    }
    page = platform.person("dispatcher").get("/notices").text
    assert cast.CARRIER in page
    assert "/notices" in platform.person("dispatcher").get("/dispatch").text
    stranger = platform.program("hospital")
    answer = stranger.ask("POST", f"/webhooks/{made['subscription']['id']}/end")
    assert answer.status_code == 404


def test_the_bureau_sees_how_all_stand(platform):
    subscribed(platform)
    subscribed(platform, "counter")
    sent(platform)
    told(platform.app.extensions["engine"])
    standing = platform.program("bureau").get("/webhooks")
    by_code = {
        lag["subscription"]["outlet_code"]: lag["waiting"]
        for lag in standing["subscriptions"]
    }
    assert by_code == {cast.HOSPITAL: 1, cast.LUCHENG_PHARMACY: 0}
    assert standing["untold"] == 0


def test_an_address_may_carry_a_token_and_is_whole_to_its_subscriber_alone(platform):
    address = "https://his.example.org/in/s3cret?token=s3cret"
    asked = {"url": address, "kinds": ["posted"], "signature": "v1"}
    platform.program("hospital").post("/webhooks", asked)
    bureau = platform.program("bureau").ask("GET", "/webhooks").text
    page = platform.person("bureau").get("/notices").text
    for seen in (bureau, page):
        assert "s3cret" not in seen and "https://his.example.org/" in seen
    own = platform.program("hospital").get("/webhooks")
    assert own["subscriptions"][0]["subscription"]["url"] == address


def test_an_ended_subscription_hears_nothing_more(platform):
    made = subscribed(platform)["subscription"]["id"]
    ended = platform.program("hospital").post(f"/webhooks/{made}/end")
    assert ended["state"] == "ended"
    sent(platform)
    engine = platform.app.extensions["engine"]
    told(engine)
    assert claimed(engine, UUID(made)) == ()
    answer = platform.program("hospital").ask("POST", f"/webhooks/{made}/enabling")
    assert answer.status_code == 409


def test_a_notice_laid_aside_is_sent_again_over_the_interface(platform, dead):
    (one,) = platform.program("hospital").get("/notices/dead")
    assert (one["id"], one["last_status"], one["kind"]) == (dead, 400, "received")
    assert platform.program("counter").get("/notices/dead") == []
    other = platform.program("counter").ask("POST", f"/notices/{dead}/again")
    assert other.status_code == 404
    assert platform.program("bureau").post(f"/notices/{dead}/again") == {"done": True}
    assert platform.program("hospital").get("/notices/dead") == []
    answer = platform.program("hospital").ask("POST", f"/notices/{dead}/drop")
    assert answer.status_code == 409


def test_the_page_shows_the_lag_and_sends_again(platform, dead):
    person = platform.person("hospital")
    page = person.get("/notices").text
    assert "重新发送" in page and "400" in page
    page = send(person, "/notices/again", notice=dead).text
    assert "没有死信" in page
    assert platform.person("bureau").get("/notices").status_code == 200
    assert platform.person("alice").get("/notices").status_code == 403


def test_a_notice_is_given_up_on_the_page(platform, dead):
    page = send(platform.person("bureau"), "/notices/drop", notice=dead).text
    assert "没有死信" in page


def test_the_metrics_tell_the_lag_by_subscriber(platform, dead):
    client = platform.app.test_client()
    told = client.get("/metrics").text
    labels = f'{{institution="{cast.HOSPITAL}",subscription="'
    assert f"yaoda_notices_dead{labels}" in told
    assert "yaoda_notices_untold 0.0" in told
    assert client.get("/readyz").json == {"status": "ready", "notices": "laid aside"}


def test_who_lags_is_told_beside_ready(platform):
    made = subscribed(platform)["subscription"]["id"]
    client = platform.app.test_client()
    assert client.get("/readyz").json == {"status": "ready"}
    sent(platform)
    engine = platform.app.extensions["engine"]
    told(engine, NOON.replace(hour=8))
    assert client.get("/readyz").json == {"status": "ready", "notices": "late"}
    vault = platform.app.extensions["desk"].vault
    with db.open_session(engine) as session:
        (due,) = notices.claim(session, vault, UUID(made), limit=1, now=NOON)
    concluded(engine, due, Answer(200))
    assert client.get("/readyz").json == {"status": "ready"}
