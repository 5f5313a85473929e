"""Why something may not be done with a prescription: a code, a sentence and the next step."""

from dispensing.errors import Conflict, Words

REFUSALS = {
    "review-needed": Words(
        "这张处方还没有经药师审方。",
        "No pharmacist has reviewed this prescription yet.",
        "请药师审方，通过后再继续。",
        "Let a pharmacist review it, then go on.",
    ),
    "second-review-needed": Words(
        "这张处方还差一位药师复核。",
        "A second pharmacist has not reviewed this prescription yet.",
        "请另一位药师复核，通过后再继续。",
        "Let another pharmacist review it, then go on.",
    ),
    "no-second-review": Words(
        "这张处方现在不需要复核。",
        "This prescription awaits no second review.",
        "需要时请先由一位药师审方。",
        "Where one is wanted, let a pharmacist review it first.",
    ),
    "reviewed-before": Words(
        "这张处方已经审方通过。",
        "This prescription was reviewed already.",
        "可以继续核验和结算。",
        "Go on with the check and the settlement.",
    ),
    "review-refused": Words(
        "药师审方没有通过，这张处方不能配药。",
        "A pharmacist refused this prescription; it cannot be dispensed.",
        "请患者联系开方医生，由医生撤销后重新开方。",
        "The patient asks the prescriber, who revokes it and writes another one.",
    ),
    "no-review": Words(
        "这张处方没有这样一次可以撤回的审方。",
        "There is no such passed review of this prescription to withdraw.",
        "请刷新处方，核对审方记录。",
        "Look at the prescription again, and at its reviews.",
    ),
    "same-pharmacist": Words(
        "复核的药师与审方的药师是同一人。",
        "The second pharmacist is the one who reviewed it first.",
        "请另一位药师用自己的账号复核。",
        "Let another pharmacist review it with an account of their own.",
    ),
    "claimed-elsewhere": Words(
        "这张处方已被另一家药店锁定。",
        "Another pharmacy holds this prescription.",
        "请到那家药店取药，或请那家药店退回后再来。",
        "Go to that pharmacy, or ask it to return the prescription.",
    ),
    "claim-secret": Words(
        "锁定凭据不对，或已经失效。",
        "The secret of the claim is wrong or no longer holds.",
        "请刷新处方；本店需要时请重新锁定。",
        "Look at the prescription again, and claim it anew where it is wanted.",
    ),
    "not-claimed": Words(
        "这张处方没有被锁定。",
        "No pharmacy holds this prescription.",
        "不需要退回；需要配药时请先锁定或直接结算。",
        "There is nothing to return; claim or settle it where it is wanted.",
    ),
    "being-settled": Words(
        "这张处方正在结算，结果还没有确定。",
        "This prescription is being settled; the outcome is not certain yet.",
        "请等待结算结果，或由药店查询医保平台，然后再办理。",
        "Wait for the outcome, or let the pharmacy ask the platform, then try again.",
    ),
    "settled-before": Words(
        "处方已经结算，不能这样做。",
        "The prescription is settled; this cannot be done.",
        "请先联系药店冲正结算。",
        "Ask the pharmacy to reverse the settlement first.",
    ),
    "being-reversed": Words(
        "这笔结算正在冲正，药品不能交付。",
        "The settlement is being reversed; the medicine stays at the outlet.",
        "请等待冲正完成后重新结算。",
        "Wait for the reversal, then settle again.",
    ),
    "not-settled": Words(
        "这张处方还没有结算，或已经取药。",
        "The prescription is not settled, or the medicine was handed over already.",
        "请先在药店完成结算。",
        "Settle it at the pharmacy first.",
    ),
    "not-posted": Words(
        "这笔结算没有入账，不需要冲正。",
        "This settlement is not posted; there is nothing to reverse.",
        "如结果未知，请先查询结算结果。",
        "If its outcome is unknown, ask for the result first.",
    ),
    "delivery-ordered": Words(
        "这张处方已经下单配送。",
        "A delivery was ordered for this prescription.",
        "请先取消配送订单，再在柜台取药。",
        "Cancel the delivery order first.",
    ),
    "on-the-road": Words(
        "药品已经排入配送路线，不能冲正。",
        "The parcel is on a delivery route; the settlement cannot be reversed now.",
        "请联系配送公司：由配送员登记“送达失败，退回”后自动冲正。",
        "Ask the delivery firm: the courier's failed delivery with return reverses it.",
    ),
    "handed-over": Words(
        "药品已经交给患者，不能冲正：除质量原因外，药品一经售出不得退换。",
        "The medicine was handed over; what was sold is not taken back but for its quality.",
        "药品有质量问题的，按药店质量投诉流程处理；记错账的，在对账里登记差异。",
        "Where its quality is at fault, follow the pharmacy's complaints procedure; what"
        " was booked wrongly is booked as a difference in the reconciliation.",
    ),
    "dispensed": Words(
        "这张处方的药品已经全部取走。",
        "Everything of this prescription was handed out.",
        "如需继续用药，请医生开新的处方。",
        "Where more is needed, ask the doctor for a new prescription.",
    ),
    "part-dispensed": Words(
        "这张处方的药品已经取走一部分。",
        "A part of this prescription was handed out.",
        "请结清剩余部分，或写明原因后关闭剩余部分。",
        "Settle the rest, or close it with a reason.",
    ),
    "revoked": Words(
        "处方已被医院撤销。",
        "The prescription was revoked by its issuer.",
        "请患者联系开方医生。",
        "The patient asks the prescriber.",
    ),
    "lapsed": Words(
        "处方已过有效期。",
        "The prescription has lapsed.",
        "请患者联系开方医生重新开方。",
        "The patient asks the prescriber for a new one.",
    ),
    "still-valid": Words(
        "处方还在有效期内。",
        "The prescription is still valid.",
        "它在最后一天结束时自动失效。",
        "It lapses by itself when its last day is over.",
    ),
    "refused": Words(
        "这张处方不能用医保结算，原因见各项检查。",
        "The checks refuse this prescription; each finding says why.",
        "请按每项检查给出的下一步办理。",
        "Follow the next step that each finding gives.",
    ),
    "nothing-owed": Words(
        "这张处方没有未取的部分。",
        "Nothing of this prescription is owed.",
        "不需要关闭剩余部分。",
        "There is no rest to close.",
    ),
    "no-refill": Words(
        "这张处方现在没有可以续取的次数或剩余部分。",
        "This prescription has no further filling and no rest to fill now.",
        "请按第一次取药办理，或请医生开新的处方。",
        "Settle it as a first filling, or ask the doctor for a new prescription.",
    ),
    "name-filling": Words(
        "这张处方以前取过药，请写明这是第几次结算。",
        "Something of this prescription was filled before; the number of the filling"
        " is missing.",
        "请刷新处方，按页面显示的次数结算。",
        "Look at the prescription again and settle the filling that it names.",
    ),
    "other-filling": Words(
        "要结算的次数不是现在这一次。",
        "The filling that was named is not the one that is open.",
        "请刷新处方，按页面显示的次数结算。",
        "Look at the prescription again and settle the filling that it names.",
    ),
    "too-early": Words(
        "还没有到可以续取的日子。",
        "It is too early for the next filling.",
        "请在可以续取的日子再来。",
        "Come again on the day that is named.",
    ),
    "not-prescribed": Words(
        "要结算的药品或数量不在处方的未取部分里；药店不得自行更换药品（药品管理法第五十八条）。",
        "A medicine or quantity is not in what is open of the prescription; a pharmacy"
        " may not replace a medicine (Drug Administration Law, art. 58).",
        "请按处方结算，或退回医生改方。",
        "Settle what is prescribed, or send it back to the prescriber.",
    ),
    "not-found": Words(
        "没有找到结算记录或订单。",
        "No such settlement or order.",
        "请核对号码后再试。",
        "Check the number and try again.",
    ),
    "order-state": Words(
        "订单的状态不允许这一步。",
        "The state of the order does not allow this step.",
        "请刷新页面，查看订单的最新状态。",
        "Refresh to see the order's latest state.",
    ),
    "not-open": Words(
        "这张处方不再等待药店，不能分享。",
        "This prescription awaits no pharmacy any more and cannot be shared.",
        "请查看处方的状态。",
        "Look at the state of the prescription.",
    ),
}


def refusal(code: str, *, zh: str = "", en: str = "") -> Conflict:
    """Make the refusal of a code; `zh` and `en` add a fact to its sentences."""
    words = REFUSALS[code]
    said = Words(
        f"{words.zh}{zh}",
        f"{words.en} {en}".strip(),
        words.next_zh,
        words.next_en,
    )
    return Conflict(said, code=code)
