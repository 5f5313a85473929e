"""Invitations (邀请): a link that lets one person open an account, or set its password, once.

Who may invite whom is for the views to say; what is kept is who did it, for whom, until when.
The link is told once: the database has the SHA-256 of its token.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from uuid import UUID, uuid4

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from dispensing.errors import Conflict, NotFound, Words
from web import accounts, second_factor
from web.spoken import secret
from web.tables import InvitationEndRow, InvitationRow

ONE_PERSON = ("patient", "courier")  # what such an account stands for
OPEN = timedelta(hours=72)
_OVER = {
    "used": Words(
        "这个邀请链接已经用过了。",
        "This invitation was used before.",
        "如果账号是您开的，请直接登录；否则请告诉发链接的人。",
        "If it was you, sign in; else tell whoever sent you the link.",
    ),
    "withdrawn": Words(
        "这个邀请链接已作废。",
        "This invitation was withdrawn.",
        "请用最新收到的链接，或请对方重新发一个。",
        "Use the latest link that you were sent, or ask for a new one.",
    ),
    "expired": Words(
        "这个邀请链接已过期。",
        "This invitation has expired.",
        "请让发链接的人重新发一个。",
        "Ask whoever sent it for a new one.",
    ),
}


class InvitationOver(Conflict):
    """An invitation that was used, withdrawn or has expired."""

    code = "invitation-over"


@dataclass(frozen=True, slots=True)
class Invitee:
    """Whom an invitation is for: role, what the account stands for, and a person's name.

    With the `username` of an account that there is, its password is set anew.
    """

    role: str
    subject: str
    name: str
    username: str = ""


@dataclass(frozen=True, slots=True)
class Invitation:
    """An invitation as it stands: open, used, withdrawn or expired."""

    id: UUID
    invitee: Invitee
    by: str
    at: datetime
    expires_at: datetime
    state: str
    username: str  # of the account that it has opened


@dataclass(frozen=True, slots=True)
class Sent:
    """A new invitation with the token of its link, which is kept nowhere."""

    id: UUID
    token: str
    expires_at: datetime


def invite(
    session: Session,
    invitee: Invitee,
    *,
    by: tuple[str, str],
    now: datetime,
    open_for: timedelta = OPEN,
    spoken: bool = False,
) -> Sent:
    """Invite one person on behalf of `by`, an account and its role, and tell the token.

    A `spoken` token can be read from paper and typed. What was sent to the same person for
    the same role and subject before is void from now on.
    """
    accounts.check_fit(invitee.role, invitee.subject)
    for earlier in _of(session, invitee.role, invitee.subject):
        if _is_for(earlier, invitee) and _state(session, earlier, now) == "open":
            _end(session, earlier, "withdrawn", by=by, now=now)
    token = secret() if spoken else secrets.token_urlsafe(32)
    row = InvitationRow(
        id=uuid4(),
        token_sha256=_digest(token),
        invited_role=invitee.role,
        **_standing_for(invitee),
        name=invitee.name,
        username=invitee.username,
        by=by[0],
        role=by[1],
        at=now,
        expires_at=now + open_for,
    )
    session.add(row)
    session.commit()
    return Sent(row.id, token, now + open_for)


def opened(session: Session, token: str, *, now: datetime) -> Invitation:
    """Tell what a link invites to; raises NotFound, or InvitationOver with the reason."""
    found = _told(session, _by_token(session, token), now)
    if found.state != "open":
        raise InvitationOver(_OVER[found.state])
    return found


def accept(
    session: Session, token: str, *, username: str, password: str, now: datetime
) -> str:
    """Open the account of an invitation, once, and return its name.

    Raises NotFound, InvitationOver, and NameTaken or Unfit for a name that cannot be had.
    """
    row = _by_token(session, token, lock=True)
    found = _told(session, row, now)
    if found.state != "open":
        raise InvitationOver(_OVER[found.state])
    hashed = accounts.hashed(password)
    wanted = found.invitee
    roles = accounts.WITH.get(wanted.role, (wanted.role,))
    try:
        # Its key lets one of two who come at once end it.
        _end(session, row, "used", by=(username, wanted.role), now=now)
        if wanted.username:
            accounts.set_password(
                session, wanted.username, hashed, by=(row.by, row.role)
            )
            if wanted.role == "patient":  # who lost the phone has the slip alone
                account = accounts.account_of(session, wanted.username)
                second_factor.lift(session, account, by=(row.by, row.role))
        else:
            accounts.open_account(
                session,
                accounts.NewAccount(
                    username, wanted.name, roles, wanted.subject, hashed
                ),
                by=(row.by, row.role),
            )
        session.commit()
    except IntegrityError:
        session.rollback()
        opened(session, token, now=now)
        raise accounts.NameTaken(f"{username} has an account already") from None
    return wanted.username or username


def withdraw(
    session: Session,
    invitation_id: UUID,
    *,
    invitee: tuple[str, str],
    by: tuple[str, str],
    now: datetime,
) -> None:
    """Make an open invitation of one role and subject void; raises NotFound for another's.

    One that is over stays as it is.
    """
    row = session.get(InvitationRow, invitation_id, with_for_update=True)
    if row is None or (row.invited_role, row.place or row.person_no) != invitee:
        raise NotFound("这个邀请", "invitation")
    if _state(session, row, now) == "open":
        _end(session, row, "withdrawn", by=by, now=now)
        session.commit()


def void(
    session: Session, role: str, subject: str, *, by: tuple[str, str], now: datetime
) -> None:
    """Make every open invitation of one role and subject void; the caller commits."""
    for row in _of(session, role, subject):
        if _state(session, row, now) == "open":
            _end(session, row, "withdrawn", by=by, now=now)


def invitations(
    session: Session, role: str, subject: str, *, now: datetime
) -> list[Invitation]:
    """List the invitations for one role and subject, the latest first."""
    return [_told(session, row, now) for row in _of(session, role, subject)]


def _is_for(earlier: InvitationRow, invitee: Invitee) -> bool:
    """Tell whether an earlier invitation is for the same person: many are of one outlet."""
    same = (earlier.name, earlier.username) == (invitee.name, invitee.username)
    return same or invitee.role in ONE_PERSON


def _standing_for(invitee: Invitee) -> dict[str, str]:
    named = "person_no" if invitee.role == "patient" else "place"
    return {named: invitee.subject}


def _of(session: Session, role: str, subject: str) -> list[InvitationRow]:
    kept = InvitationRow.person_no if role == "patient" else InvitationRow.place
    query = select(InvitationRow).where(
        col(InvitationRow.invited_role) == role, col(kept) == subject
    )
    return list(session.exec(query.order_by(col(InvitationRow.at).desc())))


def _by_token(session: Session, token: str, *, lock: bool = False) -> InvitationRow:
    query = select(InvitationRow).where(
        col(InvitationRow.token_sha256) == _digest(token)
    )
    found = session.exec(query.with_for_update() if lock else query).first()
    if found is None:
        raise NotFound("这个邀请", "invitation")
    return found


def _end(
    session: Session,
    row: InvitationRow,
    kind: str,
    *,
    by: tuple[str, str],
    now: datetime,
) -> None:
    session.add(
        InvitationEndRow(
            invitation_id=row.id,
            kind=kind,
            person_no=row.person_no,
            place=row.place,
            by=by[0],
            role=by[1],
            at=now,
        )
    )
    session.flush()


def _state(session: Session, row: InvitationRow, now: datetime) -> str:
    ended = session.get(InvitationEndRow, row.id)
    if ended is not None:
        return ended.kind
    return "expired" if row.expires_at <= now else "open"


def _told(session: Session, row: InvitationRow, now: datetime) -> Invitation:
    ended = session.get(InvitationEndRow, row.id)
    return Invitation(
        id=row.id,
        invitee=Invitee(
            row.invited_role, row.place or row.person_no or "", row.name, row.username
        ),
        by=row.by,
        at=row.at,
        expires_at=row.expires_at,
        state=_state(session, row, now),
        username=ended.by if ended is not None and ended.kind == "used" else "",
    )


def _digest(token: str) -> str:
    return sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
