"""The same rules over millions of claim rows, as one Ibis expression on DuckDB.

Whole fen only, pots running by person and year in the order of settlement; equal to the
row engine to the fen. Needs the extra `bulk`; nothing outside this folder imports Ibis,
DuckDB or Arrow.
"""
