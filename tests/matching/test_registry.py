"""Registries of managed patients: read row by row, bad ones refused with a reason each."""

import json
from datetime import date

import pytest

from dispensing.matching.registry import examine
from pharmacies.catalogue.said import BadFile

DAY = date(2025, 9, 15)
ALICE = "陈爱莲,330302195703124025,高血压,1957-03-12,解放街18号"
HEADINGS = "姓名,身份证号,病种,出生日期,现住址"


def table(*rows: str, encoding: str = "utf-8") -> bytes:
    return "\n".join((HEADINGS, *rows)).encode(encoding)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_a_registry_is_read_in_every_usual_encoding(encoding):
    """T1: the health commission gives its 规范化管理人员信息库 as it has it."""
    read = examine(table(ALICE, encoding=encoding), DAY)
    (alice,) = read.people.values()
    assert (alice.name, alice.born_on) == ("陈爱莲", date(1957, 3, 12))
    assert alice.diseases == {"hypertension"} and read.is_fit


def test_english_headings_and_diagnosis_codes_are_known():
    text = "id_number,name,diseases,Address\n330302195703124025,陈爱莲,I10.x00,x\n"
    (alice,) = examine(text.encode(), DAY).people.values()
    assert alice.diseases == {"hypertension"}


def test_rows_of_one_person_are_put_together():
    """A registry has a row for each disease; the ID number tells the birthday."""
    read = examine(table(ALICE, "陈爱莲,330302195703124025,2型糖尿病,,"), DAY)
    (alice,) = read.people.values()
    assert alice.diseases == {"hypertension", "diabetes"} and read.rows == 2


def test_who_has_no_id_number_is_known_by_name_birthday_and_address():
    read = examine(table("王五,,高血压,1950-01-01,某地1号"), DAY)
    assert list(read.people) == ["王五|1950-01-01|某地1号"]


def fhir(ids: str = "330302195703124025", whose: str = "p1") -> list[dict]:
    patient = {
        "resourceType": "Patient",
        "id": "p1",
        "identifier": [{"value": "7"}, {"value": ids}],
        "name": [{"text": "陈爱莲"}],
        "birthDate": "1957-03-12",
    }
    condition = {
        "resourceType": "Condition",
        "subject": {"reference": f"Patient/{whose}"},
        "code": {"coding": [{"code": "I10"}]},
        "recordedDate": "2021-05-01T10:00:00+08:00",
    }
    flag = {
        "resourceType": "Flag",
        "subject": {"reference": "Patient/p1"},
        "code": {"text": "糖尿病"},
    }
    return [patient, condition, flag]


def as_bundle(resources: list[dict]) -> bytes:
    entries = [{"resource": each} for each in resources]
    return json.dumps({"resourceType": "Bundle", "entry": entries}).encode()


def as_lines(resources: list[dict]) -> bytes:
    return "\n".join(map(json.dumps, resources)).encode()


@pytest.mark.parametrize("written", [as_bundle, as_lines])
def test_fhir_is_read_as_a_bundle_and_line_by_line(written):
    read = examine(written(fhir()), DAY)
    (alice,) = read.people.values()
    assert alice.diseases == {"hypertension", "diabetes"}
    assert (alice.id_number, alice.since) == ("330302195703124025", date(2021, 5, 1))


@pytest.mark.parametrize(
    ("row", "column"),
    [
        ("陈爱莲,330302195703124026,高血压,,", "身份证号"),  # check digit
        ("陈爱莲,3.30302E+17,高血压,,", "身份证号"),  # cut short by a table program
        ("陈爱莲,330302195703124025,高血压,1957-03-13,", "出生日期"),
        ("陈爱莲,330302195703124025,高血压,1957-13-99,", "出生日期"),
        ("陈爱莲,330302195703124025,感冒,,", "病种"),
        (",330302195703124025,高血压,,", "姓名"),
        ("陈\u200b爱莲,330302195703124025,高血压,,", "姓名"),
        ("=1+1,330302195703124025,高血压,,", "姓名"),
        ("王五,,高血压,1950-01-01,", "身份证号"),
        ("王五,,高血压,2031-01-01,某地", "出生日期"),
    ],
)
def test_a_bad_row_is_told_with_line_column_and_reason_and_its_value_masked(
    row, column
):
    read = examine(table("李四,,高血压,1960-01-01,x", row), DAY)
    (bad,) = read.bad
    assert bad.row == 3 and {fault.column for fault in bad.faults} == {column}
    told = "".join(fault.said.zh + fault.said.en for fault in bad.faults)
    for whole in ("330302195703124025", "330302195703124026", "爱莲", "1957-13"):
        assert whole not in told
    assert not read.is_fit


def test_the_same_person_and_disease_twice_and_another_name_are_refused():
    other = "陈爱香,330302195703124025,糖尿病,,"
    read = examine(table(ALICE, ALICE, other), DAY)
    told = [(one.row, one.faults[0].column) for one in read.bad]
    assert told == [(3, "病种"), (4, "姓名")]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x00\xff\xfe\x81",
        "药品,价格\nx,1\n".encode(),  # another table
        "姓名,身份证号\n陈爱莲,330302195703124025\n".encode(),  # a column is missing
        f"{HEADINGS}\n".encode(),  # nobody
        f'{HEADINGS}\n"陈爱莲,3303'.encode(),  # cut off in the middle
        b"PK\x03\x04 cut off",
        b'{"resourceType": "Bundle", "entry": [',
        b'{"resourceType": "Observation"}',
        as_lines(fhir(whose="p2")),  # of nobody
        b'{"a":' * 100_000,
        b'{"a": ' + b"9" * 5_000 + b"}",  # more digits than Python reads
    ],
)
def test_what_is_no_registry_is_refused_whole(content):
    with pytest.raises(BadFile):
        examine(content, DAY)
