"""The pooling area that this installation serves."""

from routing.service import siting
from web import parts


def area_served() -> str:
    """Name the pooling area of the region that is served here."""
    return siting.pooling_area_of(parts.settings().region)
