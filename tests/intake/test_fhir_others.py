"""What came by national messages or on paper is told as FHIR as well, nothing of it lost."""

from uuid import UUID

import pytest
from sqlmodel import Session, select

from dispensing import service
from dispensing.intake.fhir.reading import read_bundle
from dispensing.intake.fhir.writing import write_bundle
from dispensing.intake.message import dumps
from dispensing.tables import PrescriptionRow
from fixtures import cast
from tests.intake import examples
from tests.intake import fhir_bundles as bundles
from tests.intake.national_calls import add_key, sign_request
from tests.intake.test_fhir_http import VERSIONS, is_fhir, read
from tests.intake.test_national_http import done
from tests.intake.test_paper import sheet
from tests.platform import platform, settlement

__all__ = ["platform"]
BESIDE = "urn:yaoda:StructureDefinition"


def national(platform) -> UUID:
    """Let the hospital send one by national messages."""
    with Session(platform.app.extensions["engine"]) as session:
        add_key(session)
    hospital = platform.program("hospital")
    numbers = done(hospital, "D001", examples.RX)
    fields = examples.attested(
        rxTraceCode=numbers["rxTraceCode"], hiRxno=numbers["hiRxno"]
    )
    request = sign_request(fields) | {"originalRxFile": examples.PDF}
    done(hospital, "D003", {**fields, **done(hospital, "D002", request)})
    with Session(platform.app.extensions["engine"]) as session:
        return session.exec(select(PrescriptionRow.id)).one()


def on_paper(platform) -> UUID:
    """Let a counter key one in."""
    body = {"paper": sheet(department="心内科"), "image": None}
    made = platform.program("counter").post("/paper-prescriptions", body)
    return UUID(made["id"])


WAYS = {"national": national, "paper": on_paper}


def beside(request) -> dict[str, object]:
    """Give a request's extensions by the end of their names."""
    found = {}
    for one in request["extension"]:
        value = next((v for name, v in one.items() if name.startswith("value")), None)
        inner = {each["url"]: each for each in one.get("extension", ())}
        found[one["url"].removeprefix(f"{BESIDE}/")] = inner if value is None else value
    return found


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("way", WAYS)
def test_it_is_told_as_a_bundle_that_reads_as_the_same_prescription(
    platform, way, version
):
    rx = WAYS[way](platform)
    status, bundle = read(platform.program("hospital"), f"/Bundle/{rx}", version)
    assert status == 200
    is_fhir(bundle, version)
    found = read_bundle(bundle)
    with Session(platform.app.extensions["engine"]) as session:
        desk = platform.app.extensions["desk"]
        kept = service.kept_prescription(session, desk, rx)
    assert found.message == kept.incoming.message
    again = write_bundle(found.message, found.format, found.extras)
    assert dumps(again, sort_keys=True) == dumps(bundle, sort_keys=True)


def test_what_only_the_national_message_says_goes_along_as_extensions(platform):
    rx = national(platform)
    _, bundle = read(platform.program("hospital"), f"/Bundle/{rx}")
    (request,) = bundles.requests(bundle)
    told = beside(request)
    assert told["national/rxDrordDscr"] == "早餐后服用"
    assert told["national/hiRxno"] and told["national/pharDeptName"] == "药剂科"
    visit = told["national/mdtrtinfo"]
    assert visit["algsHis"]["valueString"] == "青霉素过敏"
    assert told["national-line/drugSpec"] == "5mg*28片"
    text = dumps(bundle)
    for hidden in ("EC-TOKEN-1", "AUTH-1", cast.bob.id_number):
        assert hidden not in text


def test_a_paper_says_where_it_was_keyed_in(platform):
    _, bundle = read(platform.program("alice"), f"/Bundle/{on_paper(platform)}")
    (request,) = bundles.requests(bundle)
    told = beside(request)
    assert told["paper/outlet"] == cast.LUCHENG_PHARMACY
    assert told["department"] == "心内科"


@pytest.mark.parametrize("way", WAYS)
def test_a_pharmacy_sees_it_masked_and_without_what_stood_beside(platform, way):
    rx = WAYS[way](platform)
    status, bundle = read(platform.program("counter"), f"/Bundle/{rx}")
    assert status == 200
    text = dumps(bundle)
    for hidden in (cast.alice.id_number, cast.alice.name, "national/", "paper/"):
        assert hidden not in text


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("way", WAYS)
def test_its_settlement_is_a_dispensing_a_claim_and_an_answer(platform, way, version):
    rx = WAYS[way](platform)
    counter = platform.program("counter")
    asked = settlement(platform) | {"override": {"reason": "纸质处方已核对原件"}}
    held = counter.put(f"/prescriptions/{rx}/settlement", asked)
    assert held["state"] == "posted", held
    counter.post(f"/prescriptions/{rx}/collection", {"receiver": "patient"})
    status, found = read(counter, f"/MedicationDispense?prescription={rx}", version)
    assert (status, found["total"]) == (200, 1)
    is_fhir(found, version)
    for kind in ("Claim", "ClaimResponse"):
        status, one = read(counter, f"/{kind}/{held['id']}", version)
        assert status == 200
        is_fhir(one, version)
