"""Supervision of carriers: each number with its deliveries, each firm only its own."""

from datetime import timedelta
from uuid import UUID

import pytest
from sqlmodel import Session, update

from dispensing.tables import OrderRow
from fixtures import cast
from routing.service.blaming import judge_anew
from routing.service.promising import promises
from tests.platform import door_code, on_the_road, send
from tests.web.test_feedback import LATE
from tests.world import NOON


@pytest.fixture
def town(platform):
    """Bring one parcel back with a broken seal; hand another one over and rate it."""
    _, back, rider = on_the_road(platform)
    rider.post(
        f"/orders/{back}/failure", {"reason": "broken_seal", "outcome": "return"}
    )
    rx, order, rider = on_the_road(platform, 2)
    rider.post(
        f"/orders/{order}/handover",
        {"code": door_code(platform, order), "receiver": "patient"},
    )
    stars = {**LATE, "stars": 4, "words": ""}
    platform.program("alice").post(f"/prescriptions/{rx}/feedback", stars)
    return platform, str(order), str(back)


def score(platform, name="dispatcher", query=""):
    return platform.program(name).get(f"/carriers/scores{query}")


def test_satisfaction_timeliness_and_incidents_stand_by_firm_and_district(town):
    platform, _, back = town
    (one,) = score(platform)["scores"]
    assert (one["carrier_code"], one["area"]) == (cast.CARRIER, "330302")
    assert (one["ended"], one["on_time"], one["returned"]) == (2, 1, 1)
    assert (one["ratings"], one["stars_tenths"], one["seals"]) == (1, 40, 1)
    assert one["broken_by"] == {"carrier": 1}
    assert score(platform, "bureau")["scores"] == [one]
    assert score(platform, query="?month=2025-08")["scores"] == []
    rider = platform.program("dispatcher")
    seal = rider.get("/carriers/deliveries?what=seal")
    assert [it["order_id"] for it in seal["listed"]] == [back]
    assert seal["listed"][0]["promise"]["promise"]["why"] == "broken_seal"


def test_each_number_is_as_many_deliveries_as_lie_behind_it(town):
    platform, *_ = town
    rider = platform.program("dispatcher")
    (one,) = score(platform)["scores"]
    numbers = {
        "all": "ended",
        "on_time": "on_time",
        "late": "late",
        "returned": "returned",
        "breach": "breaches",
        "seal": "seals",
        "rated": "ratings",
        "complaint": "complaints",
    }
    for what, name in numbers.items():
        query = f"?what={what}&carrier={cast.CARRIER}&area=330302&month=2025-09"
        assert rider.get(f"/carriers/deliveries{query}")["total"] == one[name], what


def test_what_is_counted_is_what_the_rule_says_of_each_order(town):
    platform, order, _ = town
    with Session(platform.app.extensions["engine"]) as session:
        for minutes in (-1, 0, 1):
            row = session.get_one(OrderRow, UUID(order))
            until = row.ended_at - timedelta(minutes=minutes)
            session.exec(
                update(OrderRow)
                .where(OrderRow.id == row.id)
                .values(promised_until=until)
            )
            session.commit()
            judge_anew(session, now=NOON, mend=True)
            (told,) = promises(
                session, [session.get_one(OrderRow, UUID(order))], now=NOON
            )
            session.rollback()  # whoever signs in writes
            (one,) = score(platform)["scores"]
            assert (told.promise.state == "kept") == (one["on_time"] == 1), minutes


def test_the_pages_show_it_and_lead_to_the_deliveries(town):
    platform, order, back = town
    page = platform.person("bureau").get("/bureau/carriers").text
    assert "配送安全" in page and "三（三）" in page
    firm = platform.person("dispatcher")
    listed = firm.get("/dispatch/score/deliveries?what=returned").text
    assert back[:8] in listed and order[:8] not in listed
    assert "配送公司（封签破损）" in listed
    said = send(firm, f"/dispatch/orders/{back}/delay", kind="weather", words="台风")
    assert said.status_code == 200
    told = platform.program("alice").get(f"/orders/{back}/promise")["promise"]
    assert (told["by"], told["words"]) == ("other", "台风")
    csv = firm.get("/dispatch/score.csv").text.splitlines()
    assert csv[0].startswith("\ufeffmonth,carrier_code") and cast.CARRIER in csv[1]


def test_a_firm_sees_only_its_own_object_by_object(town):
    platform, order, back = town
    other = platform.program("other-dispatcher")
    assert other.get("/carriers/scores")["scores"] == []
    assert other.get("/carriers/deliveries")["total"] == 0
    for path in (
        f"/carriers/deliveries?carrier={cast.CARRIER}",
        f"/orders/{order}/promise",
        f"/orders/{order}/evidence",
        f"/orders/{order}/temperature",
    ):
        assert other.ask("GET", path).status_code == 404, path
    said = {"kind": "weather", "words": "台风"}
    answer = other.ask("POST", f"/orders/{back}/delay-reasons", said)
    assert answer.status_code == 404
    page = platform.person("other-dispatcher")
    assert cast.CARRIER not in page.get("/dispatch/score.csv").text
    for path in ("/bureau/carriers", "/bureau/carriers.csv"):
        assert page.get(path).status_code == 403
    for name in ("alice", "counter", "courier"):
        assert platform.program(name).ask("GET", "/carriers/scores").status_code == 403


def test_a_month_or_an_area_that_is_none_is_refused(town):
    platform, *_ = town
    bureau = platform.program("bureau")
    assert bureau.ask("GET", "/carriers/scores?month=2025-13").status_code == 422
    assert bureau.ask("GET", "/carriers/scores?area=3301").status_code == 404
    assert platform.person("bureau").get("/bureau/carriers?month=x").status_code == 422


def test_the_deliveries_that_one_party_broke_open_from_their_number(town):
    platform, order, back = town
    firm = platform.person("dispatcher")
    page = firm.get("/dispatch/score").text
    assert "what=broken&amp;by=carrier" in page
    listed = firm.get("/dispatch/score/deliveries?what=broken&by=carrier").text
    assert back[:8] in listed and order[:8] not in listed
    assert "没有按时：配送公司（1）" in listed
    api = platform.program("bureau")
    assert api.get("/carriers/deliveries?what=broken&by=patient")["total"] == 0
    assert api.ask("GET", "/carriers/deliveries?by=nobody").status_code == 422
    assert firm.get("/dispatch/score/deliveries?by=x").status_code == 422
