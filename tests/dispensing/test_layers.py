"""What is in force on a day: documents, layers, overlays."""

import re
from datetime import date, timedelta

import pytest

from dispensing.policy import (
    BadPack,
    NotInForce,
    load_overlay,
    overlay_of,
    region_of,
    regions,
    rules_for,
)
from dispensing.policy.figures import Citation, Figure
from dispensing.policy.pack import Pack, pack_files, read_pack
from dispensing.policy.rules import compile_rules
from tests.dispensing.making import LEVEL2, PHARMACY, answer, changed

DAY = timedelta(days=1)
OVERLAY = """
region = "wenzhou"
title = "演示用的待定参数"
label = "示例数据"

[[parameters]]
name = "ratio.resident.level2"
value = "0.35"
source = "演示用，不出自政策文件"
from = 2024-01-01

[[parameters]]
name = "deductible.resident.level2"
value = "100.00"
source = "演示用，不出自政策文件"
from = 2024-01-01
until = 2025-12-31
"""


def figure(name, value, since, layer="city", unit="days") -> Figure:
    cited = Citation("试验", "一", says="试验")
    return Figure(name, value, unit, cited, since, layer=layer)


def pack(layer, since, *figures, yields=()) -> Pack:
    region, area = ("test", "9999") if layer == "city" else ("national", "")
    return Pack(
        id=f"{layer}-{since}",
        region=region,
        layer=layer,
        area=area,
        title="试验",
        standing="in_force",
        effective_from=since,
        effective_until=None,
        yields_to_later=yields,
        figures=figures,
        text="",
        sha256="",
    )


def days_max(*packs: Pack, overlay=None) -> int | None:
    return compile_rules(packs, "test", date(2024, 1, 1), overlay).days_max


def test_a_region_is_found_by_its_area():
    assert region_of("330383") == "wenzhou"
    assert region_of("211221") == "tieling"
    assert region_of("530902") == "lincang"
    assert region_of("310101") is None
    assert set(regions()) >= {"wenzhou", "tieling", "lincang"}


def test_the_same_question_gives_the_same_rules():
    day = date(2024, 3, 5)
    assert rules_for("wenzhou", day) is rules_for("wenzhou", day)


def test_the_national_rule_joins_from_its_day():
    day = date(2021, 8, 10)
    assert rules_for("wenzhou", day - DAY).days_usual is None
    assert rules_for("wenzhou", day).days_usual == 28
    assert rules_for("wenzhou", day).days_max == 84


def test_trace_codes_are_required_from_their_day():
    day = date(2025, 7, 1)
    assert not rules_for("wenzhou", day - DAY).trace_required
    assert rules_for("wenzhou", day).trace_required


def test_the_insurance_code_counts_in_wenzhou_from_its_day():
    day = date(2023, 12, 1)
    assert rules_for("wenzhou", day - DAY).vouchers == {"card"}
    assert rules_for("wenzhou", day).vouchers == {"card", "e_code"}


def national(year: int, days: int) -> Pack:
    day = date(year, 1, 1)
    return pack("national", day, figure("quantity.days_max", days, day, "national"))


def city(year: int, days: int, **header) -> Pack:
    day = date(year, 1, 1)
    return pack("city", day, figure("quantity.days_max", days, day), **header)


def test_the_city_text_wins_over_a_national_one():
    assert days_max(national(2020, 28), city(2019, 84)) == 84


def test_a_later_national_text_wins_where_the_city_text_yields():
    """L31: later national and provincial texts win over Lincang's."""
    yielding = city(2019, 84, yields=("national",))
    assert days_max(national(2020, 28), yielding) == 28
    assert days_max(yielding, national(2020, 28)) == 28
    assert days_max(national(2018, 56), yielding) == 84


def test_a_later_text_of_the_same_layer_wins():
    assert days_max(city(2019, 84), city(2022, 56)) == 56
    assert days_max(city(2022, 56), city(2019, 84)) == 56


def test_the_overlay_wins_over_every_text():
    laid = overlay_of("test", {"quantity.days_max": 30}, source="a test")
    assert days_max(city(2019, 84), overlay=laid) == 30


def test_open_figures_are_listed_once_until_they_are_filled():
    names = [item.name for item in rules_for("wenzhou", date(2024, 3, 5)).open_figures]
    assert len(names) == len(set(names))
    assert "ratio.resident.level2" in names
    laid = overlay_of("wenzhou", LEVEL2, source="a test")
    filled = rules_for("wenzhou", date(2024, 3, 5), laid).open_figures
    assert not set(LEVEL2) & {item.name for item in filled}


def test_an_overlay_of_another_region_is_refused():
    laid = overlay_of("tieling", {"pharmacy.admitted": True}, source="a test")
    with pytest.raises(ValueError, match="an overlay of wenzhou"):
        rules_for("wenzhou", date(2024, 3, 5), laid)


def test_no_text_before_the_first_one():
    with pytest.raises(NotInForce, match="2019-07-01"):
        rules_for("wenzhou", date(2019, 6, 30))


def test_no_text_of_an_unknown_region():
    with pytest.raises(NotInForce, match="atlantis"):
        rules_for("atlantis", date(2024, 1, 1))


@pytest.fixture
def overlay_file(tmp_path):
    path = tmp_path / "overlay.toml"
    path.write_text(OVERLAY, "utf-8")
    return path


def test_the_label_travels_with_the_amounts_that_rest_on_it(overlay_file):
    laid = load_overlay(overlay_file)
    rules = rules_for("wenzhou", date(2024, 3, 5), laid)
    term = rules.terms["resident", "pharmacy", "hypertension"]
    assert term.ratio.label == term.deductible.label == "示例数据"
    assert term.ratio.source == "演示用，不出自政策文件"
    assert term.ratio.cited.clause == "二（二）"  # the clause that sends there


def test_amounts_that_rest_on_the_text_alone_carry_no_label():
    assert answer(label="示例数据", **LEVEL2).labels == ()
    shop = answer(changed(outlet=PHARMACY), label="示例数据", **LEVEL2)
    assert shop.labels == ("示例数据",)
    assert {item.name for item in shop.overlays} == set(LEVEL2)


def test_an_overlay_value_ends_on_its_day(overlay_file):
    laid = load_overlay(overlay_file)
    last, after = date(2025, 12, 31), date(2026, 1, 1)
    assert open_names(last, laid).isdisjoint(LEVEL2)
    assert open_names(after, laid) & set(LEVEL2) == {"deductible.resident.level2"}
    assert open_names(date(2023, 12, 31), laid) >= set(LEVEL2)


def open_names(on, laid):
    return {item.name for item in rules_for("wenzhou", on, laid).open_figures}


def test_overlaid_figures_are_listed_once(overlay_file):
    rules = rules_for("wenzhou", date(2024, 3, 5), load_overlay(overlay_file))
    assert [item.name for item in rules.overlaid_figures] == list(LEVEL2)


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ('source = "演示用，不出自政策文件"\n', "", "ratio.resident.level2.source"),
        ('"0.35"', '"35"', "expected a share"),
        ("ratio.resident.level2", "ratio.of.everything", "known parameter"),
        ("from = 2024-01-01\n", "", r"level2\.from: expected a date"),
        ("from = 2024-01-01\n", "from = '2024'\n", r"level2\.from: expected a date"),
        ('region = "wenzhou"', 'region = "atlantis"', "file.region: expected one of"),
        ('region = "wenzhou"', "region = 3303", "file.region: expected words"),
        ('label = "示例数据"', "label = 1", "file.label: expected words"),
        (
            'source = "演示',
            'clause = 3\nsource = "演示',
            r"level2\.clause: expected words",
        ),
        ('value = "0.35"\n', "", "expected a share such as"),
        ("until = 2025-12-31", "until = 2023-12-31", "from <= until"),
        ("until =", "till =", "unknown key"),
        ('region = "wenzhou"\n', "", "file.region"),
        ("region =", "region", "expected TOML"),
        ("ratio.resident.level2", "insured.active", "expected"),
    ],
)
def test_a_bad_overlay_is_refused(overlay_file, old, new, expected):
    overlay_file.write_text(OVERLAY.replace(old, new), "utf-8")
    with pytest.raises(BadPack, match=expected):
        load_overlay(overlay_file)


@pytest.mark.parametrize("rows", ["parameters = 3", "parameters = [1]", "[parameters]"])
def test_an_overlay_has_its_values_in_tables(overlay_file, rows):
    head = OVERLAY.partition("[[")[0]
    overlay_file.write_text(head + rows, "utf-8")
    with pytest.raises(BadPack, match=r"expected tables, each headed \[\[parameters"):
        load_overlay(overlay_file)


def test_an_overlay_has_one_value_for_a_day(overlay_file):
    again = OVERLAY.partition("\n\n")[2]
    overlay_file.write_text(OVERLAY + again, "utf-8")
    with pytest.raises(BadPack, match="level2: expected one figure for a day"):
        load_overlay(overlay_file)


def test_an_overlay_that_is_not_there_is_named(tmp_path):
    with pytest.raises(BadPack, match=r"none\.toml: file: expected a file to read"):
        load_overlay(tmp_path / "none.toml")


def test_none_leaves_a_figure_as_the_texts_have_it():
    assert overlay_of("wenzhou", {"cap.resident": None}, source="a test").figures == ()
    with pytest.raises(ValueError, match="known parameter"):
        overlay_of("wenzhou", {"cap.of.all": None}, source="a test")


def test_a_bad_overlay_value_names_its_parameter():
    with pytest.raises(ValueError, match=r"cap\.resident: expected an amount"):
        overlay_of("wenzhou", {"cap.resident": 100}, source="a test")


def test_a_supply_of_no_day_is_refused():
    with pytest.raises(ValueError, match="a number of days from 1 on, got 0"):
        overlay_of("wenzhou", {"quantity.days_max": 0}, source="a test")


def test_a_usual_supply_above_the_longest_is_refused():
    laid = overlay_of("wenzhou", {"quantity.days_usual": 100}, source="a test")
    with pytest.raises(BadPack, match="expected at most 84 days, got 100"):
        rules_for("wenzhou", date(2024, 3, 5), laid)


def test_a_text_is_looked_for_beside_its_pack_only():
    (path,) = [one for one in pack_files() if one.stem == "wenzhou-2019"]
    pack = path.read_text("utf-8")
    elsewhere = re.sub(r'(?m)^text = ".*"', 'text = "../secret.txt"', pack, count=1)
    with pytest.raises(BadPack, match="the name of a file beside the pack"):
        read_pack(path.name, elsewhere.encode(), path.parent)
