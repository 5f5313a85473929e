"""What kind of medicine an ATC code stands for, as one says it at home; pure.

The groups are those of the WHO's ATC classification as far as the chronic diseases need them;
the plain use stands in brackets. What is not listed has no name here, and none is guessed.
"""

from collections.abc import Mapping

# By the first letters of the code, the more exact before the wider: Chinese, then English.
_CLASSES: Mapping[str, tuple[str, str]] = {
    "A02": ("治胃酸过多的药", "Medicines against stomach acid"),
    "A10A": ("胰岛素（降血糖）", "Insulins (lower blood sugar)"),
    "A10BA": ("双胍类（降血糖）", "Biguanides (lower blood sugar)"),
    "A10BB": ("磺脲类（降血糖）", "Sulfonylureas (lower blood sugar)"),
    "A10BF": (
        "α-葡萄糖苷酶抑制剂（降血糖）",
        "Alpha-glucosidase inhibitors (blood sugar)",
    ),
    "A10BG": ("噻唑烷二酮类（降血糖）", "Thiazolidinediones (lower blood sugar)"),
    "A10BH": ("DPP-4 抑制剂（降血糖）", "DPP-4 inhibitors (lower blood sugar)"),
    "A10BJ": ("GLP-1 类（降血糖）", "GLP-1 analogues (lower blood sugar)"),
    "A10BK": ("SGLT2 抑制剂（降血糖）", "SGLT2 inhibitors (lower blood sugar)"),
    "A10": ("降血糖药", "Medicines that lower blood sugar"),
    "B01AA": ("维生素K拮抗剂（防血栓）", "Vitamin K antagonists (against clots)"),
    "B01AC": ("抗血小板药（防血栓）", "Platelet inhibitors (against clots)"),
    "B01": ("防血栓药", "Medicines against blood clots"),
    "B03": ("治贫血的药", "Medicines against anaemia"),
    "C01A": ("强心苷（强心）", "Cardiac glycosides (for the heart)"),
    "C01B": ("抗心律失常药", "Medicines for heart rhythm"),
    "C01D": ("扩张心脏血管的药", "Medicines that widen the heart's vessels"),
    "C01": ("心脏病用药", "Medicines for the heart"),
    "C02": ("降血压药", "Medicines that lower blood pressure"),
    "C03": ("利尿药（排水、降压）", "Diuretics"),
    "C07": ("β受体阻滞剂（降压、减慢心率）", "Beta blockers (blood pressure, pulse)"),
    "C08": ("钙通道阻滞剂（降血压）", "Calcium channel blockers (blood pressure)"),
    "C09A": ("普利类（降血压）", "ACE inhibitors (blood pressure)"),
    "C09B": ("普利类复方（降血压）", "ACE inhibitors, combined (blood pressure)"),
    "C09C": ("沙坦类（降血压）", "Sartans (blood pressure)"),
    "C09D": ("沙坦类复方（降血压）", "Sartans, combined (blood pressure)"),
    "C10AA": ("他汀类（降血脂）", "Statins (lower blood lipids)"),
    "C10AB": ("贝特类（降血脂）", "Fibrates (lower blood lipids)"),
    "C10": ("降血脂药", "Medicines that lower blood lipids"),
    "H02": ("糖皮质激素", "Corticosteroids"),
    "H03": ("甲状腺用药", "Medicines for the thyroid"),
    "J01": ("抗菌药", "Antibacterials"),
    "J04": ("抗结核药", "Medicines against tuberculosis"),
    "J05": ("抗病毒药", "Antivirals"),
    "L01": ("抗肿瘤药", "Medicines against cancer"),
    "L04": ("免疫抑制药", "Immunosuppressants"),
    "M01": ("消炎镇痛药", "Medicines against inflammation and pain"),
    "M04": ("治痛风的药", "Medicines against gout"),
    "M05": ("治骨质疏松的药", "Medicines for the bones"),
    "N02": ("镇痛药", "Medicines against pain"),
    "N03": ("抗癫痫药", "Medicines against epilepsy"),
    "N04": ("治帕金森病的药", "Medicines for Parkinson's disease"),
    "N05A": ("治精神病的药", "Antipsychotics"),
    "N05": ("安定、助眠的药", "Medicines for calm and sleep"),
    "N06A": ("抗抑郁药", "Antidepressants"),
    "N06D": ("治痴呆的药", "Medicines against dementia"),
    "P01": ("抗寄生虫药", "Medicines against parasites"),
    "R03": ("治哮喘、慢阻肺的药", "Medicines for asthma and COPD"),
    "V03AE": ("降血钾、血磷的药", "Medicines that lower potassium or phosphate"),
}


def class_of_atc(atc: str) -> tuple[str, str] | None:
    """Name the class of an ATC code in Chinese and English; None where none is listed.

    >>> class_of_atc("C08CA01")[0]
    '钙通道阻滞剂（降血压）'
    >>> class_of_atc("A10BX02")[0]
    '降血糖药'
    >>> class_of_atc("Z99")
    """
    return next(
        (
            _CLASSES[atc[:length]]
            for length in range(7, 2, -1)
            if atc[:length] in _CLASSES
        ),
        None,
    )
