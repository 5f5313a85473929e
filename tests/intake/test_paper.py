"""Papers in: keyed in once, and never a second time from the same paper."""

import json
from base64 import b64encode
from datetime import timedelta
from functools import partial
from io import BytesIO
from typing import Any

import pytest
from PIL import Image
from sqlmodel import func, select

from dispensing import service
from dispensing.desk import Reader
from dispensing.errors import Conflict, Malformed, NotFound
from dispensing.intake.paper import PaperPrescription
from dispensing.intake.pictures import Picture, picture_of
from dispensing.service import Keyed, PaperReused
from dispensing.service.forbidden import ForbiddenKind
from dispensing.tables import PaperRow, PrescriptionRow, ReadRow
from fixtures import cast
from tests import world
from tests.dispensing import attacks
from tests.intake import papers
from tests.world import NOON

COUNTERS = (cast.LUCHENG_PHARMACY, world.SECOND_PHARMACY)


def sheet(number: int = 1, **changes: Any) -> dict[str, Any]:
    """Make what stands on a paper of alice's."""
    raw: dict[str, Any] = {
        "paper_no": f"00123{number:02d}",
        "record_no": f"BA33030200000{number:02d}",
        "issuer": cast.HOSPITAL,
        "doctor": {"code": cast.dr_lin.code, "name": cast.dr_lin.name},
        "patient": {"id_number": cast.alice.id_number, "name": cast.alice.name},
        "disease": "hypertension",
        "diagnosis": "I10.x00",
        "issued_on": "2025-09-15",
        "valid_days": 3,
        "lines": [
            {
                "medicine": world.AMLODIPINE,
                "quantity": 3,
                "supply_days": 28,
                "dosage": "5mg 每日一次",
            }
        ],
    }
    return {**raw, **changes}


@pytest.fixture(scope="module")
def photographs() -> list[bytes]:
    """Photograph two papers of one form."""
    return [papers.photographed(number) for number in range(2)]


@pytest.fixture(scope="module")
def pictures(photographs) -> list[Picture]:
    """Read the photographs."""
    return [picture_of(raw) for raw in photographs]


def keyed(
    raw: dict[str, Any], picture: Picture | None = None, at: str = COUNTERS[0]
) -> Keyed:
    """Key a paper in at a counter."""
    paper = PaperPrescription.model_validate_json(json.dumps(raw))
    return Keyed(paper, picture, at, "clerk")


def take(session, desk, what: Keyed, now=NOON):
    return service.take_paper(session, desk, what, now=now)


def counts(session) -> tuple[int, int]:
    """Count papers and prescriptions."""
    return tuple(
        session.exec(select(func.count()).select_from(table)).one()
        for table in (PaperRow, PrescriptionRow)
    )


def test_a_paper_becomes_a_prescription(street, desk, pictures):
    received = take(street, desk, keyed(sheet(), pictures[0]))
    assert (received.state, received.signature) == ("received", "none")
    row = street.get_one(PrescriptionRow, received.id)
    assert (row.format, row.source, row.record_no) == (
        "paper",
        "external",
        "BA3303020000001",
    )
    assert (row.hosp_rx_no, row.person_no) == ("0012301", cast.alice.person_no)
    assert cast.alice.id_number not in row.message_sealed
    kept = street.exec(select(PaperRow)).one()
    assert (kept.sha256, kept.outlet_code, kept.by) == (
        pictures[0].sha256,
        COUNTERS[0],
        "clerk",
    )


def test_a_paper_is_filled_like_any_other_prescription(street, desk):
    received = take(street, desk, keyed(sheet()))
    answer = service.check(
        street,
        desk,
        prescription_id=received.id,
        outlet_code=COUNTERS[0],
        voucher="e_code",
        trace_codes=world.trace_codes(),
        now=NOON,
    )
    verdicts = {one.check: one.verdict for one in answer.assessment.findings}
    assert verdicts["prescription.signature"] == "passed"
    assert verdicts["prescription.source"] == "passed"


def test_the_photograph_is_kept_sealed_and_its_reading_recorded(street, desk, pictures):
    received = take(street, desk, keyed(sheet(), pictures[0]))
    kept = street.exec(select(PaperRow)).one()
    plain = b64encode(pictures[0].jpeg).decode()
    assert kept.image_sealed and plain[:40] not in kept.image_sealed
    before = street.exec(select(func.count()).select_from(ReadRow)).one()
    read = partial(
        service.paper_image,
        street,
        desk,
        received.id,
        reader=Reader("clerk", "counter", "核对处方原件"),
        now=NOON,
    )
    image = read(outlet_code=COUNTERS[0])
    assert Image.open(BytesIO(image)).format == "JPEG"
    after = street.exec(select(func.count()).select_from(ReadRow)).one()
    assert after == before + 1
    with pytest.raises(NotFound):
        read(outlet_code=COUNTERS[1])


def test_the_same_paper_keyed_in_again_the_same_way_is_one(street, desk, pictures):
    first = take(street, desk, keyed(sheet(), pictures[0]))
    again = take(street, desk, keyed(sheet(), pictures[0]))
    assert (again.id, again.created) == (first.id, False)
    assert counts(street) == (1, 1)


def test_two_papers_of_one_form_are_two(street, desk, pictures):
    take(street, desk, keyed(sheet(1), pictures[0]))
    take(street, desk, keyed(sheet(2), pictures[1]))
    assert counts(street) == (2, 2)
    numbers = [one.hosp_rx_no for one in service.papers_of(street, COUNTERS[0])]
    assert sorted(numbers) == ["0012301", "0012302"]


# --- refusals


def refused(street, desk, what: Keyed, now=NOON) -> PaperReused:
    """Expect a paper to be known again."""
    before = counts(street)
    with pytest.raises(PaperReused) as raised:
        take(street, desk, what, now)
    street.rollback()
    assert counts(street) == before
    return raised.value


def test_a_number_is_used_once(street, desk):
    take(street, desk, keyed(sheet()))
    error = refused(street, desk, keyed(sheet(record_no="BA9"), at=COUNTERS[1]))
    assert error.clash == "number"


def test_a_record_number_is_used_once(street, desk):
    take(street, desk, keyed(sheet()))
    other = sheet(2, record_no="BA3303020000001", issuer=cast.COMMUNITY_CENTRE)
    assert refused(street, desk, keyed(other)).clash == "record_no"


def test_a_record_number_that_came_as_a_message_is_used(street, desk):
    service.receive(street, desk, world.message(record_no="BA7"), now=NOON)
    assert refused(street, desk, keyed(sheet(record_no="BA7"))).clash == "record_no"


def test_a_photograph_is_used_once_whoever_it_is_for(street, desk, pictures):
    take(street, desk, keyed(sheet(), pictures[0]))
    bob = {"id_number": cast.bob.id_number, "name": cast.bob.name}
    other = sheet(2, patient=bob, issuer=cast.COMMUNITY_CENTRE)
    assert refused(street, desk, keyed(other, pictures[0])).clash == "image"


@pytest.mark.parametrize("copy", ["half the size", "brighter", "turned by 2 degrees"])
def test_a_copy_of_a_photograph_is_known_again(
    street, desk, photographs, pictures, copy
):
    take(street, desk, keyed(sheet(), pictures[0]))
    picture = picture_of(papers.copies(photographs[0])[copy])
    assert refused(street, desk, keyed(sheet(2), picture)).clash == "near_image"


def test_photographs_are_compared_for_a_quarter(street, desk, photographs, pictures):
    take(street, desk, keyed(sheet(), pictures[0]))
    picture = picture_of(papers.copies(photographs[0])["brighter"])
    later = NOON + timedelta(days=93)
    day = later.date().isoformat()
    take(street, desk, keyed(sheet(2, issued_on=day), picture), now=later)


def test_a_clash_tells_nothing_of_the_other_patient(street, desk, pictures):
    take(street, desk, keyed(sheet(), pictures[0]))
    bob = {"id_number": cast.bob.id_number, "name": cast.bob.name}
    error = refused(street, desk, keyed(sheet(2, patient=bob), pictures[0]))
    told = f"{error.words.zh}{error.words.en}{error.words.next_zh}"
    assert "鹿城大药房" in told and "2025-09-15" in told
    for secret in (cast.alice.name, cast.alice.id_number, "0012301", "BA33"):
        assert secret not in told


@pytest.mark.parametrize(
    ("change", "where"),
    [
        (
            {"patient": {"id_number": "33030219560312401X", "name": "无人"}},
            "patient.id_number",
        ),
        ({"issuer": "H33030299999"}, "issuer"),
        (
            {
                "lines": [
                    {
                        "medicine": "XC99CAA001A001010100009",
                        "quantity": 1,
                        "supply_days": 7,
                    }
                ]
            },
            "lines.0.medicine",
        ),
    ],
)
def test_a_paper_that_names_unknown_things_leaves_nothing(street, desk, change, where):
    with pytest.raises(Malformed) as raised:
        take(street, desk, keyed(sheet(**change)))
    street.rollback()
    assert where in [error.where for error in raised.value.errors]
    assert counts(street) == (0, 0)


def test_a_narcotic_paper_is_refused_by_its_clause(street, desk):
    with pytest.raises(ForbiddenKind):
        take(street, desk, keyed(sheet(rx_type="7")))
    street.rollback()
    assert counts(street) == (0, 0)


def test_a_paper_of_tomorrow_is_not_taken(street, desk):
    with pytest.raises(Conflict):
        take(street, desk, keyed(sheet(issued_on="2025-09-17")))
    street.rollback()
    assert counts(street) == (0, 0)


# --- at once


@pytest.mark.parametrize("same", ["number", "record", "image", "copy"])
def test_of_two_counters_at_once_one_takes_the_paper(
    engine, desk, photographs, pictures, same
):
    from web import db

    with db.open_session(engine) as session:
        world.populate(session, desk)
    copy = picture_of(papers.copies(photographs[0])["darker"])
    first = keyed(sheet(1), pictures[0], COUNTERS[0])
    second = {
        "number": keyed(sheet(1), None, COUNTERS[1]),
        "record": keyed(sheet(2, record_no="BA3303020000001"), None, COUNTERS[1]),
        "image": keyed(sheet(2), pictures[0], COUNTERS[1]),
        "copy": keyed(sheet(2), copy, COUNTERS[1]),
    }[same]
    acts = [partial(_take, desk=desk, what=what) for what in (first, second)]
    answers = attacks.at_once(engine, acts)
    reused = [each for each in answers if isinstance(each, PaperReused)]
    assert len(reused) == 1, answers
    with db.open_session(engine, read_only=True) as session:
        assert counts(session) == (1, 1)


def _take(session, *, desk, what):
    return take(session, desk, what)
