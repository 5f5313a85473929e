"""Who watches the road: where couriers are, and what the desk is told of it.

Every ten minutes the phones that are heard say where they are, and the platform looks at
every ride. Who has broken down has a phone that still says so, from where it happened.
"""

from collections import Counter
from collections.abc import Collection

from fixtures import cast
from fixtures.rounds.roads import usual_travel
from fixtures.rounds.streets import Streets
from routing import service
from routing.alerts import Limits
from routing.track import Fix
from web.bench_day.town import Town

ACCURACY_M = 15


class Watch:
    """Positions taken, and alerts told, of one day."""

    def __init__(self, town: Town) -> None:
        self.town, self.travel, self.limits = town, usual_travel(), Limits()
        self.positions = 0
        self.told: Counter[str] = Counter()  # alerts by kind
        self._known: set[object] = set()

    def look(self, streets: Streets, silent: Collection[int]) -> None:
        """Take the positions of who is heard, and tell the desk what is wrong."""
        now = self.town.at(streets.now_s)
        for no, courier in enumerate(self.town.day.couriers):
            if no not in silent:
                fix = Fix(now, streets.seen(no), ACCURACY_M)
                with self.town.open() as session:
                    taken = service.record_positions(
                        session,
                        vault=self.town.desk.vault,
                        courier_code=courier.code,
                        points=[fix],
                        now=now,
                    )
                self.positions += taken.kept
        with self.town.open() as session:
            seen = service.look(session, self.town.desk, self.travel, now=now)
            service.tell(session, seen, now=now, limits=self.limits)
            for alert in service.alerts(session, cast.CARRIER, now=now):
                if alert.id not in self._known:
                    self._known.add(alert.id)
                    self.told[str(alert.kind)] += 1
