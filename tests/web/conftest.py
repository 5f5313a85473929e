"""The platform that the tests of the web ask."""

from tests.platform import platform

__all__ = ["platform"]
