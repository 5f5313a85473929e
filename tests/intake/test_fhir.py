"""FHIR bundles in: both versions, every field kept, and what is not FHIR refused by its place."""

import copy
from decimal import Decimal

import pytest
from sqlmodel import func, select

from dispensing import service
from dispensing.errors import Conflict, Malformed
from dispensing.intake.fhir.reading import read_bundle, signed_bytes
from dispensing.intake.fhir.writing import write_bundle
from dispensing.intake.incoming import read_own
from dispensing.intake.message import dumps
from dispensing.tables import EventRow, PrescriptionLineRow, PrescriptionRow
from fixtures import cast
from tests import world
from tests.intake import fhir_bundles as bundles
from tests.intake import keys
from tests.world import NOON

FORMATS = ("fhir-r4b", "fhir-r5")


def same(one, other):
    return dumps(one, sort_keys=True) == dumps(other, sort_keys=True)


def changed(name, change):
    raw = copy.deepcopy(bundles.example(name))
    change(raw)
    return raw


def where(raw, **how):
    with pytest.raises(Malformed) as raised:
        read_bundle(raw, **how)
    return [error.where for error in raised.value.errors]


@pytest.mark.parametrize("name", bundles.EXAMPLES)
def test_every_field_of_the_examples_is_written_again(name):
    raw = bundles.example(name)
    read = read_bundle(raw)
    assert read.format == bundles.format_of(name)
    assert same(write_bundle(read.message, read.format, read.extras), raw)
    assert read.raw == raw


@pytest.mark.parametrize("name", bundles.EXAMPLES)
def test_what_is_kept_beside_says_nothing_that_the_message_says(name):
    read = read_bundle(bundles.example(name))
    kept = dumps(read.extras)
    assert cast.alice.id_number not in kept
    assert read.message.hosp_rx_no not in kept
    assert "urn:hospital:mrn" in kept


@pytest.mark.parametrize("format_", FORMATS)
@pytest.mark.parametrize("name", bundles.EXAMPLES)
def test_a_prescription_goes_from_one_version_to_the_other(name, format_):
    message = read_bundle(bundles.example(name)).message
    there = read_bundle(write_bundle(message, format_))
    assert (there.format, there.message) == (format_, message)


@pytest.mark.parametrize("format_", FORMATS)
def test_our_own_message_is_written_as_a_bundle_and_read_again(format_):
    own = read_own(world.message()).message
    assert read_bundle(write_bundle(own, format_)).message == own


def test_the_message_says_what_the_bundle_says():
    message = read_bundle(bundles.example("r4b-message")).message
    line = message.lines[0]
    assert (message.source, message.issuer) == (
        "internet_hospital",
        cast.INTERNET_HOSPITAL,
    )
    assert (message.disease, message.diagnosis) == ("hypertension", "I10.x00")
    assert (message.valid_days, message.repeat.max) == (3, 3)
    assert (line.quantity, line.supply_days) == (3, 28)
    assert (line.route, line.frequency, line.single_dose) == ("口服", "qd", "5 mg")
    assert message.department == "心内科"


def test_a_medicine_may_be_a_contained_resource_and_a_quantity_written_as_a_decimal():
    lines = read_bundle(bundles.example("r5-collection")).message.lines
    assert [line.medicine for line in lines] == [world.AMLODIPINE] * 2
    assert [line.quantity for line in lines] == [3, 3]
    assert lines[1].single_dose == "2.50 mg"


def test_the_disease_follows_from_the_diagnosis_where_only_that_is_given():
    def only_icd(raw):
        (request,) = bundles.requests(raw)
        del request["reasonCode"][0]["coding"][1]

    message = read_bundle(changed("r4b-message", only_icd)).message
    assert message.disease == "hypertension"


@pytest.mark.parametrize(
    ("name", "version", "format_"),
    [
        ("r4b-message", "4.3", "fhir-r4b"),
        ("r4b-message", "4.0", "fhir-r4b"),
        ("r5-message", "5.0", "fhir-r5"),
        ("r4b-message", "5.0", None),
        ("r5-message", "4.3", None),
        ("r4b-message", "3.0", None),
        ("r4b-message", "6.0", None),
        ("r4b-message", "", None),
    ],
)
def test_the_version_is_told_by_the_content_type_and_by_the_shape(
    name, version, format_
):
    raw = bundles.example(name)
    if format_ is not None:
        assert read_bundle(raw, version=version).format == format_
        return
    with pytest.raises(Malformed) as raised:
        read_bundle(raw, version=version)
    assert raised.value.code == "fhir-version"


def test_an_stu3_bundle_is_refused_by_its_version():
    def older(raw):
        (request,) = bundles.requests(raw)
        request["requester"] = {"agent": request["requester"]}

    with pytest.raises(Malformed) as raised:
        read_bundle(changed("r4b-message", older))
    assert raised.value.code == "fhir-version"


REQUEST = "Bundle.entry[5].resource"
PUT = {
    "no status": (lambda r: r.pop("status"), f"{REQUEST}.status"),
    "a draft": (lambda r: r.update(status="draft"), f"{REQUEST}.status"),
    "a plan": (lambda r: r.update(intent="plan"), f"{REQUEST}.intent"),
    "not to do": (lambda r: r.update(doNotPerform=True), f"{REQUEST}.doNotPerform"),
    "unknown element": (lambda r: r.update(price=1), f"{REQUEST}.price"),
    "a modifier": (
        lambda r: r.update(modifierExtension=[{"url": "urn:a", "valueBoolean": True}]),
        f"{REQUEST}.modifierExtension",
    ),
    "rules": (lambda r: r.update(implicitRules="urn:a"), f"{REQUEST}.implicitRules"),
    "no number": (
        lambda r: r.pop("groupIdentifier"),
        f"{REQUEST}.groupIdentifier.value",
    ),
    "half a box": (
        lambda r: r["dispenseRequest"]["quantity"].update(value=Decimal("0.5")),
        f"{REQUEST}.dispenseRequest.quantity.value",
    ),
    "no box": (
        lambda r: r["dispenseRequest"]["quantity"].update(value=0),
        f"{REQUEST}.dispenseRequest.quantity.value",
    ),
    "weeks": (
        lambda r: r["dispenseRequest"]["expectedSupplyDuration"].update(code="wk"),
        f"{REQUEST}.dispenseRequest.expectedSupplyDuration",
    ),
    "ends before": (
        lambda r: r["dispenseRequest"]["validityPeriod"].update(end="2025-09-14"),
        f"{REQUEST}.dispenseRequest.validityPeriod.end",
    ),
    "no day": (lambda r: r.update(authoredOn="gestern"), f"{REQUEST}.authoredOn"),
    "a day alone": (
        lambda r: r.update(authoredOn="2025-09-15"),
        f"{REQUEST}.authoredOn",
    ),
    "nobody": (
        lambda r: r.update(subject={"reference": "Patient/p9"}),
        f"{REQUEST}.subject",
    ),
    "no doctor": (lambda r: r.pop("requester"), f"{REQUEST}.requester"),
    "a source": (
        lambda r: r["category"][0]["coding"][0].update(code="fax"),
        f"{REQUEST}.category[0].coding[0].code",
    ),
    "a wrong medicine": (
        lambda r: r["medicationCodeableConcept"]["coding"][1].update(code="X"),
        f"{REQUEST}.medicationCodeableConcept.coding[1].code",
    ),
}


@pytest.mark.parametrize("fault", PUT)
def test_what_is_not_as_expected_is_refused_by_its_place(fault):
    change, place = PUT[fault]
    raw = changed("r4b-message", lambda raw: change(bundles.requests(raw)[0]))
    assert place in where(raw)


@pytest.mark.parametrize(
    ("change", "place"),
    [
        (lambda raw: raw.update(type="transaction"), "Bundle.type"),
        (lambda raw: raw.update(entry=[]), "Bundle.entry"),
        (lambda raw: raw.update(entry={}), "Bundle.entry"),
        (lambda raw: raw.update(implicitRules="urn:a"), "Bundle.implicitRules"),
        (lambda raw: raw.update(timestamp="soon"), "Bundle.timestamp"),
        (lambda raw: raw["entry"].append({}), "Bundle.entry[6].resource"),
        (lambda raw: raw["entry"].append(raw["entry"][1]), "Bundle.entry[6]"),
        (
            lambda raw: raw["entry"][1]["resource"].update(resourceType="Group"),
            "Bundle.entry[1].resource.resourceType",
        ),
    ],
)
def test_a_bundle_whose_frame_is_wrong_is_refused(change, place):
    assert place in where(changed("r4b-message", change))


def test_requests_that_contradict_each_other_are_refused():
    def other(raw):
        bundles.requests(raw)[1]["authoredOn"] = "2025-09-15T08:13:00+08:00"

    found = where(changed("r4b-collection", other))
    assert found == ["Bundle.entry[5].resource.authoredOn"]


@pytest.mark.parametrize("name", bundles.EXAMPLES)
def test_a_bundle_is_taken_in_once(street, desk, name):
    incoming = read_bundle(bundles.example(name))
    first = service.take_in(street, desk, incoming, now=NOON)
    again = service.take_in(street, desk, incoming, now=NOON)
    assert (again.id, first.created, again.created) == (first.id, True, False)
    kept = service.kept_message(street, desk, first.id)
    assert kept.format == bundles.format_of(name)
    assert same(kept.raw, bundles.example(name))


@pytest.mark.parametrize("kind", keys.KINDS)
@pytest.mark.parametrize("name", ["r4b-message", "r5-document"])
def test_the_signature_of_its_provenance_counts(street, desk, name, kind):
    own = service.IssuerKey(
        "a-key",
        cast.INTERNET_HOSPITAL,
        keys.public_jwk(kind),
        world.DAY,
        world.DAY,
    )
    service.add_keys(street, [own])
    raw = bundles.example(name)
    made = keys.signed(kind, signed_bytes(raw), key_id="a-key")
    whole = bundles.with_signature(raw, made)
    received = service.take_in(street, desk, read_bundle(whole), now=NOON)
    assert (received.signature, received.signature_reason) == ("valid", None)

    def more(raw):
        bundles.requests(raw)[0]["dispenseRequest"]["quantity"]["value"] = 9
        bundles.requests(raw)[0]["groupIdentifier"]["value"] = "another-number"

    bent = copy.deepcopy(whole)
    more(bent)
    received = service.take_in(street, desk, read_bundle(bent), now=NOON)
    assert (received.signature, received.signature_reason) == ("invalid", "altered")


def test_a_changed_field_that_we_do_not_know_is_another_message(street, desk):
    service.take_in(street, desk, read_bundle(bundles.example("r5-message")), now=NOON)

    def tag(raw):
        raw["meta"]["tag"][0]["code"] = "B1"

    other = read_bundle(changed("r5-message", tag))
    with pytest.raises(Conflict):
        service.take_in(street, desk, other, now=NOON)
    tables = (PrescriptionRow, PrescriptionLineRow, EventRow)
    counted = [street.exec(select(func.count()).select_from(t)).one() for t in tables]
    assert counted == [1, 1, 1]
