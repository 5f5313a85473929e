"""Every error as one answer: a problem document (RFC 9457) for programs, a page for people."""

import re
from collections.abc import Sequence
from http import HTTPStatus
from uuid import UUID

import structlog
from apiflask.exceptions import HTTPError
from flask import (
    Flask,
    Response,
    current_app,
    g,
    redirect,
    render_template,
    request,
    url_for,
)
from flask_wtf.csrf import CSRFError  # type: ignore[import-untyped]
from pydantic import BaseModel, ConfigDict
from sqlalchemy.exc import OperationalError
from werkzeug.exceptions import HTTPException

from dispensing.approvals import SecondNeeded
from dispensing.errors import DomainError, Malformed, NotFound, StillRunning, Words
from dispensing.service import NotAccepted
from pharmacies.crew import CrewRefused
from pharmacies.errors import StockError
from web import db, events, fields, shown
from web.again import form_sent
from web.paths import is_own
from web.sentences import SENTENCES, UNKNOWN
from web.strict import NotStrict
from web.words import language

log = structlog.stdlib.get_logger("yaoda.web")

OWN_NAME = re.compile(r"[a-z_]{1,40}|[0-9]{1,4}")
CONTENT_TYPE = "application/problem+json"
CHALLENGE = 'Bearer realm="yaoda"'  # how a program comes in (RFC 9110, 11.6.1)
PAGES_BEGIN = (
    "/patient",
    "/counter",
    "/dispatch",
    "/courier",
    "/bureau",
    "/hospital",
    "/receipts",
    "/feedback",
    "/orders",
    "/evidence",
    "/invitations",
    "/account",
    "/second-factor",
    "/oidc",
    "/proofs",
    "/approvals",
    "/openings",
    "/staff",
    "/program-keys",
)
RETRY_AFTER_S = 2
FULL_RETRY_AFTER_S = 60
# Codes of patients that wrong answers have closed: of access (取药码) and of the door.
CLOSED = frozenset({"access-locked", "code-locked"})
STORAGE_FULL = Words(
    "服务器存储空间已满，操作没有完成。",
    "The server's storage is full; the act was not completed.",
    "请联系管理员清理空间，然后重新查询结果；不要重复收费。",
    "Tell the operator to free space, then ask again what became of it;"
    " do not charge twice.",
)
# Where an act's page is not simply one step up.
BACK = {
    "patient_pages.code": "/patient",
    "sharing_pages.share": "/patient/sharing",
    "feedback_pages.reply": "/patient/feedback",
    "feedback_pages.answer": "/feedback",
    "sharing_pages.withdraw": "/patient/sharing/codes",
    "sharing_pages.allow": "/patient/sharing/family",
    "sharing_pages.end": "/patient/sharing/family",
    "presenting_pages.present": "/counter",
    "code_picture_pages.picture": "/counter",
    "counter_pages.home": "/",
    "paper_pages.take": "/counter/paper",
    "notices_pages.send_again": "/notices",
    "notices_pages.drop": "/notices",
    "notices_pages.enable": "/notices",
    "uploads_pages.send_again": "/uploads",
    "uploads_pages.drop": "/uploads",
    "counter_pages.find": "/counter",
    "dispatch_pages.make_plan": "/dispatch",
    "crew_pages.hire": "/dispatch/crew",
    "invited_pages.accept": "/",
    "pool_pages.act": "/dispatch",
    "road_pages.acknowledge": "/dispatch/road",
    "road_pages.give_device": "/dispatch/road",
    "road_pages.end_key": "/dispatch/road",
    "pool_pages.commit": "/dispatch",
    "program_keys_pages.make": "/program-keys",
    "courier_pages.hand_over": "/courier",
    "courier_pages.fail": "/courier",
    "courier_pages.depart": "/courier",
    "courier_pages.break_down": "/courier",
    "courier_pages.pick_up": "/courier",
    "courier_pages.read_box": "/courier",
    "courier_pages.read_parcel": "/courier",
}


class FieldProblem(BaseModel):
    """One field that is not as expected."""

    where: str
    expected: str


class Problem(BaseModel):
    """A problem document."""

    model_config = ConfigDict(json_schema_extra={"title": "Problem"})

    type: str
    title: str
    status: int
    detail: str
    next: str
    request_id: str
    errors: list[FieldProblem] = []
    assessment: shown.Assessed | None = None
    proposal: UUID | None = None  # what now waits for a second person


def init_app(app: Flask) -> None:
    """Answer every error of the app in one of the two forms."""
    app.register_error_handler(DomainError, _domain)
    app.register_error_handler(SecondNeeded, _second)
    for kind in UNKNOWN:
        app.register_error_handler(kind, _unknown)
    app.register_error_handler(StockError, _stock)
    app.register_error_handler(CrewRefused, _crew)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(HTTPError, _validation)
    app.register_error_handler(NotStrict, _not_strict)
    app.register_error_handler(OperationalError, _busy)
    app.register_error_handler(TimeoutError, _busy)
    app.register_error_handler(Exception, _unforeseen)


def document(status: int, request_id: str) -> str:
    """Write the problem document of a request that no view has seen."""
    words = _sentence(status)
    return Problem(
        type="about:blank",
        title=HTTPStatus(status).phrase,
        status=status,
        detail=said(words),
        next=_next(words),
        request_id=request_id,
    ).model_dump_json()


def status_of(error: DomainError) -> int:
    """Return the HTTP status of an answer of the field."""
    if isinstance(error, NotFound):
        return 404
    return 422 if isinstance(error, Malformed) else 409


def _domain(error: DomainError) -> Response:
    if error.code in CLOSED:
        events.tell("braked", brakes=[error.code])
    fields = error.errors if isinstance(error, Malformed) else ()
    errors = [FieldProblem(where=f.where, expected=f.expected) for f in fields]
    refused = shown.assessed(error.view) if isinstance(error, NotAccepted) else None
    response = _answer(
        status_of(error),
        error.words,
        code=error.code,
        errors=errors,
        assessed=refused,
        proposal=error.proposal_id if isinstance(error, SecondNeeded) else None,
    )
    if isinstance(error, StillRunning):
        response.headers["Retry-After"] = str(error.retry_after_s)
    return response


def _second(error: SecondNeeded) -> Response:
    if not _is_page():
        return _domain(error)
    there = url_for("approvals_pages.show", proposal_id=error.proposal_id)
    return redirect(there, 303)  # type: ignore[return-value]


def _unknown(error: LookupError) -> Response:
    status, words = UNKNOWN[type(error)]
    return _answer(status, words, code="unknown")


def _stock(error: StockError) -> Response:
    return _answer(409, error.words, code=error.code)


def _crew(error: CrewRefused) -> Response:
    status = 404 if error.code == "not-found" else 409
    return _answer(status, error.words, code=error.code)


def _http(error: HTTPException) -> Response:
    if isinstance(error, CSRFError):
        events.tell("form_forged")
    status = error.code or 500
    if error.response is not None or 300 <= status < 400:
        return error.get_response()  # type: ignore[return-value]
    response = _answer(status, _sentence(status))
    for name, value in error.get_headers():
        if name in {"Allow", "Retry-After"}:
            response.headers[name] = value
    return response


def _validation(error: HTTPError) -> Response:
    found = error.detail if isinstance(error.detail, dict) else {}
    errors = [
        FieldProblem(where=place_of(where), expected="; ".join(expected))
        for fields in found.values()
        for where, expected in fields.items()
    ]
    detail = (error.message or "") if error.status_code == 400 else ""
    return _answer(
        error.status_code, _sentence(error.status_code), errors=errors, detail=detail
    )


def place_of(where: str) -> str:
    """Tell where in a body a field stands, without words of the sender's own."""
    # A name of ours is told; one that the sender made up may be somebody's number.
    return ".".join(
        part if OWN_NAME.fullmatch(part) else "?" for part in where.split(".")
    )


def _not_strict(error: NotStrict) -> Response:
    return _answer(400, SENTENCES[400], detail=str(error))


def _busy(error: Exception) -> Response:
    g.accounts_away = error  # the page must not ask the database who reads it
    log.warning("busy", request_id=g.get("request_id"), kind=type(error).__name__)
    if db.is_full(error):
        response = _answer(503, STORAGE_FULL, code="storage-full")
        response.headers["Retry-After"] = str(FULL_RETRY_AFTER_S)
        return response
    response = _answer(503, SENTENCES[503])
    response.headers["Retry-After"] = str(RETRY_AFTER_S)
    return response


def _unforeseen(error: Exception) -> Response:
    # The kind and the place are enough to find the fault; the text may name a person.
    place = _place(error)
    log.error(
        "fault",
        request_id=g.get("request_id"),
        kind=type(error).__name__,
        place=place,
        exc_info=current_app.testing,
    )
    return _answer(500, SENTENCES[500])


def _place(error: Exception) -> str:
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    if trace is None:
        return ""
    return f"{trace.tb_frame.f_code.co_name}:{trace.tb_lineno}"


def _sentence(status: int) -> Words:
    return SENTENCES.get(status) or SENTENCES[500 if status >= 500 else 400]


def _answer(
    status: int,
    words: Words,
    *,
    code: str | None = None,
    errors: Sequence[FieldProblem] = (),
    detail: str = "",
    assessed: shown.Assessed | None = None,
    proposal: UUID | None = None,
) -> Response:
    if _is_page():
        return _page(status, words, errors, assessed)
    problem = Problem(
        type=f"urn:yaoda:problem:{code}" if code else "about:blank",
        title=words.en if code else HTTPStatus(status).phrase,
        status=status,
        detail=f"{said(words)} {detail}".strip(),
        next=_next(words),
        request_id=g.get("request_id", ""),
        errors=list(errors),
        assessment=assessed,
        proposal=proposal,
    )
    told = Response(problem.model_dump_json(), status, content_type=CONTENT_TYPE)
    if status == HTTPStatus.UNAUTHORIZED:
        told.headers["WWW-Authenticate"] = CHALLENGE
    return told


def _page(
    status: int,
    words: Words,
    errors: Sequence[FieldProblem],
    assessed: shown.Assessed | None,
) -> Response:
    # An act of a page lies below the page: /counter/prescriptions/1/settle.
    back = request.path.rsplit("/", 1)[0] if request.method == "POST" else "/"
    page = render_template(
        "problem.html",
        status=status,
        said=said(words),
        next=_next(words),
        errors=fields.told(errors),
        assessed=assessed,
        again=form_sent(status),
        back=BACK.get(request.endpoint or "", back if is_own(back) else "/"),
        request_id=g.get("request_id", ""),
    )
    return Response(page, status, content_type="text/html; charset=utf-8")


def said(words: Words) -> str:
    """Say an answer of the field in the language of this request."""
    return words.zh if language() == "zh" else words.en


def _next(words: Words) -> str:
    return words.next_zh if language() == "zh" else words.next_en


def _is_page() -> bool:
    if request.path.startswith(PAGES_BEGIN):
        return True
    kinds = ["application/json", "text/html"]
    return (
        not request.path.startswith("/api")
        and request.accept_mimetypes.best_match(kinds) == "text/html"
    )
