"""Files of papers and drug lists are entered whole or not at all, as text or as workbooks."""

from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy import text

from pharmacies import register_service as register
from pharmacies import service
from pharmacies.catalogue.said import BadFile
from tests.pharmacies.network import AMLODIPINE, COLD_FIRM, PHARMACY
from tests.pharmacies.test_gaps import AT, CHAIN, ENTERED, LIST, enter_lists
from tests.pharmacies.workbooks import workbook

HEAD = "holder,kind,number,begins,ends\n"
ROW = f"{COLD_FIRM.code},cold_chain,冷002,2025-10-01,2026-09-30\n"
LIST_HEAD = "chain,published_on,medicine\n"


@pytest.fixture
def sqlite_network(sqlite_engine):
    from web import db

    with db.open_session(sqlite_engine) as session:
        service.add_outlets(session, [PHARMACY])
        service.add_medicines(session, [AMLODIPINE])
        service.add_carriers(session, [COLD_FIRM])
        yield session


def enter(session, raw, kind="papers", dry_run=False):
    data = raw if isinstance(raw, bytes) else raw.encode()
    return register.import_file(session, kind, data, entered=ENTERED, dry_run=dry_run)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_a_file_of_papers_is_entered_once(sqlite_network, encoding):
    raw = (HEAD + ROW).encode(encoding)
    tried = enter(sqlite_network, raw, dry_run=True)
    assert (tried.written, tried.count("new")) == (False, 1)
    assert register.qualifications(sqlite_network) == ()
    assert enter(sqlite_network, raw).written
    again = enter(sqlite_network, raw)
    assert (again.written, again.count("same")) == (False, 1)
    (paper,) = register.qualifications(sqlite_network)
    assert (paper.number, paper.ends) == ("冷002", date(2026, 9, 30))


def test_a_workbook_is_entered_like_a_text_file(sqlite_network):
    """Days are what a table program keeps of them: 45931 is 2025-10-01."""
    row = [COLD_FIRM.code, "cold_chain", "冷002", 45931, "2026/9/30"]
    raw = workbook([HEAD.strip().split(","), row])
    assert enter(sqlite_network, raw).written
    again = enter(sqlite_network, (HEAD + ROW).encode())
    assert (again.written, again.count("same")) == (False, 1)


def test_what_is_entered_stands_on_the_audit_chain(sqlite_network):
    """Whoever enters a paper or a list is named; a list is one record."""
    from dispensing import service as dispensing

    more = replace(AMLODIPINE, code="XC08CAA098A001010100864")
    service.add_medicines(sqlite_network, [more])
    enter(sqlite_network, HEAD + ROW)
    names = (AMLODIPINE.code, more.code)
    rows = "".join(f"{CHAIN},2025-09-01,{code}\n" for code in names)
    enter(sqlite_network, LIST_HEAD + rows, "lists")
    asked = text("SELECT kind, who, subject FROM audit_record ORDER BY id")
    told = sqlite_network.connection().execute(asked).all()
    assert [(one.kind, one.who) for one in told] == [
        ("paper.cold_chain", "bureau-1"),
        ("drug_list", "bureau-1"),
    ]
    assert told[1].subject == "1,2"
    checked = dispensing.verify(sqlite_network, now=AT)
    assert checked.whole and checked.waiting == 2


def test_a_list_is_entered_and_stays_as_it_was_published(sqlite_network):
    raw = f"{LIST_HEAD}{CHAIN},2025-09-01,{AMLODIPINE.code}\n"
    assert enter(sqlite_network, raw, "lists").written
    assert [it.medicines for it in register.drug_lists(sqlite_network)] == [
        frozenset({AMLODIPINE.code})
    ]
    assert enter(sqlite_network, raw, "lists").count("same") == 1


def test_one_bad_row_keeps_the_whole_file_out(sqlite_network):
    good = ROW.replace("冷002", "冷003")
    for row, said in (
        (ROW.replace(COLD_FIRM.code, "C999999999"), "no such delivery firm"),
        (ROW.replace("cold_chain", "frozen"), "expected kind"),
        (ROW.replace("2026-09-30", "2025-09-30"), "ends before it begins"),
        (ROW.replace("2025-10-01", "2025-13-01"), "begins '2025-13-01' is no day"),
        (ROW.replace("冷002", "=1+1"), "number looks like a formula"),
        (ROW.rsplit(",", 1)[0] + "\n", "ends is empty"),
        (ROW.replace("冷002", ""), "number is empty"),
        (ROW.replace("冷002", "冷\x07"), "hidden or broken"),
        (ROW + ROW, "the same as line 3"),
        ("没有这家,framework,1,2025-10-01,2025-10-02\n", "no such chain"),
    ):
        told = enter(sqlite_network, HEAD + good + row)
        assert not told.written and register.qualifications(sqlite_network) == ()
        (bad,) = [fate for fate in told.fates if fate.outcome == "refused"]
        assert said in bad.why_en and bad.why_zh, row


def test_a_bad_row_of_a_list_is_told(sqlite_network):
    for row, said in (
        (f"没有,2025-09-01,{AMLODIPINE.code}\n", "no such chain"),
        (f"{CHAIN},2025-09-01,X\n", "no such medicine"),
    ):
        (fate,) = enter(sqlite_network, LIST_HEAD + row, "lists").fates
        assert said in fate.why_en, row


def test_a_published_list_is_not_added_to(sqlite_network):
    network = sqlite_network
    enter_lists(network, [LIST])
    more = replace(AMLODIPINE, code="XC08CAA098A001010100864")
    service.add_medicines(network, [more])
    raw = f"{LIST_HEAD}{CHAIN},{LIST.published_on},{more.code}\n"
    (fate,) = enter(network, raw, "lists").fates
    assert "use a later day" in fate.why_en


def test_what_is_no_table_of_papers_is_refused_in_one_sentence(sqlite_network):
    for raw in (
        b"",
        b"a,b\n1,2\n",
        b"\xff\xfe\x00\x01",
        b"PK\x03\x04 broken",
        b"\xd0\xcf\x11\xe0 of old",
        (HEAD + "a,b,c,d,e,f\n").encode(),
        (HEAD + '"a,b\n').encode(),
        b"x" * (4 * 1024 * 1024 + 1),
    ):
        with pytest.raises(BadFile) as refused:
            enter(sqlite_network, raw)
        assert refused.value.said.zh.endswith("。") and str(refused.value), raw[:20]
