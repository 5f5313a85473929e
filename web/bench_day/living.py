"""Live one day at the platform, on a real database, and once more by its plans alone."""

from dataclasses import dataclass

from dispensing import service
from fixtures.rounds.given import Day
from fixtures.rounds.recorded import Recorded
from fixtures.rounds.roads import roads_of
from fixtures.rounds.streets import Streets
from fixtures.rounds.told import Journal
from routing.reserve import RESERVE_PERCENT
from web.bench_day import faces
from web.bench_day.checking import Truth, check
from web.bench_day.dispatching import LOOK_S, Dispatcher, Log
from web.bench_day.town import Town

LOOKS_S = (13 * 3600,)  # when all faces are looked at, beside the evening


@dataclass(frozen=True, slots=True)
class Lived:
    """One day at the platform: what happened, what the dispatcher did, what does not agree."""

    truth: Truth
    log: Log
    faults: tuple[str, ...]


def again(day: Day, log: Log) -> Journal:
    """Live a day once more by the plans that were made, without a platform."""
    return Streets(day, roads_of(day), Recorded(log.versions)).live()


def at_platform(
    town: Town, *, look_s: int = LOOK_S, reserve_percent: int = RESERVE_PERCENT
) -> Lived:
    """Live a day at the platform, and hold everything that it wrote against what happened."""
    dispatcher = Dispatcher(town, look_s=look_s, reserve_percent=reserve_percent)
    streets = Streets(town.day, roads_of(town.day), dispatcher)
    faults: list[str] = []

    def look() -> None:
        now_s = streets.now_s
        found = faces.unlike(town, dispatcher.ids, town.at(now_s))
        hour = f"{now_s // 3600}:{now_s // 60 % 60:02}"
        faults.extend(f"at {hour}, {it}" for it in found)

    for at_s in LOOKS_S:
        streets.plan_at(at_s, look)
    truth = Truth(town.day, streets.live(), dispatcher.ids)
    look()
    faults += faces.promises_unlike(town, truth, town.at(streets.now_s))
    faults += _sealed(town, streets.now_s)
    return Lived(truth, dispatcher.log, (*faults, *check(town.engine, truth)))


def _sealed(town: Town, now_s: int) -> list[str]:
    """Seal the audit chain and walk it as the auditor does; tells where it breaks."""
    now = town.at(now_s)
    with town.open() as session:
        service.seal(session, now=now, everything=True)
        verified = service.verify(session, now=now)
    return [f"{it.area} {it.what}: {it.detail}" for it in verified.breaks]
