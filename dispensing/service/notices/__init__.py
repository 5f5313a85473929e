"""The units of work of notices: subscribe, tell what happened, deliver it, see what lags."""

from dispensing.service.notices.delivering import (
    Due,
    claim,
    conclude,
    drop,
    places_due,
    send_again,
)
from dispensing.service.notices.lagging import (
    DeadNotice,
    Lag,
    Lags,
    dead_notices,
    lags,
    purge,
)
from dispensing.service.notices.subscribing import (
    EVERYBODY,
    NewSubscription,
    SubscriptionView,
    Whose,
    enable,
    rotate,
    subscribe,
    subscriptions,
    unsubscribe,
)
from dispensing.service.notices.telling import tell, untold

__all__ = [
    "EVERYBODY",
    "DeadNotice",
    "Due",
    "Lag",
    "Lags",
    "NewSubscription",
    "SubscriptionView",
    "Whose",
    "claim",
    "conclude",
    "dead_notices",
    "drop",
    "enable",
    "lags",
    "places_due",
    "purge",
    "rotate",
    "send_again",
    "subscribe",
    "subscriptions",
    "tell",
    "unsubscribe",
    "untold",
]
