"""Whole numbers of 64 bits, where Ibis or DuckDB would make something else of them."""

from typing import Any, cast

import ibis
from ibis.expr.types import IntegerValue

from dispensing.money import WHOLE_PERMYRIAD


def _divided(number: int, by: int) -> int:
    """Divide whole numbers; the `//` of Ibis divides as doubles and then cuts."""
    return number // by  # what `divide` of DuckDB does, which stands in for it


_quotient: Any = ibis.udf.scalar.builtin(_divided, name="divide")


def share(amount: IntegerValue, permyriad: IntegerValue) -> IntegerValue:
    """Round as `money.share_fen` does: half a fen up. No amount is below 0."""
    half_up = amount * permyriad + WHOLE_PERMYRIAD // 2
    return cast("IntegerValue", _quotient(half_up, WHOLE_PERMYRIAD))


def summed(total: IntegerValue) -> IntegerValue:
    """Bring a sum, none below 0, back to 64 bits.

    DuckDB sums to 128 bits, which a parquet file keeps as doubles. Ibis takes the sum for
    64 bits and leaves a plain cast out; by way of unsigned it writes one.
    """
    return total.cast("uint64").cast("int64")
