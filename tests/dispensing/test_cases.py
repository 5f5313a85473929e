"""Case files: what a bureau writes is run exactly as it says."""

from pathlib import Path

import pytest

import fixtures
from dispensing.cases import main, merge, run_files

CASES = sorted((Path(fixtures.__file__).parent / "cases").glob("*.yaml"))
BASE = """
policy: wenzhou
base:
  on: 2024-03-05
  voucher: card
  insured:
    scheme: resident
    area: 330302
    diseases: {hypertension: 2021-01-01, diabetes: 2022-01-01}
  outlet: {kind: hospital, level: primary, area: 330302}
  prescription:
    source: external
    signature: valid
    issued_on: 2024-03-05
    disease: hypertension
  lines:
  - {name: 氨氯地平, tier: 甲, price: 4.20, quantity: 3, days: 28}
cases:
"""
USUAL = """
- id: X-01
  expect: {decision: accepted, checks: {}, total: 12.60, fund: 7.56, cash: 5.04}
"""


@pytest.fixture
def run(tmp_path):
    """Run cases under the usual base; give the differences by case id."""

    def write(cases: str, base: str = BASE) -> dict[str, tuple[str, ...]]:
        path = tmp_path / "cases.yaml"
        path.write_text(base + cases, "utf-8")
        return {result.id: result.differences for result in run_files([path])}

    return write


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_every_shared_case_passes(path):
    failed = [result for result in run_files([path]) if not result.passed]
    assert not failed


def test_the_count_is_the_last_line():
    said = []
    assert main(CASES, said.append) == 0
    assert said == [f"{len(run_files(CASES))} passed, 0 failed"]


def test_maps_merge_lists_and_scalars_replace():
    base = {"a": {"b": 1, "c": [1, 2]}, "d": {"e": 1}}
    over = {"a": {"c": [3]}, "d": None}
    assert merge(base, over) == {"a": {"b": 1, "c": [3]}, "d": None}


def test_values_need_no_quotation_marks(run):
    """`on` is a key, not a truth, and 12.60 keeps its nought."""
    assert run(USUAL) == {"X-01": ()}


def test_fields_left_out_have_their_usual_values(run):
    spare = BASE.replace("    signature: valid\n", "")
    assert run(USUAL, spare) == {
        "X-01": (
            "decision: expected accepted, got refused",
            "checks: expected {}, got {prescription.signature: refused}",
            "total: expected 12.60, got none",
            "fund: expected 7.56, got none",
            "cash: expected 5.04, got none",
        )
    }


def test_null_takes_a_value_of_the_base_away(run):
    found = run(
        """
- id: X-02
  insured: {diseases: {hypertension: null}}
  expect: {decision: refused, checks: {disease.registered: refused}}
- id: X-03
  insured: {diseases: null}
  expect: {decision: refused, checks: {disease.registered: refused}}
"""
    )
    assert found == {"X-02": (), "X-03": ()}


def test_a_case_may_fill_in_parameters(run):
    found = run(
        """
- id: X-04
  parameters: {ratio.resident.level2: 0.35, deductible.resident.level2: 0.00,
    cap.resident: 1.00, early_refill_days: 3}
  outlet: {level: level2}
  expect: {decision: accepted, fund: 1.00, cash: 11.60}
"""
    )
    assert found == {"X-04": ()}


def test_an_unexpected_warning_is_a_difference(run):
    found = run(
        """
- id: X-05
  outlet: {kind: pharmacy, quota: {unit: 鹿城区, designated: 3}}
  expect: {decision: review, checks: {benefit.open_parameter: review}}
"""
    )
    assert found["X-05"] == (
        "checks: expected {benefit.open_parameter: review}, "
        "got {benefit.open_parameter: review, outlet.quota: warn}",
    )


def test_a_failure_shows_expected_beside_got(tmp_path):
    path = tmp_path / "wrong.yaml"
    path.write_text(BASE + USUAL.replace("7.56", "7.55"), "utf-8")
    said = []
    assert main([path], said.append) == 1
    assert said[0].startswith(str(path))
    assert "X-01" in said[0]
    assert said[1].strip() == "fund: expected 7.55, got 7.56"
    assert said[-1] == "0 passed, 1 failed"


@pytest.mark.parametrize(
    ("case", "expected"),
    [
        ("- id: X\n  outlets: {}", "outlets: unknown field"),
        ("- id: X\n  insured: {shceme: resident}", "insured.shceme: unknown field"),
        ("- id: X\n  on: yesterday", "on: expected a date"),
        ("- id: X\n  insured: {account: 1.234}", "insured.account: expected yuan"),
        ("- id: X\n  insured: {active: perhaps}", "insured.active: expected true"),
        ("- id: X\n  insured: {scheme: guest}", "insured.scheme: expected one of"),
        ("- id: X\n  insured: [1]", "insured: expected a map"),
        ("- id: X\n  lines: {}", "lines: expected a list"),
        ("- id: X\n  lines: []", "lines: expected"),
        ("- id: X\n  lines:\n  - {name: a}", "lines[0].tier: expected a value"),
        ("- id: X\n  outlet: {level: null}", "outlet.level: expected one of"),
        ("- id: X\n  outlet: {quota: {unit: a}}", "quota.designated: expected a value"),
        ("- id: X\n  voucher: null", "voucher: expected a value"),
        ("- id: X\n  parameters: {ratio.dog: 1}", "parameters: ratio.dog: expected"),
        ("- id: X\n  parameters: {cap.resident: a}", "parameters: cap.resident"),
        ("- id: X\n  on: 2018-01-01", "on: no document of wenzhou holds"),
        ("- id: X\n  expect: {decision: fine}", "expect.decision: expected accepted"),
        ("- id: X\n  expect: {checks: {a: warn}}", "expect.checks.a: unknown field"),
        ("- id: X\n  expect: null", "expect: expected a decision"),
        ("- just words", "expected a map"),
    ],
)
def test_a_bad_case_is_named_with_its_field(run, case, expected):
    with_expectation = "expect" in case or case.startswith("- just")
    tail = "" if with_expectation else "\n  expect: {decision: accepted}"
    (differences,) = run(case + tail).values()
    assert expected in differences[0]


def test_parameters_that_leave_a_benefit_without_figures_are_named(run):
    widened = """
- id: X
  parameters: {schemes: [resident, employee]}
  expect: {decision: review}
"""
    found = run(widened, BASE.replace("policy: wenzhou", "policy: tieling"))
    assert "ratio.employee.primary: expected a ratio" in found["X"][0]


def test_a_bad_case_does_not_stop_the_others(run):
    found = run("- id: X\n  nonsense: 1" + USUAL)
    assert found["X"]
    assert found["X-01"] == ()


def test_an_id_stands_for_one_case(run):
    (found,) = run(USUAL + USUAL).values()
    assert found == ("id: expected an id of its own, got X-01 again",)


@pytest.mark.parametrize(
    ("base", "expected"),
    [
        ("policy: atlantis\ncases:\n", "policy: expected one of"),
        ("cases:\n", "policy: expected one of"),
        ("policy: wenzhou\ncase:\n", "case: unknown field"),
        ("policy: wenzhou\nbase: {insure: {}}\ncases:\n", "base.insure: unknown field"),
        ("policy: [wenzhou\n", "expected YAML: line 3"),
        ("policy: a\npolicy: b\ncases:\n", "line 2: expected the key 'policy' once"),
        ("policy: [wenzhou]\ncases:\n", "policy: expected one of"),
        ("policy: wenzhou\nbase: 3\ncases:\n", "base: expected a map"),
        ("policy: wenzhou\ncases: *none\n#", "line 2: found undefined alias"),
        ("policy: wenzhou\non: !!int x\n#", "line 2: could not determine"),
        ("policy: wenzhou\non: !!bool x\n#", "expected YAML: 'x'"),
        ("policy: wenzhou\n[a]: b\n#", "line 2: expected a word as a key"),
        ("[" * 2000 + "#", "nested too deep"),
        ("\0#", "special characters are not allowed"),
        ("- policy\n#", "expected a map"),
        ("policy: wenzhou\n#", "cases: expected a list"),
    ],
)
def test_a_bad_file_is_named(run, base, expected):
    first = base.rstrip("#")
    found = run("" if base.endswith("#") else USUAL, first)
    assert expected in found["file"][0]


def test_a_file_that_cannot_be_read_is_told_in_one_line(tmp_path):
    wrong = tmp_path / "wrong.yaml"
    wrong.write_bytes(b"\xff")
    said = []
    assert main([tmp_path / "none.yaml", wrong], said.append) == 2
    reason = "expected a file to read: No such file or directory"
    assert said[0] == f"{tmp_path / 'none.yaml'}: {reason}"
    assert "expected UTF-8" in said[1]
    assert said[2:] == ["0 passed, 2 failed"]


def test_an_unfit_case_is_one_line_and_another_exit_code(tmp_path):
    path = tmp_path / "cases.yaml"
    path.write_text(BASE + "- {id: X, on: never, title: a day}" + USUAL, "utf-8")
    said = []
    assert main([path], said.append) == 2
    expected = "on: expected a date such as 2024-03-05, got 'never'"
    assert said == [f"{path}: X: {expected}", "1 passed, 1 failed"]


def test_what_a_case_is_called_keeps_to_its_line(tmp_path):
    path = tmp_path / "cases.yaml"
    title = r'"one\n\e[2J' + "x" * 2000 + '"'
    path.write_text(
        BASE + "- {id: X, expect: {decision: review}, title: " + title + "}" + USUAL,
        "utf-8",
    )
    said = []
    assert main([path], said.append) == 1
    assert all(line.isprintable() and len(line) <= 800 for line in said)


def test_yes_and_no_are_switches_as_yaml_has_them(run):
    found = run(
        """
- id: X-06
  outlet: {designated: no}
  lines:
  - {name: a, tier: 甲, price: 4.20, quantity: 3, days: 28, vbp: Yes, traced: on}
  expect: {decision: refused, checks: {outlet.designated: refused}}
- id: X-07
  outlet: {designated: n}
  expect: {decision: accepted}
"""
    )
    expected = "outlet.designated: expected true or false, got 'n'"
    assert found == {"X-06": (), "X-07": (expected,)}


def test_a_number_is_written_one_way_and_counts_from_one(run):
    line = "- {name: a, tier: 甲, price: 4.20, quantity: %s, days: %s}"
    told = {"010": "expected a whole number", "0": "expected 1 or more"}
    cases = [
        f"- id: X-{number}\n  lines:\n  {line % pair}\n  expect: {{decision: accepted}}\n"
        for number, pair in enumerate([("010", "7"), ("0", "7"), ("1", "0")])
    ]
    assert run("\n" + "".join(cases)) == {
        "X-0": (f"lines[0].quantity: {told['010']}, got '010'",),
        "X-1": (f"lines[0].quantity: {told['0']}, got '0'",),
        "X-2": (f"lines[0].days: {told['0']}, got '0'",),
    }


def test_null_stands_for_no_amount_and_for_an_open_parameter(run):
    found = run(
        """
- id: X-06
  insured: {active: false}
  expect: {decision: refused, checks: {insured.active: refused}, fund: null}
- id: X-07
  parameters: {cap.resident: null}
  expect: {decision: accepted, fund: null}
- id: X-08
  expect: {decision: null}
"""
    )
    assert found == {
        "X-06": (),
        "X-07": ("fund: expected none, got 7.56",),
        "X-08": ("expect: expected a decision",),
    }


def test_the_longest_validity_ends_with_the_calendar(run):
    """A day that no calendar has is never asked for."""
    found = run(
        """
- id: X-09
  prescription: {valid_days: 999999999, status: revoked}
  expect: {decision: refused, checks: {prescription.validity: refused}}
"""
    )
    assert found == {"X-09": ()}


def test_a_document_may_be_named_instead_of_its_region(run):
    base = BASE.replace("policy: wenzhou", "policy: wenzhou-2019")
    assert run(USUAL, base) == {"X-01": ()}
