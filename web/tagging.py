"""Where an English page turns to Chinese: names and quoted texts say so (WCAG 3.1.2)."""

import re

LANG = ' lang="zh-CN"'
_TAG = re.compile(r"(<[^>]*>)")
_OPENS = re.compile(r"<([a-z]+)")
_HAN = "\u3400-\u9fff"
_MORE = "\u3000-\u303f\uff00-\uffef"  # the signs between the words
# Figures and signs inside a sentence are read with it; a word of another language is not.
_CHINESE = re.compile(
    f"(?:[0-9]+(?=[{_HAN}]))?[{_HAN}]"
    f"(?:[{_HAN}{_MORE}*]|[ ]?[\\w.%-]{{1,6}}(?=[{_HAN}{_MORE}])|[ ](?=[{_HAN}]))*"
)
_WHOLE = (
    "option",
    "text",
)  # they hold no element: they are said to be Chinese themselves
_LEFT = ("title", "textarea", "script", "style")


def tagged(html: str) -> str:
    """Say of each Chinese passage between the tags of a page that it is Chinese.

    >>> tagged("<p>At 五马大药房, waiting</p>")
    '<p>At <span lang="zh-CN">五马大药房</span>, waiting</p>'
    >>> tagged("<td>甲 essential 2019年7月")
    '<td><span lang="zh-CN">甲</span> essential <span lang="zh-CN">2019年7月</span>'
    >>> tagged('<option value="1">五马大药房</option>')
    '<option value="1" lang="zh-CN">五马大药房</option>'
    """
    parts = _TAG.split(html)
    opened = ""
    for at, part in enumerate(parts):
        if at % 2:
            found = _OPENS.match(part)
            opened = found[1] if found else ""
        elif opened in _WHOLE and _CHINESE.search(part):
            if LANG not in parts[at - 1]:
                parts[at - 1] = f"{parts[at - 1][:-1]}{LANG}>"
        elif opened not in _LEFT and LANG not in parts[at - 1]:
            parts[at] = _CHINESE.sub(_as_chinese, part)
    return "".join(parts)


def _as_chinese(found: re.Match[str]) -> str:
    return f"<span{LANG}>{found[0]}</span>"
