"""What the network does not have."""


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

    def __init__(
        self, code: str, said: tuple[str, str], to_do: tuple[str, str]
    ) -> None:
        super().__init__(said[1])
        self.code, self.said, self.next = code, said, to_do
