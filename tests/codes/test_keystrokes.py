"""A scanner's keystrokes made whole: by a table, by chance, and never by guessing."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispensing import access, insurance_code
from dispensing.codes import keystrokes
from dispensing.codes.keystrokes import Scan

NOW = datetime(2025, 9, 15, 4, 0, tzinfo=UTC)
CODE, _ = insurance_code.issue(
    b"k" * 32,
    person_no="I000000001",
    purpose="settle",
    outlet_code="P33030200001",
    now=NOW,
)
ACCESS = access.new_code()
TRACE = "80000000000000000017"
RX = "0b9f6c1e-4d3a-4c55-9d7e-2f0a1b3c4d5e"
WHOLE = {
    CODE: "insurance_code",
    ACCESS: "access_code",
    TRACE: "trace_code",
    RX: "prescription_id",
    "33030219560312401X": "id_number",
    "H33030200001-20250915-0001": "text",
}
ENDS = {"cr": "\r", "crlf": "\r\n", "tab": "\t", "nothing": "", "spaces": "  "}
AIM = {"qr": "]Q3", "code128": "]C1", "qr1": "]Q1", "none": ""}


def full_width(text: str) -> str:
    """Type as an input method does that is not switched off."""
    return "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in text)


@pytest.mark.parametrize("end", ENDS)
@pytest.mark.parametrize("prefix", AIM)
@pytest.mark.parametrize(("text", "kind"), WHOLE.items(), ids=WHOLE.values())
def test_what_a_scanner_adds_is_taken_off(text, kind, prefix, end):
    assert keystrokes.read(AIM[prefix] + text + ENDS[end]) == Scan(text, kind)
    typed = full_width(AIM[prefix] + text) + ENDS[end]
    assert keystrokes.read(typed) == Scan(text, kind)


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        (CODE.swapcase(), Scan(CODE, "insurance_code")),
        (full_width(CODE.swapcase()), Scan(CODE, "insurance_code")),
        (CODE.lower(), Scan(CODE.lower(), "insurance_code", "case_lost")),
        (CODE.upper(), Scan(CODE.upper(), "insurance_code", "case_lost")),
        (CODE[:30], Scan(CODE[:30], "insurance_code", "truncated")),
        (ACCESS.lower(), Scan(ACCESS, "access_code")),
        (ACCESS.swapcase(), Scan(ACCESS, "access_code")),
        (access.grouped(ACCESS), Scan(ACCESS, "access_code")),
        (ACCESS[:-3], Scan(ACCESS[:-3], "access_code", "truncated")),
        (RX.upper(), Scan(RX, "prescription_id")),
        ("33030219560312401x", Scan("33030219560312401X", "id_number")),
        (TRACE + "\x1d", Scan(TRACE, "trace_code")),
        (TRACE * 2, Scan(TRACE, "trace_code")),
        (CODE * 2, Scan(CODE, "insurance_code")),
        (f"{ACCESS}\r{ACCESS}", Scan(ACCESS, "access_code")),
        ("ABAB", Scan("ABAB", "text")),
        (
            "７０００００００００００００００００１７",
            Scan("7" + "0" * 17 + "17", "text"),
        ),
        ("", Scan("", "text")),
    ],
    ids=map(str, range(15)),
)
def test_what_a_keyboard_did_is_undone_where_nothing_is_guessed(typed, read):
    assert keystrokes.read(typed) == read


@given(st.text(max_size=400))
def test_any_keys_are_read_to_plain_text(keys):
    scan = keystrokes.read(keys)
    assert not any(ord(sign) < 0x20 for sign in scan.text)
    assert keystrokes.read(scan.text).kind == scan.kind or scan.kind == "text"


@given(st.binary(min_size=17, max_size=17))
def test_every_access_code_survives_small_letters_and_groups(seed):
    body = "".join(access.SIGNS[byte & 31] for byte in seed) + access.SIGNS[0] * 9
    code = access.PREFIX + body + access._check(body)
    assert access.read_code(access.grouped(code).lower()) == code


@pytest.mark.parametrize(
    ("scans", "kept"),
    [
        ([(0, "A"), (999, "A")], ("A",)),
        ([(0, "A"), (1000, "A")], ("A", "A")),
        ([(0, "A"), (600, "A"), (1300, "A")], ("A",)),
        ([(0, "A"), (100, "B"), (200, "A")], ("A", "B")),
        ([], ()),
    ],
)
def test_what_is_read_again_within_a_second_is_one_scan(scans, kept):
    assert keystrokes.without_doubles(scans) == kept
