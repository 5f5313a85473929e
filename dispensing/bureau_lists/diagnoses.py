"""Which of the 两病 a diagnosis in words speaks of (临沧 二1, L3: 诊断包含高血压、糖尿病)."""

import re

from dispensing.conditions import CONDITIONS, by_icd10

LOOKED_FOR = ("hypertension", "diabetes")
_SENTENCES = re.compile(r"[，,；;。|+\n]")
# What a sentence says is not there, is a relative's, or was ruled out is no diagnosis.
_NOT_BEFORE = re.compile(r"否认|排除|除外|未见|不伴|无(?!症状|痛)|父亲|母亲")
_NOT_AFTER = re.compile(r"[^、]*(家族史|前期|筛查|排除|除外)")


def spoken_of(text: str) -> frozenset[str]:
    """Find the diseases that a diagnosis contains, by name or by code (ICD-10).

    What is only suspected counts: the list is there to be verified.

    >>> sorted(spoken_of("非胰岛素依赖型糖尿病伴视网膜病变，高血压病3级"))
    ['diabetes', 'hypertension']
    >>> sorted(spoken_of("I10.x00")), sorted(spoken_of("高血压待查"))
    (['hypertension'], ['hypertension'])
    >>> sorted(spoken_of("否认高血压、糖尿病史；高血压家族史"))
    []
    """
    return frozenset(
        slug
        for sentence in _SENTENCES.split(text)
        for slug in LOOKED_FOR
        if _says(sentence.strip(), slug)
    )


def _says(sentence: str, slug: str) -> bool:
    coded = by_icd10(sentence) if sentence[:1].isascii() else None
    if coded is not None:
        return coded.slug == slug
    return any(_stands(sentence, name) for name in CONDITIONS[slug].names)


def _stands(sentence: str, name: str) -> bool:
    before, found, after = sentence.partition(name)
    return (
        bool(found) and not _NOT_BEFORE.search(before) and not _NOT_AFTER.match(after)
    )
