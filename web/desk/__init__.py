"""The bureau's desk (工作台): its tiles, and what they tell of an area and a day."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from sqlmodel import Session

from web.desk.clearing_tile import CLEARING
from web.desk.due import DATES, MEETINGS
from web.desk.form_tile import FORMS
from web.desk.matching import MATCHING
from web.desk.smart import SMART
from web.desk.supply import QUOTA
from web.desk.tile import KINDS, Entry, Tile

# In the order of the page. A piece of the desk appends its own.
TILES: tuple[Tile, ...] = (DATES, FORMS, MATCHING, MEETINGS, QUOTA, SMART, CLEARING)


@dataclass(frozen=True, slots=True)
class TileTold:
    """What a tile tells: the late first, then what is due, then what has changed."""

    name: str
    title: str
    entries: tuple[Entry, ...]


def tell(
    session: Session, roles: Collection[str], area: str, day: date
) -> tuple[TileTold, ...]:
    """Ask every tile that one of the roles sees; `area` is '' for all areas."""
    order = list(KINDS)
    return tuple(
        TileTold(
            tile.name,
            tile.title,
            tuple(
                sorted(
                    tile.tell(session, area, day),
                    key=lambda entry: (order.index(entry.kind), entry.day or day),
                )
            ),
        )
        for tile in TILES
        if set(roles) & set(tile.roles)
    )
