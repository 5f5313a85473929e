"""The bulk form equals the row engine to the fen, and refuses a book that is not fit."""

import hashlib
import re
from datetime import date, timedelta
from itertools import product
from pathlib import Path

import ibis
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from dispensing.bulk.adjudicate import write_splits
from dispensing.bulk.book import open_book, workshop, write_parquet
from dispensing.bulk.columns import COLUMNS, SPLITS
from dispensing.bulk.made_up import REGIONS, write_made_up
from dispensing.bulk.row_by_row import settled
from dispensing.bulk.terms import Policy
from dispensing.policy import load_packs, overlay_of
from dispensing.prescription import GROUPS, TIERS, VENUES
from tests.dispensing.books import GOOD, opened

HOME = {"wenzhou": "330302", "tieling": "211221", "lincang": "530902"}
HOME |= {"suixi": "340621", "chongqing": "500103"}
BEGIN = {"wenzhou": date(2021, 6, 1), "tieling": date(2021, 10, 20)}
BEGIN |= {"lincang": date(2024, 7, 10), "suixi": date(2020, 12, 25)}
BEGIN["chongqing"] = date(2022, 10, 20)
# Ceilings that differ by venue and scheme, so that pots have bands.
FILLED = {
    "wenzhou": {
        "ratio.resident.level2": "0.35",
        "ratio.resident.level3": "0.20",
        "ratio.employee.primary": "0.80",
        "ratio.employee.pharmacy": "0.70",
        "deductible.resident.level2": "100.00",
        "deductible.resident.level3": "300.00",
        "deductible.employee": "600.00",
        "cap.resident": "500.00",
        "cap.employee": "900.00",
        "quota.kind": "ceiling",
    },
    "tieling": {"pharmacy.admitted": True, "ratio.resident.pharmacy": "0.50"},
    "suixi": {
        "diseases.more": ["copd", "asthma"],
        "ratio.resident": "0.55",
        "ratio.resident.level3": "0.45",
        "ratio.resident.copd": "0.65",
        "cap.resident": "300.00",
        "cap.resident.copd": "500.00",
        "pharmacy.admitted": False,
    },
    "chongqing": {
        "ratio.resident": "0.50",
        "ratio.resident.pharmacy.vbp": "0.85",
        "deductible.resident": "0.00",
        "deductible.resident.pharmacy": "150.00",
        "cap.resident.hypertension": "400.00",
        "cap.resident.diabetes": "600.00",
        "cap.shared_with_ordinary": True,
    },
    "lincang": {"pharmacy.admitted": True, "account.pays_own_paid": True},
}
SETS = ("hypertension", "diabetes", "hypertension+diabetes", "copd", "")
UNITS = (None, "鹿城区", "龙港市", "苍南县", "别处")
mostly = st.sampled_from([True] * 12 + [False])
rarely = st.sampled_from([False] * 12 + [True])
fen = st.integers(0, 60_000)


def policy(region, filled=True):
    values = FILLED[region] if filled else {}
    overlay = overlay_of(region, values, source="a test") if values else None
    return Policy(region, load_packs(), overlay)


@st.composite
def books(draw, region):
    """Draw a small book: few people, many claims each, so that pots run dry."""
    return [
        line
        for number in range(draw(st.integers(8, 30)))
        for line in draw(claims(region, number))
    ]


@st.composite
def claims(draw, region, number):
    """Draw the lines of one claim, most of it in order."""
    day = BEGIN[region] + timedelta(days=draw(st.integers(0, 900)))
    common = {
        "claim": number,
        "person": draw(st.sampled_from(["I1", "I1", "I2"])),
        "settled_no": number,
        "day": day,
        "scheme": draw(st.sampled_from(["resident"] * 4 + ["employee"])),
        "area": HOME[region],
        "outlet_area": draw(st.sampled_from([HOME[region]] * 12 + ["310101"])),
        "away_filed": draw(st.sampled_from([None, "310101"])),
        "venue": draw(st.sampled_from(VENUES)),
        "disease": draw(st.sampled_from(["hypertension", "diabetes"] * 4 + ["copd"])),
        "registered": draw(st.sampled_from([*SETS[2:3] * 5, *SETS])),
        "chronic_outpatient": draw(rarely),
        "long_term": draw(mostly),
        "designated": draw(mostly),
        "quota_unit": draw(st.sampled_from(UNITS)),
        "quota_rank": draw(st.sampled_from([None, 1, 3, 4, 49])),
        "active": draw(mostly),
        "voucher": draw(st.sampled_from(["card"] * 6 + ["e_code"])),
        "source": draw(st.sampled_from(["external", "internet_hospital"] * 6 + ["x"])),
        "signature": draw(st.sampled_from(["valid"] * 9 + ["none", "invalid"])),
        "recorded": draw(st.booleans()),
        "issuer_designated": draw(mostly),
        "issued_on": day - timedelta(days=draw(st.sampled_from([0] * 9 + [-1, 1, 3]))),
        "valid_days": draw(st.sampled_from([None, 3])),
        "status": draw(st.sampled_from(["valid"] * 12 + ["used", "lapsed", "revoked"])),
        "account_fen": draw(st.sampled_from([0, 0, 3_000])),
    }
    ordinary = draw(st.sampled_from([0, 0, 0, 20_000]))
    return [
        {**common, **draw(LINES), "line": line, "ordinary_fund_fen": first}
        for line, first in enumerate([ordinary, 0, 0][: draw(st.integers(1, 3))], 1)
    ]


LINES = st.fixed_dictionaries(
    {
        "tier": st.sampled_from(TIERS),
        "price_fen": fen,
        "standard_fen": st.none() | fen,
        "quantity": st.integers(1, 4),
        "supply_days": st.sampled_from([28] * 8 + [7, 29, 84, 85]),
        "self_pay_permyriad": st.sampled_from([0, 333, 1000]),
        "vbp": st.booleans(),
        "on_platform": mostly,
        "in_range": mostly,
        "group": st.sampled_from(["ordinary"] * 20 + list(GROUPS)),
        "traced": mostly,
        "left_days": st.sampled_from([0] * 6 + [7, 8]),
    }
)


@pytest.fixture(scope="module")
def shop():
    with workshop() as backend:
        yield backend


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("books")


def bulk(shop, folder, rows, by):
    path = folder / "book.parquet"
    pq.write_table(pa.Table.from_pylist(rows, schema=typed()), path)
    found = splits(open_book(shop, path), by, folder)
    return {(one["claim"], one["line"]): one for one in found}


def splits(book, by, folder):
    out = folder / "splits.parquet"
    write_splits(book, by, out)
    return pq.read_table(out).to_pylist()


def typed():
    kinds = {"whole": pa.int32(), "words": pa.string(), "switch": pa.bool_()}
    kinds |= {"key": pa.string(), "day": pa.date32()}
    special = {"claim": pa.int64()}
    return pa.schema(
        [(one.name, special.get(one.name, kinds[one.kind])) for one in COLUMNS]
    )


def one_by_one(rows, by):
    return {(one["claim"], one["line"]): one for one in settled(rows, by)}


@pytest.mark.parametrize("filled", [True, False], ids=["filled", "open"])
@pytest.mark.parametrize("region", REGIONS)
@settings(
    max_examples=3,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],  # one run takes a second
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(data=st.data())
def test_any_book_comes_out_as_the_row_engine_has_it(
    region, filled, data, shop, folder
):
    rows, by = data.draw(books(region)), policy(region, filled)
    assert bulk(shop, folder, rows, by) == one_by_one(rows, by)


@pytest.mark.parametrize("region", REGIONS)
def test_a_made_up_book_comes_out_as_the_row_engine_has_it(region, shop, tmp_path):
    path, out = tmp_path / "book.parquet", tmp_path / "splits.parquet"
    write_made_up(shop, path, region=region, rows=3000, year=2025, seed=7)
    by = policy(region)
    # In several passes, by person.
    write_splits(open_book(shop, path), by, out, pass_rows=900)
    got = {(one["claim"], one["line"]): one for one in pq.read_table(out).to_pylist()}
    want = one_by_one(pq.read_table(path).to_pylist(), by)
    assert got == want
    assert {one["decision"] for one in want.values()} >= {"accepted", "refused"}
    assert list(tmp_path.iterdir()) in ([path, out], [out, path])


def test_the_same_seed_makes_the_same_book(shop, tmp_path):
    sums = []
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        path = tmp_path / name
        write_made_up(shop, path, region="lincang", rows=500, year=2025, seed=seed)
        rows = str(sorted(map(str, pq.read_table(path).to_pylist())))
        sums.append(hashlib.sha256(rows.encode()).hexdigest())
    assert sums[0] == sums[1] != sums[2]


DEAR = (1, 59_999_999, 999_999_937, 10**9)  # where doubles would not hold every fen


def test_dear_lines_come_out_to_the_fen(shop, folder):
    fixed = {"venue": "primary", "scheme": "resident", "tier": "乙", "vbp": False}
    rows = [
        {**GOOD, **fixed, "claim": number, "settled_no": number}
        | {"price_fen": price, "quantity": pieces, "self_pay_permyriad": 3333}
        | {"area": HOME["wenzhou"], "person": f"I{number % 3}", "line": 1}
        for number, (price, pieces) in enumerate(product(DEAR, (1, 7, 99_991)))
    ]
    path, by = folder / "dear.parquet", policy("wenzhou", False)
    pq.write_table(pa.Table.from_pylist(rows), path)
    got = splits(open_book(shop, path), by, folder)
    assert {(one["claim"], one["line"]): one for one in got} == one_by_one(rows, by)
    assert max(one["fund_fen"] for one in got) > 2**45


@pytest.mark.parametrize("pass_rows", [200, 10_000])
def test_every_amount_is_written_as_a_whole_number(pass_rows, shop, tmp_path):
    path, out = tmp_path / "book.parquet", tmp_path / "splits.parquet"
    write_made_up(shop, path, region="lincang", rows=2000, year=2025, seed=3)
    write_splits(open_book(shop, path), policy("lincang"), out, pass_rows=pass_rows)
    schema = pq.read_schema(out)
    assert {schema.field(name).type for name in SPLITS} == {pa.int64()}


def test_columns_left_out_are_taken_to_be_in_order(shop, tmp_path):
    book = opened(shop, tmp_path, [GOOD])
    (got,) = splits(book, policy("lincang", False), tmp_path)
    assert (got["decision"], got["check"]) == ("accepted", None)
    assert (got["total_fen"], got["fund_fen"], got["cash_fen"]) == (3780, 2268, 1512)


def test_a_failed_writing_leaves_the_old_file(shop, tmp_path):
    out = tmp_path / "splits.parquet"
    out.write_text("old")
    bad = ibis.memtable({"x": ["a"]}).select(x=ibis._.x.cast("int64"))
    with pytest.raises(Exception, match="Could not convert"):
        write_parquet(shop, bad, out)
    assert out.read_text() == "old"
    assert list(tmp_path.iterdir()) == [out]


def test_the_document_lists_every_column():
    document = Path(__file__).parents[2] / "docs" / "bulk.md"
    rows = re.findall(
        r"^\| `(\w+)` \| (\w+) \| (.*?) \|", document.read_text("utf-8"), re.MULTILINE
    )
    assert [row[:2] for row in rows] == [(one.name, one.kind) for one in COLUMNS]
    assert [row[2] == "needed" for row in rows] == [one.needed for one in COLUMNS]
