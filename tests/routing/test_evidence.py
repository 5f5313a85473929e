"""A file of evidence holds as it was written, and as nothing else."""

import json
from dataclasses import replace
from datetime import datetime, timedelta
from io import BytesIO
from zipfile import ZIP_DEFLATED, ZipFile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispensing.days import CHINA
from dispensing.signing import ED25519, SM2, jws, signing_key
from routing.evidence import KIND, NotGenuine, headline, pack, readings_csv, verify

KEY = signing_key(ED25519, b"k" * 32)
KEYS = {KEY.public.key_id: KEY.public}
AS_OF = datetime(2025, 9, 15, 14, 31, tzinfo=CHINA)
RECORD = {
    "as_of": AS_OF.isoformat(),
    "order": {"id": "order-1", "carrier": {"code": "C330300001", "name": "安达"}},
}
FILES = {
    "readings.csv": readings_csv([("2025-09-15T14:02:00+08:00", -5, "door", "")]),
    "proof-1.jpg": b"\xff\xd8\xff",
}
RAW = pack(RECORD, FILES, KEY)


def refused(raw: bytes, keys=KEYS) -> str:
    with pytest.raises(NotGenuine) as raised:
        verify(raw, keys)
    return raised.value.reason


def zipped(files: dict[str, bytes], **how: int) -> bytes:
    made = BytesIO()
    with ZipFile(made, "w", **how) as archive:
        for name, raw in files.items():
            archive.writestr(name, raw)
    return made.getvalue()


def unzipped() -> dict[str, bytes]:
    with ZipFile(BytesIO(RAW)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_the_same_facts_are_the_same_bytes_and_hold():
    assert (
        pack(dict(reversed(RECORD.items())), dict(reversed(FILES.items())), KEY) == RAW
    )
    found = verify(RAW, KEYS)
    assert found.record["order"] == RECORD["order"]
    assert found.files == ("proof-1.jpg", "readings.csv")
    assert "安达" in headline(found.record).zh


def test_readings_are_written_with_one_decimal():
    assert FILES["readings.csv"].decode().splitlines() == [
        "at,temperature_c,source,logger",
        "2025-09-15T14:02:00+08:00,-0.5,door,",
    ]


def test_a_file_signed_by_the_national_algorithm_holds():
    key = signing_key(SM2, b"k" * 32)
    raw = pack(RECORD, FILES, key)
    assert verify(raw, {key.public.key_id: key.public}).key == key.public


@given(st.integers(0, len(RAW) - 1), st.integers(1, 255))
def test_no_byte_can_be_changed(at, by):
    changed = bytearray(RAW)
    changed[at] ^= by
    assert refused(bytes(changed)) in {"altered", "not_evidence", "unknown_key"}


@pytest.mark.parametrize(
    "change",
    [
        lambda files: files | {"proof-1.jpg": b"another"},
        lambda files: files | {"more.txt": b"more"},
        lambda files: {k: v for k, v in files.items() if k != "proof-1.jpg"},
        lambda files: files | {"evidence.json": files["evidence.json"] + b" "},
        lambda files: files | {"evidence.jws": jws(b"{}", KEY, KIND).encode()},
        lambda files: (
            files
            | {
                "evidence.jws": jws(
                    files["evidence.json"], KEY, "yaoda-receipt"
                ).encode()
            }
        ),
        lambda files: dict(files),  # the same, but put together by somebody else
    ],
    ids=["swapped", "added", "taken", "spaced", "other", "receipt", "repacked"],
)
def test_what_was_put_together_otherwise_is_refused(change):
    assert refused(zipped(change(unzipped()))) == "altered"


def test_what_is_no_evidence_is_said_so():
    assert refused(b"") == refused(b"PK\x03\x04nonsense") == "not_evidence"
    assert refused(zipped({"a.txt": b"a"})) == "not_evidence"
    assert refused(zipped(unzipped(), compression=ZIP_DEFLATED)) == "altered"
    assert refused(RAW + b"more") in {"altered", "not_evidence"}


def test_an_unknown_key_and_one_that_had_ended_are_refused():
    assert refused(RAW, {}) == "unknown_key"
    ended = replace(KEY.public, valid_until=AS_OF)
    assert refused(RAW, {ended.key_id: ended}) == "key_outside_validity"
    later = replace(KEY.public, valid_from=AS_OF + timedelta(days=9))
    assert verify(RAW, {later.key_id: later})


def test_a_record_without_its_parts_is_refused():
    files = unzipped()
    record = json.loads(files["evidence.json"])
    del record["as_of"]
    raw = pack(
        {k: v for k, v in record.items() if k not in ("files", "format")}, FILES, KEY
    )
    assert refused(raw) == "altered"
