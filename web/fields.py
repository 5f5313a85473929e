"""Fields of forms in plain words: what a reader calls them, and what goes in."""

import re
from collections.abc import Iterable
from typing import Protocol

from web.words import say

# By the name in the form's model: what the page calls the field, and what it takes.
WORDS = {
    "pharmacist_code": ("药师执业证号", "1 到 40 个字"),
    "pharmacist_name": ("药师姓名", "1 到 40 个字"),
    "temperature": ("温度", "一个温度，例如 4.5"),
    "table": ("文件", "记录仪导出的 CSV 文件"),
    "courier": ("在谁的冷藏箱里", "请从列表中选择"),
    "logger": ("记录仪编号", "不超过 32 个字母或数字"),
    "as_of": ("自哪一日起", "一个日期和时刻，例如 2025-09-15 08:00"),
    "key_id": ("密钥编号", "1 到 64 个字母、数字或 . _ : -"),
    "note": ("说明", "不超过 200 个字"),
    "public_jwk": ("公钥（JWK）", "一把未登记过的公钥，JSON 格式，不含私钥"),
    "replaced_until": ("旧密钥用到哪一日", "新密钥已经起用的一个日期"),
    "replaces": ("替换哪一把密钥", "同一家医院的密钥编号"),
    "valid_from": ("起用日", "一个日期，例如 2025-09-15"),
    "valid_until": ("末日", "一个日期，不早于起用日"),
    "address": ("地址", "1 到 200 个字"),
    "batch": ("批号", "药盒上的批号，1 到 40 个字"),
    "entry": ("目录条目", "请刷新页面后重试"),
    "finding": ("处理结论", "请从列表中选择"),
    "first_day": ("从", "一个日期，例如 2025-09-15"),
    "last_day": ("到", "一个日期，不早于起始日期"),
    "medicine": ("药品编码", "23 位药品编码"),
    "source": ("依据", "1 到 200 个字"),
    "suspicion": ("疑点", "请刷新页面后重试"),
    "uncoded": ("无码药盒的批号，每盒一个", "药盒上的批号，1 到 40 个字"),
    "days": ("有效几天", "请从列表中选择"),
    "helper": ("代取人", "请填写代取人的姓名和手机号后四位"),
    "helper.name": ("代取人姓名", "1 到 40 个字"),
    "helper.phone_tail": ("代取人手机号后四位", "四位数字"),
    "id_number": ("身份证号", "18 位身份证号，与这个人的登记一致"),
    "name": ("代取人姓名", "1 到 40 个字"),
    "person_no": ("家人的参保编号", "I 开头的 10 位编号"),
    "phone_tail": ("代取人手机号后四位", "四位数字"),
    "picture": ("照片", "一张 JPEG、PNG 或 WebP 图片"),
    "prescriptions": ("哪些处方", "至少选一张处方"),
    "scanned": ("扫描的码", "请重新扫描"),
    "share_with": ("给谁", "请从列表中选择"),
    "area": ("区县", "请从列表中选择"),
    "code": ("收货码（六位）", "患者手机上的六位数字"),
    "day": ("日期", "一个日期，例如 2025-09-15"),
    "diagnosis": ("诊断编码", "诊断编码，例如 I10.x00"),
    "doctor": ("医师", "1 到 64 个字"),
    "issued_on": ("开具日期", "一个日期，例如 2025-09-15"),
    "issuer": ("医院编码", "H 开头的 12 位机构编码"),
    "lines": ("药品", "1 到 5 种药品，数量和天数都是整数"),
    "disease": ("病种", "请从列表中选择"),
    "long_term": ("长期处方", "请勾选或不勾选"),
    "opinion": ("审方意见（不通过时必填）", "不通过时写明原因，不超过 500 个字"),
    "packs": ("今天取几盒", "不小于 0 的整数"),
    "pharmacist.code": ("药师执业证号", "1 到 40 个字"),
    "pharmacist.name": ("药师姓名", "1 到 40 个字"),
    "verdict": ("审方结论", "请从列表中选择"),
    "wanted": ("告诉医生：缺什么药，想换成什么", "1 到 200 个字"),
    "paper_no": ("处方上的编号", "处方上印的编号，字母、数字和连字符"),
    "patient": ("患者", "1 到 64 个字"),
    "patient.id_number": ("身份证号", "18 位身份证号"),
    "photo": ("照片", "能完整读出的 JPEG 或 PNG，不超过 5 MB"),
    "record_no": ("备案号", "1 到 64 个字"),
    "valid_days": ("有效天数", "1 到 366 的整数"),
    "counted": ("数量", "不小于 0 的整数"),
    "difference": ("差异", "请刷新页面后重试"),
    "file": ("收银台账（CSV：报文号、收款方式、金额）", "一个 CSV 文件"),
    "fix": ("处理", "请从列表中选择"),
    "kind": ("做什么", "请从列表中选择"),
    "quantity": ("数量", "不小于 1 的整数"),
    "outlet": ("药店", "请从列表中选择"),
    "outcome": ("怎么办", "请从列表中选择"),
    "phone": ("电话", "11 位数字"),
    "proxy": ("代领人", "请填写代领人的姓名和身份证号"),
    "proxy.id_number": ("代领人身份证号", "18 位身份证号"),
    "proxy.name": ("代领人姓名", "1 到 40 个字"),
    "proxy.patient_id_number": ("患者身份证号", "18 位身份证号"),
    "purpose": ("用途", "请从列表中选择"),
    "reason": ("原因", "请选择或填写原因，不超过 200 个字"),
    "receiver": ("谁来取", "请从列表中选择"),
    "scan": ("处方号", "处方上的号码，不含控制字符"),
    "scanned_code": ("医保码或身份证号", "请重新扫描，或输入码下面的那串字"),
    "seconds_max": ("计算时间（秒）", "1 到 300 的整数"),
    "seed": ("随机种子", "不小于 0 的整数"),
    "settlement": ("结算", "请刷新页面后重试"),
    "slice_closes": ("时段", "请从列表中选择"),
    "slice_opens": ("时段", "请从列表中选择"),
    "temperature_dc": ("箱内温度", "整数，单位 0.1°C：4.5°C 填 45"),
    "tender": ("现金部分付款方式", "请从列表中选择"),
    "trace_codes": ("追溯码", "每行一个：8 开头的 20 位数字"),
    "voucher": ("凭证", "请从列表中选择"),
    "window": ("时段", "一个还没有结束的时段，从早到晚，在同一天"),
    "window_closes": ("时段", "一个还没有结束的时段，从早到晚，在同一天"),
    "window_opens": ("时段", "一个还没有结束的时段，从早到晚，在同一天"),
}


# The columns and amounts of a till, which are named otherwise elsewhere.
TILL = {
    "amount": ("金额", "以元为单位，例如 12.60"),
    "amount_fen": ("交来现金（元）", "大于 0，不超过这位配送员代收未交的金额"),
    "bank_card": ("银行卡", "以元为单位，例如 12.60"),
    "cash": ("现金", "以元为单位，例如 12.60"),
    "mobile": ("手机支付", "以元为单位，例如 12.60"),
    "counted.bank_card": ("银行卡 实有（元）", "不小于 0；退款多于收款时才可为负数"),
    "counted.cash": ("现金 实有（元）", "不小于 0；退款多于收款时才可为负数"),
    "counted.mobile": ("手机支付 实有（元）", "不小于 0；退款多于收款时才可为负数"),
    "line": ("内容", "完整的 CSV 行"),
    "method": ("收款方式", "现金、银行卡或手机支付"),
    "msgid": ("报文号", "结算的报文号，不超过 64 个字符"),
    "parts": ("收款方式", "各项相加等于患者应付金额"),
    "type": ("类型", "收款或退款"),
}
_LINE = re.compile(r"line ([0-9]+): (\w+)")


class Wrong(Protocol):
    """A field that is not as expected."""

    @property
    def where(self) -> str:
        """Name the field as its model does."""

    @property
    def expected(self) -> str:
        """Say what was expected, in words for programs."""


def told(errors: Iterable[Wrong]) -> list[tuple[str, str]]:
    """Say of each field, once, what the reader calls it and what goes in."""
    return list(dict.fromkeys(_told(error) for error in errors))


def _told(error: Wrong) -> tuple[str, str]:
    of_line = _LINE.fullmatch(error.where)
    if of_line and of_line[2] in TILL:
        name, wanted = TILL[of_line[2]]
        return f"{say('第 {no} 行', no=of_line[1])} {say(name)}", say(wanted)
    words = (
        TILL.get(error.where)
        or WORDS.get(error.where)
        or WORDS.get(error.where.partition(".")[0])
    )
    if words is None:
        return error.where, error.expected
    name, wanted = words
    return say(name), say(wanted)
