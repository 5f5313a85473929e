"""Lincang's statistics (L27): 两病专项 and 慢特病 apart, both diseases of a person together."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from types import MappingProxyType

from dispensing.claim_book.lines import ClaimLine
from dispensing.forms.counting import count, counts
from dispensing.forms.schedule import Cell, Span

APART: Mapping[str, str] = MappingProxyType(
    {"two_disease": "“两病”专项保障", "chronic": "门诊慢性病、特殊病"}
)
_AS_ONE = "hypertension"


def count_apart(lines: Iterable[ClaimLine], span: Span) -> dict[str, Cell]:
    """Count lines by scheme; a person with two diseases is one person."""
    as_one = (replace(one, disease=_AS_ONE) for one in lines if counts(one, span))
    found = count(as_one, span)
    return {row: found[row, _AS_ONE] for row in APART}
