"""Files for the catalogue: handed in, tried and put in by a worker."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from uuid import UUID

from flask import current_app

from dispensing.errors import Conflict, FieldError, Malformed, NotFound, Words
from pharmacies.catalogue import upload_service
from pharmacies.catalogue.cells import BYTES_MAX
from pharmacies.catalogue.examining import File
from pharmacies.catalogue.upload_service import MedicineFileView
from web import client_keys, clock, db
from web.auth import caller
from web.jobs import catalogues
from web.jobs.running import jobs_of
from web.strict import NotStrict, plain_text


def handed(name: str, content: bytes, valid_from: date | None) -> MedicineFileView:
    """Keep a file and let a worker say what would become of its rows."""
    if not name or not content or len(content) > BYTES_MAX:
        wanted = f"a CSV or XLSX file with a name, of at most {BYTES_MAX >> 20} MiB"
        raise Malformed([FieldError("table", wanted)])
    try:
        plain_text(name)
    except NotStrict as error:
        raise Malformed([FieldError("table", f"its name: {error}")]) from None
    kept = upload_service.hand_in(
        db.session(),
        File(name, content, valid_from or clock.today()),
        id_=client_keys.act_id(),
        by=caller().user,
        now=clock.now(),
    )
    return _to_worker(kept)


def asked_in(id_: UUID) -> MedicineFileView:
    """Let a worker put a file in that was tried without a refused row."""
    try:
        with _known():
            asked = upload_service.ask_in(db.session(), id_, now=clock.now())
    except upload_service.NotTried as error:
        raise Conflict(
            Words(
                "这个文件还不能写入：试运行没有结束、有拒绝的行，或没有变化。",
                "This file cannot go in yet: its trial is not over, rows are refused, or"
                " nothing would change.",
                "请看试运行的结果，改正后重新上传。",
                "See the result of the trial, correct the file and hand it in again.",
            ),
            code="not-tried",
        ) from error
    return _to_worker(asked)


def upload(id_: UUID) -> MedicineFileView:
    """Tell how far a file is, or raise NotFound."""
    with _known():
        return upload_service.upload(db.session(), id_)


def every_fate(id_: UUID) -> bytes:
    """Give what becomes of every row of a file as CSV, or raise NotFound."""
    with _known():
        return upload_service.every_fate(db.session(), id_)


@contextmanager
def _known() -> Iterator[None]:
    try:
        yield
    except upload_service.NoSuchUpload as error:
        raise NotFound("文件", "file") from error


def _to_worker(view: MedicineFileView) -> MedicineFileView:
    db.close_sessions()  # the worker may be of this process, and want the turn to write
    platform = current_app._get_current_object()  # type: ignore[attr-defined]
    catalogues.hand_in(jobs_of(platform), view)
    return view
