"""A receipt as PDF for the archive, set by Typst; no other file asks for it."""

import json
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from dispensing import qr
from dispensing.errors import Conflict, Words
from dispensing.service import ReceiptView
from web.pages import sheets
from web.words import language, say

TEMPLATE = Path(__file__).parent.parent / "templates" / "receipt.typ"
# The first of these that the machine has; each holds the Chinese characters of the law's texts.
FONTS = (
    "Noto Sans CJK SC",
    "Source Han Sans SC",
    "Noto Sans SC",
    "WenQuanYi Micro Hei",
    "WenQuanYi Zen Hei",
    "Droid Sans Fallback",
    "SimSun",
    "Microsoft YaHei",
    "PingFang SC",
)
STANDARD = "a-3b"  # kept readable for decades, and may carry a file
INSTALL = "apt-get install fonts-wqy-microhei"


class NoPdf(Conflict):
    """This machine cannot make a PDF: a package or a Chinese font is missing."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(
            Words(zh, en, "请联系管理员。", "Ask the operator."), code="no-pdf"
        )


_WORDS = (
    "核验结果",
    "复核理由",
    "依据的规则文件",
    "扫码可核验真伪",
    "当日规则已不可重查，以下只列未通过的检查。",
    "本页金额用到了运营方填写的待定参数，不是官方数值。",
)


def can_be_made() -> bool:
    """Tell whether this installation has the part that sets PDFs."""
    return find_spec("typst") is not None


def pdf(found: ReceiptView) -> bytes:
    """Set a receipt as PDF/A-3 (A4, fonts embedded); the signed file is attached to it."""
    sheet = sheets.sheet(found)
    data = {
        **asdict(sheet),
        "settlement_id": str(sheet.settlement_id),
        "problems": [asdict(line) for line in sheet.problems],
        "passed": [asdict(line) for line in sheet.passed],
        "words": {name: say(name) for name in _WORDS},
        "language": language(),
        "font": font(),
    }
    inputs = {
        "receipt": json.dumps(data, ensure_ascii=False),
        "file": json.dumps(found.file, ensure_ascii=False),
        "code": qr.draw_svg(sheet.code, border=sheets.QUIET),
    }
    return compiled(TEMPLATE, inputs, at=found.issued_at)


def compiled(template: Path, inputs: Mapping[str, str], *, at: datetime) -> bytes:
    """Set a template as PDF/A-3; the same inputs and instant give the same bytes."""
    made = _typst().compile(
        str(template),
        sys_inputs=dict(inputs),
        pdf_standards=STANDARD,
        timestamp=at.replace(microsecond=0),
    )
    return bytes(made)


@cache
def font() -> str:
    """Name a font of this machine that has the Chinese characters; NoPdf where it has none."""
    families = {font.family for font in _typst().Fonts().fonts()}
    for name in FONTS:
        if name in families:
            return name
    raise NoPdf(
        f"没有中文字体：{INSTALL}。", f"No Chinese font is installed: {INSTALL}."
    )


def _typst() -> Any:
    try:
        return import_module("typst")
    except ImportError as error:
        raise NoPdf(
            "没有安装 PDF 组件：pip install 'yaoda[pdf]'。",
            "The PDF part is not installed: pip install 'yaoda[pdf]'.",
        ) from error
