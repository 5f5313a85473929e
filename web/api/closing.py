"""Close one's account over the interface: what stands in the way, and the closing itself."""

from dataclasses import dataclass
from typing import Annotated

from apiflask import APIBlueprint
from flask.typing import ResponseReturnValue
from pydantic import Field

from dispensing.errors import Conflict, Words
from dispensing.service.closing_people import REFUSALS, Asked, open_matters
from web import clock, closures, db, guessing, parts
from web.auth import caller, may
from web.closures import Closed
from web.openapi import answers, reply
from web.schemas import Strict
from web.words import language, say

bp = APIBlueprint("closing", __name__, url_prefix="/api/closing")


class ClosingRequest(Strict):
    """The caller's password once more: an account is not closed by a left-behind phone."""

    password: Annotated[str, Field(min_length=1, max_length=128)]


@dataclass(frozen=True, slots=True)
class Matter:
    """One thing that has to be settled first, and what to do about it."""

    code: str
    said: str
    next: str


@bp.get("")
@may("account.close")
@answers({200: list[Matter]})
def show() -> ResponseReturnValue:
    """List what stands in the way of closing the own account, if anything does."""
    return reply(matters(caller().subject))


@bp.post("")
@may("account.close")
@bp.input(ClosingRequest, arg_name="form", example={"password": "the password again"})
@answers({200: Closed})
def close(form: ClosingRequest) -> ResponseReturnValue:
    """Close the caller's account: what no duty asks for is removed, the rest locked."""
    wrong = guessing.wrong(form.password, caller().user)
    if wrong:
        next_zh = "请核对密码后再试。"
        words = Words(wrong, say(wrong), next_zh, "Check the password and try again.")
        raise Conflict(words, code="wrong-password")
    return reply(closed("program"))


def closed(way: str) -> Closed:
    """Close the account of the calling patient."""
    who = caller()
    asked = Asked(way, who.user, "patient")
    return closures.close(
        db.session(), parts.desk(), who.subject, asked, now=clock.now()
    )


def matters(person_no: str) -> list[Matter]:
    """Tell what stands in the way, in the reader's language."""
    zh = language() == "zh"
    return [
        Matter(
            slug,
            words.zh if zh else words.en,
            words.next_zh if zh else words.next_en,
        )
        for slug in open_matters(db.session(), person_no, now=clock.now())
        for words in (REFUSALS[slug],)
    ]
