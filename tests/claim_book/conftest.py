"""A populated street with a desk, on each kind of database."""

from tests.dispensing.conftest import desk, street

__all__ = ["desk", "street"]
