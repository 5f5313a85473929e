"""Keep the keys by which medicines are found in step with their names."""

from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import bindparam, text
from sqlmodel import Session

from pharmacies.catalogue.history import parts
from pharmacies.catalogue.pouring import hold_still, pour
from pharmacies.catalogue.sounds import keys
from pharmacies.medicines import Medicine

Keys = set[tuple[str, str]]
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
    borne = {one.code: names_of(one) for one in medicines}
    wanted = sorted({name for names in borne.values() for name in names})
    ids = _ids(session, wanted)
    new = [name for name in wanted if name not in ids]
    ids |= _write_names(session, {name: keys(name) for name in new})
    links = sorted((ids[name], code) for code in borne for name in borne[code])
    pour(session, "medicine_named", ("name_id", "medicine_code"), links)


def unknown_names(session: Session, medicines: Iterable[Medicine]) -> list[str]:
    """List the names of medicines that nobody can find yet."""
    wanted = sorted({name for one in medicines for name in names_of(one)})
    known = _ids(session, wanted)
    return [name for name in wanted if name not in known]


def add_names(session: Session, found: Mapping[str, Keys]) -> None:
    """Make names findable by their keys; one that another file brought meanwhile is kept."""
    hold_still(session)
    known = _ids(session, found)
    _write_names(session, {name: found[name] for name in found if name not in known})


def unnamed(session: Session, limit: int) -> tuple[str, ...]:
    """List medicines that no name leads to yet."""
    found = session.connection().execute(_UNNAMED, {"limit": limit})
    return tuple(found.scalars())


def names_of(medicine: Medicine) -> set[str]:
    """Name what a medicine goes by."""
    told = (medicine.name, medicine.generic, medicine.printed, medicine.inn)
    return {name for name in told if name}


def _ids(session: Session, names: Iterable[str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for some in parts(names):
        asked = {"names": list(some)}
        rows = session.connection().execute(_IDS, asked).all()
        found.update((name, id_) for name, id_ in rows)
    return found


def _write_names(session: Session, found: Mapping[str, Keys]) -> dict[str, int]:
    """Write names and their keys, in the order in which an index takes them fastest."""
    pour(session, "medicine_name", ("name",), ((name,) for name in found))
    ids = _ids(session, found)
    rows = sorted((key, ids[name], kind) for name in found for key, kind in found[name])
    pour(session, "medicine_key", ("key", "name_id", "kind"), rows)
    return ids
