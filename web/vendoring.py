"""Fetch the scripts of others again, as web/static/vendor/manifest.toml lists them.

Only this needs npm; the application and its tests use the files that lie here:

    python -m web.vendoring
"""

import hashlib
import re
import subprocess
import sys
import tarfile
import tomllib
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

FOLDER = Path(__file__).with_name("static") / "vendor"
MANIFEST = FOLDER / "manifest.toml"


@dataclass(frozen=True, slots=True)
class Script:
    """One file of somebody's package: which version, under which licence, its digest."""

    name: str
    package: str
    version: str
    take: str
    file: str
    licence: str
    sha256: str
    licence_from: str = ""  # in the package; some packages bring none
    when_asked: bool = False  # a page fetches it when it is needed, not before

    @property
    def path(self) -> Path:
        """Name the file in our folder."""
        return FOLDER / self.file

    @property
    def licence_path(self) -> Path:
        """Name the file of its licence in our folder."""
        return FOLDER / f"{self.file}.licence.txt"


def scripts() -> list[Script]:
    """Read the manifest."""
    listed = tomllib.loads(MANIFEST.read_text("utf-8"))["script"]
    return [Script(**each) for each in listed]


def digest(path: Path) -> str:
    """Give the SHA-256 of a file, in hexadecimal digits."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def refresh(script: Script) -> None:
    """Fetch one script and its licence, and write its digest into the manifest."""
    with TemporaryDirectory() as folder:
        asked = ["npm", "pack", "--silent", f"{script.package}@{script.version}"]
        subprocess.run(asked, cwd=folder, check=True, stdout=subprocess.DEVNULL)
        (packed,) = Path(folder).glob("*.tgz")
        with tarfile.open(packed) as archive:
            script.path.write_bytes(_read(archive, script.take))
            if script.licence_from:
                script.licence_path.write_bytes(_read(archive, script.licence_from))
    _note(script, digest(script.path))


def _read(archive: tarfile.TarFile, name: str) -> bytes:
    found = archive.extractfile(f"package/{name}")
    if found is None:
        raise FileNotFoundError(name)
    return found.read()


def _note(script: Script, sha256: str) -> None:
    text = MANIFEST.read_text("utf-8")
    mine = re.compile(
        rf'(file = "{re.escape(script.file)}".*?sha256 = ")[0-9a-f]*"', re.DOTALL
    )
    MANIFEST.write_text(mine.sub(rf'\g<1>{sha256}"', text, count=1), "utf-8")


if __name__ == "__main__":
    for each in scripts():
        refresh(each)
        sys.stdout.write(f"{each.file}: {each.package} {each.version}\n")
