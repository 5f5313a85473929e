"""Why something may not be done with a designation: a code, a sentence and the next step."""

from dataclasses import replace

from pharmacies.errors import Words


class Refused(Exception):
    """An act of a designation's life that is not done; `code` names why."""

    def __init__(self, code: str, words: Words, left: int | None = None) -> None:
        super().__init__(words.en)
        self.code = code
        self.words = words
        self.left = left  # how many a unit would have, where it leaves its target


REFUSALS = {
    "not-applied": Words(
        "这家机构还没有申请。",
        "This outlet has not applied.",
        "请先登记申请。",
        "Enter its application first.",
    ),
    "being-examined": Words(
        "已经有一份申请在办理。",
        "An application is being dealt with.",
        "请先对这份申请作出决定。",
        "Decide on that application first.",
    ),
    "not-signed": Words(
        "评估合格，但协议还没有签订。",
        "It was found fit, but no agreement is signed.",
        "请先签订协议。",
        "Sign the agreement first.",
    ),
    "found-unfit": Words(
        "上一次评估不合格。",
        "It was examined and found unfit.",
        "请整改后重新申请。",
        "It puts right what was found and applies again.",
    ),
    "not-begun": Words(
        "协议已经签订，还没有到生效日。",
        "The agreement is signed and has not begun.",
        "不需要重新申请。",
        "There is no need to apply again.",
    ),
    "agreement-stands": Words(
        "已经有一份协议。",
        "There is an agreement already.",
        "需要延长的请续签，需要停止的请中止或终止。",
        "Renew it to prolong it; suspend or end it to stop it.",
    ),
    "agreement-over": Words(
        "协议已经终止。",
        "The agreement is over.",
        "请重新申请。",
        "Apply anew.",
    ),
    "too-early": Words(
        "评估不合格的，整改期满后才能再次申请。",
        "After it was found unfit, it may apply again only when the time has passed.",
        "请在期满之日起再申请。",
        "Apply on that day or later.",
    ),
    "general-needed": Words(
        "指定药店必须是医保定点零售药店：没有覆盖这段日期的定点协议。",
        "A designated pharmacy needs a general agreement over all of these days.",
        "请先签订或续签定点协议。",
        "Sign or renew the general agreement first.",
    ),
    "not-a-pharmacy": Words(
        "只有零售药店可以申请指定药店。",
        "Only a pharmacy can apply to be a designated pharmacy.",
        "请核对机构编码。",
        "Check the outlet's code.",
    ),
    "condition-unmet": Words(
        "有条件不符合，不能评为合格。",
        "A condition is not met; it cannot be found fit.",
        "请评为不合格并写明理由，或待其补正后再评估。",
        "Refuse it with a reason, or wait until it is put right.",
    ),
    "condition-unknown": Words(
        "申请材料缺少内容，无法判断条件是否符合。",
        "The dossier leaves something out; a condition cannot be judged.",
        "请补充材料后再评估。",
        "Have the dossier completed first.",
    ),
    "in-the-past": Words(
        "生效日早于今天：这期间的结算已经按原来的状态办理。",
        "The day is before today: what was settled since then rests on what was known.",
        "请改用今天或以后的日期；确属补录的，请注明补录。",
        "Take today or a later day; what is only entered late is marked so.",
    ),
    "bad-days": Words(
        "日期前后不符。",
        "The days do not fit together.",
        "请核对起止日期。",
        "Check the first and the last day.",
    ),
    "no-unit": Words(
        "指定药店要计入一个目标任务分解单位。",
        "A designated pharmacy counts towards one of the quota units.",
        "请填写附件所列的单位。",
        "Name a unit of the annex.",
    ),
    "above-ceiling": Words(
        "这个单位设了上限，已经满额。",
        "This unit has a ceiling, and it is full.",
        "确需超出的，请写明理由并确认。",
        "To go beyond it, give a reason and confirm.",
    ),
    "below-floor": Words(
        "这样做会使该单位的指定药店低于目标（不低于）。",
        "This takes the unit below the number of pharmacies that it has to have.",
        "确需办理的，请写明理由并确认办理后的家数。",
        "To do it all the same, give a reason and confirm the number that is left.",
    ),
    "card-open": Words(
        "刷卡结算已经开通。",
        "Card settlement is open already.",
        "不需要重复登记。",
        "There is nothing to enter.",
    ),
    "suspended-already": Words(
        "这段日期里协议已经中止。",
        "The agreement is suspended in these days already.",
        "请先恢复，或改用其他日期。",
        "Resume it first, or take other days.",
    ),
    "not-suspended": Words(
        "协议没有中止。",
        "The agreement is not suspended.",
        "不需要恢复。",
        "There is nothing to resume.",
    ),
    "no-end": Words(
        "协议没有终止日，不需要续签。",
        "The agreement has no last day; there is nothing to prolong.",
        "需要停止的，请终止协议。",
        "End it to stop it.",
    ),
}


def refuse(
    code: str, *, zh: str = "", en: str = "", left: int | None = None
) -> Refused:
    """Make the refusal of a code; `zh` and `en` add a fact to its sentences."""
    words = REFUSALS[code]
    more = replace(words, zh=f"{words.zh}{zh}", en=f"{words.en} {en}".strip())
    return Refused(code, more, left)
