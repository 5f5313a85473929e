"""Look at every ride of today, and at what counts as a position, as the operator's settings say."""

from flask import Flask

from routing import service as routing
from routing.alerts import Limits
from routing.track import Sieve
from web import db
from web.settings import Settings

WATCH = "watch"  # the name of the job


def watch(platform: Flask) -> routing.Told:
    """Look at every ride of today and tell the desks what is wrong, and what no longer is."""
    parts = platform.extensions
    now, engine = parts["clock"].now(), parts["engine"]
    with db.open_session(engine, read_only=True) as session:
        seen = routing.look(session, parts["desk"], parts["live_travel"], now=now)
    limits = limits_of(parts["settings"])
    with db.open_session(engine) as session:
        told = routing.tell(session, seen, now=now, limits=limits)
    with db.open_session(engine) as session:
        routing.keep_cases(session, seen, now=now)
    return told


def limits_of(settings: Settings) -> Limits:
    """Read from when on something is told."""
    return Limits(
        late_start_s=settings.alert_start_minutes * 60,
        late_s=settings.alert_late_minutes * 60,
        standing_s=settings.alert_standing_minutes * 60,
        off_route_m=settings.alert_off_route_m,
        off_route_s=settings.alert_off_route_minutes * 60,
        silent_s=settings.alert_silent_minutes * 60,
        cold_near_s=settings.alert_cold_minutes * 60,
    )


def sieve_of(settings: Settings) -> Sieve:
    """Read how exact a position has to be."""
    return Sieve(accuracy_m_max=settings.positions_within_m)
