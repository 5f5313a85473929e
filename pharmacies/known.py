"""What this process has read of the network, for as long as its stamp stays the same.

A check asks for outlets, agreements, medicines and prices that change a few times a day.
They are read once and kept under the stamp that was seen before they were read: who sees
another stamp begins anew, so that nobody works with what was changed and committed.
"""

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from datetime import date
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

from sqlalchemy.pool import Pool
from sqlmodel import Session

from pharmacies import service
from pharmacies.catalogue.history import POOLING_AREA
from pharmacies.designation import AgreementKind
from pharmacies.medicines import Medicine
from pharmacies.outlets import Outlet
from pharmacies.quota import Standing

T = TypeVar("T")
KEPT_MAX = 200_000  # answers; a catalogue and the days of a week are a few thousand

_known: WeakKeyDictionary[Pool, "Network"] = WeakKeyDictionary()


class Network:
    """The network as of one stamp; each question goes to the database once."""

    def __init__(self, stamp: str | None) -> None:
        self.stamp = stamp
        self._answers: dict[Hashable, Any] = {}

    def outlet(self, session: Session, code: str) -> Outlet:
        """Return one outlet, or raise NoSuchOutlet."""
        return self._asked(code, lambda: service.outlet(session, code, fresh=True))

    def outlets(self, session: Session, codes: Iterable[str]) -> dict[str, Outlet]:
        """Return outlets by their codes; those not known yet are read at once."""
        found, missing = {}, []
        for code in codes:
            kept = self._answers.get(code)
            if kept is None:
                missing.append(code)
            else:
                found[code] = kept
        if missing:
            read = {each.code: each for each in service.outlets_of(session, missing)}
            found.update(read)
            if self.stamp is not None:
                self._answers.update(read)
        return found

    def cells(self, session: Session, area: str) -> Sequence[int]:
        """List the cells in which outlets of a pooling area stand, one for each, in order."""
        return self._asked((area, "cells"), lambda: service.cells_of(session, area))

    def medicines(
        self,
        session: Session,
        codes: Sequence[str],
        day: date | None = None,
        area: str = "",
    ) -> tuple[Medicine, ...]:
        """Return the medicines as they are on a day, or raise NoSuchMedicine.

        They come in the order of the codes, on the terms of the area's region.
        """
        region = area[:POOLING_AREA]
        return tuple(
            self._asked(
                (code, day, region, "medicine"),
                lambda code=code: service.medicine(session, code, day, region),  # type: ignore[misc]
            )
            for code in codes
        )

    def price_fen(
        self,
        session: Session,
        outlet_code: str,
        medicine_code: str,
        day: date | None = None,
    ) -> int:
        """Return what an outlet asks for one pack in fen on a day, or raise NoPrice."""
        price_list = self.outlet(session, outlet_code).price_list
        return self.listed_fen(session, price_list, medicine_code, day)

    def listed_fen(
        self,
        session: Session,
        price_list: str,
        medicine_code: str,
        day: date | None = None,
    ) -> int:
        """Return what a price list asks for one pack in fen on a day, or raise NoPrice."""
        return self._asked(
            (price_list, medicine_code, day),
            lambda: service.listed_fen(session, price_list, medicine_code, day),
        )

    def is_designated(
        self, session: Session, outlet_code: str, day: date, kind: AgreementKind
    ) -> bool:
        """Tell whether an agreement of the outlet is in force on a day."""
        return self._asked(
            (outlet_code, day, kind),
            lambda: service.is_designated(session, outlet_code, day, kind),
        )

    def quota_standing(
        self, session: Session, outlet_code: str, targets: Mapping[str, int], day: date
    ) -> Standing | None:
        """Return where the unit of one counted pharmacy stands, None if it counts nowhere."""
        return self._asked(
            (outlet_code, day, id(targets)),
            # The targets are kept with the answer, so that no others get their place.
            lambda: (
                service.quota_standing(session, outlet_code, targets, day),
                targets,
            ),
        )[0]

    def quota_rank(self, session: Session, outlet_code: str, day: date) -> int | None:
        """Tell the place of a counted pharmacy in its unit by the day it began to count."""
        return self._asked(
            (outlet_code, day, "rank"),
            lambda: service.quota_rank(session, outlet_code, day),
        )

    def _asked(self, key: Hashable, ask: Callable[[], T]) -> T:
        try:
            kept: T = self._answers[key]
            return kept
        except KeyError:
            answer = ask()
        if len(self._answers) >= KEPT_MAX:
            self._answers.clear()
        if self.stamp is not None:
            self._answers[key] = answer
        return answer


def network(session: Session, stamp: str | None) -> Network:
    """Give what is known of the network as of a stamp that this session has just seen.

    An answer that is on its way while the stamp changes is kept with its own stamp.
    Without a stamp nothing is kept.
    """
    pool = session.get_bind().engine.pool
    found = _known.get(pool)
    if found is None or found.stamp != stamp:
        found = _known[pool] = Network(stamp)
    return found
