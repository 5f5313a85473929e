"""The officer's workbench: new cases, folders of cases, and what they cover."""

from pathlib import Path

import pytest

import fixtures
from dispensing.case_coverage import coverage, told
from dispensing.case_fields import CaseError
from dispensing.case_writing import template
from dispensing.cases import case_files, main, read_cases, run_files
from dispensing.policy import regions

CASES = Path(fixtures.__file__).parent / "cases"


@pytest.mark.parametrize("region", regions())
def test_a_new_case_file_runs_as_it_is(region, tmp_path):
    path = tmp_path / "new.yaml"
    path.write_text(template(region), "utf-8")
    (result,) = run_files([path])
    assert result.passed, result.differences
    (case,) = read_cases(path)
    assert case.region == region


def test_a_region_without_a_document_has_no_template():
    with pytest.raises(ValueError, match="nowhere"):
        template("nowhere")


def test_a_folder_stands_for_its_case_files(tmp_path):
    (tmp_path / "deep").mkdir()
    for name in ("b.yaml", "a.yml", "deep/c.yaml", "notes.txt", "D.YAML", "._b.yaml"):
        (tmp_path / name).write_text("", "utf-8")
    found = [path.name for path in case_files([tmp_path, tmp_path / "b.yaml"])]
    assert found == ["D.YAML", "a.yml", "b.yaml", "c.yaml"]


def test_progress_is_told_after_each_file():
    seen = []
    files = case_files([CASES])
    main(files, lambda _: None, lambda done, of: seen.append((done, of)))
    assert seen == [(number, len(files)) for number in range(1, len(files) + 1)]


def test_one_case_is_found_by_its_id():
    (case,) = read_cases(CASES / "case_writing.yaml", "F-02")
    assert case.id == "F-02"
    with pytest.raises(CaseError, match="F-99"):
        read_cases(CASES / "case_writing.yaml", "F-99")


def test_a_case_that_cannot_be_read_is_named(tmp_path):
    path = tmp_path / "bad.yaml"
    path.write_text("policy: wenzhou\ncases:\n- {id: B-1, on: never}\n", "utf-8")
    with pytest.raises(CaseError, match="B-1: on: expected a date"):
        read_cases(path)


def test_every_check_objects_in_the_cases_that_ship():
    found, asked = coverage(case_files([CASES]))
    assert sorted(asked) == list(regions())
    lines = list(told(case_files([CASES])))
    assert lines[0].split("\t")[:2] == ["checks", "23 of 23"]
    assert found.cases == len(run_files(case_files([CASES])))


def test_coverage_tells_what_no_case_decides(tmp_path):
    path = tmp_path / "one.yaml"
    path.write_text(template("wenzhou"), "utf-8")
    lines = list(told([path]))
    assert lines[0] == "checks\t0 of 23\t1 cases"
    assert "-\tquantity.max_days" in lines
    paid = [line for line in lines if "ratio.resident.primary" in line]
    assert paid[0].startswith("+\t二（二）")
    assert any(line.startswith("-\t") and "quota.targets" in line for line in lines)
    assert "-\tW12" in lines
    assert "-\tW4" not in lines


def test_a_cited_requirement_counts_as_covered(tmp_path):
    path = tmp_path / "one.yaml"
    path.write_text(template("wenzhou").replace("cites: []", "cites: [W12]"), "utf-8")
    assert "-\tW12" not in list(told([path]))


FAULTY = """
policy: wenzhou
cases:
- id: B-1
  on: never
  foo: 1
  insured: {active: perhaps}
  expect: {decision: fine, checks: {quantity.max_days: forbidden}}
- id: B-2
  parameters: {ratio.dog: 1, cap.resident: a, quota.kind.鹿城: ceiling}
  expect: {}
"""


def test_each_fault_is_a_line_and_the_other_files_run(tmp_path):
    """An unfit file makes 2, whatever else passed or failed."""
    good, bad, broken = (tmp_path / name for name in ("a.yaml", "b.yaml", "c.yaml"))
    good.write_text(template("wenzhou"), "utf-8")
    bad.write_text(FAULTY, "utf-8")
    broken.write_text("policy: [wenzhou\n", "utf-8")
    said = []
    assert main([broken, bad, good], said.append) == 2
    told = [line.removeprefix(f"{tmp_path}/") for line in said]
    beginnings = [
        "c.yaml: expected YAML: line 2",
        "b.yaml: B-1: on: expected a date",
        "b.yaml: B-1: foo: unknown field",
        "b.yaml: B-1: insured.active: expected true",
        "b.yaml: B-1: expect.decision: expected accepted",
        "b.yaml: B-1: expect.checks.quantity.max_days: expected one of",
        "b.yaml: B-2: expect: expected a decision",
        *(
            f"b.yaml: B-2: {name}: expected a value, got none"
            for name in ("on", "voucher", "insured", "outlet", "prescription", "lines")
        ),
        "b.yaml: B-2: parameters: ratio.dog: expected the name",
        "b.yaml: B-2: parameters: cap.resident: expected yuan",
        "b.yaml: B-2: parameters: quota.kind.鹿城: expected a quota unit, one of",
        "1 passed, 3 failed",
    ]
    assert len(told) == len(beginnings)
    for line, beginning in zip(told, beginnings, strict=True):
        assert line.startswith(beginning)


def test_a_failed_case_alone_makes_one(tmp_path):
    path = tmp_path / "a.yaml"
    path.write_text(template("wenzhou").replace("accepted", "refused"), "utf-8")
    assert main([path], lambda _: None) == 1
    path.write_text(template("wenzhou"), "utf-8")
    assert main([path], lambda _: None) == 0
