"""How fast the rules are: row by row, with JSON in and out, and in bulk over parquet.

Each figure stands beside a limit measured in the same run. The bulk part runs in a
process of its own, so that its peak of memory is its own.
"""

import json
import os
import random
import resource
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter, process_time
from typing import Any

from dispensing.assess import Assessment, assess
from dispensing.policy import Rules, rules_for
from dispensing.prescription import Dispensing, Insured, Line, Outlet, Prescription
from dispensing.records import from_record, to_record

CASES = 20_000
REPEATS = 5
ROWS = 10_000_000
SAMPLE_ROWS = 100_000
REGION = "lincang"
DAY = date(2025, 3, 5)
Echo = Callable[[str], object]


def run(echo: Echo, rows: int = ROWS) -> None:
    """Measure the row engine, then the bulk form."""
    echo(
        f"load of the machine before: {os.getloadavg()[0]:.1f}, {os.cpu_count()} cores"
    )
    _row_engine(echo)
    with TemporaryDirectory(prefix="yaoda-bench-") as folder:
        _bulk(echo, Path(folder), rows)


def _row_engine(echo: Echo) -> None:
    rules = rules_for(REGION, DAY)
    cases = [_case(random.Random(seed)) for seed in range(CASES)]
    texts = [json.dumps(to_record(case), ensure_ascii=False) for case in cases]

    plain = _a_second(lambda: [assess(case, rules) for case in cases][:0])
    told = _a_second(lambda: [_through_json(text, rules) for text in texts][:0])
    limit = _a_second(lambda: [_json_alone(text) for text in texts][:0])
    echo(
        f"row engine, checks and split of two lines: {plain:,} a CPU second (goal 40,000)"
    )
    echo(f"  with JSON in and out: {told:,}/s ({told / plain:.2f} of it, goal 0.50)")
    echo(f"  limit: json.loads and json.dumps alone: {limit:,}/s")


def _a_second(work: Callable[[], object]) -> int:
    """Tell how many cases the best of some repeats did in a second of one processor.

    Seconds of the process, so that other work on a shared machine does not count.
    """
    best = 1e9
    for _ in range(REPEATS):
        begun = process_time()
        work()
        best = min(best, process_time() - begun)
    return int(CASES / best)


def _through_json(text: str, rules: Rules) -> str:
    return json.dumps(_answer(assess(from_record(json.loads(text)), rules)))


def _json_alone(text: str) -> str:
    return json.dumps(json.loads(text))


def _answer(found: Assessment) -> dict[str, Any]:
    split = found.split
    amounts = (split.fund_fen, split.account_fen, split.cash_fen) if split else None
    checks = {item.check: item.verdict for item in found.problems}
    return {"decision": found.decision, "checks": checks, "fund_account_cash": amounts}


def _case(chance: random.Random) -> Dispensing:
    """Draw a dispensing of two lines, most of them in order."""
    line = Line("苯磺酸氨氯地平片", "C08CA01", "甲", 420, 420, 3, 28)
    lines = [
        replace(
            line,
            atc=atc,
            tier=chance.choice("甲甲乙丙"),
            price_fen=chance.randrange(300, 6000),
            standard_fen=chance.randrange(300, 6000),
            self_pay_permyriad=1000,
            vbp=chance.random() < 0.5,
            supply_days=chance.choice((28, 28, 28, 90)),
        )
        for atc in ("C08CA01", "A10BA02")
    ]
    known = date(2021, 1, 1)
    return Dispensing(
        on=DAY,
        voucher="card",
        insured=Insured("resident", "530902", diseases={"hypertension": known}),
        outlet=Outlet("hospital", "primary", "530902"),
        prescription=Prescription(
            source="external",
            signature="valid",
            record_no=None,
            issued_on=DAY,
            valid_days=3,
            status="valid",
            issuer_designated=True,
            disease="hypertension",
        ),
        lines=tuple(lines),
    )


def _bulk(echo: Echo, folder: Path, rows: int) -> None:
    peaks = []
    for times in (1, 2):
        book = folder / f"book{times}.parquet"
        _in_child("make", str(book), str(rows * times))
        told = _in_child("bulk", str(book), str(folder / "splits.parquet"))
        peaks.append(told["peak_mb"])
        rate = int(told["rows"] / told["seconds"])
        echo(
            f"bulk, {told['rows']:,} rows, load and writing included: {rate:,}/s"
            f" (goal 1,000,000), {told['seconds']:.1f} s, {told['cpu_s']:.1f} s of CPU,"
            f" {told['look_s']:.1f} s of it for the first look, peak {told['peak_mb']:,} MB,"
            f" load {os.getloadavg()[0]:.1f}"
        )
        if times == 1:
            same = _in_child("compare", str(book), str(folder / "splits.parquet"))
            echo(
                f"  {same['lines']:,} rows by the row engine: {same['differ']} differ,"
                f" {int(same['lines'] / same['seconds']):,}/s"
            )
            told = _in_child("whatif", str(book), "0.70")
            echo(
                f"  whatif, the same rows under two policies: {told['seconds']:.1f} s,"
                f" {told['cpu_s']:.1f} s of CPU, peak {told['peak_mb']:,} MB"
            )
        book.unlink()
    echo(
        f"  memory at twice the rows: {peaks[1] / peaks[0]:.2f} of it (goal below 1.30)"
    )
    echo(f"load of the machine after: {os.getloadavg()[0]:.1f}")


def _in_child(*words: str) -> dict[str, Any]:
    command = [sys.executable, "-P", "-m", "web.bench_rules", *words]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    told: dict[str, Any] = json.loads(done.stdout or "{}")
    return told


def _child(words: Sequence[str]) -> dict[str, Any]:
    what, book, other = words
    return _WORK[what](Path(book), other)


def _make(book: Path, rows: str) -> dict[str, Any]:
    from dispensing.bulk.book import workshop
    from dispensing.bulk.made_up import write_made_up

    with workshop() as shop:
        write_made_up(shop, book, region=REGION, rows=int(rows), year=2025, seed=1)
    return {}


def _adjudicate(path: Path, out: str) -> dict[str, Any]:
    from dispensing.bulk import book as books
    from dispensing.bulk.adjudicate import write_splits
    from dispensing.bulk.policies import policy_of

    begun, worked = perf_counter(), process_time()
    with books.workshop() as shop:
        book = books.open_book(shop, path)
        looked = perf_counter() - begun
        write_splits(book, policy_of(REGION), Path(out))
    return {"rows": book.rows, "look_s": looked, **_spent(begun, worked)}


def _whatif(path: Path, ratio: str) -> dict[str, Any]:
    from dispensing.bulk.book import open_book, workshop
    from dispensing.bulk.policies import policy_of
    from dispensing.bulk.terms import Policy
    from dispensing.bulk.whatif import compare
    from dispensing.policy import overlay_of

    begun, worked = perf_counter(), process_time()
    before = policy_of(REGION)
    overlay = overlay_of(REGION, {"ratio.resident": ratio}, source="a benchmark")
    with workshop() as shop:
        compare(open_book(shop, path), before, Policy(REGION, before.packs, overlay))
    return _spent(begun, worked)


def _spent(begun: float, worked: float) -> dict[str, Any]:
    """Tell what a child has spent since: on the clock, of the processors, of memory."""
    return {
        "seconds": perf_counter() - begun,
        "cpu_s": process_time() - worked,
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }


def _compare(book: Path, splits: str) -> dict[str, Any]:
    """Take whole people until there are enough rows, and settle them one by one."""
    from dispensing.bulk.book import of_some_people, workshop
    from dispensing.bulk.policies import policy_of
    from dispensing.bulk.row_by_row import settled

    with workshop() as shop:
        rows, got = of_some_people(shop, book, Path(splits), rows_min=SAMPLE_ROWS)
    begun = perf_counter()
    want = list(settled(rows, policy_of(REGION)))
    spent = perf_counter() - begun
    differ = sum(got.get((one["claim"], one["line"])) != one for one in want)
    return {"lines": len(want), "differ": differ, "seconds": spent}


_WORK = {
    "make": _make,
    "bulk": _adjudicate,
    "compare": _compare,
    "whatif": _whatif,
}

if __name__ == "__main__":
    print(json.dumps(_child(sys.argv[1:])))
