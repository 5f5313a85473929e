"""The national messages (医保电子处方流转): a tolerant reader, an exact writer, regions as data."""

from dispensing.intake.national.loading import faults, read_region, region, regions
from dispensing.intake.national.mapping import Region, Transaction
from dispensing.intake.national.reading import Read, UnknownCode, read, write

__all__ = [
    "Read",
    "Region",
    "Transaction",
    "UnknownCode",
    "faults",
    "read",
    "read_region",
    "region",
    "regions",
    "write",
]
