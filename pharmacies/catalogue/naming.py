"""Keep the keys by which medicines are found in step with their names."""

from collections.abc import Iterable, Sequence

from sqlalchemy import bindparam, text
from sqlmodel import Session

from pharmacies.catalogue.history import parts
from pharmacies.catalogue.pouring import pour
from pharmacies.catalogue.sounds import keys
from pharmacies.medicines import Medicine

_IDS = text("SELECT name, id FROM medicine_name WHERE name IN :names").bindparams(
    bindparam("names", expanding=True)
)
_FORGET = text("DELETE FROM medicine_named WHERE medicine_code IN :codes").bindparams(
    bindparam("codes", expanding=True)
)
_UNNAMED = text(
    "SELECT code FROM medicine WHERE NOT EXISTS (SELECT 1 FROM medicine_named"
    " WHERE medicine_named.medicine_code = medicine.code) ORDER BY code LIMIT :limit"
)


def index_names(session: Session, medicines: Sequence[Medicine]) -> None:
    """Let medicines be found by their names, and no longer by names that they had."""
    for some in parts(one.code for one in medicines):
        session.connection().execute(_FORGET, {"codes": list(some)})
    borne = {one.code: _names(one) for one in medicines}
    wanted = sorted({name for names in borne.values() for name in names})
    ids = _ids(session, wanted)
    new = [name for name in wanted if name not in ids]
    pour(session, "medicine_name", ("name",), ((name,) for name in new))
    ids |= (fresh := _ids(session, new))
    pour(session, "medicine_key", ("key", "name_id", "kind"), _keys(fresh))
    links = sorted((ids[name], code) for code in borne for name in borne[code])
    pour(session, "medicine_named", ("name_id", "medicine_code"), links)


def unnamed(session: Session, limit: int) -> tuple[str, ...]:
    """List medicines that no name leads to yet."""
    found = session.connection().execute(_UNNAMED, {"limit": limit})
    return tuple(found.scalars())


def _names(medicine: Medicine) -> set[str]:
    told = (medicine.name, medicine.generic, medicine.printed, medicine.inn)
    return {name for name in told if name}


def _ids(session: Session, names: Iterable[str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for some in parts(names):
        asked = {"names": list(some)}
        rows = session.connection().execute(_IDS, asked).all()
        found.update((name, id_) for name, id_ in rows)
    return found


def _keys(ids: dict[str, int]) -> list[tuple[str, int, str]]:
    """Give the keys in their order, in which an index takes them fastest."""
    return sorted(
        (key, id_, kind) for name, id_ in ids.items() for key, kind in keys(name)
    )
