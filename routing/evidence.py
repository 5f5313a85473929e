"""The evidence of one delivery (配送证据): one signed file of what was recorded, with its proofs.

A ZIP with the record as canonical JSON, its signature, and beside it the readings as CSV, the
pictures and a page to read; the record names each of them by its sha256. The bytes are the same
for the same facts: names in order, no clock, nothing deflated. Pure; no database is asked.
"""

import csv
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO, StringIO
from typing import Any
from zipfile import ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from dispensing.errors import NotTrue, Words
from dispensing.receipts.verify import REASONS as OF_RECEIPTS
from dispensing.signing import (
    PublicKey,
    SigningKey,
    canonical,
    jws,
    jws_key_id,
    jws_verifies,
)
from pharmacies.table_cells import cells

FORMAT = "yaoda-evidence-1"
KIND = "yaoda-evidence"  # a signature of evidence is no signature of a receipt
RECORD, SIGNATURE = "evidence.json", "evidence.jws"
READINGS, PAGE = "readings.csv", "evidence.html"
BYTES_MAX = 64 * 1024 * 1024
FILES_MAX = 64
Keys = Mapping[str, PublicKey]

REASONS = {
    "not_evidence": Words(
        "这不是药达的配送证据文件。",
        "This is no evidence file of Yaoda.",
        "请选择下载的 ZIP 文件，不要解开。",
        "Choose the ZIP file as it was downloaded, not unpacked.",
    ),
    "altered": Words(
        "文件被改动过：内容与签名或摘要不符。",
        "The file was altered: what it holds does not fit its signature or its digests.",
        "请不要采信，并重新向出具的平台下载。",
        "Do not rely on it; download it again from the platform.",
    ),
    "unknown_key": OF_RECEIPTS["unknown_key"],
    "key_outside_validity": Words(
        "文件里的记录晚于签名密钥的末日。",
        "It tells of what happened after its key had ended.",
        "请不要采信，并联系平台运营方。",
        "Do not rely on it; ask the operator of the platform.",
    ),
}


class NotGenuine(NotTrue):
    """Evidence that does not hold; `reason` is a key of REASONS."""

    reasons = REASONS


@dataclass(frozen=True, slots=True)
class Genuine:
    """Evidence that holds: what it says, its key, and the names of what lies beside it."""

    record: Mapping[str, Any]
    key: PublicKey
    files: tuple[str, ...]


def pack(
    record: Mapping[str, Any], files: Mapping[str, bytes], key: SigningKey
) -> bytes:
    """Write and sign the evidence of a delivery; `as_of` of the record is its last fact."""
    digests = {name: hashlib.sha256(raw).hexdigest() for name, raw in files.items()}
    said = {**record, "format": FORMAT, "files": digests}
    raw = canonical(said)
    signed = jws(raw, key, KIND).encode()
    return _zipped({**files, RECORD: raw, SIGNATURE: signed})


def verify(raw: bytes, keys: Keys) -> Genuine:
    """Check a file by the list of public keys alone, or raise NotGenuine."""
    found = _unzipped(raw)
    said, signed = found.pop(RECORD), found.pop(SIGNATURE)
    try:
        record = json.loads(said)
        token = signed.decode("ascii")
        key = _key(jws_key_id(token), keys)
        holds = canonical(record) == said and jws_verifies(said, token, key, KIND)
        digests = {name: hashlib.sha256(raw).hexdigest() for name, raw in found.items()}
        as_of = datetime.fromisoformat(record["as_of"])
        holds = holds and record["format"] == FORMAT and record["files"] == digests
    except (
        ValueError,
        LookupError,
        TypeError,
        AttributeError,
        RecursionError,
    ) as error:
        raise NotGenuine("altered") from error
    if not holds:
        raise NotGenuine("altered")
    # The same facts are signed again whenever somebody asks: a key that is younger may.
    if key.valid_until is not None and as_of >= key.valid_until:
        raise NotGenuine("key_outside_validity")
    return Genuine(record, key, tuple(sorted(found)))


def readings_csv(readings: Sequence[tuple[str, int, str, str]]) -> bytes:
    """Write readings as CSV: instant, degrees Celsius with one decimal, source, logger."""
    text = StringIO()
    write = csv.writer(text, lineterminator="\r\n")
    write.writerow(("at", "temperature_c", "source", "logger"))
    for at, dc, source, logger in readings:
        whole, part = divmod(abs(dc), 10)
        degrees = f"{'-' if dc < 0 else ''}{whole}.{part}"
        write.writerow(cells(at, degrees, source, logger))
    return text.getvalue().encode()


def headline(record: Mapping[str, Any]) -> Words:
    """Say in one line what a genuine file is."""
    order, at = record["order"], record["as_of"]
    return Words(
        f"真实的药达配送证据：配送单 {order['id']}，{order['carrier']['name']}，"
        f"记录到 {at}。",
        f"Genuine evidence of Yaoda: order {order['id']}, carrier"
        f" {order['carrier']['code']}, recorded up to {at}.",
    )


def _zipped(files: Mapping[str, bytes]) -> bytes:
    made = BytesIO()
    with ZipFile(made, "w", ZIP_STORED) as archive:
        for name in sorted(files):
            info = ZipInfo(name)  # of 1980-01-01: a clock would make each file another
            info.external_attr = 0o644 << 16
            info.create_system = 3
            archive.writestr(info, files[name])
    return made.getvalue()


def _unzipped(raw: bytes) -> dict[str, bytes]:
    """Take the files out, each once, none larger than the whole; RECORD and SIGNATURE are there."""
    if len(raw) > BYTES_MAX:
        raise NotGenuine("not_evidence")
    try:
        archive = ZipFile(BytesIO(raw))
    except (BadZipFile, ValueError, OSError, RuntimeError) as error:
        raise NotGenuine("not_evidence") from error
    infos = archive.infolist()
    names = [info.filename for info in infos]
    if not {RECORD, SIGNATURE} <= set(names):
        raise NotGenuine("not_evidence")
    odd = any(info.compress_type != ZIP_STORED for info in infos)
    if odd or len(names) != len(set(names)) or len(names) > FILES_MAX:
        raise NotGenuine("altered")
    try:
        found = {name: archive.read(name) for name in names}
    except (BadZipFile, ValueError, OSError, EOFError, RuntimeError) as error:
        raise NotGenuine("altered") from error
    # Nothing before, between or behind the files: the bytes are those that were written.
    if _zipped(found) != raw:
        raise NotGenuine("altered")
    return found


def _key(key_id: str, keys: Keys) -> PublicKey:
    try:
        return keys[key_id]
    except KeyError:
        raise NotGenuine("unknown_key") from None
