"""The packs are held to what they promise; each breach is named with file, line, key."""

import re
import shutil
import tomllib
from datetime import date

import pytest

from dispensing.packs import check, diff, show
from dispensing.packs.report import Report
from dispensing.policy import load_packs, overlay_of, rules_for
from dispensing.policy.pack import POLICIES, pack_files

SEEDED = {"seed": 7, "cases": 200, "seconds": lambda: 0}


@pytest.fixture
def folder(tmp_path):
    """Copy the shipped packs, to be broken."""
    copy = tmp_path / "policies"
    shutil.copytree(POLICIES, copy)
    return copy


@pytest.fixture
def broken(folder):
    """Change one file of the copy, and check it."""

    def change(name: str, old: str, new: str, **options) -> Report:
        path = folder / name
        text = path.read_text("utf-8")
        assert old in text
        path.write_text(text.replace(old, new, 1), "utf-8")
        return check(folder, **{**SEEDED, **options})

    return change


def test_the_shipped_packs_pass():
    report = check(POLICIES, **SEEDED)
    assert report.faults == ()
    assert report.cases == 5 * 200
    assert list(report.lines())[-1] == "0 faults"
    told = "\n".join(report.lines())
    assert all(pack.id in told for pack in load_packs())


def test_a_document_without_its_text_is_said_to_be_in_our_words():
    (told,) = [line for line in check(POLICIES, **SEEDED).lines() if "our own" in line]
    assert told.startswith("national: its texts are not shipped; all 44 figures are")
    shown = list(show(rules_for("wenzhou", date(2025, 9, 15)), load_packs()))
    worded = [line for line in shown if line.endswith("not the text）")]
    quoted = [line for line in shown if line.startswith("    “")]
    assert (
        len(worded) + len(quoted)
        == sum(": " in line and line[0] != " " for line in shown) - 2
    )
    assert not any("“" in line[:6] for line in worded)


def test_the_same_seed_draws_the_same_cases():
    assert check(POLICIES, **SEEDED) == check(POLICIES, **SEEDED)


def test_the_cases_stop_when_the_seconds_are_over():
    assert check(POLICIES, seed=7, seconds_max=5, seconds=lambda: 5).cases == 0


def test_clauses_that_differ_are_told_with_what_decides():
    settled = "\n".join(check(POLICIES, seconds=lambda: 0).settled)
    assert "ratio.resident.primary.tuberculosis" in settled
    assert "the narrower wins" in settled
    assert "the nearer layer wins" in settled


QUOTES = [
    (path.name, item["name"], item["quote"])
    for path in pack_files()
    for item in tomllib.loads(path.read_text("utf-8"))["figures"]
    if "quote" in item
]


@pytest.mark.parametrize(("name", "key", "quote"), QUOTES[::7], ids=str)
def test_a_quote_taken_away_is_missed(broken, name, key, quote):
    (fault, *_) = broken(name, f'\nquote = "{quote}"\n', "\n", cases=0).faults
    # The same words may stand beside another figure, further up.
    assert re.match(rf"{re.escape(name)}:\d+: \S+: expected a quote", fault), key


def test_a_figure_without_a_clause_is_missed(broken):
    report = broken(
        "tieling-2021.toml",
        '[[figures]]\nname = "schemes"',
        '''[[figures]]
name = "ratio.resident.level2.diabetes"
value = "0.55"
unit = "share"
quote = "二级医疗机构补偿比例55%"

[[figures]]
name = "schemes"''',
    )
    (fault,) = report.faults
    assert fault.startswith("tieling-2021.toml:14: ratio.resident.level2.diabetes")
    assert "clause: expected words" in fault


def test_two_values_of_a_day_are_named(broken):
    """The second entry of a figure begins before the first one ends."""
    report = broken("suixi-2021.toml", "from = 2022-01-01", "from = 2021-12-31")
    (fault,) = report.faults
    assert re.match(r"suixi-2021\.toml:\d+: heads\.quotas: expected one figure", fault)


@pytest.mark.parametrize(
    ("name", "old", "new", "expected"),
    [
        (
            "suixi-2021.toml",
            "from = 2022-01-01",
            "from = 2022-03-01",
            r"heads\.quotas: .* got none from 2022-01-01 to 2022-02-28",
        ),
        (
            "tieling-2021.toml",
            'requirement = "T17"',
            'requirement = "T17"\nuntil = 2025-12-31',
            r"quantity\.days_max: .* got none from 2026-01-01 on",
        ),
        (
            "lincang-2024.toml",
            'requirement = "L20"',
            'requirement = "L20"\nfrom = 2025-01-01',
            r"drug\.choice_order: .* got none from 2024-07-16 to 2024-12-31",
        ),
        (
            "national.toml",
            "from = 2022-12-01\n\n",
            "from = 2023-01-01\n\n",
            r"prescription\.signature: .* got none from 2022-12-01 to 2022-12-31",
        ),
    ],
)
def test_days_without_a_value_are_named(broken, name, old, new, expected):
    (fault,) = broken(name, old, new).faults
    assert re.match(rf"{re.escape(name)}:\d+: {expected}$", fault)


def test_an_unknown_disease_is_named(broken):
    (fault,) = broken("wenzhou-2019.toml", '"epilepsy",', '"gout",').faults
    assert re.match(r"wenzhou-2019\.toml:\d+: diseases: expected names among", fault)


PRIMARY = """

[[figures]]
name = "ratio.resident.primary"
value = "0.60"
unit = "share"
clause = "二（二）3"
quote = "“两病”门诊用药报销比例由50%调整至60%"
"""


def test_clauses_of_one_text_that_answer_differently_are_found(broken):
    """A winner (90 %) at a primary institution (60 %): neither is the narrower."""
    report = broken("lincang-2024.toml", "\n[[figures]]", PRIMARY + "\n[[figures]]")
    (fault,) = report.faults
    assert fault.startswith("lincang-2024.toml:")
    assert "expected one answer to one case" in fault
    assert "ratio.resident.vbp (lincang-2024 二（二）3) 90%" in fault
    assert "ratio.resident.primary (lincang-2024 二（二）3) 60%" in fault
    assert "with 集采" in fault


def test_documents_of_one_day_that_answer_differently_are_found(folder):
    text = (folder / "tieling-2021.toml").read_text("utf-8")
    rival = text.replace('id = "tieling-2021"', 'id = "tieling-rival"')
    rival = rival.replace('"0.55"', '"0.60"').replace(
        "二级医疗机构补偿比例55%", "社区卫生服务中心）补偿比例60%"
    )
    (folder / "tieling-rival.toml").write_text(rival, "utf-8")
    (fault,) = check(folder, **SEEDED).faults
    assert "ratio.resident.level2 (tieling-2021 二（一）) 55%" in fault
    assert "ratio.resident.level2 (tieling-rival 二（一）) 60%" in fault


def test_a_later_document_wins_without_a_conflict(folder):
    text = (folder / "tieling-2021.toml").read_text("utf-8")
    later = text.replace('id = "tieling-2021"', 'id = "tieling-later"')
    later = later.replace("effective_from = 2021-11-01", "effective_from = 2023-01-01")
    later = later.replace('"0.55"', '"0.60"').replace(
        "二级医疗机构补偿比例55%", "社区卫生服务中心）补偿比例60%"
    )
    (folder / "tieling-later.toml").write_text(later, "utf-8")
    report = check(folder, **SEEDED)
    assert report.faults == ()
    assert "the later text wins" in "\n".join(report.settled)


@pytest.mark.parametrize(
    ("name", "old", "new", "expected"),
    [
        (
            "tieling-2021.toml",
            'requirement = "T7"',
            'requirement = "T99"',
            "expected a requirement of tieling, got T99",
        ),
        (
            "tieling-2021.toml",
            'requirement = "T7"',
            'requirement = "L10"',
            "expected a requirement of tieling, got L10",
        ),
        (
            "not-implemented.toml",
            'id = "L18"',
            'id = "L99"',
            "L99: expected the id of a requirement",
        ),
        (
            "not-implemented.toml",
            'id = "L18"',
            'id = "L10"',
            "L10: expected a rule that nothing acts on",
        ),
        ("not-implemented.toml", "reason =", "why =", "requirements.0..why: unknown"),
        (
            "requirements.toml",
            '"insured.scheme"',
            '"insured.rank"',
            "expected a known check, got insured.rank",
        ),
    ],
)
def test_a_requirement_named_wrongly_is_a_fault(broken, name, old, new, expected):
    faults = broken(name, old, new, cases=0).faults
    assert any(
        re.match(rf"{re.escape(name)}:\d+: .*{expected}", fault) for fault in faults
    )


def test_a_rule_that_nothing_acts_on_has_to_be_listed(folder):
    (folder / "not-implemented.toml").write_text(
        '[[requirements]]\nid = "W25"\nreason = "试验"\n', "utf-8"
    )
    faults = check(folder, **SEEDED).faults
    named = {match[1] for match in re.finditer(r"toml:\d+: (\w+):", "\n".join(faults))}
    assert named == {"L18", "L20"}
    assert all("not-implemented.toml" in fault for fault in faults)


def test_missing_lists_and_an_empty_folder_are_faults(folder, tmp_path):
    (folder / "requirements.toml").unlink()
    assert "requirements.toml: file: expected" in check(folder, **SEEDED).faults[0]
    (tmp_path / "nothing").mkdir()
    assert (
        "expected a folder with packs"
        in check(tmp_path / "nothing", **SEEDED).faults[0]
    )


def test_every_fault_is_told_not_the_first_only(broken, folder):
    broken("tieling-2021.toml", 'unit = "switch"', 'unit = "days"', cases=0)
    report = broken("lincang-2024.toml", 'value = "0.90"', 'value = "1.90"', cases=0)
    assert [fault.partition(":")[0] for fault in report.faults] == [
        "lincang-2024.toml",
        "tieling-2021.toml",
    ]
    assert list(report.lines())[-1] == "2 faults"


def test_figures_are_shown_with_clause_words_layer_and_days():
    told = "\n".join(show(rules_for("wenzhou", date(2024, 3, 5)), load_packs()))
    assert "wenzhou-2019: 温州市建立健全" in told
    assert "ratio.resident.primary.tuberculosis: 70%" in told
    assert "“其中肺结核基层门诊报销比例不低于70%”" in told
    assert "city, 2019-07-01 –" in told
    assert "ratio.resident.level2: → 温州市全民基本医疗保险办法" in told
    assert "national, 2021-08-10 –" in told


def test_an_overlay_is_shown_with_its_source_and_label():
    laid = overlay_of(
        "tieling", {"pharmacy.admitted": True}, source="市局复函", label="示例数据"
    )
    told = list(show(rules_for("tieling", date(2024, 3, 5), laid), load_packs()))
    at = told.index("pharmacy.admitted: true")
    assert "    市局复函 [示例数据]" in told[at : at + 4]


def test_rows_are_shown_one_by_one():
    told = list(show(rules_for("suixi", date(2021, 3, 5)), load_packs()))
    at = told.index("heads.quotas: 5 rows")
    assert "quota_fen 34000" in "\n".join(told[at : at + 5])


def test_two_days_and_two_regions_are_compared():
    before, after = [rules_for("wenzhou", date(year, 3, 5)) for year in (2020, 2024)]
    told = list(diff(before, after))
    assert any(line.startswith("+ quantity.days_usual: 28 days") for line in told)
    assert list(diff(after, after)) == []
    other = "\n".join(diff(after, rules_for("lincang", date(2024, 9, 5))))
    assert "- quota.total: 378 pharmacies" in other
    assert "~ pharmacy.admitted: true" in other
