"""Files that are put in at the same time, and a worker that is killed while it puts one in."""

import os
import signal
from datetime import UTC, datetime, timedelta
from functools import partial
from multiprocessing import get_context
from threading import Barrier, Thread
from uuid import uuid4

from sqlmodel import func, select

from pharmacies.catalogue import planned, upload_service
from pharmacies.catalogue.examining import File
from pharmacies.catalogue.history import history
from pharmacies.catalogue.service import Act, imports, put_in
from pharmacies.catalogue_tables import MedicineVersionRow
from pharmacies.tables import MedicineRow
from tests.pharmacies.test_catalogue import (
    DISEASES,
    INSULIN,
    LONG,
    TODAY,
    engine_with,
    table,
)
from web import db

__all__ = ["engine_with"]
NOW = datetime(2025, 9, 15, 4, tzinfo=UTC)
CODE = INSULIN[:23]
_forks = get_context("forkserver")
_forks.set_forkserver_preload(["tests.crash.warm"])
ENDS_S_MAX = 60


def put(engine, content, at=NOW, tell=lambda *_: None):
    fates = []
    with (
        db.open_session(engine, read_only=True) as reading,
        db.open_session(engine) as writing,
    ):
        came = put_in(
            reading,
            writing,
            File("目录.csv", content, TODAY),
            DISEASES,
            act=Act(uuid4(), "lin", at, TODAY),
            tell=tell,
            into=fates,
        )
    return came, fates


def counted(engine, table):
    with db.open_session(engine, read_only=True) as session:
        return session.exec(select(func.count()).select_from(table)).one()


def test_a_file_is_judged_anew_where_another_went_in_meanwhile(engine_with):
    """The other one's clock is behind: no import is overlooked for that."""
    put(engine_with, table(LONG))
    behind = NOW - timedelta(hours=1)

    def meanwhile(stage, done, total):
        if stage == "checking" and counted(engine_with, MedicineRow) == 2:
            put(engine_with, table(INSULIN), behind)

    mine = table(INSULIN.replace("38.50", "37.00"), LONG)
    came, fates = put(engine_with, mine, tell=meanwhile)
    assert (came.new, came.changed, came.same, came.written) == (0, 1, 1, True)
    assert [(one.row, one.outcome) for one in fates] == [(2, "changed"), (3, "same")]
    with db.open_session(engine_with, read_only=True) as session:
        told = history(session, CODE).versions
    assert [(one.medicine.standard_fen, one.superseded) for one in told] == [
        (3850, True),
        (3700, False),
    ]


def test_of_the_same_file_twice_at_once_one_goes_in(engine_with):
    start, came = Barrier(2), []

    def one():
        start.wait()
        came.append(put(engine_with, table(INSULIN, LONG))[0])

    threads = [Thread(target=one) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(ENDS_S_MAX)
    assert sorted((one.new, one.same, one.written) for one in came) == [
        (0, 2, False),
        (2, 0, True),
    ]
    assert counted(engine_with, MedicineVersionRow) == 2


def carry_out(engine, id_, at):
    upload_service.carry_out(
        lambda read_only: db.open_session(engine, read_only=read_only),
        id_,
        DISEASES,
        now=lambda: at,
        today=TODAY,
    )


def carry_out_and_be_killed(url, id_):
    """Be a worker that is killed when the new rows are written and not yet committed."""

    def killed(*_args):
        os.kill(os.getpid(), signal.SIGKILL)

    planned.let_stand = killed
    carry_out(db.open_engine(url), id_, NOW)


def test_a_worker_that_is_killed_leaves_nothing_half_written(engine_with):
    id_, later = uuid4(), NOW + upload_service.LOST_AFTER + timedelta(seconds=1)
    with db.open_session(engine_with) as session:
        file = File("目录.csv", table(INSULIN, LONG), TODAY)
        upload_service.hand_in(session, file, id_=id_, by="lin", now=NOW)
    carry_out(engine_with, id_, NOW)
    with db.open_session(engine_with) as session:
        upload_service.ask_in(session, id_, now=NOW)
    url = engine_with.url.render_as_string(hide_password=False)
    worker = _forks.Process(target=carry_out_and_be_killed, args=(url, id_))
    worker.start()
    worker.join(ENDS_S_MAX)
    assert worker.exitcode == -signal.SIGKILL

    look = partial(db.open_session, engine_with, read_only=True)
    with look() as session:
        assert imports(session) == ()
        assert upload_service.waiting(session, later) == (id_,)
    assert counted(engine_with, MedicineRow) == 1
    assert put(engine_with, table(LONG))[0].new == 1
    carry_out(engine_with, id_, later)
    with look() as session:
        told = upload_service.upload(session, id_)
        assert (told.state, told.counts["new"], told.counts["same"]) == ("done", 1, 1)
        assert len(imports(session)) == 2
    assert counted(engine_with, MedicineVersionRow) == 2
