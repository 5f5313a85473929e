"""The sentences of the findings, Chinese and English side by side."""

from collections.abc import Mapping

Pair = tuple[str, str]

CHECK_NAMES: Mapping[str, Pair] = {
    "prescription.source": ("处方来源", "Where the prescription comes from"),
    "prescription.signature": ("处方签名或备案", "Signature or record number"),
    "prescription.issuer": ("开方机构定点", "The issuer is designated"),
    "prescription.validity": ("处方有效期", "Validity of the prescription"),
    "prescription.unused": ("处方未用过", "Not used before"),
    "insured.active": ("参保状态", "Insured that day"),
    "insured.scheme": ("险种", "Insurance scheme"),
    "insured.area": ("参保地与就医地", "Area of insurance"),
    "disease.covered": ("病种范围", "The disease is covered"),
    "disease.registered": ("病种登记", "The disease is registered"),
    "disease.exclusive": ("待遇不重复", "No double benefit"),
    "drug.catalogue": ("用药范围", "Within the drug range"),
    "drug.platform": ("省平台药品", "On the provincial platform"),
    "drug.forbidden": ("限制药品", "Restricted medicines"),
    "quantity.max_days": ("配药天数", "Days of supply"),
    "quantity.special_storage": ("特殊贮存药品天数", "Days of cold medicines"),
    "quantity.duplicate": ("重复配药", "Refill too early"),
    "outlet.admitted": ("机构类型", "Kind of outlet"),
    "outlet.designated": ("定点资格", "The outlet is designated"),
    "outlet.quota": ("指定药店家数", "Number of pharmacies"),
    "voucher.admitted": ("就医凭证", "Voucher"),
    "trace.codes": ("追溯码", "Trace codes"),
    "benefit.open_parameter": ("待遇参数", "Benefit figures"),
}

WHY: Mapping[str, Pair] = {
    "passed": ("符合规定。", "This is in order."),
    "prescription.source": (
        "这张处方的来源（{source}）不在认可范围内：只认定点医疗机构外配处方和互联网医院电子处方。",
        "The prescription came by a way ({source}) that is not accepted: only those of "
        "designated institutions and internet hospitals are.",
    ),
    "signature.invalid": (
        "处方的电子签名核对不上，可能被改动过，不能使用。",
        "The electronic signature does not match: the prescription may have been "
        "changed, so it cannot be used.",
    ),
    "signature.unknown_key": (
        "处方签名用的密钥没有登记，无法确认是谁签的，不能使用。",
        "The prescription was signed with a key that is not registered, so nobody can "
        "tell who signed it; it cannot be used.",
    ),
    "signature.other_issuer": (
        "处方签名用的是另一家机构的密钥，不是开方机构签的，不能使用。",
        "The prescription was signed with the key of another institution than its "
        "issuer, so it cannot be used.",
    ),
    "signature.not_yet_valid": (
        "处方签名时，密钥还没有开始生效，不能使用。",
        "The prescription was signed before its key became valid, so it cannot be used.",
    ),
    "signature.expired": (
        "处方签名时，密钥已经过期，不能使用。",
        "The prescription was signed after its key had run out, so it cannot be used.",
    ),
    "signature.revoked": (
        "处方签名用的密钥当时已经吊销，不能使用。",
        "The key of the prescription's signature was revoked by then, so it cannot be "
        "used.",
    ),
    "signature.late_after_revocation": (
        "处方在密钥吊销之后才送到，无法证明是吊销之前签的，不能使用。",
        "The prescription came after its key had been revoked, too late to believe that "
        "it was signed before, so it cannot be used.",
    ),
    "signature.wrong_algorithm": (
        "处方的签名算法与登记的密钥不符，不能使用。",
        "The algorithm of the signature is not the one of the registered key, so the "
        "prescription cannot be used.",
    ),
    "signature.unreadable": (
        "处方的电子签名无法识别，不能使用。",
        "The electronic signature cannot be read, so the prescription cannot be used.",
    ),
    "signature.altered": (
        "处方的电子签名与内容对不上，内容可能被改动过，不能使用。",
        "The electronic signature does not fit what the prescription says: it may have "
        "been changed, so it cannot be used.",
    ),
    "signature.none": (
        "处方没有有效的电子签名，也没有可用的备案号，无法确认它的真实性。",
        "The prescription has neither a valid signature nor a usable record number, so "
        "it cannot be confirmed.",
    ),
    "signature.unsigned": (
        "互联网医院的电子处方要有有效的电子签名，这张没有，无法确认它的真实性。",
        "A prescription of an internet hospital needs a valid electronic signature; this "
        "one has none, so it cannot be confirmed.",
    ),
    "prescription.issuer": (
        "开处方的机构不是医保定点机构，医保不能支付。",
        "The institution that issued the prescription is not designated, so insurance "
        "cannot pay.",
    ),
    "validity.early": (
        "处方从{issued_on}起有效，{on}还不能用。",
        "The prescription is valid from {issued_on}; it cannot be used on {on}.",
    ),
    "validity.late": (
        "处方{issued_on}开具，有效{valid_days}天，到{last_day}为止，{on}已经过期。",
        "Issued on {issued_on} and valid for {valid_days} day(s), the prescription ended "
        "on {last_day}; {on} is too late.",
    ),
    "validity.lapsed": (
        "这张处方已经失效。",
        "The prescription has lapsed.",
    ),
    "validity.revoked": (
        "这张处方已被开方机构撤销。",
        "The issuer has revoked the prescription.",
    ),
    "prescription.unused": (
        "这张处方已经用过，不能再用第二次。",
        "The prescription has been used; it cannot be used again.",
    ),
    "insured.active": (
        "当天没有正常参保，医保暂时不能支付。",
        "You are not insured on this day, so insurance cannot pay.",
    ),
    "insured.scheme": (
        "这项待遇不包括{scheme}参保人。",
        "This benefit does not cover the {scheme} scheme.",
    ),
    "area.elsewhere": (
        "这里不在您的参保地，也没有到这里的异地备案，医保不能支付。",
        "This outlet is outside your area of insurance, and no filing leads here, so "
        "insurance cannot pay.",
    ),
    "area.away": (
        "您备案的居住地可以到定点医疗机构就医；政策没有写到药店，需要人工确认。",
        "Your filing lets you use designated institutions here; the text does not speak "
        "of pharmacies, so a person has to decide.",
    ),
    "area.away_level": (
        "您备案的居住地可以到二级以上的定点医院就医；这家机构（{venue}）不在其列，需要人工确认。",
        "Your filing lets you use a designated hospital of level 2 or above here; this "
        "institution ({venue}) is none, so a person has to decide.",
    ),
    "covered.refused": (
        "{disease}不在慢性病病种范围内。",
        "{disease} is not among the chronic diseases covered.",
    ),
    "covered.review": (
        "本文没有列出全部病种，{disease}是否在内，要看《{left_to}》，需要人工确认。",
        "The text does not list all diseases; whether {disease} is one is told by "
        "“{left_to}”, so a person has to decide.",
    ),
    "registered.never": (
        "您还没有登记{disease}，暂时不能享受这项待遇。",
        "You are not registered with {disease} yet, so the benefit cannot start.",
    ),
    "registered.later": (
        "您的{disease}登记从{since}起生效，今天还不能享受待遇。",
        "Your registration with {disease} starts on {since}; not yet today.",
    ),
    "disease.exclusive": (
        "您从{since}起已经享受{disease}门诊慢性病待遇，两项待遇不能重复享受。",
        "Since {since} you have the outpatient chronic benefit for {disease}; the two "
        "benefits cannot be had together.",
    ),
    "drug.catalogue": (
        "{medicine}不在{disease}的用药范围内，医保不能支付。",
        "{medicine} is not in the drug range for {disease}, so insurance cannot pay.",
    ),
    "drug.platform": (
        "{medicine}不在省药械采购平台上，药店不能按医保结算。",
        "{medicine} is not on the provincial platform, so a pharmacy cannot settle it.",
    ),
    "forbidden.pharmacy": (
        "{medicine}属于{group}，不能在药店凭外配处方或网络处方配。",
        "{medicine} belongs to a restricted group ({group}); a pharmacy may not dispense "
        "it on such a prescription.",
    ),
    "forbidden.long": (
        "{medicine}属于{group}，不适用长期处方：开了{supply_days}天，最多{days_usual}天。",
        "{medicine} ({group}) may not be on a long prescription: {supply_days} days were "
        "written, {days_usual} are the most.",
    ),
    "max_days.refused": (
        "{medicine}一次开了{supply_days}天，最多只能{days_max}天。",
        "{medicine} was written for {supply_days} days; {days_max} are the most at once.",
    ),
    "max_days.review": (
        "{medicine}开了{supply_days}天，超过{days_max}天要按长期处方办理，处方上没有这个标记。",
        "{medicine} was written for {supply_days} days; more than {days_max} needs a "
        "long prescription, and the mark is missing.",
    ),
    "quantity.special_storage": (
        "{medicine}需要特殊贮存，开了{supply_days}天，超过{days_max}天须有人复核。",
        "{medicine} needs special storage; {supply_days} days is more than {days_max}, "
        "so a person has to decide.",
    ),
    "quantity.duplicate": (
        "{medicine}上次{had_on}配的还够用{left_days}天，超过{early_refill_days}天，须有人复核。",
        "{medicine} from {had_on} still lasts {left_days} days, more than "
        "{early_refill_days}, so a person has to decide.",
    ),
    "admitted.refused": (
        "这项待遇目前不能在药店结算。",
        "This benefit cannot be settled at a pharmacy at present.",
    ),
    "admitted.review": (
        "政策没有写到药店，需要人工确认。",
        "The text does not speak of pharmacies, so a person has to decide.",
    ),
    "outlet.designated": (
        "这家{kind}当天不是医保定点，医保不能支付。",
        "This {kind} is not designated on this day, so insurance cannot pay.",
    ),
    "quota.floor": (
        "{unit}应有指定药店不少于{target}家，现有{designated}家；不影响您这次配药。",
        "{unit} should have at least {target} pharmacies and has {designated}; this does "
        "not affect you.",
    ),
    "quota.ceiling": (
        "{unit}的指定药店以{target}家为限，现有{designated}家，这家在限额之外。",
        "{unit} is limited to {target} pharmacies and has {designated}; this one is "
        "beyond the limit.",
    ),
    "quota.unknown": (
        "{unit}不在目标任务分解表中；不影响您这次配药。",
        "{unit} is not in the table of targets; this does not affect you.",
    ),
    "voucher.admitted": (
        "{voucher}当天还不能作为这里的就医凭证。",
        "The {voucher} is not a voucher here on this day.",
    ),
    "trace.codes": (
        "{medicine}没有扫追溯码，医保基金不能结算。",
        "The trace codes of {medicine} were not scanned, so the fund cannot pay.",
    ),
    "benefit.open_parameter": (
        "报销金额要按另一份文件（{left_to}）的数字计算，系统里还没有：{parameters}。",
        "The amount needs figures of another document ({left_to}) that are not entered "
        "yet: {parameters}.",
    ),
}

NEXT_STEPS: Mapping[str, Pair] = {
    "ask_prescriber": (
        "请联系开处方的医生，核对后重新开具。",
        "Please ask the prescribing doctor to check it and write a new one.",
    ),
    "ask_record_no": (
        "请向开方机构要处方备案号，或请其发送电子处方。",
        "Please ask the issuer for the record number, or for an electronic prescription.",
    ),
    "see_designated_doctor": (
        "请到医保定点医疗机构开方。",
        "Please have it issued by a designated institution.",
    ),
    "come_later": (
        "请在{come_on}或之后再来；如情况特殊，请药师写明理由后复核。",
        "Please come back on or after {come_on}; in a special case the pharmacist may "
        "state a reason.",
    ),
    "wait_for_issue": (
        "请在处方开具当天或之后再来。",
        "Please come back on or after the day of issue.",
    ),
    "renew_prescription": (
        "请联系医生或互联网医院重新开处方。",
        "Please ask the doctor or the internet hospital for a new prescription.",
    ),
    "renew_insurance": (
        "请到参保地医保经办机构查询参保缴费情况。",
        "Please ask the insurance office about your contributions.",
    ),
    "ask_other_benefit": (
        "请向医保经办机构询问是否有其他门诊待遇。",
        "Please ask the insurance office whether another outpatient benefit applies.",
    ),
    "use_institution_there": (
        "请到居住地的定点医疗机构配药，或等候人工确认。",
        "Please use a designated institution there, or wait for the decision.",
    ),
    "use_outlet_at_home": (
        "请到参保地的定点机构配药，或先办理异地长期居住备案。",
        "Please use an outlet in your area of insurance, or file your residence first.",
    ),
    "register_disease": (
        "请带病历到定点医疗机构办理病种登记。",
        "Please register the disease at a designated institution.",
    ),
    "wait_for_registration": (
        "请在{since}或之后再来。",
        "Please come back on or after {since}.",
    ),
    "use_chronic_benefit": (
        "请按门诊慢性病待遇结算。",
        "Please settle under the outpatient chronic benefit.",
    ),
    "use_hospital": (
        "请到定点医疗机构配药。",
        "Please have it dispensed at a designated institution.",
    ),
    "reduce_days": (
        "请医生把天数减少后重新开具。",
        "Please ask the doctor to write fewer days.",
    ),
    "ask_long_term_flag": (
        "请医生评估病情，您签名后补上长期处方标记；或先配4周的量。",
        "Please ask the doctor to assess you and mark a long prescription, which you "
        "sign; or take four weeks first.",
    ),
    "override_or_reduce": (
        "请药师写明理由后放行，或先配4周的量。",
        "The pharmacist may state a reason and go on, or give four weeks first.",
    ),
    "use_designated_outlet": (
        "请换一家定点机构。",
        "Please use a designated outlet.",
    ),
    "tell_bureau": (
        "无需您做什么，已提示医保部门。",
        "You need not do anything; the bureau is told.",
    ),
    "show_card": (
        "请出示社会保障卡。",
        "Please show your social security card.",
    ),
    "scan_trace_codes": (
        "请药店扫描每一盒的追溯码后再结算。",
        "The pharmacy has to scan the trace code of each box first.",
    ),
    "ask_bureau_for_figure": (
        "请医保部门填入文件规定的数字；在此之前不能计算金额。",
        "The bureau has to enter the figures of that document; until then the amount "
        "cannot be computed.",
    ),
    "ask_bureau_for_list": (
        "请医保部门按文件核对病种名单；确认之前不能按这项待遇结算。",
        "The bureau has to look the disease up in that document; until then the benefit "
        "cannot be settled.",
    ),
}

TERMS: Mapping[str, Pair] = {
    "passed": ("通过", "passed"),
    "warn": ("提示", "warning"),
    "review": ("需复核", "review"),
    "refused": ("不通过", "refused"),
    "accepted": ("通过", "accepted"),
    "resident": ("城乡居民医保", "residents"),
    "employee": ("职工医保", "employees"),
    "hospital": ("医疗机构", "hospital"),
    "pharmacy": ("药店", "pharmacy"),
    "village_clinic": ("村卫生室", "village clinic"),
    "primary": ("基层医疗机构", "primary institution"),
    "level2": ("二级医疗机构", "level-2 hospital"),
    "level3": ("三级医疗机构", "level-3 hospital"),
    "card": ("社会保障卡", "social security card"),
    "e_code": ("医保码", "insurance code"),
    "external": ("外配处方", "external prescription"),
    "internet_hospital": ("互联网医院电子处方", "internet hospital prescription"),
    "ordinary": ("普通药品", "ordinary"),
    "special_storage": ("特殊贮存药品", "special storage"),
    "narcotic": ("麻醉药品", "narcotic"),
    "psychotropic": ("精神药品", "psychotropic"),
    "toxic": ("医疗用毒性药品", "toxic"),
    "radioactive": ("放射性药品", "radioactive"),
    "precursor": ("药品类易制毒化学品", "precursor"),
    "antimicrobial": ("抗微生物药物", "antimicrobial"),
    "ratio": ("报销比例", "ratio"),
    "cap": ("年度限额", "yearly cap"),
    "total": ("总价", "total"),
    "own_paid": ("全自费", "own-paid"),
    "over_standard": ("超支付标准", "over the standard"),
    "self_pay": ("先行自付", "first self-pay"),
    "in_scope": ("政策范围内", "in scope"),
    "deductible": ("起付标准", "deductible"),
    "fund": ("统筹基金支付", "fund"),
    "account": ("个人账户支付", "account"),
    "mutual_aid": ("家庭共济支付", "family account"),
    "cash": ("现金支付", "cash"),
    # The label of figures that are not official stays beside its English.
    "示例数据": ("示例数据", "Sample data (示例数据)"),
}
