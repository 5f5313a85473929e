"""Start a run as a process group, watch its memory and its time, and end it for good."""

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

CHILD = "web.bench_routing.child"
RESULT = "result: "

# Beyond its seconds a run has this long to load, to build and to be checked.
GRACE_S, GRACE_TIMES = 90.0, 3.0
_LOOK_EVERY_S = 0.5


def run(spec: Mapping[str, Any]) -> dict[str, Any]:
    """Run one solver once; what it found, or what became of it, and its peak memory."""
    deadline = time.monotonic() + float(spec["seconds"]) * GRACE_TIMES + GRACE_S
    with tempfile.TemporaryFile("w+", encoding="utf-8") as said:
        process = _start(spec, said)
        peak_kib, killed = 0, False
        try:
            while process.poll() is None:
                peak_kib = max(peak_kib, _memory_kib(process.pid))
                if time.monotonic() > deadline:
                    killed = True
                    break
                time.sleep(_LOOK_EVERY_S)
        finally:
            _end(process)
        said.seek(0)
        found = _read(said.read(), killed=killed, code=process.returncode)
    return {**spec, **found, "peak_mb": peak_kib // 1024}


def _start(spec: Mapping[str, Any], said: IO[str]) -> subprocess.Popen[bytes]:
    words = [sys.executable, "-P", "-m", CHILD, json.dumps(dict(spec))]
    return subprocess.Popen(words, stdout=said, stderr=said, start_new_session=True)


def _end(process: subprocess.Popen[bytes]) -> None:
    """End the whole group: also the workers of a solver that left some behind."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait(10)


def _read(text: str, *, killed: bool, code: int) -> dict[str, Any]:
    results = [line for line in text.splitlines() if line.startswith(RESULT)]
    if results:
        found: dict[str, Any] = json.loads(results[-1].removeprefix(RESULT))
        return found
    if killed:
        return {"said": "nothing: killed long after its time"}
    last = (text.strip().splitlines() or ["no word"])[-1]
    return {"said": f"nothing: ended with {code}, {last[:200]}"}


def _memory_kib(group: int) -> int:
    """Return what the processes of a session hold, shared pages shared out (PSS)."""
    total = 0
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError, ValueError, IndexError):
            session = (folder / "stat").read_text().rpartition(")")[2].split()[3]
            if int(session) == group:
                rollup = (folder / "smaps_rollup").read_text()
                total += int(rollup.partition("\nPss:")[2].split()[0])
    return total
