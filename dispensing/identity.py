"""Identity numbers (公民身份号码, GB 11643), and names and numbers as people type them."""

import unicodedata

from stdnum.cn import ric
from stdnum.exceptions import ValidationError


def is_id_number(text: str) -> bool:
    """Check an identity number: digits, birthday, check digit.

    The area is not looked up: who was born in 1956 and registered in 1985 has the
    code of a district that did not exist in 1956, as 鹿城区 did not.

    >>> is_id_number("33030219560312401X"), is_id_number("330302195603124018")
    (True, False)
    """
    if len(text) != 18 or not (text[:-1].isascii() and text[:-1].isdigit()):
        return False
    try:
        ric.get_birth_date(text)
    except ValidationError:
        return False
    return bool(text[-1] == ric.calc_check_digit(text))


def folded(text: str) -> str:
    """Fold a name or number as it is typed: width, case and spaces do not tell people apart.

    >>> folded("ｚｙ 330300 "), folded("林 小妹")
    ('zy330300', '林小妹')
    """
    return "".join(unicodedata.normalize("NFKC", text).split()).casefold()
