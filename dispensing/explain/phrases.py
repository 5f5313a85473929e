"""The sentences of an explanation, Chinese and English side by side."""

from collections.abc import Mapping

Pair = tuple[str, str]

# What would have to be otherwise: one sentence for each kind of change.
CHANGES: Mapping[str, Pair] = {
    "days": (
        "请医生改开不超过{supply_days}天的量：{medicine}盒",
        "ask the doctor for {supply_days} days at most: {medicine} packs",
    ),
    "day_later": (
        "等到{on}再来",
        "come back on {on}",
    ),
    "day_earlier": (
        "（日子已过，只作说明）在{on}或之前来就可以",
        "(over, for your information only) it would have passed on {on} or before",
    ),
    "trace_codes": (
        "请店员把每一盒的追溯码都扫上",
        "have the trace code of every pack scanned",
    ),
    "voucher": (
        "改用{voucher}",
        "show your {voucher} instead",
    ),
    "record_no": (
        "向开方的医院要处方备案号，补上",
        "ask the issuing hospital for the record number of the prescription",
    ),
    "signature": (
        "请开方的医院重新发来带有效电子签名的处方",
        "ask the issuing hospital to send it again with a valid electronic signature",
    ),
    "long_term": (
        "请医生评估病情、您签字，开成长期处方",
        "have the doctor assess you and write it as a long prescription, which you sign",
    ),
    "renewal": (
        "请医生当天重新开一张同样的处方",
        "ask the doctor for the same prescription, issued anew on that day",
    ),
    "source": (
        "请医生改开{source}",
        "ask the doctor for an {source}",
    ),
    "issuer": (
        "到医保定点医疗机构开这张处方",
        "have it prescribed by a designated institution",
    ),
    "registration": (
        "先带病历到定点医疗机构办好{disease}登记（从办好那天起算）",
        "first register {disease} at a designated institution (it counts from that day)",
    ),
    "filing": (
        "先办理到这里的异地长期居住备案",
        "first file your long-term residence here",
    ),
    "insurance": (
        "先恢复正常参保",
        "first have your insurance active again",
    ),
    "outlet_home": (
        "改到参保地的定点{venue}配药",
        "have it dispensed at a designated {venue} in your area of insurance",
    ),
    "outlet_there": (
        "改到当地的定点{venue}配药",
        "have it dispensed at a designated {venue} there",
    ),
    "product_vbp": (
        "请医生或药师看能否把{medicine}换成集采药{product}，盒数不变",
        "ask whether {medicine} may be {product}, a product of central procurement, "
        "in as many packs",
    ),
    "product": (
        "请医生或药师看能否把{medicine}换成{product}，盒数不变",
        "ask whether {medicine} may be {product}, in as many packs",
    ),
}

# The facts that a check looked at.
FACTS: Mapping[str, Pair] = {
    "source": ("来源", "source"),
    "signature": ("电子签名", "electronic signature"),
    "record_no": ("备案号", "record number"),
    "issuer": ("开方机构", "issuer"),
    "on": ("配药日", "day of dispensing"),
    "issued_on": ("开具日", "issued on"),
    "valid_days": ("有效期", "valid for"),
    "status": ("处方状态", "state"),
    "active": ("参保", "insured"),
    "scheme": ("险种", "scheme"),
    "insured_area": ("参保地", "area of insurance"),
    "outlet_area": ("配药地", "area of the outlet"),
    "away_filed": ("异地备案", "filed residence"),
    "disease": ("病种", "disease"),
    "since": ("登记生效", "registered from"),
    "chronic_since": ("门诊慢性病待遇", "outpatient chronic benefit from"),
    "supply_days": ("开了", "written for"),
    "days_max": ("最长", "at most"),
    "days_usual": ("通常不超过", "usually at most"),
    "special_days": ("特殊贮存药品通常不超过", "with special storage usually at most"),
    "long_term": ("长期处方标记", "long-prescription mark"),
    "group": ("类别", "group"),
    "had": ("上次配药", "had before"),
    "early_refill_days": ("最多提前", "at most early"),
    "venue": ("机构", "outlet"),
    "designated": ("定点", "designated"),
    "unit": ("所属单位", "unit"),
    "standing": ("现有家数", "pharmacies"),
    "target": ("目标家数", "target"),
    "voucher": ("凭证", "voucher"),
    "traced": ("追溯码", "trace codes"),
    "in_range": ("在用药范围", "in the range"),
    "on_platform": ("在省平台", "on the platform"),
}

# The amounts of a worked sum, as one says them at home.
AMOUNTS: Mapping[str, Pair] = {
    "total": ("药费", "price of the medicine"),
    "own_paid": ("目录外的药，全部自己付", "outside the list, all yours"),
    "over_standard": (
        "超过医保支付标准的差价，自己付",
        "above the payment standard, yours",
    ),
    "self_pay": ("乙类药先自己付的部分", "first share of a class-乙 medicine, yours"),
    "in_scope": ("可以按比例报销的部分", "what insurance shares"),
    "deductible": ("起付线以内，先自己付", "within the deductible, yours first"),
    "uncut_fund": ("按比例算，医保基金该付", "the fund's share, before the limit"),
    "fund": ("医保基金付", "the insurance fund pays"),
    "account": ("个人账户付", "from your personal account"),
    "mutual_aid": ("家人的个人账户付（共济）", "from a relative's account"),
    "cash": ("付现金", "in cash"),
}

WORDS: Mapping[str, Pair] = {
    "yes": ("是", "yes"),
    "no": ("否", "no"),
    "none": ("无", "none"),
    "valid": ("有效", "valid"),
    "invalid": ("无效", "invalid"),
    "lapsed": ("已失效", "lapsed"),
    "revoked": ("已撤销", "revoked"),
    "used": ("已用过", "used"),
    "no_limit": ("没有规定", "not stated"),
    "days": ("{days}天", "{days} days"),
}

# Sentences of the page.
PAGE: Mapping[str, Pair] = {
    "accepted": ("可以结算", "It can be settled"),
    "review": ("需要人工核对", "A person has to look at it"),
    "refused": ("现在不能用医保结算", "It cannot be settled with insurance now"),
    "you_pay": ("您付 {amount} 元", "you pay {amount} yuan"),
    "of_total": (
        "药费一共 {total} 元，医保基金付 {fund} 元，您付 {amount} 元。",
        "The medicine costs {total} yuan in all: the insurance fund pays {fund} yuan, you "
        "pay {amount} yuan.",
    ),
    "if_agreed": (
        "如果核对后同意：药费一共 {total} 元，医保基金付 {fund} 元，您付 {amount} 元。",
        "If it is agreed: the medicine costs {total} yuan in all, the insurance fund pays "
        "{fund} yuan, you pay {amount} yuan.",
    ),
    "from_account": (
        "您付的钱里，{account} 元从个人账户出，{cash} 元付现金。",
        "Of what you pay, {account} yuan come from your personal account, {cash} yuan "
        "in cash.",
    ),
    "from_family": (
        "另有 {aid} 元从家人的个人账户出（家庭共济）。",
        "A further {aid} yuan come from a relative's account.",
    ),
    "no_amount": (
        "现在还算不出医保付多少；药费一共 {total} 元。",
        "What insurance pays cannot be computed yet; the medicine costs {total} yuan in "
        "all.",
    ),
    "all_yours": (
        "不用医保，药费一共 {total} 元要全部自己付。",
        "Without insurance, all of the {total} yuan would be yours to pay.",
    ),
    "not_given": (
        "药费一共 {total} 元。照这张处方现在不能配药，医保也不付。",
        "The medicine costs {total} yuan in all. On this prescription it cannot be given "
        "out now, and insurance does not pay.",
    ),
    "why": ("为什么", "Why"),
    "note": ("提醒", "Please note"),
    "next": ("接下来", "What you can do"),
    "ways": ("怎样才能通过", "What would make it pass"),
    "ways_review": ("怎样才能交人工核对", "What would bring it before a person"),
    "no_way": (
        "试过的办法都不行，请向医保经办机构或药店询问。",
        "Nothing that was tried helps; please ask the insurance office or the pharmacy.",
    ),
    "cheaper": ("怎样更省钱", "What would be cheaper"),
    "cheaper_then": ("通过以后还可以更省钱", "And cheaper still, once it passes"),
    "effect": ("这样您付 {amount} 元", "you then pay {amount} yuan"),
    "effect_before": ("原来 {amount} 元", "before: {amount} yuan"),
    "saves": ("省 {amount} 元", "{amount} yuan less"),
    "effect_review": ("之后由人工核对", "a person then decides"),
    "effect_open": ("金额还要人工核对", "the amount has to be looked at"),
    "sum": ("钱是怎么算的", "How the amount comes about"),
    "item": ("项目", "Amount"),
    "working": ("算式（元）", "Sum (yuan)"),
    "result": ("得数（元）", "Result (yuan)"),
    "basis": ("依据", "Rests on"),
    "whole_bill": ("整张单", "The whole bill"),
    "you": ("您一共付", "You pay in all"),
    "rounded": (
        "每一步四舍五入到分。",
        "Each step is rounded half up to the fen.",
    ),
    "smaller_deductible": (
        "起付线还差 {one}，能报销的部分 {other}，取小的",
        "{one} is left of the deductible, insurance shares {other}: the smaller",
    ),
    "smaller_fund": (
        "按比例 {one}，今年的限额还剩 {other}，取小的",
        "{one} by share, {other} is left of the year's limit: the smaller",
    ),
    "capped": ("（今年的限额只剩这么多）", " (all that is left of the year's limit)"),
    "looked": ("查过的每一项", "Everything that was checked"),
    "checked": ("检查", "Check"),
    "answer": ("结果", "Answer"),
    "facts": ("看了什么", "What was looked at"),
    "quoted": ("原文", "the text"),
    "paraphrased": ("大意，不是原文", "in our words, not the text"),
    "filled": (
        "这里的数字是另行填入的，出处：{source}",
        "The number itself was filled in, from: {source}",
    ),
    "sources": ("依据的原话", "The words it rests on"),
    "runs": (
        "为了写“怎样才能通过”和“怎样更省钱”，把规则重新算了 {runs} 次；每条都算过才写上。",
        "For what would make it pass or cheaper, the rules were asked {runs} times; "
        "nothing stands here that was not computed.",
    ),
    "labelled": (
        "{label}：本页金额用到了运营方填写的数字，不是官方数值。",
        "{label}: amounts on this page rest on figures that the operator entered, not on "
        "official ones.",
    ),
    "day": ("配药日 {on}", "Day of dispensing {on}"),
    "and": ("；并且", "; and "),
    "comma": ("，", ", "),
    "stop": ("。", "."),
    "colon": ("：", ": "),
    "semicolon": ("；", "; "),
}
