"""One run of one solver in a process of its own: a specification in, a result out."""

import importlib
import json
import sys
import time
from collections.abc import Mapping
from typing import Any

from web.bench_routing.case import load
from web.bench_routing.running import RESULT

MISSING = "missing: pip install 'yaoda[peers]'"


def run(spec: Mapping[str, Any]) -> dict[str, Any]:
    """Load the case, let the solver plan it, and check what it found."""
    try:
        module = importlib.import_module(f"web.bench_routing.solvers.{spec['solver']}")
    except ModuleNotFoundError:
        return {"said": MISSING}
    case = load(spec)
    begun = time.monotonic()
    found = module.run(
        case.problem,
        seconds=float(spec["seconds"]),
        seed=int(spec["seed"]),
        workers=int(spec["workers"]),
    )
    wall_s = time.monotonic() - begun
    judged = case.judge(found.tours)
    return {
        "vehicles": judged.vehicles,
        "distance": judged.distance,
        "unserved": judged.unserved,
        "faults": judged.faults[:5],
        "fault_count": len(judged.faults),
        "wall_s": round(wall_s, 2),
        "better": found.better,
        "notes": found.notes,
    }


if __name__ == "__main__":
    print(RESULT + json.dumps(run(json.loads(sys.argv[1]))), flush=True)
