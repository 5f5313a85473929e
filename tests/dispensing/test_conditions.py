"""The chronic diseases by every name that they are printed under."""

import pytest

from dispensing.conditions import (
    CONDITIONS,
    by_icd10,
    by_name,
    by_opsp_code,
    chinese,
)
from dispensing.policy import load_packs


def test_there_are_fourteen_diseases():
    assert len(CONDITIONS) == 14


def test_each_disease_is_found_by_every_name():
    for condition in CONDITIONS.values():
        for name in (*condition.names, condition.slug):
            assert by_name(name) is condition


def test_body_and_annex_name_one_disease():
    """R3: 高脂血症 in the body is 高血脂症 in the annex."""
    text = next(pack.text for pack in load_packs() if pack.id == "wenzhou-2019")
    assert "高脂血症" in text
    assert "高血脂症" in text
    assert by_name("高血脂症") is by_name("高脂血症")


@pytest.mark.parametrize(
    ("code", "slug"),
    [
        ("I10.x00", "hypertension"),
        ("e11.900", "diabetes"),
        ("A15.0", "tuberculosis"),
        ("F25.1", "schizophrenia"),
        ("F00.100", "alzheimer"),
    ],
)
def test_a_diagnosis_code_leads_to_its_disease(code, slug):
    assert by_icd10(code).slug == slug


def test_no_code_belongs_to_two_diseases():
    codes = [code for item in CONDITIONS.values() for code in item.icd10]
    national = [code for item in CONDITIONS.values() for code in item.opsp_codes]
    assert len(codes) == len(set(codes))
    assert len(national) == len(set(national))


def test_brackets_and_spaces_do_not_matter():
    assert by_name("精神分裂症 (情感性精神病)").slug == "schizophrenia"


def test_a_national_code_leads_to_its_disease():
    assert by_opsp_code("M03900").slug == "hypertension"


def test_an_unknown_name_or_code_leads_nowhere():
    assert by_name("青光眼") is None
    assert by_icd10("H40.9") is None
    assert by_opsp_code("M99999") is None
    assert chinese("glaucoma") == "glaucoma"
