"""Consents as the faces take and show them: the text of today, and how it was agreed to."""

from dataclasses import dataclass

from dispensing.consenting import Wording, grounds
from dispensing.service import consents
from dispensing.service.consents import Given, Standing
from web import db
from web.auth import caller
from web.schemas import Consented
from web.words import language


@dataclass(frozen=True, slots=True)
class Asked:
    """What a form asks somebody to agree to, in the reader's language."""

    wording: Wording
    clause: str
    sha256: str


def asked(purpose: str, person_no: str) -> Asked | None:
    """Give the text that a form has to ask about; None where the consent stands."""
    found = consents.standing(db.session(), person_no, purpose)
    return None if found.stands else text_of(found)


def text_of(found: Standing) -> Asked:
    """Give the text of today of a purpose, in the reader's language."""
    purpose, spoken = found.purpose, language()
    return Asked(purpose.wordings[spoken], purpose.clause, purpose.sha256(spoken))


def given(form: Consented | None) -> Given | None:
    """Say how it is given: by a patient on the page, at a counter on paper or by a helper."""
    if form is None:
        return None
    way = "page" if "patient" in caller().roles else form.way or "paper"
    return Given(form.sha256, way, caller().user, form.paper.strip())


def slugs() -> tuple[str, ...]:
    """Name the purposes."""
    return tuple(grounds().purposes)
