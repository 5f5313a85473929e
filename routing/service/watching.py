"""Tell how far a planning is while it runs, and hear whether it shall end."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime
from threading import Event, Lock, Thread
from time import monotonic
from types import TracebackType
from typing import Any, Protocol
from uuid import UUID

import structlog
from sqlmodel import Session, col, select, update

from routing.plan import Plan
from routing.tables import PlanningRow

LOOK_S = 0.2
SAY_S = 2.0  # a sign of life, where nothing better was found meanwhile
ENDS_S_MAX = 5.0
log = structlog.stdlib.get_logger("yaoda.routing")


class Open(Protocol):
    """Opens a unit of work of its own."""

    def __call__(self, *, read_only: bool = False) -> AbstractContextManager[Session]:
        """Open a session, for reading alone or for writing too."""


class Watch:
    """Beside one planning: writes its progress down, and reads whether it was cancelled."""

    def __init__(
        self,
        opened: Open,
        id_: UUID,
        clock: Callable[[], datetime],
        stop: Callable[[], bool],
    ) -> None:
        self._opened, self._id, self._clock, self._stop = opened, id_, clock, stop
        self._ends, self._over, self._guard = Event(), Event(), Lock()
        self._told: dict[str, Any] = {}
        self._found, self._began_s = 0, monotonic()
        self._thread = Thread(target=self._keep, name=f"planning {id_}", daemon=True)

    def __enter__(self) -> "Watch":
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._over.set()
        self._thread.join(timeout=ENDS_S_MAX)
        self._write()

    @property
    def was_cancelled(self) -> bool:
        """Tell whether the planning was told to end before its time."""
        return self._ends.is_set()

    def now(self) -> datetime:
        """Return the present instant by the platform's clock."""
        return self._clock()

    def cancelled(self) -> bool:
        """Tell the planner whether to end; costs nothing to ask."""
        return self._ends.is_set()

    def ready(self) -> None:
        """Take note that the planner is ready: from now on its time counts."""
        with self._guard:
            self._began_s = monotonic()
            self._told["began_at"] = self._clock()

    def better(self, plan: Plan, spent_fen: int) -> None:
        """Take note of a plan that is better than those before, and of what is paid for it."""
        with self._guard:
            self._found += 1
            self._told |= {
                "found": self._found,
                "served": plan.served,
                "cost_fen": plan.cost_fen,
                "spent_fen": spent_fen,
                "distance_m": plan.distance_m,
            }
            if self._found == 1:
                self._told["first_ms"] = int((monotonic() - self._began_s) * 1000)
                self._told["first_cost_fen"] = plan.cost_fen

    def _keep(self) -> None:
        said_s = monotonic()
        while not self._over.wait(LOOK_S):
            try:
                self._look()
                if self._told or monotonic() - said_s >= SAY_S:
                    self._write()
                    said_s = monotonic()
            except Exception as error:
                # The database may be away for a while: the next look tries again.
                log.error("watching failed", kind=type(error).__name__)

    def _look(self) -> None:
        if self._stop():
            self._ends.set()
        if self._ends.is_set():
            return
        query = select(PlanningRow.cancelled_by, PlanningRow.state)
        with self._opened(read_only=True) as session:
            found = session.exec(query.where(col(PlanningRow.id) == self._id)).first()
        if found is None or found[0] is not None or found[1] != "running":
            self._ends.set()

    def _write(self) -> None:
        with self._guard:
            told, self._told = self._told, {}
        query = update(PlanningRow).where(col(PlanningRow.id) == self._id)
        try:
            with self._opened() as session:
                session.exec(query.values(seen_at=self._clock(), **told))
                session.commit()
        except Exception:
            with self._guard:
                self._told = told | self._told
            raise
