"""GS1 strings as scanners type them and as people read them."""

import re
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pharmacies.gs1 import (
    FNC1,
    TRACE_IN_LABEL,
    Label,
    NotGs1,
    is_label,
    read_label,
    trace_code_on,
)

GTIN = "06901234567892"
TRACE = "80000000000000000001"
WHOLE = Label(GTIN, "A1-7", date(2027, 1, 31), TRACE)


@pytest.mark.parametrize(
    "text",
    [
        f"(01){GTIN}(17)270131(10)A1-7(21){TRACE}",
        f"(01) {GTIN} (17) 270131 (10) A1-7 (21) {TRACE}",
        f"(21){TRACE}(10)A1-7(17)270100(01){GTIN}",
        f"01{GTIN}1727013110A1-7{FNC1}21{TRACE}",
        f"01{GTIN}1727013110A1-7\u241d21{TRACE}",
        f"{FNC1}01{GTIN}21{TRACE}{FNC1}1727013110A1-7",
        f"]d201{GTIN}1727013110A1-7{FNC1}21{TRACE}\r",
        f"]C101{GTIN}1125010117270131{FNC1}10A1-7{FNC1}21{TRACE}{FNC1}",
    ],
)
def test_the_same_box_reads_the_same_however_it_is_typed(text):
    assert read_label(text) == WHOLE
    assert is_label(text)
    assert trace_code_on(text) == by_script(text) == TRACE


def by_script(text):
    """Find the trace code as a script does, which has taken off what stands around."""
    bare = re.sub(r"^\][A-Za-z][0-9A-Za-z]", "", text.strip(" \r"))
    found = re.search(TRACE_IN_LABEL, bare)
    return found and (found[1] or found[2])


@given(
    st.permutations(
        [
            f"01{GTIN}",
            "17270131",
            "11250121",
            f"10A21{FNC1}",
            f"30{TRACE[:8]}{FNC1}",
            f"21{TRACE}{FNC1}",
        ]
    ),
    st.integers(0, 5),
)
def test_a_script_finds_what_is_read_and_nothing_else(parts, kept):
    text = "".join(parts[: kept + 1])
    assert by_script(text) == trace_code_on(text)
    assert trace_code_on(text) == (TRACE if f"21{TRACE}" in text else None)


@pytest.mark.parametrize(
    "text", [f"01{GTIN}21A1", f"01{GTIN}10{TRACE}", TRACE, "", "21"]
)
def test_a_box_whose_serial_is_no_trace_code_gives_none(text):
    assert trace_code_on(text) is None
    assert by_script(text) is None


def test_a_batch_in_the_middle_ends_at_its_separator():
    assert read_label(f"10A117{FNC1}17270228").batch == "A117"
    assert read_label(f"01{GTIN}10A117").expires_on is None


def test_day_zero_is_the_last_of_its_month():
    assert read_label("(17)280200").expires_on == date(2028, 2, 29)


@pytest.mark.parametrize(
    "text",
    [
        *("", "20250801", TRACE, "A1", "(01)", "(10)", "x(10)A1", "(10)A1)("),
        "01690123456789",  # too short
        "(01)06901234567893",  # check digit
        *("(17)271301", "(17)270230", "(17)27013", "(10)A1(10)B2"),
        "(10)" + "A" * 21,
        "(10)批号",
        f"99{GTIN}",
    ],
)
def test_what_is_no_gs1_string_is_told(text):
    with pytest.raises(NotGs1):
        read_label(text)
    assert not is_label(text)
