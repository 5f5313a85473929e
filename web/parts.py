"""What every view works with, made once when the app is made."""

from datetime import date

from flask import current_app

from dispensing.desk import Desk
from dispensing.policy import Rules
from pharmacies.geocoding import Outside
from routing.travel import TravelTimes
from web.keyring import KeyRing
from web.keys import Keys
from web.settings import Settings


def desk() -> Desk:
    """Return the desk of this app: policies, platform, vault and keys."""
    found: Desk = current_app.extensions["desk"]
    return found


def keys() -> Keys:
    """Return the keys of this installation."""
    found: Keys = current_app.extensions["keys"]
    return found


def ring() -> KeyRing:
    """Return the keys that this installation signs with."""
    found: KeyRing = current_app.extensions["ring"]
    return found


def settings() -> Settings:
    """Return the settings of this app."""
    found: Settings = current_app.extensions["settings"]
    return found


def travel() -> TravelTimes:
    """Return who knows the roads for this app."""
    found: TravelTimes = current_app.extensions["travel"]
    return found


def live_travel() -> TravelTimes:
    """Return who tells forecasts at once how long a way is."""
    found: TravelTimes = current_app.extensions["live_travel"]
    return found


def geocoder() -> Outside | None:
    """Return whom the operator asks for addresses that are not known here."""
    found: Outside | None = current_app.extensions["geocoder"]
    return found


def rules(day: date) -> Rules:
    """Return the rules of the region that this installation serves."""
    return desk().rules_of(settings().region, day)


def labels(day: date) -> tuple[str, ...]:
    """Return the labels (示例数据) of the figures that the operator filled in."""
    found = {figure.label for figure in rules(day).figures.values() if figure.label}
    return tuple(sorted(found))
