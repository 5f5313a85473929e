"""Acts of couriers' phones: each done once, in the phone's order, however often it is sent.

The number of an act is its key. Its record and its effect are one unit of work: who is cut
off between two calls of the database leaves both or neither. A return has two commits on
purpose; asked for again, it is finished.
"""

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, replace
from types import MappingProxyType
from typing import TYPE_CHECKING

from sqlalchemy.exc import IntegrityError

from dispensing.errors import Conflict, DomainError, StillRunning, Words
from dispensing.sealed import at
from dispensing.vault import Vault
from routing.service import proving, road_acts
from routing.service.act import Act, Answer, Handler
from routing.service.road import Kept, Road
from routing.tables import CourierActRow

if TYPE_CHECKING:
    from uuid import UUID

ACTS_MAX = 100  # in one batch
HANDLERS: dict[str, Handler] = {
    "load": road_acts.load,
    "depart": road_acts.depart,
    "pick_up": road_acts.pick_up,
    "break_down": road_acts.break_down,
    "hand_over": road_acts.hand_over,
    "fail": road_acts.fail,
    "proof": proving.keep_proof,
    "reading": road_acts.reading,
    "position": road_acts.position,
}
# What an act still owes after its own unit of work; asked for again, it is owed again.
FINISH: Mapping[str, Callable[[Road, str, Act], None]] = MappingProxyType(
    {"fail": road_acts.finish_return}
)
# Kinds that come in numbers and change nothing: done anew each time, and not kept.
FLEETING: frozenset[str] = frozenset({"position"})
# A refused act whose body tells of what truly happened: kept, sealed, for whoever has to settle it.
_DISPUTED = frozenset({"hand_over", "fail"})
HELD = Words(
    "同一单前面的记录没有通过，这一条先不办理。",
    "An earlier act of the same order was refused; this one waits.",
    "请先处理前面那条记录。",
    "See to the earlier one first.",
)
_OTHERWISE = Words(
    "这个编号的记录已经用于另一个操作。",
    "The number of this act stands for another act.",
    "请刷新页面后重新登记。",
    "Refresh the page and record it anew.",
)


def apply(road: Road, courier_code: str, acts: Sequence[Act]) -> tuple[Answer, ...]:
    """Do the acts of a phone in their order, each in its own unit of work; answers for each.

    After a refusal the acts of other orders go on; those of the same order are held. An
    act that was answered before gets that answer again.
    """
    held: set[UUID] = set()
    answers = []
    for act in acts:
        if act.order_id in held:
            answers.append(Answer(act.id, "held", "held", HELD))
            continue
        told = replace(road, at=act.at, happened=True, sure=act.sure)
        answer = _once(told, courier_code, act)
        answers.append(answer)
        if answer.status in {"refused", "held"} and act.order_id is not None:
            held.add(act.order_id)
    return tuple(answers)


def _once(road: Road, courier_code: str, act: Act) -> Answer:
    """Do an act, or give the answer that it got before."""
    session = road.session
    digest = _digest(road.desk.vault, act)
    row = session.get(CourierActRow, act.id)
    if row is None:
        session.rollback()  # a picture is looked at while nobody waits for us
        try:
            answer = _tried(road, courier_code, act)
            if act.kind in FLEETING or answer.status == "held":
                session.commit()
                return answer
            row = _row(road, courier_code, act, answer, digest=digest)
            session.add(row)
            session.commit()
        except IntegrityError:
            session.rollback()  # the same act came twice at once, and the other was first
            row = session.get(CourierActRow, act.id)
            if row is None:
                raise
    answer = _answer_of(row, courier_code, digest)
    if answer.status == "done" and act.kind in FINISH:
        FINISH[act.kind](road, courier_code, act)
    session.rollback()
    return answer


def _tried(road: Road, courier_code: str, act: Act) -> Answer:
    """Do an act, and leave its unit of work as it is to be committed."""
    try:
        if act.fault is not None:
            raise act.fault
        return HANDLERS[act.kind](road, courier_code, act)
    except Kept as refusal:
        return Answer(act.id, "refused", refusal.code, refusal.words)
    except StillRunning as refusal:
        road.session.rollback()
        return Answer(act.id, "held", refusal.code, refusal.words)
    except DomainError as refusal:
        road.session.rollback()
        return Answer(act.id, "refused", refusal.code, refusal.words)


def _answer_of(row: CourierActRow, courier_code: str, digest: str) -> Answer:
    """Give the answer on record; another courier's, or of another act, it is nobody's."""
    if row.courier_code != courier_code or row.digest != digest:
        refusal = Conflict(_OTHERWISE, code="act-used-otherwise")
        return Answer(row.id, "refused", refusal.code, refusal.words)
    words = Words(**row.said) if row.said else None
    return Answer(row.id, row.status, row.code, words)


def _row(
    road: Road, courier_code: str, act: Act, answer: Answer, *, digest: str
) -> CourierActRow:
    disputed = answer.status == "refused" and act.kind in _DISPUTED
    return CourierActRow(
        id=act.id,
        courier_code=courier_code,
        kind=act.kind,
        order_id=act.order_id,
        at=act.at,
        received_at=road.now,
        digest=digest,
        status=answer.status,
        code=answer.code,
        said=asdict(answer.words) if answer.words else None,
        body_sealed=_body(road, act) if disputed else None,
        sure=act.sure,
        paid_by=act.body.get("paid_by"),
        taken_fen=act.body.get("taken_fen"),
    )


def _digest(vault: Vault, act: Act) -> str:
    """Name an act by what it asks. A keyed index: a body may hold an identity number."""
    return vault.fingerprint(hashlib.sha256(_canonical(act).encode()).hexdigest())


def _body(road: Road, act: Act) -> str:
    place = at(CourierActRow, "body_sealed", act.id)
    return road.desk.vault.seal(_canonical(act), place)


def _canonical(act: Act) -> str:
    body = act.body if act.fault is None else str(act.fault.errors)
    told = [act.kind, act.order_id, body]
    return json.dumps(told, ensure_ascii=False, sort_keys=True, default=str)
