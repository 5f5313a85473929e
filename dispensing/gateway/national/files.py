"""Files of a day on their way: one text, packed (9101, 9102)."""

import binascii
import io
import lzma
import zipfile
import zlib
from base64 import b64decode, b64encode

from dispensing.gateway.national.envelope import Unreadable

BYTES_MAX = 64 * 1024 * 1024
_WHEN = (1980, 1, 1, 0, 0, 0)  # the same text gives the same bytes


def pack(text: str, name: str) -> str:
    """Pack a text as a file of this name, in base64."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        inner = zipfile.ZipInfo(name, _WHEN)
        archive.writestr(inner, text.encode(), zipfile.ZIP_DEFLATED)
    return b64encode(packed.getvalue()).decode()


def unpack(packed: str) -> str:
    """Unpack the one text of a file; raises Unreadable where it is none, or too long.

    >>> unpack(pack("一\\t二", "one.txt"))
    '一\\t二'
    """
    try:
        raw = b64decode(packed, validate=True)
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            (inner,) = archive.infolist()
            with archive.open(inner) as opened:
                text = opened.read(BYTES_MAX + 1)
        if len(text) > BYTES_MAX or b"\0" in text:
            raise ValueError("too long, or no text")
        return text.decode("utf-8-sig")
    except (
        *(binascii.Error, zipfile.BadZipFile, zipfile.LargeZipFile),
        *(ValueError, RuntimeError, EOFError, OSError),
        *(zlib.error, lzma.LZMAError),  # packed well, and damaged on the way
    ) as error:
        raise Unreadable(f"a file of lines: {type(error).__name__}") from error
