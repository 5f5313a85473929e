"""What happened to a prescription, in the words that a patient reads."""

from collections.abc import Mapping
from uuid import UUID

from sqlmodel import Session, col, select

from dispensing.service.claiming import RETURNS
from dispensing.service.refilling import CLOSURES
from dispensing.service.views import EventView
from dispensing.tables import EventRow
from pharmacies import service as pharmacies

EVENT_WORDS = {
    "received": ("已收到处方", "prescription received"),
    "revoked": ("医生已撤销", "revoked by the doctor"),
    "signature_lapsed": (
        "签名密钥已吊销，签名不再有效",
        "the key of its signature was revoked: the signature no longer counts",
    ),
    "lapsed": ("处方已过有效期", "the prescription has lapsed"),
    "reviewed": ("药师审方通过", "passed by a pharmacist's review"),
    "review_refused": ("药师审方不通过", "refused by a pharmacist's review"),
    "review_withdrawn": ("药师已撤回审方", "a pharmacist's review was withdrawn"),
    "claimed": ("药店已锁定处方", "held by a pharmacy"),
    "claim_returned": ("药店已退回处方", "given back by the pharmacy"),
    "claim_lapsed": ("药店锁定已到时", "the pharmacy's hold has ended"),
    "substitution_wanted": ("已退回医生改方", "sent back to the prescriber"),
    "part_dispensed": ("部分药品已交付", "a part was handed over"),
    "rest_closed": ("剩余部分已关闭", "the rest was closed"),
    "posted": ("已结算", "settled"),
    "void": ("结算未成功，没有扣款", "settlement failed, nothing was charged"),
    "unknown": ("结算结果待确认", "settlement outcome not known yet"),
    "reversed": ("结算已冲正，金额已退回", "settlement reversed, amounts returned"),
    "order_placed": ("已下单配送", "delivery ordered"),
    "order_packed": ("药店已备好药", "packed by the pharmacy"),
    "order_planned": ("已安排配送", "on a delivery route"),
    "order_out": ("正在配送", "on its way"),
    "order_handed_over": ("已送达", "delivered"),
    "order_returned": (
        "配送未成功，药品退回药店",
        "delivery failed, returned to the pharmacy",
    ),
    "order_held": ("暂缓派送", "the delivery is held back"),
    "order_released": ("恢复派送", "the delivery goes on"),
    "order_cancelled": ("配送已取消", "delivery cancelled"),
    "amount_differs": (
        "平台入账金额不符，已撤回",
        "booked otherwise there, taken back",
    ),
    "attempt_failed": (
        "本次未能送达，将再次配送",
        "not delivered this time, to be tried again",
    ),
    "breach_found": ("冷链偏离，等药师决定", "cold chain broken: a pharmacist decides"),
    "breach_decided": (
        "药师对冷链偏离的决定",
        "a pharmacist decided on the cold chain",
    ),
    "delay_explained": ("送达迟延的原因", "why the delivery is late"),
    "order_rescheduled": ("已改约送药时段", "another delivery window was agreed"),
    "address_corrected": ("送药地址已更正", "the address was corrected"),
    "code_renewed": (
        "收货码已更换，请看配送页",
        "the code for the door was renewed: see the delivery's page",
    ),
    "dispensed": ("药品已交付", "medicine handed over"),
    "proof_kept": ("已留存送达凭证", "a proof of the delivery was kept"),
}
Words = Mapping[str, tuple[str, str]]
_REVERSALS: Words = {
    "patient_changed_mind": ("患者改变主意", "the patient changed their mind"),
    "wrong_entry": ("录入错误", "wrong entry"),
    "out_of_stock": ("缺货", "out of stock"),
    "delivery_failed": ("配送失败", "the delivery failed"),
}
_RECEIVERS: Words = {
    "patient": ("患者本人", "the patient"),
    "proxy": ("代领人", "somebody for the patient"),
}
_FAILURES: Words = {
    "not_home": ("收货人不在", "nobody at home"),
    "refused": ("收货人拒收", "refused at the door"),
    "broken_seal": ("封签破损", "the seal was broken"),
    "wrong_address": ("地址有误", "wrong address"),
    "too_warm": ("冷链温度超标", "too warm on the way"),
    "late": ("超过约定时段", "the agreed window had passed"),
}
COLD_FAULTS: Words = {
    "too_warm": ("高于8.0°C", "above 8.0 °C"),
    "too_cold": ("低于2.0°C", "below 2.0 °C"),
    "too_long": ("离开冷藏柜的时间超过上限", "out of the fridge for too long"),
    "unwatched": ("没有温度读数的时间超过上限", "without a reading for too long"),
}
COLD_VERDICTS: Words = {
    "release": ("可以交付", "may be handed over"),
    "return": ("退回药店", "back to the pharmacy"),
    "destroy": ("退回并销毁", "back and destroyed"),
}
_PROOFS: Words = {
    "photo": ("照片", "a photograph"),
    "signature": ("签名", "a signature"),
}
# What the detail of an event is: a code with words of its own, an outlet, or as it was said.
_DETAILS: Mapping[str, Words] = {
    "claim_returned": {
        **RETURNS,
        "substitution": ("需要改方", "another medicine is wanted"),
        "review_withdrawn": ("药师已撤回审方", "a review was withdrawn"),
    },
    "rest_closed": CLOSURES,
    "reversed": _REVERSALS,
    "part_dispensed": _RECEIVERS,
    "dispensed": _RECEIVERS,
    "attempt_failed": _FAILURES,
    "breach_found": COLD_FAULTS,
    "breach_decided": COLD_VERDICTS,
    "proof_kept": _PROOFS,
}
_AT_OUTLET = ("claimed", "claim_lapsed", "posted", "unknown", "void")


def happened(session: Session, prescription_id: UUID) -> tuple[EventView, ...]:
    """List what happened to a prescription, the first first."""
    query = select(EventRow).where(col(EventRow.prescription_id) == prescription_id)
    return tuple(
        EventView(
            row.at,
            row.kind,
            *EVENT_WORDS[row.kind],
            row.by,
            row.detail,
            *_detail(session, row),
        )
        for row in session.exec(query.order_by(col(EventRow.id)))
    )


def _detail(session: Session, row: EventRow) -> tuple[str, str]:
    """Say the detail of an event in both languages; an outlet has its name for both."""
    if row.kind in _AT_OUTLET and row.detail:
        name = pharmacies.outlet(session, row.detail).name
        return name, name
    if row.kind == "amount_differs":
        return "", ""  # the reconciliation of the day tells the amounts
    return _DETAILS.get(row.kind, {}).get(row.detail, (row.detail, row.detail))
