"""Who may carry a parcel at all, and what would let somebody. Pure.

Licence, skills, cold box, room: what a courier is and has, whatever the clock says.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace

from routing.plan import Reason, Remedy
from routing.problem import Courier, Parcel, able

Equipped = Callable[[Courier], Courier]


def unable(
    couriers: Sequence[Courier], parcel: Parcel
) -> tuple[Reason, Remedy, list[Courier]] | None:
    """Return why no courier may carry a parcel, the remedy, and who then could.

    None if somebody may. Each demand in turn leaves fewer couriers; the first that
    leaves none is the reason, and its remedy is given to those who were left.
    """
    if any(able(courier, parcel) for courier in couriers):
        return None
    free = replace(parcel, courier_id=None)
    others = [courier for courier in couriers if able(courier, free)]
    if others:
        return Reason.COURIER_UNABLE, Remedy.FREE_COURIER, others
    left = [it for it in couriers if parcel.courier_id in (None, it.id)]
    for reason, meets, remedy, equipped in _demands(parcel):
        then = [courier for courier in left if meets(courier)]
        if not then:
            helped = [equipped(courier) for courier in left]
            return reason, remedy, [it for it in helped if able(it, parcel)]
        left = then
    raise AssertionError(f"{parcel.id}: nobody may carry it, but nothing is amiss")


def _demands(
    parcel: Parcel,
) -> list[tuple[Reason, Callable[[Courier], bool], Remedy, Equipped]]:
    """List what a parcel asks of a courier, and how a courier comes to have it."""
    cold = parcel.size_parcels if parcel.cold else 0

    def boxed(courier: Courier) -> Courier:
        room = max(courier.cold_capacity_parcels, cold)
        whole = max(courier.capacity_parcels, room)
        return replace(courier, cold_capacity_parcels=room, capacity_parcels=whole)

    def roomy(courier: Courier) -> Courier:
        whole = max(courier.capacity_parcels, parcel.size_parcels)
        return boxed(replace(courier, capacity_parcels=whole))

    def strong(courier: Courier) -> Courier:
        return replace(courier, capacity_g=parcel.weight_g)

    return [
        (
            Reason.NO_LICENCE,
            lambda it: it.licensed_for(parcel.area),
            Remedy.LICENSE_COURIER,
            lambda it: replace(it, areas=None),
        ),
        (
            Reason.NO_SKILL,
            lambda it: parcel.skills <= it.skills,
            Remedy.TEACH_SKILL,
            lambda it: replace(it, skills=it.skills | parcel.skills),
        ),
        (
            Reason.NO_COLD_BOX,
            lambda it: not parcel.cold or it.cold_capacity_parcels > 0,
            Remedy.ADD_COLD_BOX,
            boxed,
        ),
        (
            Reason.TOO_LARGE,
            lambda it: (
                parcel.size_parcels <= it.capacity_parcels
                and cold <= it.cold_capacity_parcels
            ),
            Remedy.ENLARGE_ROOM,
            roomy,
        ),
        (
            Reason.TOO_HEAVY,
            lambda it: it.capacity_g is None or parcel.weight_g <= it.capacity_g,
            Remedy.ENLARGE_ROOM,
            strong,
        ),
    ]
