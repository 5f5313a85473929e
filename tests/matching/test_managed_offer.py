"""The matching counts managed residents; an officer enters the numbers by one press (T22)."""

from fixtures import cast
from tests.matching.conftest import DAY
from tests.matching.test_centres import row, take
from tests.platform import send

MONTH = "2025-09"
PAGE = f"/bureau/forms/{MONTH}"
NOBODY = "3f2b1d0e-52f6-4f0c-9d7a-0b6b9a4d7c11"


def matched(platform):
    """Match a registry of a resident, of one insured by an employer, of one insured elsewhere."""
    people = (cast.alice, cast.bob, cast.charlie)
    rows = [row(one, "高血压、糖尿病") for one in people]
    return take(platform, *rows), people


def test_t22_managed_residents_are_counted_by_the_matching_not_the_employed(platform):
    run, people = matched(platform)
    form = platform.program("bureau").get(f"/forms/{MONTH}")
    offer = form["offered"]
    residents = sum(
        one.scheme == "resident" and one.area[:4] == "3303" for one in people
    )
    assert 0 < residents < len(people)
    assert offer["residents"] == {"hypertension": residents, "diabetes": residents}
    assert offer["managed"] == {"hypertension": 3, "diabetes": 3}
    assert offer["run_id"] == run and offer["as_of"] == DAY.isoformat()
    assert form["entered"] == [] and "第 1 次名单比对" in offer["source"]


def test_t22_one_press_enters_them_with_their_source_and_never_by_itself(platform):
    run, _ = matched(platform)
    bureau = platform.person("bureau")
    page = bureau.get(PAGE).text
    assert "采用比对得出的人数" in page
    done = send(bureau, f"{PAGE}/managed", run_id=run).text
    assert "第 1 次名单比对" in done
    program = platform.program("bureau")
    entered = program.get(f"/forms/{MONTH}")["entered"]
    assert program.post(f"/forms/{MONTH}/managed", {"run_id": run})["entered"] == (
        entered
    )
    program.post(f"/forms/{MONTH}/versions", {})
    offer = program.get(f"/forms/{MONTH}")
    assert offer["managed"] == offer["offered"]["residents"]


def test_t22_a_registry_of_later_is_not_offered_for_a_month_before(platform):
    matched(platform)
    assert platform.program("bureau").get("/forms/2025-08")["offered"] is None
    assert "采用比对得出的人数" not in (
        platform.person("bureau").get("/bureau/forms/2025-08").text
    )


def test_t22_numbers_of_another_matching_than_the_one_seen_are_not_entered(platform):
    matched(platform)
    program = platform.program("bureau")
    for number, status in ((NOBODY, 404), ("x", 422)):
        asked = program.ask("POST", f"/forms/{MONTH}/managed", {"run_id": number})
        assert asked.status_code == status
    assert program.get(f"/forms/{MONTH}")["entered"] == []
