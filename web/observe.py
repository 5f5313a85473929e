"""What an operator can see: logs, counters, health; never whose prescription it was."""

import logging
from hmac import compare_digest
from ipaddress import ip_address
from time import perf_counter
from uuid import uuid4

import structlog
from flask import Flask, Response, abort, current_app, g, request
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    generate_latest,
)
from sqlalchemy import text
from structlog import contextvars

from web import db, events, monitor, parts, veiling

log = structlog.stdlib.get_logger("yaoda.web")

METHODS = frozenset({"GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"})


# Never with the values of local variables: they hold whatever was worked on.
_TRACEBACKS = structlog.processors.ExceptionRenderer(
    structlog.tracebacks.ExceptionDictTransformer(show_locals=False)
)


def configure_logging() -> None:
    """Write logs as one JSON object a line to standard error."""
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    veiling.over_all()
    logging.getLogger("waitress").setLevel(logging.WARNING)
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)
    logging.getLogger("flask_wtf").setLevel(logging.WARNING)  # speaks no JSON


def _shape_logs() -> None:
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            contextvars.merge_contextvars,  # the request or the job that is at work
            events.name_who,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _TRACEBACKS,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )


def init_app(app: Flask) -> None:
    """Count, time and log every answer, and say whether the app is well."""
    _shape_logs()
    registry = CollectorRegistry()
    labels = ("method", "rule", "status")
    answers = Counter("yaoda_answers", "Answers given", labels, registry=registry)
    seconds = Histogram(
        "yaoda_answer_seconds", "Seconds to an answer", ("rule",), registry=registry
    )

    stale = Gauge(
        "yaoda_overlay_stale",
        "1 while a changed overlay file is not fit and the last good one is used",
        registry=registry,
    )
    stale.set_function(lambda: int(bool(app.extensions["desk"].overlay_faults)))

    monitor.init_app(app, registry)

    def begin() -> None:
        g.request_id = uuid4().hex
        contextvars.clear_contextvars()
        contextvars.bind_contextvars(request_id=g.request_id)
        g.begun = perf_counter()

    def finish(response: Response) -> Response:
        spent_s = perf_counter() - g.get("begun", perf_counter())
        rule = request.url_rule.rule if request.url_rule else "none"
        answers.labels(_method(), rule, str(response.status_code)).inc()
        seconds.labels(rule).observe(spent_s)
        _log(rule, response.status_code, spent_s)
        response.headers["X-Request-ID"] = g.get("request_id", "")
        return response

    app.before_request(begin)
    app.after_request(finish)
    app.add_url_rule("/healthz", "healthz", healthz)
    app.add_url_rule("/readyz", "readyz", readyz)
    app.add_url_rule("/metrics", "metrics", lambda: _exposition(registry))


def healthz() -> dict[str, str]:
    """Say that the process answers."""
    return {"status": "alive"}


def readyz() -> dict[str, str]:
    """Say that the database answers, whether the overlay is the file's own, notices are late.

    What is wrong with the file is for the log and the bureau's page.
    """
    db.session().execute(text("SELECT 1"))
    stale = bool(parts.desk().overlay_faults)
    told = {"overlay": "last good one"} if stale else {}
    return {"status": "ready", **told, **monitor.detail(current_app)}


def _exposition(registry: CollectorRegistry) -> Response:
    if not _may_count():
        abort(404)
    return Response(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


def _may_count() -> bool:
    """Tell whether the figures are for who asks: by the operator's key, else from this machine.

    What came through somebody's proxy is not from this machine.
    """
    key = parts.settings().metrics_key
    if key is not None:
        told = request.headers.get("Authorization", "").removeprefix("Bearer ")
        return compare_digest(told.encode(), key.read_bytes().strip())
    handed_on = {"X-Forwarded-For", "Forwarded", "X-Real-Ip"} & set(
        request.headers.keys()
    )
    return not handed_on and ip_address(request.remote_addr or "::").is_loopback


def _method() -> str:
    # Whoever asks may invent methods; each would be one more line of counters for ever.
    return request.method if request.method in METHODS else "other"


def _log(rule: str, status: int, spent_s: float) -> None:
    # The rule, not the path: a path may carry a number that belongs to somebody.
    log.info(
        "answer",
        method=_method(),
        rule=rule,
        status=status,
        ms=round(spent_s * 1000, 1),
    )
