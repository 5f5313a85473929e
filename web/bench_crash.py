"""How many faults the service under load bears: the storms of tests/crash, with more of them."""

import subprocess
import sys
from collections.abc import Callable

from web import db

FAULTS = 300
STORMS = ("tests/crash", "-k", "kill_at_random")


def run(echo: Callable[[str], object]) -> None:
    """Let 300 faults fall on both databases and tell what was lost, doubled or differed.

    Needs a checkout with its development packages: the storms are tests.
    """
    if not (db.HOME / STORMS[0]).is_dir():
        echo(f"{db.HOME}: expected a checkout, with tests/crash in it")
        raise SystemExit(2)
    # They are meant to last: nobody has to see where they are after some minutes.
    patient = ("-o", "faulthandler_timeout=0", "--faults", str(FAULTS))
    asked = [sys.executable, "-m", "pytest", "-q", *STORMS, *patient]
    storms = subprocess.Popen(asked, cwd=db.HOME, stdout=subprocess.PIPE, text=True)
    assert storms.stdout is not None
    with storms.stdout as told:
        for line in told:
            echo(line.rstrip("\n"))
    if storms.wait():
        raise SystemExit(1)
