"""What is said of a parcel left behind (未能安排的原因), in Chinese."""

from routing.plan import REASON_WORDS, Reason, Relaxation, Remedy, Unserved
from routing.problem import Parcel


def told(parcel: Parcel, reason: Reason, cure: Relaxation | None) -> Unserved:
    """Put a reason and its remedy into words."""
    words = REASON_WORDS[reason]
    if cure is None:
        return Unserved(parcel.id, reason, f"{words}；未找到可行的放宽办法", None)
    return Unserved(parcel.id, reason, f"{words}；{advice(cure)}", cure)


def advice(cure: Relaxation) -> str:
    """Say what would let a parcel go, by whom, and how many kilometres more it is."""
    who, minutes = f"配送员{cure.courier_id}", -(-cure.seconds // 60)
    words = {
        Remedy.LICENSE_COURIER: f"可为{who}办理该区域备案",
        Remedy.TEACH_SKILL: f"可为{who}办理所需资质",
        Remedy.ADD_COLD_BOX: f"可为{who}加配冷藏箱",
        Remedy.ENLARGE_ROOM: f"可为{who}换用更大的箱或车",
        Remedy.FREE_COURIER: f"可改派{who}",
        Remedy.LENGTHEN_FRIDGE_LIMIT: f"时限延长{minutes}分钟，{who}即可送达，或由更近的药店发药",
        Remedy.LENGTHEN_ABOARD_LIMIT: f"在途时间放宽{minutes}分钟，{who}即可送达",
        Remedy.READY_EARLIER: f"药店提前{minutes}分钟备好，{who}即可送达",
        Remedy.KEEP_PICKUP_OPEN: f"取货截止延后{minutes}分钟，{who}即可送达",
        Remedy.WIDEN_WINDOW: f"收货时段延后{minutes}分钟，{who}即可送达",
        Remedy.LENGTHEN_SHIFT: f"{who}的班次延长{minutes}分钟即可送达",
        Remedy.MOVE_BREAK: f"调整{who}的休息时间即可送达",
        Remedy.ADD_COURIER: f"可增派一名配送员（同{who}）",
        Remedy.SERVE_ANYWAY: f"仍可由{who}派送",
    }[cure.remedy]
    return f"{words}，多行{_km(cure.distance_m)}公里"


def _km(metres: int) -> str:
    """Return metres as kilometres with one decimal, rounded half up."""
    tenths = (metres + 50) // 100
    return f"{tenths // 10}.{tenths % 10}"
