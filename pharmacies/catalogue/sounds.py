"""How a medicine's name is typed: its characters, its pinyin (拼音) and the initials of it.

A character with several readings is read as medicines are read aloud: 重组 is chong, 长效 is
chang, 参 is shen. The other reading finds the name too, after those that it is right for.
"""

import unicodedata
from collections.abc import Iterator, Sequence
from itertools import product
from typing import Any

LONGEST = 32  # characters of a key
BEGINS = "^"  # before the key of a whole name, so that what begins so is found first
_VARIANTS_MAX = 4
# Of a character in the names of medicines, whatever it is elsewhere.
_READ = {
    "参": "shen",
    "长": "chang",
    "行": "xing",
    "藏": "zang",
    "给": "ji",
    "降": "jiang",
    "调": "tiao",
    "血": "xue",
    "术": "zhu",
    "单": "dan",
    "乐": "le",
    "柏": "bo",
}
# What overrules that, and what the dictionary of phrases reads otherwise.
_PHRASES = {
    "生长": "sheng zhang",
    "增长": "zeng zhang",
    "手术": "shou shu",
    "术后": "shu hou",
    "银行": "yin hang",
    "重酒石酸": "chong jiu shi suan",
    "重组": "chong zu",
    "重楼": "chong lou",
    "双重": "shuang chong",
    "多重": "duo chong",
    "枸橼": "ju yuan",
    "枸杞": "gou qi",
    "厚朴": "hou po",
    "阿胶": "e jiao",
    "阿魏": "e wei",
    "枳壳": "zhi qiao",
    "蛤蚧": "ge jie",
    "蛤壳": "ge qiao",
    "侧柏": "ce bai",
    "音乐": "yin yue",
    "薄荷": "bo he",
    "莨菪": "lang dang",
    "贮藏": "zhu cang",
    "冷藏": "leng cang",
}
_SIGN_BY_SIGN: Any = list  # what is no Chinese character is its own sound
_ALSO = {
    "重": ("zhong", "chong"),
    "长": ("chang", "zhang"),
    "行": ("xing", "hang"),
    "参": ("shen", "can"),
    "藏": ("zang", "cang"),
    "给": ("ji", "gei"),
    "降": ("jiang", "xiang"),
    "调": ("tiao", "diao"),
    "术": ("zhu", "shu"),
    "乐": ("le", "yue"),
    "柏": ("bo", "bai"),
    "枸": ("ju", "gou"),
    "朴": ("po", "pu"),
    "阿": ("a", "e"),
    "壳": ("qiao", "ke"),
    "蛤": ("ge", "ha"),
    "血": ("xue", "xie"),
    "单": ("dan", "shan"),
}


def folded(text: str) -> str:
    """Give a text without what typists leave out: case, width, blanks and signs."""
    wide = unicodedata.normalize("NFKC", text).casefold()
    return "".join(sign for sign in wide if sign.isalnum())


def syllables(name: str) -> list[str]:
    """Read a folded name aloud, one syllable for each character.

    >>> syllables("重组人胰岛素")
    ['chong', 'zu', 'ren', 'yi', 'dao', 'su']
    >>> syllables("长效参麦"), syllables("重组人生长激素")[4]
    (['chang', 'xiao', 'shen', 'mai'], 'zhang')
    """
    from pypinyin import Style, pinyin  # large: only who writes keys needs it

    heard = [one[0] for one in pinyin(name, style=Style.NORMAL, errors=_SIGN_BY_SIGN)]
    assert len(heard) == len(name), name
    for at, sign in enumerate(name):
        heard[at] = _READ.get(sign, heard[at])
    for phrase, sounds in _PHRASES.items():
        at = name.find(phrase)
        while at >= 0:
            heard[at : at + len(phrase)] = sounds.split()
            at = name.find(phrase, at + 1)
    return heard


def keys(name: str) -> set[tuple[str, str]]:
    """Give the keys by which a name is found, each with its kind."""
    text = folded(name)
    if text.isascii():
        return _of_words(name)
    heard = syllables(text)
    right = {*_ends(_initials(heard), "initials"), *_ends(heard, "pinyin")}
    known = {key for key, _ in right}
    also = {
        (key, kind)
        for sounds in _otherwise(text, heard)
        for key, kind in (*_ends(_initials(sounds), "also"), *_ends(sounds, "also"))
        if key not in known
    }
    return {*_ends(text, "name"), *right, *also}


def _initials(sounds: Sequence[str]) -> str:
    return "".join(one[0] for one in sounds)


def _ends(parts: Sequence[str], kind: str) -> Iterator[tuple[str, str]]:
    yield BEGINS + "".join(parts)[:LONGEST], kind
    for at in range(1, len(parts)):
        yield "".join(parts[at : at + LONGEST])[:LONGEST], kind


def _of_words(name: str) -> set[tuple[str, str]]:
    told = [folded(word) for word in name.replace("-", " ").split()]
    return set(_ends([word for word in told if word], "inn")) if any(told) else set()


def _otherwise(text: str, heard: list[str]) -> Iterator[list[str]]:
    """Give the right reading, then some where other readings stand in for it."""
    choices = [
        (sound, *(other for other in _ALSO.get(sign, ()) if other != sound))
        for sign, sound in zip(text, heard, strict=True)
    ]
    for count, sounds in enumerate(product(*choices)):
        if count == _VARIANTS_MAX:
            return
        yield list(sounds)
