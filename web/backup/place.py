"""Where an installation keeps what a backup holds, and which keys it has."""

import hashlib
import hmac
from collections.abc import Iterable
from dataclasses import dataclass, fields
from pathlib import Path

from sqlalchemy.engine import URL, make_url

from dispensing.vault import UNBOUND
from web.backup.sealed import BackupKey, Unusable, read_key
from web.keys import KEY_BYTES, Keys, read_secret
from web.settings import Settings
from web.vault_keys import FOLDER, VaultRing

# The names of the files in an archive.
DATABASE = "database"
PLATFORM = "platform"
OVERLAY = "overlay"
# Without these three what was restored cannot be read, signed in to, or handed over.
NEEDED = ("password", "handover")
VAULT = "vault"  # each of its keys: what is sealed with it needs it
_NAME_CHARS = 16


@dataclass(frozen=True, slots=True)
class Place:
    """One installation: its database, its files, the folder of its keys."""

    url: URL
    platform: Path
    overlay: Path | None
    secrets_dir: Path
    programs: Path | None  # of PostgreSQL

    @property
    def kind(self) -> str:
        """Name the kind of database: sqlite or postgresql."""
        name = self.url.get_backend_name()
        return "postgresql" if name == "postgres" else name

    @property
    def file(self) -> Path:
        """Name the file of a SQLite database."""
        if self.kind != "sqlite" or self.url.database in {None, "", ":memory:"}:
            raise Unusable(f"{self.url.drivername}: expected a database in a file")
        return Path(str(self.url.database)).absolute()


def place_of(settings: Settings, into: str | None = None) -> Place:
    """Tell the place of an installation; `into` names another database."""
    url = make_url(into or settings.database_url)
    if url.get_backend_name() not in {"sqlite", "postgresql", "postgres"}:
        raise Unusable(f"{url.drivername}: expected sqlite or postgresql")
    return Place(
        url=url,
        platform=(settings.gateway or settings.var_dir / "platform.db").absolute(),
        overlay=settings.overlay,
        secrets_dir=settings.secrets_dir,
        programs=settings.pg_bin,
    )


def backup_key(settings: Settings) -> BackupKey:
    """Read the key of the archives, or say how to make one."""
    path = key_path(settings)
    if not path.exists():
        raise Unusable(
            f"{path}: there is no backup key; `yaoda backup key` makes one"
            " (keep a copy elsewhere), or name it in YAODA_BACKUP_KEY"
        )
    return read_key(path)


def key_path(settings: Settings) -> Path:
    """Name the file of the key that archives are sealed with."""
    return settings.backup_key or settings.secrets_dir / "backup"


def key_names(folder: Path) -> dict[str, str]:
    """Name the keys of an installation, those that are there, without telling them."""
    found = {}
    for part in fields(Keys):
        path = folder / part.name
        if path.is_file() and len(raw := read_secret(path)) == KEY_BYTES:
            found[part.name] = _named(raw)
    return found | _vault_names(folder)


def needed(names: Iterable[str]) -> list[str]:
    """Tell which of the keys of an archive are needed to use what it holds."""
    return [each for each in names if each in NEEDED or each.startswith(VAULT)]


def _vault_names(folder: Path) -> dict[str, str]:
    """Name the keys of the vault; the one of before there were numbers as it was called."""
    old = folder / FOLDER
    if old.is_file():
        return {VAULT: _named(read_secret(old))}
    secrets = VaultRing(folder).names()
    found = {f"{VAULT}/{name}": _named(raw) for name, raw in secrets.items()}
    unbound = f"{VAULT}/seal-{UNBOUND:04d}"
    return {VAULT: found[unbound], **found} if unbound in found else found


def _named(raw: bytes) -> str:
    return hmac.digest(raw, b"name of the key", hashlib.sha256).hex()[:_NAME_CHARS]
