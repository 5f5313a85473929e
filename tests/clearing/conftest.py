"""A platform for the pages of groups paid by heads."""

from tests.platform import platform

__all__ = ["platform"]
