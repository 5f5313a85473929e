"""What a person's own file calls the tables and columns that it shows, in both languages."""

Said = tuple[str, str]
SECTIONS: dict[str, tuple[Said, dict[str, Said]]] = {
    "person": (
        ("我是谁", "Who I am"),
        {
            "name": ("姓名", "Name"),
            "id_sealed": ("身份证号", "ID number"),
            "phone_sealed": ("电话", "Phone"),
            "address_sealed": ("地址", "Address"),
            "born_on": ("出生日期", "Born on"),
            "person_no": ("参保编号", "Insured number"),
        },
    ),
    "registration": (
        ("登记的慢性病", "Registered diseases"),
        {"disease_sealed": ("病种", "Disease"), "since": ("从哪天起", "Since")},
    ),
    "matching_enrolment": (
        ("无需申请、直接纳入的待遇", "Benefits given without an application"),
        {
            "filing_no": ("备案号", "Filing number"),
            "disease_sealed": ("病种", "Disease"),
            "since": ("从哪天起", "Since"),
        },
    ),
    "consent": (
        ("我同意过的事", "What I agreed to"),
        {
            "purpose": ("什么事", "Purpose"),
            "kind": ("同意或撤回", "Given or withdrawn"),
            "at": ("时间", "When"),
        },
    ),
    "prescription": (
        ("处方", "Prescriptions"),
        {
            "hosp_rx_no": ("处方号", "Number"),
            "disease_sealed": ("病种", "Disease"),
            "issued_at": ("开具时间", "Issued"),
            "state": ("状态", "State"),
            "outlet_code": ("药店编号", "Pharmacy"),
        },
    ),
    "prescription_line": (
        ("处方里的药", "Medicines prescribed"),
        {
            "medicine_code": ("药品编码", "Medicine"),
            "quantity": ("数量", "Quantity"),
            "supply_days": ("够几天", "Days"),
            "dosage": ("用法", "Dosage"),
        },
    ),
    "settlement": (
        ("医保结算（金额单位：分）", "Settlements (amounts in fen)"),
        {
            "on": ("日期", "Day"),
            "state": ("状态", "State"),
            "total_fen": ("总额", "Total"),
            "fund_fen": ("统筹支付", "Paid by the fund"),
            "account_fen": ("个人账户", "Paid by the account"),
            "cash_fen": ("自己付", "Paid by myself"),
        },
    ),
    "supply": (
        ("取回家的药", "Medicines at home"),
        {
            "atc": ("药品分类", "ATC"),
            "on": ("日期", "Day"),
            "supply_days": ("够几天", "Days"),
        },
    ),
    "delivery_order": (
        ("送药", "Deliveries"),
        {
            "placed_at": ("预约时间", "Ordered"),
            "state": ("状态", "State"),
            "address_sealed": ("地址", "Address"),
            "phone_sealed": ("电话", "Phone"),
        },
    ),
    "feedback": (
        ("评价与投诉", "Feedback"),
        {"kind": ("种类", "Kind"), "at": ("时间", "When")},
    ),
    "read_log": (
        ("谁看过我的信息", "Who read my data"),
        {
            "at": ("时间", "When"),
            "role": ("身份", "Role"),
            "user": ("账号", "Account"),
            "purpose": ("为什么看", "Why"),
        },
    ),
}
