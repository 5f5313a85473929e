"""The orders of a day while they are being made: always feasible, never dearer than before."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from routing.problem import Courier, Kind, Parcel, Problem
from routing.timing import Stop, route_fen, stops_of

if TYPE_CHECKING:
    from routing.solve.model import Orders

_SPARE_MIN = 4


class Board:
    """Every courier's order of stops, with its price, and the parcels in none."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.couriers = {courier.id: courier for courier in problem.couriers}
        self.parcels = {parcel.id: parcel for parcel in problem.parcels}
        self.orders: Orders = {}
        self._fen: dict[str, int] = {}
        self._left = dict(self.parcels)
        self.left_fen = sum(map(problem.unserved_fen, problem.parcels))
        self.better = False

    @property
    def fen(self) -> int:
        """Return what the orders cost as they stand."""
        return sum(self._fen.values()) + self.left_fen

    @property
    def unserved(self) -> list[Parcel]:
        """Return the parcels that are in no order."""
        return list(self._left.values())

    def take(
        self,
        names: Iterable[str],
        found: Mapping[str, Sequence[Stop]],
        *,
        forced: bool = False,
    ) -> bool:
        """Put the orders of some couriers in place if they keep every limit and are cheaper.

        Parcels of those couriers that are in none of the orders found stay behind. What
        is forced goes in place at any price.
        """
        names = list(names)
        prices = self._prices(found)
        if prices is None:
            return False
        had = {s.parcel.id for name in names for s in self.orders.get(name, ())}
        has = {stop.parcel.id for stops in found.values() for stop in stops}
        if not has <= had | self._left.keys():
            return False
        gained = sum(self.price(it) for it in had - has)
        gained -= sum(self.price(it) for it in has - had)
        added = sum(prices.values()) - sum(self._fen.get(it, 0) for it in names)
        if added + gained >= 0 and not forced:
            return False
        self._put(names, found, prices)
        self._left.update({it: self.parcels[it] for it in had - has})
        for name in has - had:
            del self._left[name]
        self.left_fen += gained
        self.better = True
        return True

    def take_fixed(self, courier: Courier) -> None:
        """Begin a courier's order with the stops that are fixed, and what they lead to."""
        pairs = {
            it[0]: stops_of(self.problem, self.parcels[it[0]]) for it in courier.fixed
        }
        stops = [
            pairs[name][-1 if kind is Kind.DROPOFF else 0]
            for name, kind in courier.fixed
        ]
        dropped = {name for name, kind in courier.fixed if kind is Kind.DROPOFF}
        for name in pairs.keys() - dropped:
            stops = self._cheapest(courier, stops, pairs[name][-1])
        self.take([courier.id], {courier.id: stops}, forced=True)

    def _cheapest(
        self, courier: Courier, stops: Sequence[Stop], door: Stop
    ) -> list[Stop]:
        """Put one drop-off behind the fixed stops where it is cheapest, or last."""
        tried = [
            [*stops[:at], door, *stops[at:]]
            for at in range(len(courier.fixed), len(stops) + 1)
        ]
        prices = [route_fen(self.problem, courier, each) for each in tried]
        fitting = [(fen, at) for at, fen in enumerate(prices) if fen is not None]
        return tried[min(fitting)[1] if fitting else -1]

    def crew_of(self, couriers: Sequence[Courier]) -> list[Courier]:
        """Leave out idle couriers who are like enough others that are idle."""
        busy = sum(courier.id in self.orders for courier in couriers)
        spare = max(_SPARE_MIN, busy // 4) if busy else len(couriers)
        alike: Counter[object] = Counter()
        chosen = []
        for courier in couriers:
            if courier.id not in self.orders:
                like = replace(courier, id="-")
                alike[like] += 1
                if alike[like] > spare:
                    continue
            chosen.append(courier)
        return chosen

    def price(self, parcel_id: str) -> int:
        """Return what leaving one parcel behind costs."""
        return self.problem.unserved_fen(self.parcels[parcel_id])

    def _prices(self, found: Mapping[str, Sequence[Stop]]) -> dict[str, int] | None:
        prices: dict[str, int] = {}
        for name, stops in found.items():
            fen = route_fen(self.problem, self.couriers[name], stops)
            if fen is None:
                return None
            prices[name] = fen
        return prices

    def _put(
        self,
        names: Sequence[str],
        found: Mapping[str, Sequence[Stop]],
        prices: Mapping[str, int],
    ) -> None:
        for name in names:
            self.orders.pop(name, None)
            self._fen.pop(name, None)
        for name, stops in found.items():
            if stops:
                self.orders[name] = list(stops)
                self._fen[name] = prices[name]
