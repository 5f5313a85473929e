"""A claim that is in order, and books made of such claims."""

from datetime import date

import pyarrow as pa
import pyarrow.parquet as pq

from dispensing.bulk.book import open_book

GOOD = {
    "claim": 1,
    "person": "I000000001",
    "settled_no": 1,
    "day": date(2025, 3, 5),
    "scheme": "resident",
    "area": "530902",
    "venue": "primary",
    "disease": "hypertension",
    "registered": "hypertension",
    "tier": "甲",
    "price_fen": 1260,
    "quantity": 3,
    "supply_days": 28,
}


def opened(shop, folder, rows):
    """Write rows as a book and open it."""
    path = folder / "book.parquet"
    pq.write_table(pa.Table.from_pylist(rows), path)
    return open_book(shop, path)
