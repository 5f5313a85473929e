"""A street on each way of asking, or on one; and the whole platform."""

from tests.gateway.conftest import platform, served

__all__ = ["platform", "served"]
