"""The codes that people present: who reads them, from a picture or from a scanner's keys."""

from dispensing.codes.port import (
    BUSINESS_TYPES,
    Asked,
    Decoded,
    Decoder,
    DecoderAway,
)

__all__ = ["BUSINESS_TYPES", "Asked", "Decoded", "Decoder", "DecoderAway"]
