"""One cell as a value, or a sentence that says why not."""

import re
import unicodedata
from datetime import date, timedelta
from decimal import Decimal

from pharmacies.catalogue.cells import Formula, Number
from pharmacies.catalogue.said import Refused
from pharmacies.medicines import GROUPS, PARTS_MAX, is_atc, is_code, is_gtin

TEXT_MAX = 200
DIGITS_EXACT = 15  # of a number that a table program keeps whole
_WRAPPED = re.compile(r'="([^"=]*)"')  # how a CSV keeps a table program from reckoning
_HIDDEN = {"Cc", "Cf", "Cs", "Co", "Cn"}
_SCIENCE = re.compile(r"[0-9](\.[0-9]+)?[Ee]\+?[0-9]+")
_YUAN = re.compile(r"[0-9]{1,9}(\.[0-9]+)?")
_SHARE = re.compile(r"([0-9]{1,3}(?:\.[0-9]{1,2})?)[%％]")
_DAY = re.compile(r"([0-9]{4})[-/.年]?([0-9]{1,2})[-/.月]?([0-9]{1,2})日?")
_EPOCH = date(1899, 12, 30)  # of the numbers that table programs have for days
_SERIALS = range(20_000, 80_000)
_YES = {"是", "1", "y", "yes", "true", "√", "有"}
_NO = {"否", "0", "n", "no", "false", "×", "无"}
_STORAGE = {"ambient": "ambient", "常温": "ambient", "阴凉": "ambient"}
_COLD = {"cold": "cold", "冷藏": "cold", "2-8℃": "cold", "2~8℃": "cold"}
_TIERS = {"甲": "甲", "甲类": "甲", "乙": "乙", "乙类": "乙", "丙": "丙", "丙类": "丙"}
_GROUPS = {
    "普通": "ordinary",
    "特殊储存": "special_storage",
    "麻醉": "narcotic",
    "精神": "psychotropic",
    "毒性": "toxic",
    "放射性": "radioactive",
    "易制毒": "precursor",
    "抗菌": "antimicrobial",
}


def plain(cell: str) -> str:
    """Give a cell without what surrounds it; formulas and hidden characters are refused."""
    if isinstance(cell, Formula):
        raise Refused(
            "是公式，请粘贴为数值。", "is a formula; paste its value instead."
        )
    text = cell.strip()
    if text.isascii() and text.isprintable() and text[:1] not in "=+@'":
        return text
    if wrapped := _WRAPPED.fullmatch(text):
        text = wrapped[1].strip()
    text = unicodedata.normalize("NFC", text.removeprefix("'"))
    for sign in text:
        if sign == "\ufffd" or unicodedata.category(sign) in _HIDDEN:
            raise Refused(
                f"有看不见或损坏的字符（U+{ord(sign):04X}）。",
                f"has a hidden or broken character (U+{ord(sign):04X}).",
            )
    if text[:1] in ("=", "+", "@"):
        raise Refused(
            "像公式，请粘贴为数值。", "looks like a formula; paste its value instead."
        )
    return text


def words(cell: str) -> str:
    """Read words of usual length."""
    text = plain(cell)
    if len(text) > TEXT_MAX:
        raise Refused(
            f"超过 {TEXT_MAX} 个字。", f"is longer than {TEXT_MAX} characters."
        )
    return text


def code(cell: str) -> str:
    """Read a national code (国家医保药品编码)."""
    text = _latin(cell).upper()
    if not is_code(text):
        raise Refused(
            f"“{_short(text)}”不是 23 位国家医保药品编码。",
            f"'{_short(text)}' is no national code of 23 characters.",
        )
    return text


def atc(cell: str) -> str:
    """Read an ATC code."""
    text = _latin(cell).upper()
    if not is_atc(text):
        raise Refused(
            f"“{_short(text)}”不是 ATC 编码。", f"'{_short(text)}' is no ATC code."
        )
    return text


def barcode(cell: str) -> str:
    """Read a trade item number (商品条码) with zeros in front."""
    text = _digits(cell)
    if text and not is_gtin(text):
        raise Refused(
            f"“{_short(text)}”不是商品条码：位数或校验码不对。",
            f"'{_short(text)}' is no GTIN: its length or check digit is wrong.",
        )
    return text.zfill(14) if text else ""


def trace_prefix(cell: str) -> str:
    """Read what the trace codes of a product begin with."""
    text = _digits(cell)
    if text and not re.fullmatch("8[0-9]{6}", text):
        raise Refused(
            f"“{_short(text)}”不是追溯码前 7 位（8 开头）。",
            f"'{_short(text)}' is not the first 7 digits of a trace code (8...).",
        )
    return text


def tier(cell: str) -> str:
    """Read the tier of the list (甲乙类)."""
    return _one_of(plain(cell), _TIERS, "甲、乙或丙")


def storage(cell: str) -> str:
    """Read how it is kept."""
    return _one_of(plain(cell).replace(" ", ""), _STORAGE | _COLD, "常温或冷藏")


def group(cell: str) -> str:
    """Read the group of control."""
    known = _GROUPS | {one: one for one in GROUPS}
    return _one_of(plain(cell), known, "、".join(_GROUPS))


def flag(cell: str) -> bool:
    """Read yes or no."""
    text = plain(cell).lower()
    if text in _YES:
        return True
    if text in _NO:
        return False
    raise Refused(
        f"“{_short(text)}”：要填是或否。", f"'{_short(text)}': 是 (yes) or 否 (no)."
    )


def yuan(cell: str) -> int:
    """Read an amount in yuan as fen."""
    text = plain(cell).replace(",", "").removesuffix("元").strip()
    known = _YUAN.fullmatch(text)
    fen = Decimal(text) * 100 if known else Decimal(0)
    if isinstance(cell, Number):  # of which a table program kept the nearest
        fen = fen.quantize(Decimal("0.000001"))
    if fen <= 0 or fen != int(fen):
        raise Refused(
            f"“{_short(text)}”不是大于零、最多两位小数的金额。",
            f"'{_short(text)}' is no amount above 0 of at most two decimals.",
        )
    return int(fen)


def fen(cell: str) -> int:
    """Read an amount in fen."""
    text = plain(cell)
    if not re.fullmatch("[0-9]{1,12}", text) or int(text) == 0:
        raise Refused(
            f"“{_short(text)}”不是大于零的整数（分）。",
            f"'{_short(text)}' is no whole number of fen above 0.",
        )
    return int(text)


def share(cell: str) -> int:
    """Read a share such as 10% as permyriad; of a number, 0.1 is 10 %."""
    text = plain(cell)
    if found := _SHARE.fullmatch(text):
        found_share = Decimal(found[1]) * 100
    elif re.fullmatch(r"0(\.[0-9]+)?", text):
        found_share = (Decimal(text) * 10_000).quantize(Decimal("0.000001"))
    else:
        found_share = Decimal(-1)
    if not 0 <= found_share <= 10_000 or found_share != int(found_share):
        raise Refused(
            f"“{_short(text)}”不是比例，请写成 10%。",
            f"'{_short(text)}' is no share; write 10%.",
        )
    return int(found_share)


def permyriad(cell: str) -> int:
    """Read a share in permyriad."""
    return _whole(cell, 0, 10_000)


def parts(cell: str) -> int:
    """Read how many parts a pack is sold in."""
    return _whole(cell, 1, PARTS_MAX)


def region(cell: str) -> str:
    """Read a province or a pooling area (统筹区): 2, 4 or 6 digits, zeros behind left out."""
    text = _digits(cell)
    if len(text) == 6:
        text = text.removesuffix("00").removesuffix("00")
    if len(text) not in (2, 4):
        raise Refused(
            f"“{_short(text)}”不是省或统筹区的代码，例如 33 或 3303。",
            f"'{_short(text)}' is no code of a province or pooling area such as 33 or 3303.",
        )
    return text


def day(cell: str, first_year: int = 1990) -> date:
    """Read a day."""
    text = plain(cell)
    try:
        if isinstance(cell, Number) and int(Decimal(text)) in _SERIALS:
            return _EPOCH + timedelta(days=int(Decimal(text)))
        if found := _DAY.fullmatch(text.partition("T")[0].partition(" ")[0]):
            read = date(*map(int, found.groups()))
            if first_year <= read.year <= 2199:
                return read
    except (ValueError, ArithmeticError):
        pass
    raise Refused(
        f"“{_short(text)}”不是日期，例如 2026-01-01。",
        f"'{_short(text)}' is no day such as 2026-01-01.",
    )


def _latin(cell: str) -> str:
    """Give a code as it is meant, also where it was typed wide."""
    return unicodedata.normalize("NFKC", plain(cell)).replace(" ", "")


def _digits(cell: str) -> str:
    text = _latin(cell)
    if _SCIENCE.fullmatch(text) or (
        isinstance(cell, Number) and len(text) > DIGITS_EXACT
    ):
        raise Refused(
            f"“{_short(text)}”被表格软件当成数字，位数已丢失，请把这一列设为文本后重填。",
            f"'{_short(text)}' was taken for a number and has lost digits;"
            " make the column text and enter it again.",
        )
    if text and not re.fullmatch("[0-9]+", text):
        raise Refused(
            f"“{_short(text)}”不全是数字。", f"'{_short(text)}' is not all digits."
        )
    return text


def _whole(cell: str, least: int, most: int) -> int:
    text = plain(cell)
    if not re.fullmatch("[0-9]{1,6}", text) or not least <= int(text) <= most:
        raise Refused(
            f"“{_short(text)}”不是 {least} 到 {most} 的整数。",
            f"'{_short(text)}' is no whole number from {least} to {most}.",
        )
    return int(text)


def _one_of(text: str, known: dict[str, str], wanted: str) -> str:
    found = known.get(text)
    if found is None:
        raise Refused(
            f"“{_short(text)}”：要填{wanted}。", f"'{_short(text)}': one of {wanted}."
        )
    return found


def _short(text: str) -> str:
    return text if len(text) <= 30 else f"{text[:29]}…"
