"""Addresses taken apart, and found as exactly as is known."""

import csv
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import fixtures
from pharmacies.addresses import Address, taken_apart
from pharmacies.gazetteer import Gazetteer, Known
from pharmacies.places import AREAS, Point, distance_m

OUTLETS = Path(fixtures.__file__).parent / "wenzhou" / "outlets.csv"
CENTRE = Point(120.655, 28.015)
KNOWN = Gazetteer(
    towns=(
        Known("330302", "五马街道", CENTRE, 2_000),
        Known("330381", "塘下镇", Point(120.69, 27.85), 2_000),
        Known("330382", "塘下镇", Point(120.97, 28.12), 2_000),
    ),
    districts=(Known("330302", "鹿城区", CENTRE, 15_000),),
)
KNOWN.learn(
    (
        ("温州市鹿城区五马街道解放街18号", Point(120.656, 28.0147)),
        ("温州市鹿城区五马街道解放街20号", Point(120.657, 28.0147)),
        ("温州市鹿城区五马街道人民路1号", Point(120.60, 28.0)),
        ("温州市鹿城区五马街道人民路300号", Point(120.70, 28.03)),
    )
)


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("浙江省温州市鹿城区五马街道解放街18号", ("330302", "五马街道", "解放街", 18)),
        ("鹿城区 五马街道 解放街 １８ 号", ("330302", "五马街道", "解放街", 18)),
        ("温州市瓯海区瓯海大道88-2号", ("330304", None, "瓯海大道", 88)),
        ("乐清市柳市镇后街巷7号3单元", ("330382", "柳市镇", "后街巷", 7)),
        ("龙港市龙港城区文昌路5号", ("330383", "龙港城区", "文昌路", 5)),
        ("泰顺县罗阳镇下洪村", ("330329", "罗阳镇", "下洪村", None)),
        ("解放街18号", (None, None, "解放街", 18)),
        ("别处", (None, None, None, None)),
    ],
)
def test_an_address_is_taken_apart(text, parts):
    found = taken_apart(text)
    assert (found.area, found.town, found.road, found.number) == parts


@given(st.text(max_size=60))
def test_any_text_is_an_address_of_some_kind(text):
    assert isinstance(taken_apart(text), Address)
    assert isinstance(KNOWN.find(text), tuple)


def test_what_is_behind_the_door_stays_here():
    found = taken_apart("温州市鹿城区五马街道解放街18号2幢302室 陈爱莲")
    assert found.outward == "温州市鹿城区五马街道解放街18号"


@pytest.mark.parametrize(
    ("text", "precision"),
    [
        ("鹿城区五马街道解放街18号2幢", "door"),
        ("鹿城区解放街18号", "door"),
        ("鹿城区五马街道解放街19号", "road"),
        ("鹿城区五马街道人民路77号", "town"),  # its known doors are all over the town
        ("鹿城区五马街道不知路1号", "town"),
        ("鹿城区不知路1号", "district"),
    ],
)
def test_a_place_says_how_exactly_it_is_known(text, precision):
    (found,) = KNOWN.find(text)
    assert found.precision == precision
    assert distance_m(found.point, CENTRE) <= 3_000


def test_an_address_that_may_mean_two_places_gives_both():
    assert {it.area for it in KNOWN.find("塘下镇人民路1号")} == {"330381", "330382"}
    (found,) = KNOWN.find("塘下镇人民路1号", area="330382")
    assert found.area == "330382"


def test_what_is_not_known_is_not_guessed():
    assert KNOWN.find("别处") == ()
    assert KNOWN.find("泰顺县罗阳镇下洪村") == ()


def test_every_outlet_is_found_at_its_own_door():
    rows = list(csv.DictReader(OUTLETS.read_text("utf-8").splitlines()))
    known = Gazetteer((), ())
    known.learn(
        (it["address"], Point(float(it["lon"]), float(it["lat"]))) for it in rows
    )
    for row in rows:
        (found,) = known.find(row["address"])
        assert (found.precision, found.area) == ("door", row["area"])
        point = Point(float(row["lon"]), float(row["lat"]))
        assert distance_m(found.point, point) <= found.within_m
    assert {taken_apart(it["address"]).area for it in rows} == set(AREAS)
