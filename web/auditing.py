"""The audit chain as its readers see it: its state by area, and what a walk over it finds."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from flask import Flask

from dispensing import service
from dispensing.audit import pooling_area
from dispensing.service import Break
from web import anchoring, db
from web.auth import Caller, caller

WAITS_AT_MOST = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class ChainState:
    """How far the chain of one pooling area (统筹区) is sealed."""

    area: str
    sealed: int
    head: str
    sealed_at: datetime | None
    waiting: int
    waiting_since: datetime | None
    late: bool  # something waits for longer than it should


@dataclass(frozen=True, slots=True)
class AuditState:
    """The chains, and the last day whose ends are kept outside of the database."""

    chains: tuple[ChainState, ...]
    last_anchor: date | None


@dataclass(frozen=True, slots=True)
class Verification:
    """What a walk over the chains has found; the first of `breaks` is where to look."""

    at: datetime
    whole: bool
    areas: int
    links: int
    waiting: int
    rows: int
    anchors: int
    breaks: tuple[Break, ...]


def area_of(who: Caller) -> str | None:
    """Name the one area that a caller may look at; None is all of them."""
    return None if "admin" in who.roles else pooling_area(who.subject)


def area_of_caller() -> str:
    """Name the pooling area that the caller looks after, '' for all."""
    return area_of(caller()) or ""


def state(platform: Flask, area: str | None) -> AuditState:
    """Tell how far the chains are sealed and anchored."""
    now = platform.extensions["clock"].now()
    with db.open_session(platform.extensions["engine"], read_only=True) as session:
        heads = {head.area: head for head in service.heads(session)}
        waiting = service.waiting(session)
    names = sorted(name for name in {*heads, *waiting} if area in {None, name})
    chains = []
    for name in names:
        head = heads.get(name) or service.ChainHead(name, 0, "", None)
        count, since = waiting.get(name, (0, None))
        late = since is not None and now - since > WAITS_AT_MOST
        chains.append(
            ChainState(name, head.seq, head.hash, head.sealed_at, count, since, late)
        )
    folder = anchoring.folder_of(platform.extensions["settings"])
    return AuditState(tuple(chains), anchoring.last_day(folder))


def verify(platform: Flask, area: str | None) -> Verification:
    """Walk over the chains with the anchors of this installation."""
    now = platform.extensions["clock"].now()
    folder = anchoring.folder_of(platform.extensions["settings"])
    anchors, unread = anchoring.read(folder, platform.extensions["ring"].public())
    with db.open_session(platform.extensions["engine"], read_only=True) as session:
        found = service.verify(session, now=now, area=area, anchors=anchors)
    breaks = (
        *found.breaks,
        *(
            Break("", None, "anchor", f"{one.file}:{one.line}", "anchor bad", one.why)
            for one in unread
        ),
    )
    return Verification(
        at=now,
        whole=not breaks,
        areas=found.areas,
        links=found.links,
        waiting=found.waiting,
        rows=found.rows,
        anchors=found.anchors,
        breaks=breaks,
    )
