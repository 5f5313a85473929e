"""The second line before a log: what looks like a number of a person is veiled.

The first line is that nobody writes one. Names and addresses have no shape of their own.
"""

import logging
import re

_ID_NUMBER = re.compile(r"(?<!\d)\d{17}[\dXx](?!\d)")
_MOBILE = re.compile(r"(?<!\d)1[3-9]\d{9}(?!\d)")


def veil(text: str) -> str:
    """Veil ID numbers and mobile numbers in a text.

    >>> veil("33030219560312401X of 13900001234, msg 202509151200000000120002")
    '[id] of [phone], msg 202509151200000000120002'
    """
    return _MOBILE.sub("[phone]", _ID_NUMBER.sub("[id]", text))


class Veil(logging.Filter):
    """Veils every record of a handler, with its arguments and its traceback."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Veil a record; none is left out."""
        record.msg, record.args = veil(record.getMessage()), ()
        if record.exc_info and not record.exc_text:
            record.exc_text = logging.Formatter().formatException(record.exc_info)
        if record.exc_text:
            record.exc_text = veil(record.exc_text)
        return True


def over_all() -> None:
    """Veil whatever the handlers of the root logger write."""
    for handler in logging.getLogger().handlers:
        if not any(isinstance(each, Veil) for each in handler.filters):
            handler.addFilter(Veil())
