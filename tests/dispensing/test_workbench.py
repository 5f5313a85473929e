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
