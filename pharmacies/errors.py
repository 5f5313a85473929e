"""What the network does not have, and what it does not do, in words for people."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Words:
    """One thing to say in Chinese and in English, with what to do next."""

    zh: str
    en: str
    next_zh: str = ""
    next_en: str = ""


class NoSuchOutlet(LookupError):
    """No outlet has this code."""


class NoSuchMedicine(LookupError):
    """The catalogue holds no medicine with this code."""


class NoPrice(LookupError):
    """The outlet's price list does not hold the medicine."""


class NoSuchCourier(LookupError):
    """No courier has this code."""


class NoCarrier(LookupError):
    """No delivery firm may deliver there on that day, or not cold."""


class StockError(Exception):
    """An answer about the stock: what is wrong, and what to do next, in both languages."""

    def __init__(self, code: str, words: Words) -> None:
        super().__init__(words.en)
        self.code, self.words = code, words
