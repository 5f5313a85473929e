"""A dispatcher at the platform: plans with the real planner, commits, plans anew.

What is packed since goes into the routes that stand; where somebody has broken down, or the
couriers are well behind, the open rest is planned anew. Couriers whose phones are silent keep
their stops: these are locked meanwhile. A plan comes to the couriers some seconds after it
was asked for; what happened in between is taken over, or it is made again.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import time
from functools import partial
from random import Random
from uuid import UUID

from dispensing.errors import Conflict
from fixtures import cast
from fixtures.rounds.given import CLOSES_S, OPENS_S, Breakdown, Order
from fixtures.rounds.recorded import Version
from fixtures.rounds.roads import usual_travel
from fixtures.rounds.streets import Streets
from fixtures.rounds.told import Deed, Fate, Stop
from routing import service
from routing.problem import Kind
from routing.reserve import RESERVE_PERCENT
from routing.service import Absent, Locks, Replan, Slice
from routing.service.slices import second
from routing.service.views import PlanView, RouteView
from web.bench_day import counters, phones
from web.bench_day.stability import Kept, kept_of
from web.bench_day.town import Town
from web.bench_day.watching import Watch

LOOK_S = 600  # between two looks at the board
THINK_S = 20  # from the question to the plan on the phones
BEHIND_S = 900  # that a courier may be late by the plan before all is planned anew
REST_S = 2_400  # between two plans of the whole rest
SECONDS_MAX = 1  # that the planner may think
_AGAIN_MAX = 3
_WHO = "dispatcher"


@dataclass(slots=True)
class Log:
    """What the dispatcher did; `outdated` drafts came too late and were made again."""

    modes: Counter[str] = field(default_factory=Counter)
    kept: list[Kept] = field(default_factory=list)
    versions: list[Version] = field(default_factory=list)
    planned_s: dict[int, int] = field(
        default_factory=dict
    )  # when an order was to be handed over, by the last plan before its pickup
    outdated: int = 0
    batches: int = 0  # of acts that came late, from phones that were silent
    positions: int = 0
    alerts: Counter[str] = field(default_factory=Counter)  # that began, by kind


class Dispatcher:
    """Who plans the day at the platform."""

    by_phone = True

    def __init__(
        self,
        town: Town,
        *,
        look_s: int = LOOK_S,
        reserve_percent: int = RESERVE_PERCENT,
    ) -> None:
        self.town, self.look_s = town, look_s
        self.reserve_percent = reserve_percent
        self.log = Log()
        self.ids: dict[int, UUID] = {}
        self.numbers: dict[UUID, int] = {}
        self.codes = {it.code: no for no, it in enumerate(town.day.couriers)}
        self.plan: PlanView | None = None
        self.lists: list[list[Stop]] = [[] for _ in self.codes]
        self.due_s: list[dict[Stop, int]] = [{} for _ in self.codes]
        self.new: set[int] = set()  # packed, and in no plan yet
        self.absent: list[Absent] = []
        self.told: list[Absent] = []  # of them, those that the draft knows of
        self.silents: set[int] = set()
        self.is_asked = False
        self.whole_s = 0  # when the whole rest was planned last
        self.travel = usual_travel()
        self.watch = Watch(town)
        self._chance = Random(f"{town.day.given.seed} plans")
        self._streets: Streets | None = None

    @property
    def streets(self) -> Streets:
        """Give the streets of the day."""
        assert self._streets is not None, "the day has not begun"
        return self._streets

    def begin(self, streets: Streets) -> None:
        """Look at the road and at the board, again and again."""
        self._streets = streets
        for at_s in range(OPENS_S, CLOSES_S, self.look_s):
            streets.plan_at(at_s, self._watch)
            streets.plan_at(at_s, self._look)

    def placed(self, order: Order) -> None:
        """Let the outlet settle and order."""
        id_ = counters.place(self.town, order)
        self.ids[order.no], self.numbers[id_] = id_, order.no

    def packed(self, order: Order) -> None:
        """Let the outlet pack; what is urgent is looked at at once."""
        now_s = self.streets.now_s
        counters.pack(self.town, order, self.ids[order.no], now_s)
        self.new.add(order.no)
        if order.urgent and now_s >= OPENS_S:
            self.streets.plan_at(now_s, self._look)

    def ahead(self, courier: int) -> Sequence[Stop]:
        """Give what the courier's phone shows."""
        return self.lists[courier]

    def leaves_s(self, courier: int) -> int:
        """Tell when the plan lets a courier set out."""
        code = self.town.day.couriers[courier].code
        for route in self.plan.routes if self.plan else ():
            if route.courier_code == code:
                return second(route.leaves_at, self.town.day.given.day)
        return 0

    def did(self, courier: int, deeds: Sequence[Deed]) -> None:
        """Take what a phone sends, and strike it off the list."""
        self.log.batches += courier in self.silents
        phones.send(self.town, self.ids, deeds, self.streets.now_s)
        done = {it.stop for it in deeds}
        self.lists[courier] = [it for it in self.lists[courier] if it not in done]

    def silent(self, courier: int, *, is_silent: bool) -> None:
        """Lock the stops of a courier whose phone is silent; free them afterwards."""
        if is_silent:
            self.silents.add(courier)
        else:
            self.silents.discard(courier)
        self._lock(courier, is_silent=is_silent)

    def lost(self, breakdown: Breakdown, aboard: Sequence[int]) -> None:
        """Plan anew without a courier; what is cold and not met is returned for good."""
        now_s = self.streets.now_s
        for no in aboard:
            if not breakdown.met and self.town.day.orders[no].cold:
                phones.give_back(self.town, self.ids[no], breakdown.courier, now_s)
        code = self.town.day.couriers[breakdown.courier].code
        self.absent.append(Absent(code, self.town.at(now_s), breakdown.met))
        self.streets.plan_at(now_s, self._look)

    def close(self) -> None:
        """Return what nobody came for, and hand the rest out at the counters."""
        self._end_day()
        self._watch()
        self.log.positions, self.log.alerts = self.watch.positions, self.watch.told

    def _end_day(self) -> None:
        now_s = self.streets.now_s
        for order in self.town.day.orders:
            fate, id_ = self.streets.journal.fates[order.no], self.ids[order.no]
            if fate is Fate.LEFT:
                counters.hand_out(self.town, order, id_, now_s)
            for courier in range(len(self.codes)):
                if order.no in self.streets.aboard(courier):
                    phones.give_back(self.town, id_, courier, now_s)

    def _watch(self) -> None:
        self.watch.look(self.streets, self.silents)

    def _look(self, again: int = 0) -> None:
        """Look what is new, and ask for a plan where something is."""
        if self.is_asked:
            return
        mode = self._mode()
        if mode is None:
            return
        self.is_asked, self.told = True, list(self.absent)
        draft = self._first() if mode == "first" else self._again(mode)
        asked = partial(self._commit, draft, mode, again)
        self.streets.plan_at(self.streets.now_s + THINK_S, asked)

    def _mode(self) -> str | None:
        """Choose how much is planned anew."""
        if self.plan is None:
            return "first" if self.new else None
        now_s = self.streets.now_s
        if self.absent:
            return "whole"
        rested = now_s - self.whole_s >= REST_S
        if rested and (self._behind_s() > BEHIND_S or self._left()):
            return "whole"
        return "insert" if self.new else None

    def _behind_s(self) -> int:
        """Tell how late the latest courier is by the plan, in seconds."""
        late_s = [0]
        for courier, stops in enumerate(self.lists):
            heard = courier not in self.silents and not self.streets.is_gone(courier)
            if stops and heard:
                late_s.append(self.streets.now_s - self.due_s[courier][stops[0]])
        return max(late_s)

    def _left(self) -> bool:
        return bool(self.plan and self.plan.unserved)

    def _first(self) -> PlanView:
        given = self.town.day.given
        asked = Slice(
            cast.CARRIER,
            given.day,
            time(OPENS_S // 3600),
            time(CLOSES_S // 3600),
            seed=given.seed,
            seconds_max=SECONDS_MAX,
            reserve_percent=self.reserve_percent,
        )
        self.new.clear()
        with self.town.open() as session:
            return service.plan_slice(
                session,
                self.town.desk,
                asked,
                now=self.town.at(self.streets.now_s),
                travel=self.travel,
                id_=self._number(),
            )

    def _again(self, mode: str) -> PlanView:
        assert self.plan is not None
        town, now = self.town, self.town.at(self.streets.now_s)
        asked = Replan(
            mode,
            seed=town.day.given.seed,
            seconds_max=SECONDS_MAX,
            absent=tuple(self.absent),
            reason="配送员不能再送" if self.absent else "新订单",
        )
        if mode == "whole":
            self.whole_s = self.streets.now_s
        self.new.clear()
        with town.open() as session:
            planning = service.ask_replan(
                session,
                self.plan.id,
                asked,
                id_=self._number(),
                carrier_code=cast.CARRIER,
                by=_WHO,
                now=now,
            )
        state = service.carry_out(
            town.open, town.desk, planning.id, clock=lambda: now, travel=self.travel
        )
        with town.open() as session:
            assert state == "done", service.planning(
                session, planning.id, carrier_code=cast.CARRIER, now=now
            )
            return service.plan(
                session, town.desk, planning.id, carrier_code=cast.CARRIER
            )

    def _commit(self, draft: PlanView, mode: str, again: int) -> None:
        self.is_asked = False
        now_s = self.streets.now_s
        try:
            with self.town.open() as session:
                plan = service.commit_plan(
                    session,
                    self.town.desk,
                    plan_id=draft.id,
                    carrier_code=cast.CARRIER,
                    now=self.town.at(now_s),
                )
        except Conflict:
            if again == _AGAIN_MAX:
                raise
            self.log.outdated += 1
            self.new.add(-1)  # there is something to be planned in any case
            self._look(again + 1)
            return
        self.absent = [it for it in self.absent if it not in self.told]
        self.log.modes[mode] += 1
        self._take_up(plan)
        self.streets.wake()
        if self.absent:
            self._look()

    def _take_up(self, plan: PlanView) -> None:
        """Let the phones show a plan."""
        before, self.plan = self.lists, plan
        routes = {self.codes[it.courier_code]: it for it in plan.routes}
        self.lists = [self._stops(routes.get(no)) for no in range(len(self.codes))]
        if self.log.versions:
            self.log.kept.append(kept_of(before, self.lists))
        self.log.planned_s |= self._planned_s()
        leaves = tuple(self.leaves_s(no) for no in range(len(self.codes)))
        stops = tuple(tuple(it) for it in self.lists)
        self.log.versions.append(Version(self.streets.now_s, stops, leaves))
        for no in sorted(self.silents):
            self._lock(no, is_silent=True)

    def _planned_s(self) -> dict[int, int]:
        """Tell when what is still to be fetched is to be handed over."""
        return {
            it.order: self.due_s[courier][Stop(it.order, Kind.DROPOFF)]
            for courier, stops in enumerate(self.lists)
            for it in stops
            if it.kind is Kind.PICKUP
        }

    def _stops(self, route: RouteView | None) -> list[Stop]:
        listed = []
        for it in route.stops if route else ():
            if it.order_id is not None and it.done_at is None:
                stop = Stop(self.numbers[it.order_id], Kind(it.kind))
                assert route is not None
                courier = self.codes[route.courier_code]
                due_s = second(it.start_at, self.town.day.given.day)
                self.due_s[courier][stop] = due_s
                listed.append(stop)
        return listed

    def _lock(self, courier: int, *, is_silent: bool) -> None:
        code = self.town.day.couriers[courier].code
        if self.plan is None:
            return
        named = [it.id for it in self.plan.routes if it.courier_code == code]
        if named:
            with self.town.open() as session:
                service.lock(
                    session,
                    self.town.desk,
                    self.plan.id,
                    Locks(routes=named, locked=is_silent, reason="手机离线"),
                    carrier_code=cast.CARRIER,
                    by=_WHO,
                    now=self.town.at(self.streets.now_s),
                )

    def _number(self) -> UUID:
        return UUID(int=self._chance.getrandbits(128), version=4)
