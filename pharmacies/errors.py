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
