"""A matching: three lists, pairs that a person looks at, registrations written once."""

from datetime import date

import pytest
from sqlmodel import select

from dispensing.errors import Conflict, Malformed, NotFound
from dispensing.matching.lists import LISTS, due_of
from dispensing.policy import overlay_of, rules_for
from dispensing.service.matching import acting, enrolling, reading, running, sides
from dispensing.service.matching.acting import Answer
from dispensing.tables import (
    EnrolmentRow,
    MatchingRunRow,
    ReadRow,
    RecordRow,
    RegistrationRow,
)
from tests.matching.conftest import AREA, BUREAU, DAY, HEALTH, NOW, READER
from web import db

MARCH, JUNE = date(1957, 3, 12), date(1949, 6, 1)
REGISTERED = {"hypertension": date(2023, 1, 1)}


@pytest.fixture
def here(sqlite_engine):
    """Open one session on a fresh database."""
    with db.open_session(sqlite_engine) as session:
        yield session


@pytest.fixture
def county(here, county_in):
    """Open a county of Lincang: two of each kind of trouble, nobody matched yet."""
    made = county_in(here)
    made.manage("陈爱莲", made.insure(1, "陈爱莲", MARCH), "高血压")  # to enrol
    made.insure(2, "李四", JUNE, two=REGISTERED)  # entitled, not managed
    managed = made.insure(3, "王桂英", MARCH, two=REGISTERED)
    made.manage("王桂英", managed, "高血压")  # both: on no list
    made.manage("赵六", made.insure(4, "赵七", JUNE), "糖尿病")  # same ID, other name
    made.insure(5, "孙招娣", JUNE, address="临翔区博尚镇1号")
    made.manage("外乡人", "330302195703124025", "糖尿病")  # not insured
    made.manage("周工", made.insure(6, "周工", JUNE, scheme="employee"), "高血压")
    made.take()
    return made


def slip(county) -> None:
    """Put in somebody with no ID number and a slip in the name, and take it anew."""
    county.manage("孙招弟", "", "高血压", "1949-06-01", "临翔区博尚镇1号")
    county.take()


def names(county, run_id, name: str) -> list[str | None]:
    """Name the insured, or the managed, on a list."""
    found = on_list(county, run_id, name)
    return [(each.insured or each.managed).name for each in found]


def on_list(county, run_id, name: str, **more) -> tuple[reading.MatchedPerson, ...]:
    wanted = reading.Wanted(name, whole=True, size=None, **more)
    asked = county.session, county.vault, run_id, wanted
    return reading.people_on(*asked, reader=READER, now=NOW).entries


def say(county, run_id, name: str, entry_id: int, code: str, by=BUREAU) -> int:
    answers = [Answer(entry_id, code)]
    return acting.answer(
        county.session, run_id, name, answers, area=AREA, by=by, now=NOW
    )


def let_in(county, run_id, name: str = "enrol") -> enrolling.Enrolled:
    return enrolling.enrol(
        county.session,
        county.vault,
        county.rules,
        run_id,
        name=name,
        area=AREA,
        by=BUREAU,
        now=NOW,
        today=DAY,
    )


def test_the_lists_of_a_matching(county):
    """T1, T2, L2, L6: enrolled are insured residents; the rest is told, shown, asked."""
    run_id = county.run()
    assert names(county, run_id, "enrol") == ["陈爱莲"]
    assert names(county, run_id, "tell_health") == ["李四"]
    assert names(county, run_id, "uninsured") == ["外乡人"]
    assert names(county, run_id, "review") == ["赵七"]
    run = reading.one_run(county.session, run_id, AREA, "bureau")
    assert (run.managed, run.insured, run.by_id, run.by_score) == (5, 6, 3, 0)


def test_enrolment_writes_each_registration_once_with_its_filing(county):
    """T4, L2, L5, L7: without an application; filed with operator and day."""
    run_id = county.run()
    assert let_in(county, run_id) == enrolling.Enrolled(1, 1)
    assert let_in(county, run_id) == enrolling.Enrolled(0, 0)
    (filed,) = enrolling.enrolments(county.session, county.vault, "L000000001")
    assert (filed.disease, filed.kind, filed.since) == ("hypertension", "chronic", DAY)
    assert filed.by == "officer" and filed.filing_no.startswith("BA20250915")
    assert "enrolment" in county.session.exec(select(RecordRow.kind)).all()
    assert names(county, county.run(), "enrol") == []  # the next run asks for no more


def test_whoever_fits_goes_into_the_chronic_benefit_else_into_that_of_two_diseases(
    here, county_in
):
    """T4, L8: by condition into 门诊慢特病 or 两病."""
    county = county_in(here)
    county.manage("甲", county.insure(1, "甲", MARCH), "高血压", "", "", "是")
    county.manage("乙", county.insure(2, "乙", MARCH), "高血压", "", "", "否")
    county.take()
    let_in(county, county.run())
    kinds = here.exec(select(RegistrationRow.person_no, RegistrationRow.kind)).all()
    assert sorted(kinds) == [
        ("L000000001", "chronic_outpatient"),
        ("L000000002", "chronic"),
    ]


@pytest.mark.parametrize(
    ("region", "enrolled"), [("lincang", []), ("tieling", ["L000000001"])]
)
def test_two_benefits_go_together_where_the_text_lets_them(
    here, county_in, region, enrolled
):
    """R14: L13 shuts 两病 out for whoever has 门诊慢特病; T5 lets both be enjoyed."""
    county = county_in(here, region)
    number = county.insure(1, "甲", MARCH, chronic={"diabetes": date(2024, 1, 1)})
    county.manage("甲", number, "高血压、糖尿病")
    county.take()
    found = on_list(county, county.run(), "enrol")
    assert [each.person_no for each in found] == enrolled
    assert all(each.diseases == ("hypertension",) for each in found)


def test_a_diagnosis_without_a_flag_is_verified_and_the_verified_are_flagged(
    county, monkeypatch
):
    """L3, L4, L5: pushed to the health commission, verified, then flagged."""
    told = sides.benefits(county.session, county.vault, AREA, DAY)
    told["L000000005"].diagnosed.add("diabetes")
    monkeypatch.setattr(sides, "benefits", lambda *_: told)
    run_id = county.run()
    (entry,) = on_list(county, run_id, "verify")
    assert entry.person_no == "L000000005" and entry.diseases == ("diabetes",)
    assert let_in(county, run_id, "verify") == enrolling.Enrolled(0, 0)
    say(county, run_id, "verify", entry.id, "confirmed", by=HEALTH)
    assert let_in(county, run_id, "verify") == enrolling.Enrolled(1, 1)


def test_the_same_on_the_same_day_is_the_same_run(county):
    first = county.run()
    assert county.run() == first
    assert len(county.session.exec(select(MatchingRunRow)).all()) == 1


def test_another_registry_shows_what_is_new_changed_and_gone(county):
    """T3, C12: run again each quarter or month, with the difference."""
    county.run()
    county.rows = [row for row in county.rows if "外乡人" not in row]
    county.rows[0] = county.rows[0].replace("高血压", "高血压、糖尿病")
    county.manage("新人", county.insure(9, "新人", JUNE), "糖尿病")
    county.take()
    run = reading.one_run(county.session, county.run(), AREA, "bureau")
    enrol, uninsured = run.list("enrol"), run.list("uninsured")
    assert (enrol.people, enrol.new, enrol.changed) == (2, 1, 1)
    assert (uninsured.people, uninsured.gone) == (0, 1)
    assert run.number == 2


def test_what_a_person_says_of_a_pair_holds_in_the_next_run(county):
    slip(county)
    run_id = county.run()
    pairs = {each.insured.name: each for each in on_list(county, run_id, "review")}
    alike, other = pairs["孙招娣"], pairs["赵七"]
    assert alike.detail == "alike" and alike.score > 5_000
    assert other.detail == "other_name" and other.score is None
    say(county, run_id, "review", alike.id, "same_person")
    say(county, run_id, "review", other.id, "other_person")
    run_id = county.run()
    assert set(names(county, run_id, "enrol")) == {"陈爱莲", "孙招娣"}
    assert names(county, run_id, "review") == []
    assert "赵六" in names(county, run_id, "uninsured")


def test_a_score_puts_together_only_where_the_operator_has_set_one(county):
    """Nothing is guessed: without a value with its source, exact ID alone."""
    slip(county)
    run_id = county.run()
    (pair,) = [each for each in on_list(county, run_id, "review") if each.score]
    for share, merged in (("1.00", 0), ("0.60", 1)):
        laid = overlay_of(
            "lincang", {running.SCORE_MIN: share}, source="临医保〔2025〕1号"
        )
        county.rules = rules_for("lincang", DAY, laid)
        county.session.rollback()
        run = reading.one_run(county.session, county.run(), AREA, "bureau")
        assert pair.score < 10_000 and run.by_score == merged


def test_health_sees_its_own_lists_and_answers_them(county):
    """T2, L4, C13."""
    run_id = county.run()
    run = reading.one_run(county.session, run_id, AREA, "health")
    assert [each.name for each in run.lists] == ["tell_health", "verify"]
    acts = county.session, run_id, "tell_health"
    for _ in range(2):  # twice is once
        for kind, by in (("sent", BUREAU), ("received", HEALTH)):
            acting.act_on_list(*acts, kind=kind, area=AREA, by=by, now=NOW)
    (entry,) = on_list(county, run_id, "tell_health")
    assert say(county, run_id, "tell_health", entry.id, "moved_away", by=HEALTH) == 1
    assert say(county, run_id, "tell_health", entry.id, "moved_away", by=HEALTH) == 0
    listed = reading.one_run(county.session, run_id, AREA, "health").list("tell_health")
    assert (listed.left, listed.received_by) == (0, "doctor")
    with pytest.raises(NotFound):
        say(county, run_id, "review", entry.id, "same_person", by=HEALTH)


def test_reading_a_list_is_recorded_and_masked(county):
    run_id = county.run()
    wanted = reading.Wanted("enrol")
    asked = county.session, county.vault, run_id, wanted
    found = reading.people_on(*asked, reader=READER, now=NOW)
    (entry,) = found.entries
    assert entry.insured.name == "陈**" and "*" in entry.insured.id_number
    reads = county.session.exec(select(ReadRow.person_no)).all()
    assert reads == ["L000000001"]


def test_nothing_plain_of_anybody_lies_in_the_tables_of_matching(county):
    run_id = county.run()
    let_in(county, run_id)
    connection = county.session.connection()
    for table in ("managed_part", "matching_entry", "matching_run"):
        said = repr(connection.exec_driver_sql(f"SELECT * FROM {table}").all())
        for plain in ("陈爱莲", "195703", "博尚镇", "高血压"):
            assert plain not in said, table
        # A run counts its people by disease; nobody is named beside a number.
        assert "hypertension" not in said or table == "matching_run"


def test_refusals(county):
    run_id = county.run()
    (entry,) = on_list(county, run_id, "enrol")
    with pytest.raises(Malformed):
        say(county, run_id, "enrol", entry.id, "confirmed")
    with pytest.raises(NotFound):
        say(county, run_id, "tell_health", entry.id, "died")
    with pytest.raises(NotFound):
        reading.one_run(county.session, run_id, "3303", "bureau")
    county.rules = rules_for("wenzhou", DAY)  # no text lets people in unasked
    with pytest.raises(Conflict, match="application"):
        let_in(county, run_id)


def test_only_the_latest_run_is_acted_on(county):
    old = county.run()
    (entry,) = on_list(county, old, "enrol")
    let_in(county, old)
    county.run()
    for act in (
        lambda: let_in(county, old),
        lambda: say(county, old, "enrol", entry.id, "postponed"),
    ):
        with pytest.raises(Conflict, match="later matching"):
            act()


def test_a_run_that_dies_leaves_nothing(county, monkeypatch):
    monkeypatch.setattr(running, "_rested_on", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        county.run()
    county.session.rollback()
    assert county.session.exec(select(MatchingRunRow)).all() == []
    monkeypatch.undo()
    assert names(county, county.run(), "enrol") == ["陈爱莲"]


def test_an_enrolment_that_another_wrote_at_once_is_found(county, monkeypatch):
    """The deterministic side of two officers at once: the second finds what is there."""
    run_id, real = county.run(), sides.registered

    def too_early(session, vault, numbers):
        seen = real(session, vault, numbers)
        monkeypatch.setattr(sides, "registered", real)
        let_in(county, run_id)  # another officer, between looking and writing
        return seen

    monkeypatch.setattr(sides, "registered", too_early)
    assert let_in(county, run_id) == enrolling.Enrolled(0, 0)
    assert len(county.session.exec(select(EnrolmentRow)).all()) == 1


@pytest.mark.parametrize(
    ("region", "name", "day", "due"),
    [
        ("tieling", "enrol", date(2025, 9, 15), date(2025, 7, 10)),
        ("tieling", "tell_health", date(2026, 1, 3), date(2026, 1, 10)),
        ("lincang", "verify", date(2024, 7, 20), date(2024, 7, 31)),
        ("lincang", "enrol", date(2024, 7, 20), date(2024, 8, 31)),
        ("lincang", "verify", date(2025, 9, 15), None),
        ("chongqing", "tell_health", date(2025, 2, 3), date(2025, 2, 28)),
        ("wenzhou", "enrol", date(2025, 9, 15), None),
    ],
)
def test_each_list_has_the_date_of_its_text(region, name, day, due):
    """T3, L3, L4, L5, C12, C13: a date that no text gives is none."""
    found = due_of(rules_for(region, day), name, day)
    assert (found.day if found else None) == due
    assert found is None or found.cited.quote


def test_every_list_is_seen_by_somebody_who_answers():
    for rule in LISTS.values():
        assert set(rule.answered_by) <= set(rule.seen_by) and rule.codes
