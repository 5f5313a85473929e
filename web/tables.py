"""Rows of the people who sign in, and of the days of cities that workers plan."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, LargeBinary, event
from sqlmodel import Field, SQLModel

from dispensing.service.recorded_fact import Fact
from dispensing.service.recording import also_record
from pharmacies.append_only import guard


class AccountRow(SQLModel, table=True):
    """One who may sign in, and the one thing that the account stands for."""

    __tablename__ = "account"

    id: int | None = Field(default=None, primary_key=True)
    username: str = Field(max_length=64, unique=True, index=True)
    name: str = Field(max_length=64)
    password: str = Field(max_length=255)
    active: bool = True
    fs_uniquifier: str = Field(max_length=64, unique=True, index=True)
    subject: str = Field(max_length=32)


class AccountRoleRow(SQLModel, table=True):
    """One role of one account."""

    __tablename__ = "account_role"

    account_id: int = Field(primary_key=True, foreign_key="account.id")
    role: str = Field(primary_key=True, max_length=16)


class AccountEventRow(SQLModel, table=True):
    """One thing that was done with an account; never changed.

    `person_no` is the patient whose account it is, `place` what any other one stands for.
    """

    __tablename__ = "account_event"
    __table_args__ = (
        CheckConstraint(
            "kind IN ('created', 'disabled', 'enabled', 'password', 'roles',"
            " 'signed_out', 'factor', 'factor_reset', 'recovery_used', 'recovery_new',"
            " 'linked', 'unlinked')",
            name="account_event_kind",
        ),
    )

    id: int | None = Field(default=None, primary_key=True)
    username: str = Field(max_length=64, index=True)
    at: datetime
    kind: str
    by: str
    role: str
    detail: str = ""
    person_no: str | None = None
    place: str | None = None


class InvitationRow(SQLModel, table=True):
    """One link that was sent so that somebody may open an account, or renew one; never changed.

    `person_no` or `place` is what the account stands for, as in the events of accounts.
    """

    __tablename__ = "invitation"

    id: UUID = Field(primary_key=True)
    token_sha256: str = Field(max_length=64, unique=True)
    invited_role: str
    person_no: str | None = Field(default=None, index=True)
    place: str | None = Field(default=None, index=True)
    name: str = Field(max_length=64)
    username: str = ""  # whose password is set anew; else the invited chooses a name
    by: str
    role: str
    at: datetime
    expires_at: datetime


class InvitationEndRow(SQLModel, table=True):
    """How an invitation ended, and by whom; its key lets it end once."""

    __tablename__ = "invitation_end"
    __table_args__ = (
        CheckConstraint("kind IN ('used', 'withdrawn')", name="invitation_end_kind"),
    )

    invitation_id: UUID = Field(primary_key=True, foreign_key="invitation.id")
    kind: str
    person_no: str | None = None
    place: str | None = None
    by: str
    role: str
    at: datetime


class ProgramKeyRow(SQLModel, table=True):
    """One key of an institution's program, and what it opens; never changed.

    The key itself is told once: kept are its SHA-256, and the prefix that it is known by.
    """

    __tablename__ = "program_key"
    __table_args__ = (
        CheckConstraint(
            "acts_as IN ('counter', 'hospital', 'dispatch')", name="program_key_acts_as"
        ),
    )

    id: UUID = Field(primary_key=True)
    prefix: str = Field(max_length=8, unique=True)
    key_sha256: str = Field(max_length=64, unique=True)
    name: str = Field(max_length=64)  # which program it is for
    acts_as: str
    place: str = Field(index=True)
    actions: str  # with spaces between
    replaces: UUID | None = None  # the key in whose place it came
    by: str
    role: str
    at: datetime
    expires_at: datetime


class ProgramKeyEndRow(SQLModel, table=True):
    """That a key of a program ends early: replaced, from an hour on, or withdrawn at once."""

    __tablename__ = "program_key_end"
    __table_args__ = (
        CheckConstraint(
            "kind IN ('replaced', 'withdrawn')", name="program_key_end_kind"
        ),
    )

    program_key_id: UUID = Field(primary_key=True, foreign_key="program_key.id")
    kind: str = Field(primary_key=True)
    place: str
    ends_at: datetime
    by: str
    role: str
    at: datetime


class ProgramKeyUseRow(SQLModel, table=True):
    """About when a key of a program was used last; seconds since 1970."""

    __tablename__ = "program_key_use"

    program_key_id: UUID = Field(primary_key=True, foreign_key="program_key.id")
    used_s: int = Field(sa_type=BigInteger)


class SignInSessionRow(SQLModel, table=True):
    """One session of the pages, from its sign-in to its end; seconds since 1970.

    The number itself lies in the browser's cookie alone.
    """

    __tablename__ = "sign_in_session"

    id: int | None = Field(default=None, primary_key=True)
    number_sha256: str = Field(max_length=64, unique=True, index=True)
    account_id: int = Field(foreign_key="account.id", index=True)
    begun_s: int = Field(sa_type=BigInteger)
    seen_s: int = Field(sa_type=BigInteger)
    ends_s: int = Field(index=True, sa_type=BigInteger)
    idle_s: int  # that it may lie unused
    device: str = Field(max_length=40)


class AttemptRow(SQLModel, table=True):
    """How often something was tried lately under one key; seconds since 1970.

    The key is a keyed hash: whose name or address it was cannot be read from it.
    """

    __tablename__ = "attempt"

    key: str = Field(primary_key=True, max_length=64)
    tries: int
    first_s: int = Field(index=True, sa_type=BigInteger)
    until_s: int = Field(
        sa_type=BigInteger
    )  # nothing is admitted before; 0 where all is


class SecondFactorRow(SQLModel, table=True):
    """The second factor of one account: its secret, sealed, and the last step it was used at."""

    __tablename__ = "second_factor"

    account_id: int = Field(primary_key=True, foreign_key="account.id")
    secret_sealed: str
    since: datetime | None = None  # None until the first code was right
    last_step: int = Field(default=0, sa_type=BigInteger)


class AccountIdentityRow(SQLModel, table=True):
    """An identity of a provider (OpenID Connect) that opens one account."""

    __tablename__ = "account_identity"

    issuer: str = Field(primary_key=True, max_length=255)
    subject: str = Field(primary_key=True, max_length=255)
    account_id: int = Field(foreign_key="account.id", index=True)
    linked_at: datetime


class RecoveryCodeRow(SQLModel, table=True):
    """One recovery code of one account, by its SHA-256; gone when it was used."""

    __tablename__ = "recovery_code"

    account_id: int = Field(primary_key=True, foreign_key="account.id")
    code_sha256: str = Field(primary_key=True, max_length=64)


class ClientKeyRow(SQLModel, table=True):
    """A client key (幂等键) of one account, what it was sent with, and the first answer, sealed."""

    __tablename__ = "client_key"

    account: str = Field(primary_key=True, max_length=64)
    key: str = Field(primary_key=True, max_length=255)
    fingerprint: str = Field(max_length=64)  # keyed index of the request's SHA-256
    holder: str = Field(max_length=32)  # the request that works on it
    taken_at: datetime = Field(index=True)
    answer_sealed: str | None = None


class CityDayRow(SQLModel, table=True):
    """One city of a run: what its day is drawn from, who plans it, and what came of it.

    `day` is the plan with its places as JSON, compressed; `told` a few figures of it.
    """

    __tablename__ = "city_day"
    __table_args__ = (
        CheckConstraint(
            "state IN ('waiting', 'running', 'done', 'failed')", name="city_day_state"
        ),
        CheckConstraint("(state = 'done') = (day IS NOT NULL)", name="city_day_done"),
        CheckConstraint("tries >= 0", name="city_day_tries"),
    )

    run: str = Field(primary_key=True, max_length=32)
    number: int = Field(primary_key=True)
    city: str  # JSON
    state: str = Field(default="waiting", max_length=8)
    tries: int = 0
    worker: str = Field(default="", max_length=80)
    changed_at: datetime
    told: str | None = None  # JSON
    day: bytes | None = Field(default=None, sa_type=LargeBinary)


for _kept in (
    "account_event",
    "invitation",
    "invitation_end",
    "program_key",
    "program_key_end",
):
    event.listen(SQLModel.metadata.tables[_kept], "after_create", guard)
also_record(Fact("account", AccountEventRow, turn="kind"))
also_record(Fact("invitation", InvitationRow))
also_record(Fact("invitation_end", InvitationEndRow, key="invitation_id", turn="kind"))
also_record(Fact("program_key", ProgramKeyRow))
also_record(
    Fact("program_key_end", ProgramKeyEndRow, key="program_key_id", turn="kind")
)
