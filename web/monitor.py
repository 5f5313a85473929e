"""The lag of notices for those who watch the platform: in the metrics and beside `ready`."""

from collections.abc import Iterator

from flask import Flask
from prometheus_client import CollectorRegistry
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector
from sqlalchemy.exc import SQLAlchemyError

from dispensing.gateway.uploads import takes_uploads
from dispensing.service import notices, uploads
from web import db
from web.jobs.port import JOBS, Counts

_METRIC = {"oldest_s": "oldest_seconds"}
LATE_S = 15 * 60  # a subscriber that lags longer is told of by /readyz


class _Lags(Collector):
    """Asks the database at each scrape; says nothing while it is away."""

    def __init__(self, app: Flask) -> None:
        self._app = app

    def describe(self) -> Iterator[GaugeMetricFamily]:
        """Tell nothing before the first scrape: the database may not be there yet."""
        return iter(())

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Give how many wait and were laid aside, and the oldest's seconds, by subscriber."""
        try:
            found = lags(self._app)
        except SQLAlchemyError:
            return
        labels = ["institution", "subscription"]
        waiting = GaugeMetricFamily(
            "yaoda_notices_waiting", "Notices to be delivered", labels=labels
        )
        dead = GaugeMetricFamily(
            "yaoda_notices_dead", "Notices laid aside", labels=labels
        )
        oldest = GaugeMetricFamily(
            "yaoda_notices_oldest_seconds",
            "Seconds for which the oldest undelivered notice has waited",
            labels=labels,
        )
        for lag in found.by_subscription:
            whose = [lag.subscription.outlet_code, str(lag.subscription.id)]
            if lag.subscription.state in {"active", "disabled"}:
                waiting.add_metric(whose, lag.waiting)
                dead.add_metric(whose, lag.dead)
                oldest.add_metric(whose, lag.oldest_s or 0)
        untold = GaugeMetricFamily(
            "yaoda_notices_untold", "Events of which no notice is written yet"
        )
        untold.add_metric([], found.untold)
        yield from (waiting, dead, oldest, untold)
        yield from _uploads(self._app)
        yield from _jobs(self._app)


def _uploads(app: Flask) -> Iterator[GaugeMetricFamily]:
    """Give what the platform was not told yet by outlet, where it takes uploads."""
    if not takes_uploads(app.extensions["desk"].gateway):
        return
    found = upload_lags(app)
    for name, words in (
        ("waiting", "Uploads that wait"),
        ("refused", "Uploads that the platform refused"),
        ("oldest_s", "Seconds since the oldest sale that is not uploaded"),
    ):
        told = GaugeMetricFamily(
            f"yaoda_uploads_{_METRIC.get(name, name)}", words, labels=["institution"]
        )
        for lag in found.by_outlet:
            told.add_metric([lag.outlet_code], getattr(lag, name))
        yield told
    unplanned = GaugeMetricFamily(
        "yaoda_uploads_unplanned", "Events that were not looked at for uploads yet"
    )
    unplanned.add_metric([], found.unplanned)
    yield unplanned


def _jobs(app: Flask) -> Iterator[GaugeMetricFamily]:
    """Count jobs, where this process does any."""
    if JOBS in app.extensions:
        counted: Counts = app.extensions[JOBS].counts()
        for name, words, count in (
            ("waiting", "Jobs that wait", counted.waiting),
            ("running", "Jobs being done", counted.running),
            ("dead", "Jobs that failed for good", counted.dead),
        ):
            told = GaugeMetricFamily(f"yaoda_jobs_{name}", words)
            told.add_metric([], count)
            yield told


def init_app(app: Flask, registry: CollectorRegistry) -> None:
    """Add the lag of notices to the metrics."""
    registry.register(_Lags(app))


def lags(app: Flask) -> notices.Lags:
    """Ask how far notices lag behind."""
    engine, now = app.extensions["engine"], app.extensions["clock"].now()
    with db.open_session(engine, read_only=True) as session:
        return notices.lags(session, now=now)


def upload_lags(app: Flask) -> uploads.UploadLags:
    """Ask how far uploads lag behind."""
    engine, now = app.extensions["engine"], app.extensions["clock"].now()
    with db.open_session(engine, read_only=True) as session:
        return uploads.upload_lags(session, now=now)


def detail(app: Flask) -> dict[str, str]:
    """Say beside `ready` that notices are late or laid aside, without saying whose."""
    found, told = lags(app), {}
    if found.dead:
        told["notices"] = "laid aside"
    elif (found.oldest_s or 0) > LATE_S:
        told["notices"] = "late"
    if takes_uploads(app.extensions["desk"].gateway):
        owed = upload_lags(app)
        if owed.refused:
            told["uploads"] = "refused"
        elif owed.oldest_s > uploads.LATE.total_seconds():
            told["uploads"] = "late"
    if JOBS in app.extensions and app.extensions[JOBS].counts().dead:
        told["jobs"] = "some failed for good"
    return told
