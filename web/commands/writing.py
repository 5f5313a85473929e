"""Files that a command writes: whole or not at all, whatever stood there before."""

import os
import secrets
from pathlib import Path


def write_whole(path: Path, raw: bytes) -> None:
    """Put bytes in the place of what has that name; devices and pipes are written to."""
    if path.exists() and not path.is_file():
        path.write_bytes(raw)
        return
    path = path.resolve()
    draft = path.with_name(f".{os.getpid()}-{secrets.token_hex(4)}.partial")
    try:
        draft.write_bytes(raw)
        if path.exists():
            draft.chmod(path.stat().st_mode & 0o777)
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
