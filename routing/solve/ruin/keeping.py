"""Where compiled code is kept: a folder named after the text that it was compiled from.

numba looks at one file's age at a time, but a function holds the code of those that it
calls: after a change of one file all have to be compiled again.
"""

import hashlib
import os
import tempfile
from pathlib import Path

from numba import config

SOURCES = ("rules.py", "moves.py", "loops.py", "town.py")


def digest() -> str:
    """Name the text of the compiled files."""
    here = Path(__file__).parent
    texts = b"".join((here / name).read_bytes() for name in SOURCES)
    return hashlib.sha256(texts).hexdigest()[:16]


def folder() -> Path:
    """Return a folder that can be written to, or a new one for this process alone."""
    home = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    kept = Path(home) / "yaoda" / f"planner-{digest()}"
    try:
        kept.mkdir(parents=True, exist_ok=True)
    except OSError:
        return Path(tempfile.mkdtemp(prefix="yaoda-planner-"))
    return kept


config.CACHE_DIR = str(folder())  # type: ignore[attr-defined]
