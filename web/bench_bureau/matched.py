"""The process that matches made-up people for the bench, and counts what is found."""

import json
import resource
import sys
from collections import defaultdict
from time import perf_counter
from typing import Any


def measured(folder: str, people: int, seed: int) -> dict[str, Any]:
    """Make both registries, hold them against each other, and count what is found."""
    from dispensing.matching_bulk.engine import Asked, Matcher
    from dispensing.matching_bulk.made_up import known, write_registries

    managed, insured = write_registries(folder, people, seed)
    begun, cpu = perf_counter(), _cpu_s()
    with Matcher() as matcher:
        matcher.read_parquet("managed", managed)
        matcher.read_parquet("insured", insured)
        counts = matcher.run(Asked(["diabetes", "hypertension"], exclusive=True))
        lists: dict[str, int] = defaultdict(int)
        shown = []
        for one in matcher.found():
            lists[one.list] += 1
            if one.list == "review":
                shown.append((one.managed, one.insured, one.score))
        seconds, cpu_s = perf_counter() - begun, _cpu_s() - cpu
        exact = list(matcher.linked())
    found = _judged(shown, exact, known(managed))
    return {
        "people": people,
        "seconds": seconds,
        "cpu_s": cpu_s,
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "found": {"counts": {**counts, **lists}, **found},
    }


def _judged(
    shown: list[tuple[Any, Any, Any]], exact: list[tuple[int, int]], known: set[int]
) -> dict[str, Any]:
    """Hold what was found against who it is: a patient's number is the person's own."""
    right = [one for one in shown if one[0] == one[1] and one[0] in known]
    left = known - {managed for managed, _ in exact}
    reaching = {}
    for share in ("0.5", "0.99", "0.999"):
        least = float(share) * 10_000
        some = [one for one in shown if one[2] is not None and one[2] >= least]
        reaching[share] = (len(some), sum(a != b for a, b, _ in some))
    return {
        "exact": len(exact),
        "exact_wrong": sum(a != b for a, b in exact),
        "left": len(left),
        "pairs": len(shown),
        "precision": len(right) / max(1, len(shown)),
        "recall": len({one[0] for one in right}) / max(1, len(left)),
        "reaching": reaching,
    }


def _cpu_s() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    print(json.dumps(measured(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))))
