"""The national messages: read in every spelling that is seen, written in one."""

from datetime import datetime
from decimal import Decimal

import pytest

from dispensing.days import CHINA
from dispensing.errors import Malformed
from dispensing.intake.national import read, region, regions, write
from dispensing.intake.national.domain import (
    disease_of,
    extras_of,
    message_of,
    rx_of,
)
from dispensing.intake.national.mapping import camel
from dispensing.intake.national.messages import NODES
from dispensing.intake.national.signing import (
    attested_of,
    differing,
    open_request,
    original_value,
    signed_of,
)
from fixtures import cast
from tests.intake import examples
from tests.intake.examples import EXAMPLES, understood

NATIONAL = region("national")
PERSON = cast.alice.person_no


def incoming(raw, name="national"):
    """Read a prescription of a region as our own message with its extras."""
    rx = understood("rx", raw, name)
    upload = understood("upload", examples.upload(examples.ATTESTED))
    message = message_of(rx, upload, person_no=PERSON, into=region(name))
    return rx, message, extras_of(rx, message)


def wrong(node, raw):
    """Give the fields that a message is refused for."""
    with pytest.raises(Malformed) as raised:
        read(NATIONAL, node, raw)
    return [error.where for error in raised.value.errors]


@pytest.mark.parametrize("node", EXAMPLES)
@pytest.mark.parametrize("name", regions())
def test_an_example_is_written_again_as_it_was_read(node, name):
    first = write(region(name), node, understood(node, EXAMPLES[node]))
    again = write(region(name), node, understood(node, first, name))
    assert again == first
    if name == "national":
        assert first == EXAMPLES[node]
        assert list(first) == list(EXAMPLES[node])


def test_every_field_of_the_interface_stands_in_an_example():
    for node in ("rx", "line", "visit", "diagnosis", "attested", "revoke", "review"):
        written = {
            "line": examples.RX["rxdrugdetail"][0],
            "visit": examples.RX["mdtrtinfo"],
            "diagnosis": examples.RX["diseinfo"][0],
            "review": examples.REVIEW["rx_chk_up_info"],
        }.get(node, EXAMPLES.get(node))
        assert {one.wire for one in NATIONAL.nodes[node]} == set(written), node


def test_a_national_prescription_becomes_ours():
    _, message, _ = incoming(examples.rx())
    assert (message.hosp_rx_no, message.source) == (
        f"{cast.HOSPITAL}-20250915-0001",
        "external",
    )
    assert message.issued_at == datetime(2025, 9, 15, 8, 12, tzinfo=CHINA)
    assert (message.disease, message.diagnosis) == ("hypertension", "I10.x00")
    assert (message.valid_days, message.long_term, message.rx_type) == (3, True, "1")
    assert message.repeat is not None
    assert (message.repeat.max, message.repeat.interval_days) == (3, 28)
    (line,) = message.lines
    assert (line.quantity, line.supply_days) == (3, 28)
    assert (line.dosage, line.single_dose) == ("2.5mg 每日一次", "2.5mg")


@pytest.mark.parametrize("name", regions())
def test_national_to_ours_and_back_keeps_every_field(name):
    raw = write(region(name), "rx", understood("rx", examples.rx(another="kept")))
    rx, message, extras = incoming(raw, name)
    assert write(region(name), "rx", rx_of(message, extras)) == raw
    assert rx_of(message, extras) == rx


def test_extras_hold_only_what_our_message_does_not():
    _, _, extras = incoming(examples.rx())
    assert "hospRxno" not in extras and "prscTime" not in extras
    assert "medListCodg" not in extras["rxdrugdetail"][0]
    assert extras["rxdrugdetail"][0]["drugGenname"] == "苯磺酸氨氯地平片"


@pytest.mark.parametrize(
    ("code", "name", "diagnosis", "slug"),
    [
        ("M03900", "", "E11.900", "hypertension"),
        ("", "高血脂症", "I10.x00", "hyperlipidemia"),
        ("", "", "J44.900", "copd"),
        ("M99999", "别的病", "Z00.000", None),
    ],
)
def test_the_disease_is_found_by_code_then_name_then_diagnosis(
    code, name, diagnosis, slug
):
    raw = examples.rx()
    raw["mdtrtinfo"] |= {"diseCodg": code, "diseName": name, "maindiagCode": diagnosis}
    assert disease_of(understood("rx", raw)) == slug


# --- a tolerant reader


def test_names_are_read_in_both_spellings():
    raw = examples.rx()
    snake = {one.name: raw[one.wire] for one in NATIONAL.nodes["rx"]}
    assert understood("rx", snake) == understood("rx", raw)


@pytest.mark.parametrize("spelling", ["minInrvDays", "minInvDays", "min_inrv_days"])
def test_what_regions_spell_otherwise_is_read(spelling):
    raw = examples.rx()
    del raw["minInrvDays"]
    assert understood("rx", {**raw, spelling: "28"}).min_inrv_days == 28


def test_two_spellings_with_two_values_are_refused():
    assert wrong("rx", examples.rx(minInvDays=14)) == ["minInrvDays"]
    assert understood("rx", examples.rx(minInvDays=28)).min_inrv_days == 28


@pytest.mark.parametrize(
    ("field", "value", "read_as"),
    [
        ("rxTypeCode", 1, "1"),
        ("rxTypeCode", " 1 ", "1"),
        ("valiDays", "3", 3),
        ("valiDays", 3.0, 3),
        ("longRxFlag", 1, True),
        ("longRxFlag", "0", False),
        ("rxDoscnt", "1.2500", Decimal("1.25")),
        ("cardSn", "", None),
        ("cardSn", "  ", None),
        ("cardSn", None, None),
        ("prscTime", "20250915081200", datetime(2025, 9, 15, 8, 12, tzinfo=CHINA)),
        (
            "prscTime",
            "2025-09-15T00:12:00+00:00",
            datetime(2025, 9, 15, 8, 12, tzinfo=CHINA),
        ),
    ],
)
def test_a_value_is_read_in_every_form_that_is_seen(field, value, read_as):
    raw = examples.rx(**{field: value})
    name = next(one.name for one in NATIONAL.nodes["rx"] if one.wire == field)
    assert getattr(understood("rx", raw), name) == read_as


def test_unknown_fields_are_kept_and_written_again():
    raw = examples.rx(localField={"deep": [1, "二"]})
    raw["rxdrugdetail"][0]["batchHint"] = "B1"
    rx = understood("rx", raw)
    assert rx.unknown == {"localField": {"deep": [1, "二"]}}
    assert write(NATIONAL, "rx", rx) == raw


def test_an_unknown_code_is_kept_and_told():
    found = read(NATIONAL, "rx", examples.rx(rxTypeCode="42"))
    assert found.value.rx_type_code == "42"
    assert [(u.where, u.code) for u in found.unknown_codes] == [("rxTypeCode", "42")]
    _, message, extras = incoming(examples.rx(rxTypeCode="42"))
    assert message.rx_type is None
    assert rx_of(message, extras).rx_type_code == "42"


def test_a_region_with_another_code_says_the_same():
    other = region("variant-a")
    raw = write(other, "rx", understood("rx", examples.rx(rxExraAttrCode="99")))
    assert raw["rxExraAttrCode"] == "03"
    assert raw["minInvDays"] == "28" and "minInrvDays" not in raw
    assert understood("rx", raw, "variant-a").rx_exra_attr_code == "99"


def test_transactions_have_the_numbers_of_their_region():
    assert region("variant-a").transaction("A0001").code == "D001"
    assert region("family-71xx").transaction("7104").code == "D004"
    assert NATIONAL.transaction("A0001") is None


# --- refusals


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("prscTime", "2025-02-30 08:00:00"),
        ("prscTime", "15/09/2025"),
        ("prscTime", "0001-01-01T00:00:00+14:00"),
        ("valiDays", "three"),
        ("valiDays", -1),
        ("valiDays", 2.5),
        ("valiDays", True),
        ("valiDays", float("nan")),
        ("valiDays", float("inf")),
        ("valiDays", 10**400),
        ("rxDoscnt", "1e5"),
        ("rxDoscnt", "0.00001"),
        ("longRxFlag", "yes"),
        ("hospRxno", "x" * 41),
        ("hospRxno", "a\u0000b"),
        ("hospRxno", "\ud800"),
        ("hospRxno", ["1"]),
        ("hospRxno", {}),
        ("rxdrugdetail", {}),
        ("rxdrugdetail", []),
        ("rxdrugdetail", examples.RX["rxdrugdetail"] * 51),
        ("mdtrtinfo", "text"),
    ],
)
def test_a_value_that_is_not_so_is_named(field, value):
    assert wrong("rx", examples.rx(**{field: value}))[0] == field


def test_all_faults_are_told_at_once_by_their_place():
    raw = examples.rx(valiDays="x", prscTime=None)
    raw["rxdrugdetail"][0]["drugCnt"] = "many"
    del raw["mdtrtinfo"]["patnName"]
    places = {
        "valiDays",
        "prscTime",
        "rxdrugdetail.0.drugCnt",
        "mdtrtinfo.patnName",
    }
    assert set(wrong("rx", raw)) == places


@pytest.mark.parametrize("raw", [None, [], "text", 1, True])
def test_what_is_no_object_is_refused(raw):
    assert wrong("rx", raw) == ["message"]


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"valiEndTime": "2025-09-30 08:12:00"}, "valiEndTime"),
        ({"maxReptCnt": None}, "maxReptCnt"),
        ({"bizTypeCode": "09"}, "bizTypeCode"),
        ({"hospRxno": "编号"}, "hospRxno"),
    ],
)
def test_what_does_not_go_into_our_message_is_named_as_the_region_spells_it(
    change, where
):
    with pytest.raises(Malformed) as raised:
        incoming(examples.rx(**change))
    assert where in [error.where for error in raised.value.errors]


@pytest.mark.parametrize(
    ("field", "value"), [("drugCnt", 2.5), ("medcDays", 7.5), ("medListCodg", "X1")]
)
def test_a_line_that_cannot_be_dispensed_is_named(field, value):
    raw = examples.rx()
    raw["rxdrugdetail"][0][field] = value
    with pytest.raises(Malformed) as raised:
        incoming(raw)
    assert raised.value.errors[0].where == f"rxdrugdetail.0.{field}"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("hosp_rxno", "x" * 41),
        ("hosp_rxno", ""),
        ("rx_drug_cnt", Decimal("0.00001")),
        ("rx_drug_cnt", Decimal(10) ** 12),
        ("vali_days", -3),
        ("lines", ()),
    ],
)
def test_what_does_not_fit_is_not_written(name, value):
    fields = {n: getattr(understood("rx", examples.rx()), n) for n in FIELDS}
    rx = NODES["rx"](**{**fields, name: value})
    with pytest.raises(Malformed) as raised:
        write(NATIONAL, "rx", rx)
    wire = next(one.wire for one in NATIONAL.nodes["rx"] if one.name == name)
    assert [error.where for error in raised.value.errors] == [wire]


FIELDS = tuple(NODES["rx"].__dataclass_fields__)


# --- signatures


def test_the_signed_value_is_the_twenty_fields_with_sorted_keys():
    upload = understood("upload", EXAMPLES["upload"])
    payload = original_value(NATIONAL, attested_of(upload))
    assert payload == examples.sorted_bytes(examples.ATTESTED)
    assert payload.startswith(b'{"certno":')
    assert len(examples.ATTESTED) == 20


def test_a_sign_request_is_opened():
    digest = "ab" * 32
    asked = examples.sign_request(
        examples.ATTESTED, file=examples.PDF, signDigest="s", signCertSn="k"
    )
    said = open_request(NATIONAL, understood("sign_request", asked))
    assert (said.signature, said.key_id, said.rx_digest) == ("s", "k", None)
    assert said.file_digest is not None
    within = examples.attested(rxDigest=digest)
    asked = examples.sign_request(within, signDigest="s", signCertSn="k")
    said = open_request(NATIONAL, understood("sign_request", asked))
    assert (said.rx_digest, said.digest_is_signed) == (digest, True)


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"originalValue": "not base64!"}, "originalValue"),
        ({"originalValue": "W10="}, "originalValue"),
        ({"originalValue": "eyJiIjoxLCJhIjoxfQ=="}, "originalValue"),
        ({"originalValue": "eyJhIjoxLCJhIjoxfQ=="}, "originalValue"),
        ({"originalValue": "e30="}, "rxTraceCode"),
        ({"originalRxFile": "aGVsbG8="}, "originalRxFile"),
        ({"extras": "{}"}, "extras.signDigest"),
        ({"extras": "[]"}, "extras"),
        ({"extras": "[" * 4000}, "extras"),
    ],
)
def test_a_sign_request_that_is_not_the_recipe_is_refused(change, where):
    asked = examples.sign_request(examples.ATTESTED, signDigest="s", signCertSn="k")
    with pytest.raises(Malformed) as raised:
        open_request(NATIONAL, understood("sign_request", {**asked, **change}))
    assert raised.value.errors[0].where == where


@pytest.mark.parametrize(
    ("value", "algorithm"),
    [
        ("MEUCIQ==", "SM2"),
        ("eyJhbGciOiJFZDI1NTE5In0..sig", "Ed25519"),
        ("eyJhbGciOiJFUzI1NiJ9..sig", "ES256"),
        ("x..y", "unknown"),
    ],
)
def test_the_form_of_a_signature_tells_its_algorithm(value, algorithm):
    upload = understood("upload", examples.upload(examples.ATTESTED, signDigest=value))
    signed = signed_of(b"{}", upload)
    assert signed is not None
    assert (signed.algorithm, signed.key_id) == (algorithm, "-")


def test_the_fields_that_differ_are_named():
    one = understood("attested", examples.ATTESTED)
    other = understood("attested", examples.attested(patnName="别人"))
    assert differing(one, one) == ()
    assert differing(one, other) == ("patn_name",)


def test_camel_case_is_made_of_underscores():
    assert camel("max_rept_cnt") == "maxReptCnt"
