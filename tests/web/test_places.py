"""The address of an order: found as exactly as is known, or refused."""

import pytest
from pydantic import ValidationError
from sqlmodel import select

from dispensing.errors import Conflict
from dispensing.sealed import point_of
from dispensing.tables import OrderRow
from fixtures import cast
from pharmacies.gazetteer import Located
from pharmacies.geocoding import GeocoderAway
from pharmacies.places import Point
from tests.platform import delivery, order_form, send, settled
from web import cli, db, places
from web.places import Sought, door, same_door, sought
from web.settings import Settings

HERE = Point(120.65, 28.01)


def located(precision, within_m=100):
    return Located("鹿城区", HERE, precision, within_m, "330302")


class Known:
    def __init__(self, *found):
        self.found = found

    def find(self, text, area=None):
        return self.found


class Away:
    def find(self, text, area=None):
        raise GeocoderAway("HTTP 503")


def test_others_are_asked_only_for_what_is_not_known_to_the_road():
    known, theirs = Known(located("road")), Known(located("door", 20))
    assert sought(known, theirs, "x").places == known.found
    rough = Known(located("town", 2_000))
    assert sought(rough, theirs, "x").places == theirs.found
    assert sought(theirs, None, "x").places == theirs.found


def test_a_worse_answer_of_others_does_not_count():
    rough, worse = Known(located("town", 2_000)), Known(located("district", 20_000))
    assert sought(rough, worse, "x").places == rough.found


def test_where_others_are_away_what_is_known_counts():
    rough = Known(located("town", 2_000))
    assert sought(rough, Away(), "x") == Sought(rough.found, "HTTP 503")


def test_a_town_is_taken_only_if_asked_for():
    rough = Sought((located("town", 2_000),))
    assert door(rough, roughly=True).point == HERE
    with pytest.raises(Conflict, match="2000 m") as refused:
        door(rough, roughly=False)
    assert refused.value.code == "address-rough"


@pytest.mark.parametrize("found", [(), ("district",), ("town", "town")])
def test_no_place_and_many_places_are_refused(found):
    with pytest.raises(Conflict) as refused:
        door(Sought(tuple(map(located, found))), roughly=True)
    assert refused.value.code == "address-unknown"


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("鹿城区解放街18号2幢302室", "温州市鹿城区解放街18号1幢", True),
        ("鹿城区解放街18号", "鹿城区解放街20号", False),
        ("别处", "另一处", False),
        ("别处", " 别处", True),
    ],
)
def test_one_house_is_one_place_whatever_the_flat(one, other, same):
    assert same_door(one, other) == same


def test_every_district_and_town_is_known_with_its_width():
    districts, towns = places._districts(), places._towns()
    assert len(districts) == 12
    assert all(3_000 < it.within_m < 80_000 for it in districts)
    assert all(1_000 < it.within_m < 3_000 for it in towns)


def ordered(platform, address, **more):
    rx, form = settled(platform), order_form(address=address, **more)
    path = f"/patient/prescriptions/{rx}/order"
    return rx, send(platform.person("alice"), path, **form)


def door_of(platform, rx):
    with db.open_session(platform.app.extensions["engine"], read_only=True) as session:
        row = session.exec(
            select(OrderRow).where(OrderRow.prescription_id == rx)
        ).one_or_none()
        vault = platform.app.extensions["desk"].vault
        return None if row is None else point_of(vault, row)


def test_the_own_house_has_the_point_that_is_known(platform):
    rx, answer = ordered(platform, f" {cast.alice.address} ")
    assert answer.status_code == 200
    assert door_of(platform, rx) == cast.alice.point


def test_another_address_has_another_point_and_only_if_it_is_known(platform):
    rx, answer = ordered(platform, "鹿城区南汇街道不知路1号")
    assert answer.status_code == 409
    assert "南汇街道" in answer.text and "2442 米" in answer.text
    assert door_of(platform, rx) is None
    alice = platform.person("alice")
    form = order_form(address="鹿城区南汇街道不知路1号", roughly="on")
    again = send(alice, f"/patient/prescriptions/{rx}/order", **form)
    assert again.status_code == 200
    assert door_of(platform, rx) == Point(120.690, 28.002)


def test_an_address_that_nobody_knows_is_refused(platform):
    rx, answer = ordered(platform, "不知路1号", roughly="on")
    assert answer.status_code == 409
    assert "没有找到这个地址" in answer.text
    assert door_of(platform, rx) is None


@pytest.mark.parametrize(
    ("point", "area"),
    [
        (cast.alice.point, "330302"),
        (Point(120.655, 28.015), "330302"),
        (Point(120.62, 28.0), "330302"),  # in 瓯海, beside the border
        (Point(0.0, 0.0), "110101"),  # of which nothing is known here
    ],
)
def test_a_point_in_its_district_or_just_beside_it_is_believed(point, area):
    places.reject_elsewhere(point, area)


@pytest.mark.parametrize(
    ("point", "far_km"),
    [
        (Point(120.90, 28.015), (5, 25)),
        (Point(121.15, 27.84), (30, 60)),  # 洞头
        (Point(28.015, -60.655), (8_000, 16_000)),
        (Point(0.0, 0.0), (8_000, 16_000)),
    ],
)
def test_a_point_far_from_its_district_is_refused(point, far_km):
    with pytest.raises(Conflict, match="km outside 鹿城区") as refused:
        places.reject_elsewhere(point, "330302")
    assert refused.value.code == "point-elsewhere"
    assert far_km[0] * 1000 < places.beside_m("330302", point) < far_km[1] * 1000


def test_every_town_lies_in_its_district():
    assert all(places.beside_m(it.area, it.centre) == 0 for it in places.TOWNS)


def test_an_order_over_the_interface_goes_to_a_point_in_its_district(platform):
    rx, alice = settled(platform), platform.program("alice")
    elsewhere = delivery() | {"point": {"lon": 121.15, "lat": 27.84}}
    answer = alice.ask("POST", f"/prescriptions/{rx}/order", elsewhere)
    assert answer.status_code == 409
    assert answer.json["type"] == "urn:yaoda:problem:point-elsewhere"
    assert door_of(platform, rx) is None
    alice.post(f"/prescriptions/{rx}/order", delivery())
    assert door_of(platform, rx) == cast.alice.point


def test_an_order_page_refuses_a_district_in_which_the_home_is_not(platform):
    rx, answer = ordered(platform, cast.alice.address, area="330329")
    assert answer.status_code == 409
    assert "泰顺县之外" in answer.text
    assert door_of(platform, rx) is None


@pytest.fixture
def run(tmp_path, sqlite_url, monkeypatch):
    monkeypatch.setenv("YAODA_VAR_DIR", str(tmp_path / "var"))
    monkeypatch.setenv("YAODA_DATABASE_URL", sqlite_url)

    def command(*words):
        return cli.answer(lambda: cli.app(list(words), standalone_mode=False))

    assert command("db", "init") == 0
    return command


def test_the_command_tells_how_exactly_a_place_is_known(run, capsys):
    assert run("places", "find", "鹿城区双屿街道不知路1号") == 0
    assert "town within 2220 m: 120.59000,28.02200" in capsys.readouterr().out
    assert run("places", "find", "别处") == 1
    assert "not found" in capsys.readouterr().out
    assert run("places", "find", "别处", "--area", "330000") == 2
    assert "--area" in capsys.readouterr().err


def test_baidu_wants_a_key_that_can_be_read(tmp_path):
    with pytest.raises(ValidationError, match="YAODA_GEOCODER_KEY"):
        Settings(geocoder="baidu", geocoder_key=tmp_path / "none")
    (tmp_path / "key").write_text("a key\n")
    chosen = Settings(geocoder="baidu", geocoder_key=tmp_path / "key")
    assert places.geocoder_of(chosen) is not None
    assert places.geocoder_of(Settings()) is None
    assert places.geocoder_of(Settings(geocoder="nominatim")) is not None
