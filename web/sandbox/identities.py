"""Who the sandbox's people are: sealed in its books, where it has a key to seal by."""

from pathlib import Path
from sqlite3 import Connection

from dispensing.ciphers import AES
from dispensing.vault import Place, Vault
from web.keys import load_key


class Identities:
    """Turns a person's ID number and name into what the books keep, and back."""

    def __init__(self, vault: Vault | None) -> None:
        self._vault = vault

    def adopt(self, books: Connection) -> None:
        """Seal who was let in when the books had no key."""
        if self._vault is None:
            return
        plain = "SELECT person_no, id_number, name FROM person WHERE name NOT LIKE ?"
        for number, id_number, name in books.execute(plain, (f"{AES}.%",)).fetchall():
            books.execute(
                "UPDATE person SET id_number = ?, name = ? WHERE person_no = ?",
                (self.index(id_number), self.shut(number, id_number, name), number),
            )

    def index(self, id_number: str) -> str:
        """Give what a person is found by."""
        return self._vault.index(id_number) if self._vault else id_number

    def shut(self, person_no: str, id_number: str, name: str) -> str:
        """Give what is kept of a person's ID number and name, in one."""
        both = f"{id_number} {name}"
        return self._vault.seal(both, _place(person_no)) if self._vault else both

    def opened(self, person_no: str, kept: str) -> tuple[str, str]:
        """Give ID number and name of a person."""
        both = self._vault.open(kept, _place(person_no)) if self._vault else kept
        id_number, _, name = both.partition(" ")
        return id_number, name


def vault_at(path: Path) -> Vault:
    """Open the vault of a sandbox by its key, made at the first start."""
    return Vault(load_key(path))


def _place(person_no: str) -> Place:
    return Place("person", "name", (person_no,))
