"""Which of the orders that a search is asked to begin with can be."""

from collections.abc import Mapping, Sequence

from routing.problem import Courier, Kind, Problem, able
from routing.timing import Stop, stops_of


def usable(
    problem: Problem, start: Mapping[str, Sequence[Stop]]
) -> dict[str, list[Stop]]:
    """Return the orders that a courier may have at all, as stops of this problem.

    Every parcel is whole in its order, pickup first, and nowhere else; its courier is
    able, and no other one has begun it. Clock and room are left to the board.
    """
    couriers = {courier.id: courier for courier in problem.couriers}
    begun = {name: it.id for it in problem.couriers for name, _ in it.fixed}
    whole = {
        parcel.id: {stop.kind: stop for stop in stops_of(problem, parcel)}
        for parcel in problem.parcels
    }
    orders: dict[str, list[Stop]] = {}
    taken: set[str] = set()
    for name, stops in start.items():
        told = [(stop.parcel.id, stop.kind) for stop in stops]
        names = {parcel_id for parcel_id, _ in told}
        if name not in couriers or not names <= whole.keys() - taken:
            continue
        own = all(begun.get(it, name) == name for it in names)
        if own and _may(couriers[name], told, whole):
            orders[name] = [whole[parcel_id][kind] for parcel_id, kind in told]
            taken |= names
    return orders


def _may(
    courier: Courier,
    told: Sequence[tuple[str, Kind]],
    whole: Mapping[str, Mapping[Kind, Stop]],
) -> bool:
    """Tell whether an order has all stops of its parcels once, each in its turn."""
    turns: dict[str, list[Kind]] = {}
    for parcel_id, kind in told:
        turns.setdefault(parcel_id, []).append(kind)
    return all(
        kinds == list(whole[name])
        and able(courier, next(iter(whole[name].values())).parcel)
        for name, kinds in turns.items()
    )
