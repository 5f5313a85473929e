"""What a thief finds: the database, its archive and the logs, without a key."""

import base64
import json
import os
import subprocess
from collections.abc import Iterable, Iterator
from pathlib import Path

from fixtures.sample import reader
from tests.deployment.machine import Trial, yaoda

SECRETS = "secrets"
LOGS = ("yaoda.log", "yaoda-error.log", "error.log", "told")
CODINGS = ("utf-8", "gb18030")


def scan_finds_nothing(trial: Trial, _password: str) -> str:
    """Take an archive, and let the scan of the installation look over everything."""
    out = trial.folder / "archives"
    out.mkdir(exist_ok=True)
    yaoda(trial, "backup", "key")
    yaoda(trial, "backup", "--out", str(out))
    logs = [trial.folder / name for name in LOGS]
    told = yaoda(trial, "vault", "scan", *map(str, (_var(trial), out, *logs)))
    return "; ".join(told.splitlines()[-2:])


def thief_finds_nothing(trial: Trial, _password: str) -> str:
    """Search all bytes for everybody of the sample, and for the keys, as a thief would."""
    files = sorted(each for each in _taken(trial) if each.is_file())
    wanted, keys = set(_of_people()), set(_keys(trial))
    for patterns in (wanted, keys):
        assert not (found := grep(patterns, files, trial.folder)), found
    # The same search finds them where they lie plain.
    plain = trial.folder / "plain"
    plain.write_text(f"...{reader.people()[0].id_number}...", "utf-8")
    assert grep(wanted, [plain], trial.folder) == [str(plain)]
    size = sum(each.stat().st_size for each in files)
    return (
        f"none of {len(wanted)} forms of ID numbers, phones, addresses and names, and"
        f" none of {len(keys)} of keys, in {len(files)} files of {size >> 20} MiB"
    )


def grep(patterns: Iterable[bytes], files: Iterable[Path], folder: Path) -> list[str]:
    """Name the files in which one of the patterns stands."""
    listed = folder / "patterns"
    listed.write_bytes(
        b"\n".join(sorted(each for each in patterns if b"\n" not in each))
    )
    done = subprocess.run(
        ["grep", "-l", "-a", "-F", "-f", str(listed), *map(str, files)],
        env={**os.environ, "LC_ALL": "C"},
        capture_output=True,
        timeout=600,
        check=False,
    )
    assert done.returncode in {0, 1}, done.stderr
    return done.stdout.decode().splitlines()


CHECKS = (scan_finds_nothing, thief_finds_nothing)


def _taken(trial: Trial) -> Iterator[Path]:
    """List what the thief has: all but the folder of the keys and the certificate's."""
    for path in _var(trial).rglob("*"):
        if SECRETS not in path.parts:
            yield path
    yield from (trial.folder / "archives").iterdir()
    yield from (trial.folder / each for each in LOGS)


def _of_people() -> Iterator[bytes]:
    """Write what is to be found of each person in the forms in which it may lie about."""
    at_work = {each.name for each in reader.couriers()} | {
        each["doctor"]["name"] for each in reader.prescriptions() if "doctor" in each
    }
    everybody = "".join(sorted(at_work))
    for each in reader.people():
        values = [each.id_number, each.phone, each.address]
        if len(each.name) > 2 and each.name not in everybody:
            values.append(each.name)
        for value in filter(None, values):
            yield from _forms(value)


def _forms(value: str) -> Iterator[bytes]:
    for coding in CODINGS:
        yield value.encode(coding)
    raw = value.encode()
    yield raw.hex().encode()
    if not value.isascii():
        yield value.encode("unicode_escape")
    for start in range(3):  # wherever it may stand within a longer text
        whole = base64.b64encode(b"\0" * start + raw)
        yield whole[-(-start * 8 // 6) : (start + len(raw)) * 8 // 6]


def _keys(trial: Trial) -> Iterator[bytes]:
    """Give the secrets as they lie in their files."""
    for path in (_var(trial) / SECRETS).rglob("*"):
        if path.is_file():
            raw = path.read_bytes()
            yield (
                raw
                if b"\0" not in raw
                else raw.partition(b"\0")[0] or raw.hex().encode()
            )
            yield raw.hex().encode()
            if path.suffix == ".json" and (kept := json.loads(raw).get("secret")):
                yield kept.encode()
                yield base64.urlsafe_b64decode(kept + "=" * (-len(kept) % 4))


def _var(trial: Trial) -> Path:
    return Path(trial.environ["YAODA_VAR_DIR"])
