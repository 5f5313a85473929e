"""The files of a day: the till's own, and the platform's lines and answers."""

from contextlib import closing
from dataclasses import replace
from datetime import date
from sqlite3 import connect

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispensing.gateway import Charge
from dispensing.gateway.sandbox import SandboxGateway
from dispensing.gateway.statements import (
    EQUAL,
    OURS_ONLY,
    THEIRS_ONLY,
    UNLIKE,
    Answer,
    BadStatement,
    Entry,
    Sums,
    read_answer,
    read_lines,
    write_answer,
    write_lines,
)
from dispensing.reconcile import BadTillFile, TillLine, read_till_file
from dispensing.reconcile.till_file import BYTES_MAX
from tests.world import DAY, NOON

SHOP = "P33030200001"
ENTRY = Entry("M1", "I000000001", "resident", False, 1260, 441, 0, "SM1")
LINE = TillLine(2, "M1", "cash", 1260)


@pytest.mark.parametrize(
    "text",
    [
        "报文号,收款方式,金额\nM1,现金,12.60\n",
        "金额;报文号;支付方式\n12.60;M1;现金\n",
        "msgid\tmethod\tamount\tcashier\nM1\tcash\t12.60\t叶\n",
        "\ufeff MsgID , Method , Amount \r\n 'M1 , CASH , ¥12.60 元\r\n合计,,12.60\r\n",
        '流水号,收款方式,实收金额,类型\nM1,现金,"12.60",收款\n\n',
    ],
)
def test_a_till_file_is_read_as_tills_write_it(text):
    assert read_till_file(text.encode()) == (LINE,)
    assert read_till_file(text.replace("\ufeff", "").encode("gb18030")) == (LINE,)


def test_a_refund_is_below_nothing_with_or_without_its_minus():
    head = "报文号,收款方式,金额,类型\n"
    text = f'{head}M1,微信,-1260.00,退款\nM1,微信,"1,260.00",退款\n'
    first, second = read_till_file(text.encode())
    assert (first.amount_fen, second.amount_fen) == (-126_000, -126_000)
    assert first.method == "mobile"


def test_every_faulty_line_is_named_with_what_was_expected():
    text = "报文号,收款方式,金额,类型\nM1,支票,1.00,收款\n,现金,1.005,收款\nM1,现金,1,借款\n"
    with pytest.raises(BadTillFile) as raised:
        read_till_file(text.encode())
    told = [(one.line_no, one.column) for one in raised.value.faults]
    assert told == [(2, "method"), (3, "msgid"), (3, "amount"), (4, "type")]
    assert "expected 收款 or 退款" in str(raised.value)


@pytest.mark.parametrize(
    ("raw", "column"),
    [
        (b"", "file"),
        (b"\n\n", "file"),
        (b"a,b,c\n1,2,3\n", "msgid"),
        ("报文号,金额\nM1,1.00\n".encode(), "method"),
        (b"\xff\xff\xff", "file"),
        (b"x" * (BYTES_MAX + 1), "file"),
        (b'msgid,method,amount\n"M1,cash,1.00\n"', "method"),
    ],
)
def test_a_file_that_is_none_is_refused(raw, column):
    with pytest.raises(BadTillFile) as raised:
        read_till_file(raw)
    assert raised.value.faults[0].column == column


@given(st.binary(max_size=300))
def test_whatever_is_sent_is_read_or_refused(raw):
    try:
        read_till_file(raw)
    except BadTillFile as error:
        assert error.faults


entries = st.builds(
    Entry,
    msgid=st.from_regex(r"[A-Z0-9]{1,30}", fullmatch=True),
    person_no=st.from_regex(r"I[0-9]{9}", fullmatch=True),
    scheme=st.sampled_from(["resident", "employee"]),
    refund=st.booleans(),
    total_fen=st.integers(-(10**9), 10**9),
    fund_fen=st.integers(-(10**9), 10**9),
    account_fen=st.integers(-(10**9), 10**9),
    setl_id=st.from_regex(r"S[0-9]{0,20}", fullmatch=True),
)


@given(st.lists(entries), st.sampled_from([THEIRS_ONLY, OURS_ONLY, UNLIKE]))
def test_what_is_written_is_read_back(some, verdict):
    without_scheme = tuple(replace(one, scheme="") for one in some)
    assert read_lines(write_lines(some)) == without_scheme
    answers = tuple(Answer(verdict, one, "note") for one in some)
    assert read_answer(write_answer(answers)) == answers


def test_a_line_has_eight_columns_and_an_answer_eleven():
    cells = write_lines([ENTRY]).rstrip("\n").split("\t")
    assert len(cells) == 8
    assert (cells[0], cells[1]) == ("SM1", "null")
    assert cells[3:7] == ["12.60", "4.41", "0.00", "0"]
    assert len(write_answer([Answer(UNLIKE, ENTRY)]).split("\t")) == 11


@pytest.mark.parametrize(
    "text",
    [
        "too\tfew",
        "\t".join(["I1", "null", "S1", "M1", "999999", "0", "x", "1", "1", "1", "390"]),
        "\t".join(["I1", "null", "S1", "M1", "000103", "0", "x", "?", "1", "1", "390"]),
    ],
)
def test_an_answer_that_is_none_names_its_line(text):
    with pytest.raises(BadStatement, match="line 1"):
        read_answer(text)


def charge(msgid: str, scheme: str = "resident") -> Charge:
    return Charge(
        msgid=msgid,
        person_no="I000000001",
        scheme=scheme,
        outlet_code=SHOP,
        total_fen=1260,
        fund_fen=441,
        account_fen=100,
        mutual_aid_fen=19,
        at=NOON,
    )


def sums(count: int, fen: tuple[int, int, int], scheme: str = "resident") -> Sums:
    return Sums(SHOP, scheme, DAY, DAY, count, *fen)


def test_the_stand_in_compares_sums_with_aid_as_part_of_the_account():
    platform = SandboxGateway(":memory:")
    platform.charge(charge("M1"))
    platform.charge(charge("M2", "employee"))
    assert platform.compare_sums(sums(1, (1260, 441, 119))) == EQUAL
    assert platform.compare_sums(sums(1, (1260, 441, 119), "employee")) == EQUAL
    assert platform.compare_sums(sums(1, (1260, 440, 119))) == UNLIKE
    assert platform.compare_sums(sums(2, (2520, 882, 238))) == OURS_ONLY
    assert platform.compare_sums(sums(0, (0, 0, 0))) == THEIRS_ONLY
    platform.reverse("M1", NOON)
    assert platform.compare_sums(sums(2, (0, 0, 0))) == EQUAL


def test_a_number_that_was_only_barred_is_on_no_day():
    platform = SandboxGateway(":memory:")
    platform.reverse("M1", NOON)
    assert platform.compare_sums(sums(0, (0, 0, 0))) == EQUAL
    assert platform.compare_lines(SHOP, "resident", DAY, "") == ""


def test_a_file_from_before_the_statements_is_brought_along(tmp_path):
    path = tmp_path / "platform.db"
    with closing(connect(path)) as books, books:
        books.execute(
            "CREATE TABLE charge (msgid TEXT PRIMARY KEY, person_no TEXT NOT NULL,"
            " outlet_code TEXT NOT NULL, total_fen INTEGER NOT NULL,"
            " fund_fen INTEGER NOT NULL, account_fen INTEGER NOT NULL,"
            " state TEXT NOT NULL)"
        )
        number = f"{SHOP}202509151200000001"
        row = (number, "I000000001", SHOP, 1260, 441, 0, "booked")
        books.execute("INSERT INTO charge VALUES (?, ?, ?, ?, ?, ?, ?)", row)
    platform = SandboxGateway(path)
    found = platform.query(number)
    assert found is not None and found.on == date(2025, 9, 15)
    assert SandboxGateway(path).compare_sums(sums(1, (1260, 441, 0))) == EQUAL
