"""The design: parts that are all shown, colours that can be read, letters for elders."""

import re

import pytest

from dispensing import service
from tests.platform import ROOT, platform, send
from web import looks

__all__ = ["platform"]
DESIGN = ROOT / "web" / "static" / "design"
TEMPLATES = ROOT / "web" / "templates" / "design"
TOKENS = (DESIGN / "tokens.css").read_text("utf-8")
PLAIN, LARGE = 'class=""', 'class="elder"'
READ = [
    *(
        (ink, ground)
        for ink in ("ink", "soft", "link")
        for ground in ("ground", "sheet")
    ),
    *((ink, "sunken") for ink in ("ink", "soft", "link")),
    *(("brand-ink", ground) for ground in ("brand", "brand-deep")),
    *((tone, f"{tone}-ground") for tone in ("good", "warn", "bad", "info")),
    *((tone, "sheet") for tone in ("good", "bad")),
]
SEEN = [("edge", "sheet"), ("edge", "ground"), ("focus", "ground"), ("focus", "sheet")]


def blocks(selector: str) -> list[dict[str, str]]:
    found = re.findall(re.escape(selector) + r" \{([^}]*)\}", TOKENS)
    return [dict(re.findall(r"--([\w-]+): ([^;]+);", body)) for body in found]


LIGHT = blocks(":root")[0]
DARK = blocks(':root:not([data-theme="light"])')[0]


def luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
        for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("scheme", [LIGHT, DARK], ids=["light", "dark"])
def test_words_and_edges_stand_out(scheme):
    for ink, ground in READ:
        assert contrast(scheme[ink], scheme[ground]) >= 4.5, (ink, ground)
    for edge, ground in SEEN:
        assert contrast(scheme[edge], scheme[ground]) >= 3, (edge, ground)


def test_dark_is_the_same_whoever_chose_it():
    (chosen,) = (each for each in blocks(':root[data-theme="dark"]') if each)
    assert chosen == DARK
    assert DARK.keys() <= LIGHT.keys()


def test_elders_have_large_letters_and_room():
    (elder,) = blocks("body.elder")
    assert float(elder["size"].removesuffix("rem")) * 16 >= 20
    assert float(elder["leading"]) >= 1.5
    assert float(elder["tap"].removesuffix("rem")) * 16 >= 60
    assert float(LIGHT["tap"].removesuffix("rem")) * 16 >= 44


def test_every_part_is_shown_on_the_page_of_parts():
    page = (TEMPLATES / "page.html").read_text("utf-8")
    others = [path for path in TEMPLATES.glob("*.html") if path.name != "page.html"]
    made = {
        f"{path.stem}.{name}"
        for path in others
        for name in re.findall(r"{% macro (\w+)\(", path.read_text("utf-8"))
    }
    assert len(made) > 20
    assert {name for name in made if f"{name}(" not in page} == set()


def test_every_icon_that_is_drawn_is_in_the_sheet(platform):
    sheet = (ROOT / "web" / "static" / "icons.svg").read_text("utf-8")
    page = platform.app.test_client().get("/design").text
    used = set(re.findall(r"icons\.svg#(\w+)", page))
    assert used == set(re.findall(r'symbol id="(\w+)"', sheet))


@pytest.mark.parametrize("said", ["zh", "en"])
def test_the_page_of_parts_is_there_for_everybody(platform, said):
    visitor = platform.app.test_client()
    visitor.post(f"/language/{said}")
    page = visitor.get("/design?page=9")
    assert page.status_code == 200
    assert ("第 3 页" if said == "zh" else "Page 3 of 3") in page.text
    assert visitor.get("/design?page=x").status_code == 200


def test_patients_from_sixty_on_get_large_letters_by_themselves(platform):
    assert LARGE in platform.person("alice").get("/patient").text  # 68
    assert PLAIN in platform.person("bob").get("/patient").text
    assert PLAIN in platform.person("counter").get("/counter").text
    assert LARGE in platform.app.test_client().get("/login").text


def test_the_age_is_looked_up_once_for_each_sign_in(platform, monkeypatch):
    asked = []
    looked = service.born_on
    monkeypatch.setattr(
        looks.service, "born_on", lambda *of: asked.append(of) or looked(*of)
    )
    alice = platform.person("alice")
    alice.get("/patient")
    alice.get("/patient")
    assert len(asked) == 1


def test_everybody_may_choose_how_pages_look_and_it_is_kept(platform):
    alice, clerk = platform.person("alice"), platform.person("counter")
    answer = alice.post("/looks/view/usual", data={"here": "/patient"})
    assert answer.headers["Location"] == "/patient"
    assert "Max-Age=31536000" in answer.headers["Set-Cookie"]
    assert PLAIN in alice.get("/patient").text
    assert LARGE in send(clerk, "/looks/view/elder", here="/counter").text
    assert 'data-theme="dark"' in send(clerk, "/looks/theme/dark", here="/counter").text
    assert "data-theme" not in send(clerk, "/looks/theme/auto", here="/counter").text


def test_what_cannot_be_chosen_is_not_found(platform):
    for path in ("/looks/view/huge", "/looks/theme/pink"):
        assert platform.app.test_client().post(path).status_code == 404, path


def test_a_choice_leads_to_no_other_site_and_a_made_up_one_is_ignored(platform):
    visitor = platform.app.test_client()
    answer = visitor.post("/looks/theme/dark", data={"here": "https://a.example"})
    assert answer.headers["Location"] == "/"
    visitor.set_cookie("yaoda_theme", '"><script>')
    assert "data-theme" not in visitor.get("/login").text
