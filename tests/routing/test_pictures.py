"""Pictures of plans and searches: sound SVG, sound PNG, everything that is told shown."""

import io
import json
from xml.etree import ElementTree

import pytest
from PIL import Image

from fixtures.city.wenzhou import wenzhou_day
from routing.formats.answer import answer_of
from routing.formats.instance import Format
from routing.formats.reading import read_instance
from routing.pictures import png as painting
from routing.pictures.curves import convergence, gap_profile
from routing.pictures.map import Outlines, answer_map, plan_map
from routing.pictures.png import png
from routing.pictures.shapes import Dot, Line, Picture, Words, svg
from routing.pictures.timeline import LATE, timeline
from routing.pictures.told import BadDay, day_json, read_day
from routing.plan import Kind, Plan, Rest, Route, Visit
from routing.travel import GeodesicTravel
from tests.routing.formats.files import LI_LIM, SARTORI
from web import cli

SVG = "{http://www.w3.org/2000/svg}"


def visit(kind, place, at_s, parcel=None, late_s=0):
    return Visit(kind, place, parcel, 600, 4000, at_s, at_s, at_s + 120, 0, 0, late_s)


ROUTE = Route(
    "courier-1",
    (
        visit(Kind.START, 0, 28_800),
        visit(Kind.PICKUP, 1, 30_000, "parcel <1>"),
        visit(Kind.DROPOFF, 2, 32_000, "parcel <1>", late_s=90),
        visit(Kind.END, 0, 34_000),
    ),
    (Rest(31_000, 31_600),),
)
PLAN = Plan((ROUTE,), (), 16_000, 5_000)
BETTER = ((0.5, 9_000, 3), (1.0, 8_000, 0), (4.0, 7_000, 0))


@pytest.fixture(scope="module")
def points():
    return wenzhou_day(GeodesicTravel(), orders=3, outlets=3).points


def drawn(picture: Picture) -> ElementTree.Element:
    """Read a picture's SVG back, which says that it is well-formed; draw it as PNG too."""
    image = Image.open(io.BytesIO(png(picture)))
    assert image.size == (round(picture.width), round(picture.height))
    assert len(image.getcolors(1_000_000)) > (2 if picture.shapes else 0)
    return ElementTree.fromstring(svg(picture))


def test_a_plan_is_drawn_over_its_districts(points):
    below = Outlines(
        (((120.0, 27.0), (121.0, 27.0), (121.0, 28.5)),), (("鹿城区", (120.6, 28.0)),)
    )
    root = drawn(plan_map(PLAN.routes, dict(enumerate(points)), below))
    assert len(root.findall(f"{SVG}polyline")) == 1
    assert len(root.findall(f"{SVG}polygon")) == 1
    assert "鹿城区" in [words.text for words in root.iter(f"{SVG}text")]


def test_an_empty_plan_has_a_picture_too():
    for picture in (
        plan_map((), {}),
        timeline(()),
        convergence({}),
        gap_profile({}, {}),
    ):
        assert drawn(picture).find(f"{SVG}title").text


def test_a_map_of_a_thousand_stops_is_not_buried_in_numbers(points):
    many = plan_map([ROUTE] * 200, dict(enumerate(points)))
    assert not [shape for shape in many.shapes if isinstance(shape, Words)]
    few = plan_map([ROUTE], dict(enumerate(points)))
    assert [shape.text for shape in few.shapes if isinstance(shape, Words)] == ["2"]


@pytest.mark.parametrize(("form", "text"), [("li-lim", LI_LIM), ("sartori", SARTORI)])
def test_an_answer_to_a_benchmark_is_drawn(tmp_path, form, text):
    path = tmp_path / "tiny.txt"
    path.write_text(text)
    instance = read_instance(path, Format(form))
    pairs = [list(pair) for pair in instance.pairs]
    root = drawn(answer_map(instance, answer_of(instance, pairs)))
    assert len(root.findall(f"{SVG}polyline")) == 2
    assert "2 vehicles" in root.find(f"{SVG}title").text


def test_a_timeline_shows_doors_rests_and_what_is_late():
    root = drawn(timeline(PLAN.routes))
    said = [title.text for title in root.iter(f"{SVG}title")]
    assert "休息 rest" in said and "dropoff parcel <1> 8:53" in said
    assert [box for box in root.iter(f"{SVG}rect") if box.get("fill") == LATE]
    assert "9:00" in [words.text for words in root.iter(f"{SVG}text")]


def test_a_search_is_drawn_from_its_first_full_plan_on():
    picture = convergence({"yaoda": BETTER, "other": BETTER[:1]})
    drawn(picture)
    full, partial = (
        it for it in picture.shapes if isinstance(it, Line) and it.width == 2
    )
    assert not full.dash and len(full.spots) == 4
    assert partial.dash and len(partial.spots) == 2
    assert min(y for _, y in partial.spots) < min(y for _, y in full.spots)


def test_axes_have_round_numbers():
    words = [it for it in convergence({"a": BETTER}).shapes if isinstance(it, Words)]
    assert {"1", "2", "3", "4", "7,000", "7,500", "8,000"} <= {it.text for it in words}


def test_a_run_without_an_answer_keeps_its_line_from_the_top():
    picture = gap_profile({"a": [1.0, 2.0], "b": [3.0]}, {"a": 2, "b": 2})
    drawn(picture)
    lines = [it for it in picture.shapes if isinstance(it, Line) and it.width == 2]
    tops = [min(y for _, y in line.spots) for line in lines]
    assert tops[0] == min(tops) and tops[1] > tops[0] + 100


def test_words_that_no_font_has_are_left_out(monkeypatch):
    monkeypatch.setattr(painting, "_font", lambda size: None)
    shapes = (Words((5, 20), "药达"), Dot((40, 40), 5, "#000000"))
    image = Image.open(io.BytesIO(png(Picture("", 50, 50, shapes))))
    assert image.getpixel((8, 15)) == (255, 255, 255)
    assert image.getpixel((40, 40)) == (0, 0, 0)


def test_a_picture_beyond_reason_is_no_png():
    with pytest.raises(ValueError, match="write SVG"):
        png(timeline([ROUTE] * 1000))
    assert svg(timeline([ROUTE] * 1000))


def test_a_day_is_read_as_it_was_written(tmp_path, points):
    path = tmp_path / "day.json"
    path.write_text(day_json(PLAN, points, BETTER))
    day = read_day(path)
    assert day.plan == PLAN and day.better == BETTER
    assert day.points == {place: points[place] for place in range(3)}


@pytest.mark.parametrize(
    "text",
    [
        *("", "[]", "{}", "[" * 100_000, '{"plan": 1, "points": {}, "better": []}'),
        '{"plan": {"version": 9}, "points": {}, "better": []}',
    ],
)
def test_what_is_no_day_is_refused_in_a_sentence(tmp_path, text):
    path = tmp_path / "day.json"
    path.write_text(text)
    with pytest.raises(BadDay, match=r"^day.json: expected a day of `route city`"):
        read_day(path)


def test_a_day_without_the_point_of_a_place_is_refused(tmp_path, points):
    path = tmp_path / "day.json"
    told = json.loads(day_json(PLAN, points))
    del told["points"]["2"]
    path.write_text(json.dumps(told))
    with pytest.raises(BadDay, match="a point for every place"):
        read_day(path)


@pytest.mark.parametrize("view", ["map", "timeline", "convergence"])
@pytest.mark.parametrize("suffix", ["svg", "png"])
def test_pictures_are_written_on_the_command_line(tmp_path, points, view, suffix):
    (tmp_path / "day.json").write_text(day_json(PLAN, points, BETTER))
    out = tmp_path / f"x.{suffix}"
    words = ["route", "draw", str(tmp_path / "day.json"), "--view", view]
    words += ["--out", str(out)]
    assert cli.answer(lambda: cli.app(words, standalone_mode=False)) == 0
    begins = {"svg": b"<svg", "png": b"\x89PNG"}[suffix]
    assert out.read_bytes().startswith(begins)


def test_a_name_that_is_no_picture_is_refused(tmp_path, capsys):
    words = ["route", "draw", "day.json", "--out", str(tmp_path / "x.gif")]
    assert cli.answer(lambda: cli.app(words, standalone_mode=False)) == 2
    assert "expected a name that ends in .svg or .png" in capsys.readouterr().err


def test_a_day_with_a_price_that_no_chart_can_hold_is_refused(tmp_path):
    path = tmp_path / "day.json"
    empty = {"plan": {"version": 1, "routes": [], "unserved": []}, "points": {}}
    empty["plan"] |= {"distance_m": 0, "cost_fen": 0}
    path.write_text(json.dumps(empty | {"better": [[10**400, 0, 0]]}))
    with pytest.raises(BadDay, match="OverflowError"):
        read_day(path)
