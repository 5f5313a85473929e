"""The revisions make the tables that the program has, and keep every row on the way."""

import re
import shutil
from datetime import date, datetime
from uuid import UUID

import pytest
from sqlalchemy import Engine, text, update
from sqlmodel import select

from dispensing import service
from dispensing.days import CHINA
from dispensing.service.decisions import record_of
from dispensing.service.diseases import registrations_in
from dispensing.tables import AssessmentRow, OrderRow
from dispensing.vault import KeyIsGone, Vault
from pharmacies.cells import cell_of
from pharmacies.places import Point
from pharmacies.tables import NetworkStampRow, OutletRow
from routing.service.blaming import judge_anew, judge_unjudged
from tests.web import revisions
from web import db, migrating, resealing

OUT_OF_STEP = (
    "the tables are no longer what the revisions make:"
    ' run `./run yaoda db revision "what it does"` and review the draft'
    " (CONTRIBUTING.md, Changing tables)"
)
NAMED = re.compile(r"(\d{4})_[a-z0-9_]+\.py")
# The ledger was written anew, names of patients' accounts are masked: told below.
REWRITTEN = {"ledger", "account"}


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def upgraded(request, tmp_path_factory):
    """Bring the rows of the first revision to the last, once for those who look at them."""
    url = f"sqlite:///{tmp_path_factory.mktemp('upgraded')}/yaoda.db"
    if request.param == "postgresql":
        server = request.getfixturevalue("postgres_server")
        server.create("upgraded")
        url = server.url("upgraded")
    engine = db.open_engine(url)
    revisions.at_first(engine)
    migrating.upgrade(engine)
    yield engine
    engine.dispose()


def test_the_revisions_make_the_tables_of_the_program(blank):
    upgraded, made = blank(), blank()
    migrating.upgrade(upgraded)
    db.create_all(made)
    odd = revisions.described(upgraded) ^ revisions.described(made)
    assert not odd, f"{OUT_OF_STEP}: {sorted(odd)}"
    unwritten = migrating.unwritten(upgraded)
    assert not unwritten, f"{OUT_OF_STEP}: {unwritten}"


def test_the_revisions_stand_in_one_line():
    files = sorted(path.name for path in (migrating.FOLDER / "versions").glob("*.py"))
    numbers = [found[1] for name in files if (found := NAMED.fullmatch(name))]
    assert len(numbers) == len(files)
    assert numbers == [f"{no:04}" for no in range(1, len(files) + 1)]
    assert numbers == list(migrating.revisions())


def test_every_row_of_the_first_revision_is_kept_by_every_later_one(blank):
    engine = blank()
    revisions.at_first(engine)
    before = revisions.kept(engine)
    for revision in migrating.revisions()[1:]:
        (step,) = migrating.upgrade(engine, to=revision)
        assert step.revision == revision
        after = revisions.kept(engine)
        for name in before.keys() - REWRITTEN:
            columns = after[name][0].keys()
            wanted = [{c: row[c] for c in columns} for row in before[name]]
            assert after[name] == sorted(wanted, key=repr), f"{name} at {revision}"
    assert migrating.standing(engine).state == "ready"


def balance(engine: Engine, account: str, **where: object) -> int:
    """Sum the debits less the credits of an account, in fen."""
    limit = "".join(f" AND {name} = :{name}" for name in where)
    asked = text(
        "SELECT coalesce(sum(CASE WHEN debit = :account THEN amount_fen"
        " ELSE -amount_fen END), 0) FROM ledger"
        f" WHERE (debit = :account OR credit = :account){limit}"
    )
    with engine.connect() as connection:
        return int(connection.scalar(asked, {"account": account, **where}))


def test_the_old_ledger_becomes_transfers_that_explain_every_balance(upgraded):
    for person in revisions.ROWS["person"]:
        who = {"person_no": person["person_no"]}
        assert balance(upgraded, "personal_account", **who) == person["account_fen"]
    for year in revisions.ROWS["allowance"]:
        whose = {"person_no": year["person_no"], "year": year["year"]}
        assert -balance(upgraded, "fund", **whose) == year["fund_fen"]
        assert -balance(upgraded, "ordinary_fund", **whose) == year["ordinary_fund_fen"]
        assert balance(upgraded, "deductible", **whose) == year["deductible_fen"]


def test_what_the_patient_had_paid_is_in_the_till_or_with_the_courier(upgraded):
    posted = {
        row["tender"]: row["cash_fen"]
        for row in revisions.ROWS["settlement"]
        if row["state"] == "posted"
    }
    assert balance(upgraded, "mobile") == posted["mobile"]
    assert balance(upgraded, "courier") == posted["on_delivery"]
    assert (balance(upgraded, "cash"), balance(upgraded, "bank_card")) == (0, 0)
    assert balance(upgraded, "due") == 0


def test_what_was_settled_before_has_moved_the_stock(upgraded):
    packs = {}
    for line in revisions.ROWS["prescription_line"]:
        packs.setdefault(line["prescription_id"], []).append(line["quantity"])
    wanted = {"sold": 0, "sale_returned": 0}
    for row in revisions.ROWS["settlement"]:
        if row["state"] in {"posted", "reversing", "reversed"}:
            wanted["sold"] -= sum(packs[row["prescription_id"]])
        if row["state"] == "reversed":
            wanted["sale_returned"] += sum(packs[row["prescription_id"]])
    asked = text("SELECT kind, sum(quantity) FROM stock_movement GROUP BY kind")
    with upgraded.connect() as connection:
        assert dict(connection.execute(asked).all()) == wanted
    assert wanted["sold"] < 0 < wanted["sale_returned"]


def test_every_outlet_of_before_stands_in_its_cell(upgraded):
    with db.open_session(upgraded, read_only=True) as session:
        found = session.exec(select(OutletRow)).all()
        stamped = session.exec(select(NetworkStampRow.stamp)).first()
    assert found
    for row in found:
        assert row.pooling_area == row.area[:4]
        assert row.cell == cell_of(Point(row.lon, row.lat))
    with db.open_session(upgraded) as session:
        session.exec(update(OutletRow).values(cold_chain=True))
        session.commit()
        assert session.exec(select(NetworkStampRow.stamp)).first() != stamped


def test_who_broke_a_promise_before_is_judged_after_the_upgrade(upgraded):
    now = datetime(2025, 9, 16, tzinfo=CHINA)
    with db.open_session(upgraded) as session:
        judge_unjudged(session, now=now)
        found = judge_anew(session, now=now, mend=False)
        assert (found.orders, found.differences) == (2, ())
        asked = select(OrderRow.state).where(OrderRow.broken_by.is_not(None))
        assert session.exec(asked).all() == ["returned"]


def test_the_day_is_told_the_same_after_the_upgrade(upgraded):
    rows = [row for row in revisions.ROWS["settlement"] if row["state"] == "posted"]
    (day,) = {row["on"] for row in rows}
    with db.open_session(upgraded, read_only=True) as session:
        told = service.day_numbers(session, date.fromisoformat(day))
    assert told.settlements == {"posted": 2, "reversed": 2}
    assert told.total_fen == sum(row["total_fen"] for row in rows)
    assert told.fund_fen == sum(row["fund_fen"] for row in rows)
    assert told.cash_fen == sum(row["cash_fen"] for row in rows)


def test_a_draft_brings_the_tables_along(tmp_path):
    folder = tmp_path / "migrations"
    shutil.copytree(migrating.FOLDER, folder)
    for path in (folder / "versions").glob("*.py"):
        if path.name > "0005":
            path.unlink()
    path = migrating.draft("everything since", folder=folder)
    assert path.name == "0005_everything_since.py"
    engine = db.open_engine(f"sqlite:///{tmp_path}/drafted.db")
    steps = migrating.upgrade(engine, folder=folder)
    assert [step.about for step in steps][4:] == ["everything since"]
    assert migrating.unwritten(engine, folder=folder) == []
    engine.dispose()


def test_what_stood_plain_at_first_is_sealed_and_tells_the_same(upgraded, monkeypatch):
    names = {"registration", "assessment"}
    some = [each for each in resealing.tables() if each.name in names]
    monkeypatch.setattr(resealing, "tables", lambda: some)
    vault = Vault(b"k" * 32)
    with db.open_session(upgraded, read_only=True) as session, pytest.raises(KeyIsGone):
        registrations_in(session, vault, "")
    assert resealing.reseal(upgraded, vault, adopting=True) == sum(
        len(revisions.ROWS[name]) for name in names
    )
    with db.open_session(upgraded, read_only=True) as session:
        found = registrations_in(session, vault, "")
        answers = session.exec(select(AssessmentRow)).all()
        records = {row.id.hex: record_of(vault, row) for row in answers}
    assert sorted(
        (who, each.disease) for who, all_ in found.items() for each in all_
    ) == sorted(
        (it["person_no"], it["disease"]) for it in revisions.ROWS["registration"]
    )
    assert records == {
        UUID(it["id"]).hex: it["record"] for it in revisions.ROWS["assessment"]
    }
