"""Proofs of what happened at a door."""

import hashlib
from base64 import b64encode
from io import BytesIO
from typing import Any

import pytest
from PIL import ExifTags, Image
from sqlmodel import col, select

from dispensing.desk import Reader
from dispensing.tables import ReadRow
from fixtures import cast
from routing import service as routing
from routing.service import Act
from routing.tables import DeliveryProofRow
from tests.road import OTHER
from tests.routing.phones import (
    LATER,
    act,
    desk,
    on_the_road,
    send,
    statuses,
    street,
)

__all__ = ["desk", "street"]


def picture(kind: str, **more: Any) -> str:
    """Take a photograph whose tags tell where it was taken."""
    kept = BytesIO()
    Image.new("RGB", (400, 300), "grey").save(kept, kind, **more)
    return b64encode(kept.getvalue()).decode()


def where_taken() -> Image.Exif:
    tags = Image.Exif()
    tags.get_ifd(ExifTags.IFD.GPSInfo)[ExifTags.GPS.GPSLatitude] = (28.0, 1.0, 2.0)
    tags[ExifTags.Base.Make] = "a phone"
    return tags


READER = Reader("dispatcher", "dispatch", "查看送达凭证")


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_photograph_is_kept_sealed_and_without_its_place(street, desk, kind):
    (order,) = on_the_road(street, desk)
    taken = act(
        "proof", order, kind="photo", image=picture(kind, exif=where_taken().tobytes())
    )
    assert statuses(send(street, desk, taken)) == ["done"]
    (kept,) = routing.proofs(street, [order])
    row = street.get_one(DeliveryProofRow, kept.id)
    file = routing.proof_file(street, desk, kept.id, reader=READER, now=LATER)
    assert hashlib.sha256(file.raw).hexdigest() == kept.sha256 == file.sha256
    assert file.raw not in row.sealed
    with Image.open(BytesIO(file.raw)) as shown:
        assert (shown.format, shown.size, dict(shown.getexif())) == (
            "JPEG",
            (400, 300),
            {},
        )
    read = street.exec(select(ReadRow).where(col(ReadRow.user) == "dispatcher"))
    assert [each.person_no for each in read] == [cast.alice.person_no]


def test_a_signature_is_kept_as_the_strokes_it_was_written_with(street, desk):
    (order,) = on_the_road(street, desk)
    strokes = [[10, 20, 30, 40, 50, 60, 70, 80], [100, 100]]
    signed = act("proof", order, kind="signature", strokes=strokes)
    send(street, desk, signed, signed)
    (kept,) = routing.proofs(street, [order])
    file = routing.proof_file(street, desk, kept.id, reader=READER, now=LATER)
    assert file.media == "image/svg+xml"
    assert b'd="M10 20L30 40L50 60L70 80M100 100L100 100"' in file.raw


@pytest.mark.parametrize(
    "body",
    [
        {"kind": "photo", "image": "%%%"},
        {"kind": "photo", "image": b64encode(b"<svg/>").decode()},
        {"kind": "photo", "image": b64encode(b"GIF89a" + b"\0" * 99).decode()},
        {"kind": "signature", "strokes": [[1, 2]]},
        {"kind": "signature", "strokes": [[1, 2, 3, 4, 5, 6, 7]]},
        {"kind": "signature", "strokes": [[1, 2, 3, 4, 5, 6, 7, 501]]},
    ],
    ids=["no base64", "svg", "gif", "a tap", "half a point", "outside"],
)
def test_what_is_no_picture_is_refused_as_a_proof(street, desk, body):
    (order,) = on_the_road(street, desk)
    (answer,) = send(street, desk, act("proof", order, **body))
    assert (answer.status, answer.code) == ("refused", "malformed")
    assert not routing.proofs(street, [order])


def test_an_order_has_so_many_proofs_and_only_of_its_couriers(street, desk):
    (order,) = on_the_road(street, desk)
    strokes = [[1, 1, 2, 2, 3, 3, 4, 4]]

    def signed() -> Act:
        return act("proof", order, kind="signature", strokes=strokes)

    (answer,) = send(street, desk, signed(), courier=OTHER)
    assert answer.code == "not-found"
    answers = send(street, desk, *(signed() for _ in range(7)))
    assert statuses(answers) == ["done"] * 6 + ["refused"]
