"""The claim lines that the bureau's desk reads: from the database or a parquet file, in DuckDB.

One row is one line of one claim, as it was settled. `lines` and `columns` are plain values;
`opened` speaks DuckDB and needs the extra `bulk`.
"""
