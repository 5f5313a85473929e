"""Where compiled code is kept, and whether it is there: a folder named after its text.

numba looks at one file's age at a time, but a function holds the code of those that it
calls: after a change of one file all have to be compiled again. Knows nothing of numba
itself, which takes its time to be loaded.
"""

import hashlib
import os
import platform
import tempfile
from importlib.metadata import version
from pathlib import Path

SOURCES = ("rules.py", "moves.py", "loops.py", "town.py")
_HERE = Path(__file__).parent / "ruin"


def digest() -> str:
    """Name the text of the compiled files."""
    texts = b"".join((_HERE / name).read_bytes() for name in SOURCES)
    return hashlib.sha256(texts).hexdigest()[:16]


def folder() -> Path:
    """Return a folder that can be written to, or a new one for this process alone."""
    kept = _folder()
    try:
        kept.mkdir(parents=True, exist_ok=True)
    except OSError:
        return Path(tempfile.mkdtemp(prefix="yaoda-planner-"))
    return kept


def ready() -> bool:
    """Tell whether all that is needed was compiled: for these files, on this machine."""
    return _mark().exists()


def note_ready() -> None:
    """Note that all that is needed is compiled; where nothing can be kept, nothing is."""
    if _folder().is_dir() and os.access(_folder(), os.W_OK):
        _mark().touch()


def _folder() -> Path:
    home = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    return Path(home) / "yaoda" / f"planner-{digest()}"


def _mark() -> Path:
    """Name what the code was made for: numba takes it for no other files or machine."""
    stamps = [(_HERE / name).stat() for name in SOURCES]
    made_for = (
        version("numba"),
        platform.node(),
        platform.python_version(),
        str(_HERE),
        *((it.st_mtime_ns, it.st_size) for it in stamps),
    )
    name = hashlib.sha256(repr(made_for).encode()).hexdigest()[:16]
    return _folder() / f"ready-{name}"
