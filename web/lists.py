"""Lists beside the claims as callers hand them in: tried row by row, then kept as a version."""

from dataclasses import dataclass
from datetime import date

from dispensing.bureau_lists.kinds import (
    BYTES_MAX,
    KINDS,
    SHOWN_MAX,
    ListKind,
    ReadList,
    read_list,
)
from dispensing.errors import FieldError, Malformed, NotFound, Words
from dispensing.service import bureau_lists
from dispensing.service.approving import Party
from dispensing.service.bureau_lists import BureauList, ListFile
from pharmacies.catalogue.said import BadFile
from web import client_keys, clock, db, parts
from web.auditing import area_of_caller
from web.auth import caller
from web.strict import NotStrict, plain_text


@dataclass(frozen=True, slots=True)
class ListBadRow:
    """One refused row: its number, the column as the file heads it, and why, values masked."""

    row: int
    column: str
    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class ListTried:
    """What a file of a list holds, each refused row, and the version where it was kept."""

    kind: str
    rows: int
    fit: int
    passed_over: int
    refused: int
    bad: tuple[ListBadRow, ...]  # the first of them
    kept: BureauList | None


def handed(kind: str, file: ListFile, *, dry_run: bool) -> ListTried:
    """Read a file of a list; it is kept where no row is refused and it was not only tried."""
    of_kind = kind_of(kind)
    _checked(file)
    try:
        read = read_list(of_kind, file.content, file.as_of)
    except BadFile as error:
        refused = Malformed([FieldError("table", error.said.en)])
        zh, en = error.said.zh, error.said.en
        refused.words = Words(zh, en, "请更正文件后重新上传。", "Correct the file.")
        raise refused from error
    kept = None if dry_run or not read.is_fit else _kept(of_kind, read, file)
    return _told(kind, read, kept)


def versions() -> tuple[BureauList, ...]:
    """List the versions of the caller's area, the latest first."""
    return bureau_lists.versions(db.session(), area_of_caller())


def kind_of(kind: str) -> ListKind:
    """Name a kind of list; NotFound where there is none of that name."""
    for known in KINDS:
        if known == kind:
            return known
    raise NotFound("这种名单", "list of this kind")


def _checked(file: ListFile) -> None:
    if not file.name or not file.content or len(file.content) > BYTES_MAX:
        wanted = f"a file with a name, of at most {BYTES_MAX >> 20} MiB"
        raise Malformed([FieldError("table", wanted)])
    if file.as_of > clock.today():
        raise Malformed([FieldError("as_of", "a day that is not to come")])
    try:
        plain_text(file.name + file.source)
    except NotStrict as error:
        raise Malformed([FieldError("table", f"its name: {error}")]) from None


def _kept(kind: ListKind, read: ReadList, file: ListFile) -> BureauList:
    who = caller()
    return bureau_lists.take(
        db.writing_session(),
        parts.desk().vault,
        read,
        file,
        kind=kind,
        id_=client_keys.act_id(),
        place=area_of_caller(),
        by=Party(who.user, who.doing("list.enter"), who.name),
        now=clock.now(),
    )


def _told(kind: str, read: ReadList, kept: BureauList | None) -> ListTried:
    bad = tuple(
        ListBadRow(one.row, fault.column, fault.said.zh, fault.said.en)
        for one in read.bad[:SHOWN_MAX]
        for fault in one.faults
    )
    return ListTried(
        kind, read.rows, len(read.kept), read.passed_over, len(read.bad), bad, kept
    )


def day_or_today(day: date | None) -> date:
    """Give the day of a list; today where none was said."""
    return day or clock.today()
