"""Parcels of one counter are loaded together, also where a phone runs no scripts."""

from types import SimpleNamespace

from tests.browser.riding import on_route, side_by_side, state
from tests.platform import send
from web.pages.courier import grouped


def stops(*told):
    return [
        SimpleNamespace(no=no, kind=kind, name=name, point=(1, 2))
        for no, (kind, name) in enumerate(told, 1)
    ]


def test_neighbours_at_one_counter_are_one_card_and_the_order_is_kept():
    route = stops(
        ("pickup", "甲"),
        ("pickup", "甲"),
        ("pickup", "乙"),
        ("dropoff", ""),
        ("dropoff", ""),
        ("pickup", "甲"),
    )
    told = [[stop.no for stop in group] for group in grouped(route)]
    assert told == [[1, 2], [3], [4], [5], [6]]


def test_what_is_ticked_is_loaded_by_one_form_and_again_changes_nothing(platform):
    first, second = on_route(platform)
    side_by_side(platform)
    rider = platform.person("courier")
    page = rider.get("/courier").text
    assert "2 件要装车" in page and page.count('class="pickups"') == 1
    ticked = {"order": [str(first), str(second)]}
    assert send(rider, "/courier/pick-ups", **ticked).status_code == 200
    assert {state(platform, first), state(platform, second)} == {"out"}
    assert send(rider, "/courier/pick-ups", **ticked).status_code == 200
    assert 'class="pickups"' not in rider.get("/courier").text


def test_nothing_ticked_is_told(platform):
    assert send(platform.person("courier"), "/courier/pick-ups").status_code == 422


def test_what_found_no_taker_is_told_as_to_be_handed_back_to_its_counter(platform):
    first, second = on_route(platform)
    rider = platform.person("courier")
    send(rider, "/courier/pick-ups", order=[str(first), str(second)])
    assert "收班前交回药店" not in rider.get("/courier").text
    away = {"reason": "not_home", "outcome": "retry"}
    send(rider, f"/courier/orders/{first}/fail", **away)
    told = rider.get("/courier").text.split('id="back"')[1].split("</section>")[0]
    assert "收班前交回药店" in told and str(first)[:8] in told
    assert str(second)[:8] not in told
