"""Slips (开通账号的单子): the counter lets its patient open an account, or set the password anew.

The patient stands there with the ID card: its number has to be that of the person on the
prescription at hand. A link is no way around: it is told on the slip alone, and works once.
"""

from dataclasses import dataclass
from uuid import UUID

from dispensing import service
from dispensing.errors import Conflict, Words
from dispensing.vault import mask_name
from web import accounts, clock, db, guessed, invitations, parts, unmasking
from web.auth import caller
from web.brake import hold, right
from web.invitations import Invitee, Sent

_OFF = Words(
    "这位患者的账号已停用。",
    "This patient's account is switched off.",
    "请联系运营方启用，再打印单子。",
    "Ask the operator to switch it on, then print the slip.",
)


class AccountOff(Conflict):
    """A patient's account that somebody has switched off: no slip opens it again."""

    code = "account-off"


@dataclass(frozen=True, slots=True)
class Slip:
    """One slip: its link, the number to sign in by, and whether the account is there already."""

    sent: Sent
    person_no: str
    anew: bool


def printed(prescription_id: UUID, id_number: str) -> Slip | None:
    """Make the slip of the patient whose ID card is shown; None where the number is another's.

    Raises NotFound where the prescription is not at the calling counter, and AccountOff.
    """
    unmasking.whose(prescription_id)
    session, who = db.session(), caller()
    person_no = service.person_of(session, prescription_id)
    db.close_sessions()  # before others write
    tries = guessed.card(who.user, person_no)
    hold(*tries)
    session = db.session()
    name = service.name_by_card(session, parts.desk().vault, person_no, id_number)
    if name is None:
        return None
    right(*tries)
    session = db.session()
    has = accounts.logins(session, "patient", person_no)
    if has and not any(one.active for one in has):
        raise AccountOff(_OFF)
    username = next((one.username for one in has if one.active), "")
    sent = invitations.invite(
        session,
        Invitee("patient", person_no, mask_name(name), username),
        by=(who.user, who.doing("patient.invite")),
        now=clock.now(),
        spoken=True,
    )
    return Slip(sent, person_no, anew=bool(username))
