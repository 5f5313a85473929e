"""The client of the national settlement interface (医保结算接口)."""

from dispensing.gateway.national.client import Wired
from dispensing.gateway.national.more import NationalDesk
from dispensing.gateway.national.region import BadRegion, Region, load_region
from dispensing.gateway.national.seals import Seal
from dispensing.gateway.national.transport import Limits
from dispensing.gateway.people import Filing, PersonInfo
from dispensing.gateway.uploads import Delivery, Sale

__all__ = [
    "BadRegion",
    "Delivery",
    "Filing",
    "Limits",
    "NationalDesk",
    "PersonInfo",
    "Region",
    "Sale",
    "Seal",
    "Wired",
    "load_region",
]
