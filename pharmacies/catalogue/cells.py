"""Cells: text as it was typed, what a table program took for a number, and formulas."""

BYTES_MAX = 48 * 1024 * 1024
ROWS_MAX = 300_000
COLUMNS_MAX = 200
CELL_MAX = 32_767  # characters, as many as a table program takes


class Number(str):
    """A cell that the file keeps as a number."""

    __slots__ = ()


class Formula(str):
    """A cell that is reckoned, or whose reckoning failed; its value is nobody's entry."""

    __slots__ = ()
