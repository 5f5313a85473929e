"""The national messages over HTTP: two verdicts, a problem for what is no envelope."""

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlmodel import Session, func, select

from dispensing.tables import (
    EventRow,
    NationalReviewRow,
    NationalRxRow,
    PrescriptionLineRow,
    PrescriptionRow,
)
from fixtures import cast
from tests.intake import examples
from tests.intake.national_calls import add_key, sign_request

CODES = ("D001", "D002", "D003", "D004", "D005", "D006", "D007", "CFYYJG106")
INPUTS = {
    "D001": examples.RX,
    "D002": examples.EXAMPLES["sign_request"],
    "D003": examples.EXAMPLES["upload"],
    "D004": examples.REVOKE,
    "D005": examples.QUERY,
    "D006": examples.QUERY,
    "D007": examples.QUERY,
    "CFYYJG106": examples.REVIEW,
}
TABLES = (
    PrescriptionRow,
    PrescriptionLineRow,
    EventRow,
    NationalRxRow,
    NationalReviewRow,
)


def envelope(code, raw, **changes):
    """Put a message into its envelope."""
    return {
        "infno": code,
        "msgid": examples.MSGID,
        "mdtrtarea_admvs": "330302",
        "infver": "V1.0",
        "opter_type": "1",
        "opter": "S1",
        "opter_name": "王",
        "inf_time": "2025-09-15 12:00:00",
        "fixmedins_code": cast.HOSPITAL,
        "fixmedins_name": "鹿城区人民医院",
        "input": raw,
        **changes,
    }


def ask(program, code, raw, **changes):
    """Send a message; give the whole answer."""
    return program.post(f"/national/{code}", envelope(code, raw, **changes))


def done(program, code, raw, **changes):
    """Send a message that succeeds; give its data."""
    told = ask(program, code, raw, **changes)
    assert (told["infcode"], told["output"]["code"]) == (0, "0"), told
    return told["output"]["data"]


def rows(platform) -> int:
    """Count everything that a message might leave."""
    with Session(platform.app.extensions["engine"]) as session:
        return sum(
            session.exec(select(func.count()).select_from(table)).one()
            for table in TABLES
        )


def test_a_prescription_goes_all_the_way(platform):
    with Session(platform.app.extensions["engine"]) as session:
        add_key(session)
    hospital = platform.program("hospital")
    numbers = done(hospital, "D001", examples.RX)
    assert set(numbers) == {"rxTraceCode", "hiRxno", "rxDigest"}
    fields = examples.attested(
        rxTraceCode=numbers["rxTraceCode"], hiRxno=numbers["hiRxno"]
    )
    request = sign_request(fields) | {"originalRxFile": examples.PDF}
    answer = done(hospital, "D002", request)
    assert answer["rxFile"] == examples.PDF
    standing = done(hospital, "D003", {**fields, **answer})
    assert standing["rxStasName"] == "有效"
    query = {**examples.QUERY, "hiRxno": numbers["hiRxno"]}
    assert done(hospital, "D005", query)["hospRxno"] == examples.RX["hospRxno"]
    told = {**examples.REVIEW["rx_chk_up_info"], "hi_rxno": numbers["hiRxno"]}
    pharmacy = platform.program("counter")
    done(
        pharmacy,
        "CFYYJG106",
        {"rx_chk_up_info": told},
        fixmedins_code=cast.LUCHENG_PHARMACY,
    )
    assert done(hospital, "D006", query)["rxChkStasCodg"] == "1"
    assert done(hospital, "D007", query)["rxUsedStasCodg"] == "0"
    undo = {**examples.REVOKE, "hiRxno": numbers["hiRxno"]}
    assert done(hospital, "D004", undo)["rxStasCodg"] == "3"


def test_an_answer_names_its_message(platform):
    told = ask(platform.program("hospital"), "D001", examples.rx(rxTypeCode="42"))
    assert told["infcode"] == 0
    assert len(told["refmsg_time"]) == len(told["respond_time"]) == 17
    assert len(told["inf_refmsgid"]) == 30
    assert "rxTypeCode" in told["warn_msg"]


def test_a_business_refusal_is_told_inside_the_envelope(platform):
    told = ask(platform.program("hospital"), "D001", examples.rx(valiDays="x"))
    assert told["infcode"] == 0
    assert told["output"]["code"] == "malformed"
    assert told["output"]["errors"][0]["where"] == "valiDays"
    told = ask(platform.program("hospital"), "D001", examples.rx(rxTypeCode="7"))
    assert told["output"]["code"] == "forbidden-kind"
    assert "第六十一条" in told["output"]["message"]
    assert rows(platform) == 0


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"infno": "D005"}, "infno"),
        ({"infno": None}, "infno"),
        ({"msgid": ""}, "msgid"),
        ({"msgid": "x" * 31}, "msgid"),
        ({"fixmedins_code": cast.COMMUNITY_CENTRE}, "fixmedins_code"),
        ({"inf_time": "yesterday"}, "inf_time"),
    ],
)
def test_an_envelope_that_is_not_right_is_not_taken(platform, change, named):
    told = ask(platform.program("hospital"), "D001", examples.RX, **change)
    assert told["infcode"] == -1
    assert named in told["err_msg"]
    assert "output" not in told and rows(platform) == 0


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"{", 400),
        (b'{"input":', 400),
        (b"[]", 422),
        (b"{}", 422),
        (b'{"input": 1}', 422),
        (b'{"input": {}, "input": {}}', 400),
        (b'{"input": {"a": NaN}}', 400),
        (b'{"input": {"a": 1e999}}', 400),
        (b'{"input": ' + b"[" * 100_000, 400),
        (b'{"input": {"a":' * 30 + b"1" + b"}" * 60, 400),
        (b'{"input": {"a": "\\u0000"}}', 400),
        (b'{"input": {"a": "' + b"x" * 3_000_000 + b'"}}', 413),
    ],
)
def test_what_is_no_envelope_gets_a_problem(platform, body, status):
    answer = platform.program("hospital").ask(
        "POST", "/national/D001", data=body, content_type="application/json"
    )
    assert answer.status_code == status
    assert answer.content_type == "application/problem+json"
    assert rows(platform) == 0


def test_there_is_no_transaction_of_another_name(platform):
    sent = envelope("D999", {})
    answer = platform.program("hospital").ask("POST", "/national/D999", sent)
    assert answer.status_code == 404


def test_each_role_has_its_own_transactions(platform):
    for name, code in (("counter", "D001"), ("hospital", "CFYYJG106")):
        subject = cast.LUCHENG_PHARMACY if name == "counter" else cast.HOSPITAL
        told = ask(platform.program(name), code, INPUTS[code], fixmedins_code=subject)
        assert told["output"]["code"] == "not-found"
    answer = platform.program("alice").ask("POST", "/national/D001", {"input": {}})
    assert answer.status_code == 403


def test_a_file_of_a_megabyte_is_read(platform):
    big = examples.sign_request(examples.ATTESTED, signDigest="s", signCertSn="k")
    big["originalRxFile"] = "JVBERi0x" + "AAAA" * 330_000
    told = ask(platform.program("hospital"), "D002", big)
    assert told["output"]["code"] == "not-found"


# --- by chance

JUNK = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=20)
    | st.just("x" * 5000),
    lambda part: (
        st.lists(part, max_size=4)
        | st.dictionaries(st.text(max_size=8), part, max_size=4)
    ),
    max_leaves=12,
)


def paths(value, here=()):
    """Walk to every place in a message."""
    yield here
    inner = value.items() if isinstance(value, dict) else ()
    inner = enumerate(value) if isinstance(value, list) else inner
    for name, part in inner:
        yield from paths(part, (*here, name))


def mutated(raw, path, value):
    """Copy a message with one place replaced."""
    if not path:
        return value
    copy = json.loads(json.dumps(raw))
    inner = copy
    for name in path[:-1]:
        inner = inner[name]
    inner[path[-1]] = value
    return copy


@pytest.mark.parametrize("code", CODES)
def test_whatever_is_sent_gets_a_typed_answer_and_leaves_nothing_half_done(
    platform, code
):
    name = "counter" if code == "CFYYJG106" else "hospital"
    program = platform.program(name)
    subject = cast.LUCHENG_PHARMACY if name == "counter" else cast.HOSPITAL
    whole = envelope(code, INPUTS[code], fixmedins_code=subject)
    places = [path for path in paths(whole) if path]

    @given(place=st.sampled_from(places), junk=JUNK, alone=st.booleans())
    @settings(
        max_examples=70,
        deadline=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
        database=None,
    )
    def examine(place, junk, alone):
        before = rows(platform)
        sent = junk if alone else mutated(whole, place, junk)
        body = json.dumps(sent).encode("utf-8", "surrogatepass")
        answer = program.ask(
            "POST", f"/national/{code}", data=body, content_type="application/json"
        )
        after = rows(platform)
        if answer.status_code != 200:
            assert answer.status_code in {400, 413, 422}, answer.text
            assert answer.content_type == "application/problem+json"
            assert after == before
            return
        told = answer.json
        assert told["infcode"] in {0, -1}
        fine = told["infcode"] == 0 and told["output"]["code"] == "0"
        assert fine or after == before

    examine()
