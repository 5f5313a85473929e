"""FHIR over HTTP: bundles in, and what the platform tells of them to those they concern."""

import json
from decimal import Decimal

import pytest

from dispensing.intake.fhir import resources
from dispensing.intake.fhir.reading import read_bundle
from dispensing.intake.message import dumps
from fixtures import cast
from tests import world
from tests.intake import fhir_bundles as bundles
from tests.platform import platform, sent, settled, settlement
from web.fhir_answers import fen_of, money

__all__ = ["platform"]
FHIR = "application/fhir+json"
VERSIONS = {"4.3": "fhir-r4b", "5.0": "fhir-r5"}


def post(program, raw, kind=FHIR):
    return program.ask("POST", "/fhir", data=dumps(raw), content_type=kind)


def read(program, path, version=None):
    accept = f"{FHIR}; fhirVersion={version}" if version else FHIR
    answer = program.ask("GET", f"/fhir{path}", headers={"Accept": accept})
    assert answer.mimetype == FHIR
    return answer.status_code, json.loads(answer.text, parse_float=Decimal)


def is_fhir(resource, version):
    """Let the library look at a resource, and at those inside."""
    inner = [entry["resource"] for entry in resource.get("entry", ())]
    for one in [resource, *inner]:
        faults = resources.faults(one, VERSIONS[version], one["resourceType"])
        assert not faults, faults


@pytest.mark.parametrize("name", bundles.EXAMPLES)
def test_a_bundle_is_taken_in_and_given_back_whole_to_its_issuer(platform, name):
    raw = bundles.example(name)
    who = "hospital" if "collection" in name else "internet-hospital"
    program = platform.program(who)
    first = post(program, raw)
    assert first.status_code == 201
    again = post(program, raw)
    assert (again.status_code, again.json["id"]) == (200, first.json["id"])
    status, back = read(program, first.headers["Location"].removeprefix("/api/fhir"))
    assert status == 200
    assert dumps(back, sort_keys=True) == dumps(raw, sort_keys=True)


def test_a_pharmacy_sees_the_bundle_masked_and_without_what_the_hospital_added(
    platform,
):
    raw = bundles.example("r4b-message")
    id_ = post(platform.program("internet-hospital"), raw).json["id"]
    status, shown = read(platform.program("counter"), f"/Bundle/{id_}")
    text = dumps(shown)
    assert status == 200
    for hidden in (cast.alice.id_number, cast.alice.name, "urn:hospital"):
        assert hidden not in text
    whole = dumps(read(platform.program("alice"), f"/Bundle/{id_}")[1])
    assert cast.alice.id_number in whole
    for stranger in ("hospital", "bob"):
        assert read(platform.program(stranger), f"/Bundle/{id_}")[0] == 404


@pytest.mark.parametrize("version", VERSIONS)
def test_a_prescription_of_our_own_format_is_told_in_both_versions(platform, version):
    rx = sent(platform)
    status, bundle = read(platform.program("hospital"), f"/Bundle/{rx}", version)
    assert status == 200
    is_fhir(bundle, version)
    found = read_bundle(bundle)
    assert found.format == VERSIONS[version]
    assert found.message.lines[0].medicine == world.AMLODIPINE


@pytest.mark.parametrize("version", VERSIONS)
def test_a_revoked_prescription_is_no_active_request(platform, version):
    rx = sent(platform)
    hospital = platform.program("hospital")
    hospital.post(f"/prescriptions/{rx}/revocation", {"reason": "剂量有误"})
    _, bundle = read(hospital, f"/Bundle/{rx}", version)
    is_fhir(bundle, version)
    assert {one["status"] for one in bundles.requests(bundle)} == {"cancelled"}


@pytest.mark.parametrize("version", VERSIONS)
def test_a_settlement_is_a_claim_and_its_answer_to_the_fen(platform, version):
    rx = settled(platform)
    counter = platform.program("counter")
    held = counter.get(f"/prescriptions/{rx}/settlement")
    status, claim = read(counter, f"/Claim/{held['id']}", version)
    assert status == 200
    is_fhir(claim, version)
    assert fen_of(claim["total"]) == held["total_fen"]
    status, answer = read(counter, f"/ClaimResponse/{held['id']}", version)
    is_fhir(answer, version)
    told = {
        one["category"]["coding"][0]["code"]: fen_of(one["amount"])
        for one in answer["total"]
    }
    for name, fen in told.items():
        assert held[f"{name}_fen"] == fen
    paid = ("fund", "account", "mutual_aid", "cash")
    assert sum(told[name] for name in paid) == told["total"]
    for stranger in ("second-counter", "bob"):
        found = read(platform.program(stranger), f"/Claim/{held['id']}")
        assert found[0] == 404


@pytest.mark.parametrize("version", VERSIONS)
def test_each_line_that_was_settled_is_a_dispensing(platform, version):
    rx = sent(platform, 2)
    hospital = platform.program("hospital")
    asked = f"/MedicationDispense?prescription=Bundle/{rx}"
    assert read(hospital, asked, version)[1]["total"] == 0
    rx = settled(platform)
    status, found = read(
        hospital, asked.replace(str(sent(platform, 2)), str(rx)), version
    )
    assert (status, found["total"]) == (200, 1)
    is_fhir(found, version)
    (one,) = (entry["resource"] for entry in found["entry"])
    assert one["status"] in {"in-progress", "completed"}
    assert one["quantity"]["value"] == 3


@pytest.mark.parametrize("version", VERSIONS)
def test_parts_are_told_as_they_were_handed_out(platform, version):
    rx = sent(platform)
    counter = platform.program("counter")
    path = f"/prescriptions/{rx}"
    claims = []
    for filling, packs in ((1, 1), (2, 2)):
        scans = world.trace_codes(batch=filling, quantity=packs)
        asked = settlement(platform) | {
            "trace_codes": {str(no): list(found) for no, found in scans.items()},
            "lines": {"1": packs},
            "filling": filling,
        }
        claims.append(counter.put(f"{path}/settlement", asked)["id"])
        counter.post(f"{path}/collection", {"receiver": "patient"})
        told = read(counter, f"/MedicationDispense?prescription=Bundle/{rx}", version)[
            1
        ]
        is_fhir(told, version)
        made = [entry["resource"] for entry in told["entry"]]
        assert [one["quantity"]["value"] for one in made] == [1, 2][:filling]
        assert {one["status"] for one in made} == {"completed"}
        assert all("whenHandedOver" in one for one in made)
    for number, packs in zip(claims, (1, 2), strict=True):
        status, claim = read(counter, f"/Claim/{number}", version)
        assert (status, claim["item"][0]["quantity"]["value"]) == (200, packs)
        assert read(counter, f"/ClaimResponse/{number}", version)[0] == 200


@pytest.mark.parametrize("fen", [0, 1, 10, 99, 100, 1230, 10**12 + 1])
def test_money_is_exact_both_ways(fen):
    text = dumps(money(fen))
    assert fen_of(json.loads(text, parse_float=Decimal)) == fen
    assert f"{fen // 100}.{fen % 100:02d}" in text


def test_the_capabilities_are_told_to_everybody(platform):
    for version in VERSIONS:
        status, told = read(platform.program(None), "/metadata", version)
        assert (status, told["resourceType"]) == (200, "CapabilityStatement")
        assert told["fhirVersion"] == f"{version}.0"


REFUSED = {
    "not signed in": (None, {}, FHIR, 401, "login"),
    "a pharmacy": ("counter", {}, FHIR, 403, "forbidden"),
    "another hospital": ("hospital", None, FHIR, 422, "value"),
    "no bundle": ("internet-hospital", {}, FHIR, 422, "value"),
    "no object": ("internet-hospital", [], FHIR, 422, "value"),
    "another type": ("internet-hospital", None, "text/xml", 415, "not-supported"),
    "stu3": ("internet-hospital", None, f"{FHIR}; fhirVersion=3.0", 422, "value"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_refused_is_an_operation_outcome(platform, case):
    who, raw, kind, status, code = REFUSED[case]
    raw = bundles.example("r4b-message") if raw is None else raw
    answer = post(platform.program(who), raw, kind)
    assert (answer.status_code, answer.mimetype) == (status, FHIR)
    issue = answer.json["issue"][0]
    assert (issue["severity"], issue["code"]) == ("error", code)
    assert issue["details"]["text"] and issue["diagnostics"]


@pytest.mark.parametrize("text", ["", "{", '{"a":1,"a":2}', "[" * 40, '"\\u0000"'])
def test_what_is_no_strict_json_is_refused_as_an_operation_outcome(platform, text):
    program = platform.program("internet-hospital")
    answer = program.ask("POST", "/fhir", data=text, content_type=FHIR)
    assert (answer.status_code, answer.mimetype) == (400, FHIR)
    assert answer.json["issue"][0]["code"] == "structure"
