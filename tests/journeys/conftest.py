"""The platform that the journeys go through."""

from tests.platform import platform

__all__ = ["platform"]
