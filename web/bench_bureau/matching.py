"""A million managed patients held against a million insured: time, memory, what it finds.

It runs in a process of its own, whose peak is its own.
"""

import json
import subprocess
import sys
from collections.abc import Callable
from tempfile import TemporaryDirectory

CHILD = "web.bench_bureau.matched"
PEOPLE, SEED = 1_000_000, 2026
SECONDS_MAX, MEMORY_MB_MAX = 60, 4_000


def run(echo: Callable[[str], object]) -> None:
    """Match made-up people, and tell the figures."""
    with TemporaryDirectory() as folder:
        asked = [sys.executable, "-m", CHILD, folder, str(PEOPLE), str(SEED)]
        done = subprocess.run(asked, check=True, capture_output=True, text=True)
    told = json.loads(done.stdout)
    found = told["found"]
    echo(f"{told['people']:,} managed against {told['people']:,} insured, seed {SEED}")
    echo(f"seconds {told['seconds']:.1f} of {SECONDS_MAX} ({told['cpu_s']:.1f} of CPU)")
    echo(f"peak {told['peak_mb']:.0f} MB of {MEMORY_MB_MAX}")
    echo(", ".join(f"{name} {count:,}" for name, count in found["counts"].items()))
    echo(
        f"exact: {found['exact']:,}, of them wrong {found['exact_wrong']};"
        f" left {found['left']:,} who are insured"
    )
    echo(
        f"put before a person: {found['pairs']:,} pairs, precision"
        f" {found['precision']:.3f}, recall {found['recall']:.3f}"
    )
    for share, (pairs, wrong) in found["reaching"].items():
        echo(f"a score from {share}: {pairs:,} pairs, {wrong} of them wrong")
