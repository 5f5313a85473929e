"""Client keys (幂等键): an act that is asked for again under its key gets its first answer.

A program sends the key in the header Idempotency-Key, a page in a hidden field that is made
when the page is. The key belongs to the account that sent it and to one request: method,
path and body. What holds a fen is the domain's own law of once only; the key adds that the
answer, too, is the first one. Who dies between the act and its answer leaves a key that the
next request takes over after its lease, and the domain tells what became of the act: by its
own law, or by the number of the act (`act_id`). Who was only slow finds that out when it
keeps its answer: of both, the answer that is kept first is given to everybody.
"""

import hashlib
import json
import re
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from secrets import token_urlsafe
from uuid import UUID, uuid4, uuid5

from flask import Flask, Response, current_app, g, request
from flask.typing import ResponseReturnValue
from sqlalchemy import ColumnElement, column, text
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, delete, update
from werkzeug.datastructures import FileStorage

from dispensing.errors import Conflict, DomainError, StillRunning, Words
from dispensing.sealed import at, unseal
from dispensing.vault import Place
from web import clock, db, parts
from web.strict import NotStrict, parse
from web.tables import ClientKeyRow

HEADER = "Idempotency-Key"
REPLAYED = "Idempotency-Replayed"
FIELD = "client_key"
FORM = r"[\x21-\x7e]{1,255}"
KEPT = timedelta(hours=24)
RETRY_AFTER_S = 2
LEASE = timedelta(seconds=30)  # after which another request may finish an act
_NOT_ASKED = frozenset({FIELD, "csrf_token"})
_ACTS = UUID(
    "5a0c4d0e-5d0c-4c39-9a54-3f0a6f4b1f0e"
)  # numbers of acts are made below it


class KeyUsedOtherwise(Conflict):
    """The key stands for another request of this account."""

    def __init__(self) -> None:
        super().__init__(
            Words(
                "这个幂等键已经用于另一个请求。",
                "This key was used for another request.",
                "请刷新页面后重新操作；程序请为新的请求换一个键。",
                "Refresh the page and act anew; a program takes a new key for a new request.",
            ),
            code="key-used-otherwise",
        )


class KeyRunning(StillRunning):
    """The request of this key is under way; its answer can be had in a moment."""

    code = "key-running"

    def __init__(self) -> None:
        super().__init__(RETRY_AFTER_S)
        self.words = Words(
            "同一个请求正在处理中。",
            "The same request is under way.",
            f"请等待{RETRY_AFTER_S}秒后重试，不会重复收费。",
            f"Wait {RETRY_AFTER_S} seconds and ask again; nothing is charged twice.",
        )


@dataclass(frozen=True, slots=True)
class Asked:
    """One request under its key, and who works on it."""

    account: str
    key: str
    fingerprint: str
    holder: str
    now: datetime


def init_app(app: Flask) -> None:
    """Let the forms of the pages carry a key."""
    app.jinja_env.globals["client_key"] = lambda: token_urlsafe(18)


def answer_once(
    account: str, act: Callable[[], ResponseReturnValue]
) -> ResponseReturnValue:
    """Do an act, or give the answer that the same request of this account got before.

    Raises KeyUsedOtherwise and KeyRunning.
    """
    key = _key()
    if key is None:
        return act()
    asked = Asked(account, key, _fingerprint(), uuid4().hex, clock.now())
    g.act_id = uuid5(_ACTS, "\0".join((account, key, asked.fingerprint)))
    first = _take(asked)
    if first is not None:
        return first
    response, final = _answer(act)
    db.close_sessions()  # on SQLite the next writer would wait for this one
    if final:
        return _keep(asked, response)
    _let_go(asked)
    return response


def act_id() -> UUID:
    """Number the act of this request: the same number for the same request of its key.

    An act that the domain cannot tell from its repetition (cash that is handed in twice) is
    written down under it, in its own unit of work: so it is done once even where a crash
    took the answer before it was kept.
    """
    number: UUID | None = g.get("act_id")
    return number or uuid4()


def not_final() -> None:
    """Say that the answer may yet change: the same request is then asked anew."""
    g.answer_may_change = True


def purge(session: Session, now: datetime) -> int:
    """Forget the keys of more than a day ago; tells how many."""
    past = delete(ClientKeyRow).where(col(ClientKeyRow.taken_at) < now - KEPT)
    gone = session.exec(past).rowcount
    session.commit()
    return gone


def _key() -> str | None:
    """Read the key of this request, if it acts and has one."""
    if request.method in db.SAFE_METHODS:
        return None
    key = request.headers.get(HEADER)
    if key is None and not request.is_json:
        key = request.form.get(FIELD)
    if key is not None and not re.fullmatch(FORM, key):
        raise NotStrict(f"{HEADER}: expected 1 to 255 visible ASCII characters")
    return key


def _fingerprint() -> str:
    """Name a request by what it asks: equal requests, equal names.

    Of the SHA-256 only a keyed index is kept: a body may hold an identity number, which
    could be guessed from a plain one.
    """
    if request.is_json:
        body = parse(request.get_data()) if request.get_data() else None
    else:
        sent = request.form.items(multi=True)
        body = sorted([name, value] for name, value in sent if name not in _NOT_ASKED)
        body += [[name, _read(file)] for name, file in request.files.items(multi=True)]
    whole = [request.method, request.full_path, body]
    canonical = json.dumps(
        whole, ensure_ascii=False, sort_keys=True, separators=(",", ":")
    )
    return parts.desk().vault.fingerprint(
        hashlib.sha256(canonical.encode()).hexdigest()
    )


def _read(file: FileStorage) -> str:
    """Name a file that was sent by what it holds, and leave it to be read again."""
    found = hashlib.sha256(file.read()).hexdigest()
    file.seek(0)
    return found


def _take(asked: Asked) -> Response | None:
    """Take the key for this request, or give the first answer where there is one."""
    for _ in range(2):  # a key that is let go in between is free at the second look
        row = _found(asked)
        if row is None:
            if _insert(asked):
                return None
            continue
        if row.fingerprint != asked.fingerprint:
            raise KeyUsedOtherwise
        if row.answer_sealed is not None:
            return _replay(row)
        if abs(asked.now - row.taken_at) >= LEASE and _take_over(asked, row.holder):
            return None
        break
    raise KeyRunning


def _answer(act: Callable[[], ResponseReturnValue]) -> tuple[Response, bool]:
    """Do the act; tells its answer and whether that answer stays.

    A refusal of the field stays. What was not fit to be read, was asked of somebody else,
    or fell into another's act, changed nothing: it is asked anew. So is a page's refusal,
    because its reader goes back and corrects the same form.
    """
    try:
        response = current_app.make_response(act())
        return response, response.status_code < 400 and "answer_may_change" not in g
    except Exception as error:
        told = current_app.handle_user_exception(error)
        response = current_app.make_response(told)
        refused = isinstance(error, DomainError) and not isinstance(error, StillRunning)
        is_program = request.path.startswith("/api/")
        return response, refused and is_program and response.status_code == 409


def _found(asked: Asked) -> ClientKeyRow | None:
    engine = current_app.extensions["engine"]
    with db.open_session(engine, read_only=True) as session:
        return session.get(ClientKeyRow, (asked.account, asked.key))


def _insert(asked: Asked) -> bool:
    with _writing() as session:
        row = ClientKeyRow(
            account=asked.account,
            key=asked.key,
            fingerprint=asked.fingerprint,
            holder=asked.holder,
            taken_at=asked.now,
        )
        session.add(row)
        try:
            session.commit()
        except IntegrityError:
            return False
    return True


def _take_over(asked: Asked, holder: str) -> bool:
    """Take the key of one who did not come back; only one of several succeeds."""
    new = {"holder": asked.holder, "taken_at": asked.now}
    return _change(_held_by(asked, holder), new)


def _keep(asked: Asked, response: Response) -> Response:
    """Keep the answer, sealed: it may tell whose prescription it was; gives the one that stays.

    Whoever was slower than the lease may have lost the key to another, who found the act
    done and answers otherwise. The answer that is kept first is the answer of both.
    """
    answer = {
        "status": response.status_code,
        "type": response.content_type,
        "location": response.headers.get("Location"),
        "body": b64encode(response.get_data()).decode(),
    }
    sealed = parts.desk().vault.seal(json.dumps(answer), _place(asked))
    # Whoever hears it may hear it again: it is on disk before it is sent.
    while not _change(_unanswered(asked), {"answer_sealed": sealed}, lasting=True):
        row = _found(asked)
        if row is None:  # the other let the key go: its answer was not to stay
            _insert(asked)
        elif row.fingerprint != asked.fingerprint:
            break  # it stands for another request since
        elif row.answer_sealed is not None:
            return _replay(row)
    return response


def _change(
    where: Iterable[ColumnElement[bool]],
    values: dict[str, object],
    *,
    lasting: bool = False,
) -> bool:
    with _writing(lasting=lasting) as session:
        change = update(ClientKeyRow).where(*where).values(**values)
        changed = session.exec(change).rowcount
        session.commit()
    return changed == 1


def _let_go(asked: Asked) -> None:
    with _writing() as session:
        session.exec(delete(ClientKeyRow).where(*_held_by(asked, asked.holder)))
        session.commit()


def _held_by(asked: Asked, holder: str) -> tuple[ColumnElement[bool], ...]:
    return (*_unanswered(asked), column("holder") == holder)


def _unanswered(asked: Asked) -> tuple[ColumnElement[bool], ...]:
    return (
        column("account") == asked.account,
        column("key") == asked.key,
        column("fingerprint") == asked.fingerprint,
        column("answer_sealed").is_(None),
    )


def _writing(*, lasting: bool = False) -> Session:
    """Open a session whose commit does not wait for the disk where it need not.

    PostgreSQL writes its log in order: a key that is taken is on disk before the act that
    follows it is.
    """
    session = db.open_session(current_app.extensions["engine"])
    if session.get_bind().dialect.name == "postgresql" and not lasting:
        session.execute(text("SET LOCAL synchronous_commit = off"))
    return session


def _place(asked: Asked) -> Place:
    return at(ClientKeyRow, "answer_sealed", asked.account, asked.key)


def _replay(row: ClientKeyRow) -> Response:
    answer = json.loads(unseal(parts.desk().vault, row, "answer_sealed"))
    response = Response(
        b64decode(answer["body"]), answer["status"], content_type=answer["type"]
    )
    if answer["location"] is not None:
        response.headers["Location"] = answer["location"]
    response.headers[REPLAYED] = "true"
    return response
