"""What centres say of the people whom they manage, as callers reach it (C12)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from dispensing.matching.lists import Entitling, due_of
from dispensing.policy.rules import Rules
from dispensing.service.matching import centres
from dispensing.service.matching.acting import Answer
from dispensing.service.matching.centres import Centre, CentrePeople
from pharmacies import service as pharmacies
from web import client_keys, clock, db, matching, parts
from web.auth import caller

LIST = centres.LIST
PURPOSE = "认定规范化管理的患者"


@dataclass(frozen=True, slots=True)
class CentreAsked:
    """Whether a text in force here lets people in once a centre confirms them, and by when."""

    is_asked: bool
    due: date | None
    clause: str
    quote: str


def asked() -> CentreAsked:
    """Tell what the texts in force ask of centres."""
    rules = _rules()
    entitling, due = Entitling.of(rules), due_of(rules, LIST, clock.today())
    if not entitling.confirmed:
        return CentreAsked(False, None, "", "")
    cited = entitling.cited
    return CentreAsked(True, due.day if due else None, cited.clause, cited.quote)


def are_asked() -> bool:
    """Tell whether the calling outlet is asked to confirm people: a shop never is."""
    if not Entitling.of(_rules()).confirmed:
        return False
    return pharmacies.outlet(db.session(), caller().subject).kind != "pharmacy"


def own_people(state: str, page: int) -> CentrePeople:
    """Open the people whom the calling outlet manages, on record."""
    who = caller()
    return centres.own_people(
        db.writing_session(),
        parts.desk().vault,
        who.subject,
        state,
        page=page,
        reader=who.reads(who.doing("centre.read"), PURPOSE),
        now=clock.now(),
    )


def said(words: Sequence[Answer]) -> int:
    """Confirm or refuse people whom the calling outlet manages."""
    by, now = matching.party("centre.confirm"), clock.now()
    session = db.writing_session()
    return centres.say(session, caller().subject, words, by=by, now=now)


def of_run(run_id: UUID) -> tuple[Centre, ...]:
    """Tell how far each centre of a run of the caller's area is."""
    matching.one_run(run_id)
    return centres.centres(db.session(), run_id, matching.area())


def words_on(ids: Sequence[int]) -> Mapping[int, str]:
    """Tell what the centres of some entries of the caller's area have said of them."""
    return centres.words_on(db.session(), matching.area(), ids)


def assigned(institution: str, outlet_code: str) -> None:
    """Say which outlet a registry of the caller's area means."""
    centres.assign(
        db.session(),
        matching.area(),
        institution,
        outlet_code,
        id_=client_keys.act_id(),
        by=matching.party("centre.assign"),
        now=clock.now(),
    )


def _rules() -> Rules:
    return parts.rules(clock.today())
