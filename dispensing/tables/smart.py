"""The rows of smart audit: runs and alarms, cases and what became of them, samples, pledges."""

from datetime import date, datetime
from uuid import UUID, uuid4

from sqlalchemy import BigInteger, CheckConstraint, UniqueConstraint, event
from sqlmodel import Field, SQLModel

from dispensing.smart.cases import KINDS, OUTCOMES
from dispensing.smart.sampling import WAYS
from pharmacies.append_only import NUMBER, guard


class SmartThresholdRow(SQLModel, table=True):
    """One threshold that a bureau has set, with its reason; the last one counts."""

    __tablename__ = "smart_threshold"
    __table_args__ = (CheckConstraint("value >= 0", name="smart_threshold_value"),)

    id: int | None = Field(default=None, primary_key=True, sa_type=NUMBER)
    place: str = Field(max_length=4, index=True)  # the pooling area (统筹区)
    rule: str = Field(max_length=32)
    name: str = Field(max_length=32)
    value: int = Field(sa_type=BigInteger)
    reason: str
    by: str
    at: datetime


class SmartRunRow(SQLModel, table=True):
    """One run of the rules over the claims of an area and a span of days."""

    __tablename__ = "smart_run"

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    place: str = Field(max_length=4, index=True)
    since: date
    until: date
    lines: int = Field(sa_type=BigInteger)
    alarms: int
    unrun: str  # rules that waited for data, and for which
    by: str
    at: datetime


class SmartTaskRow(SQLModel, table=True):
    """A run that an officer asked for, and how far its worker is; the run bears its number."""

    __tablename__ = "smart_task"
    __table_args__ = (
        CheckConstraint(
            "state IN ('waiting', 'running', 'refused', 'done', 'failed')",
            name="smart_task_state",
        ),
    )

    id: UUID = Field(primary_key=True)
    place: str = Field(max_length=4, index=True)
    since: date
    until: date
    state: str = Field(max_length=8)
    new: int = 0  # alarms that no earlier run had found
    trouble_zh: str = ""
    trouble_en: str = ""
    by: str
    role: str
    at: datetime
    seen_at: datetime


class SmartAlarmRow(SQLModel, table=True):
    """One alarm, as the first run that found it told it."""

    __tablename__ = "smart_alarm"
    __table_args__ = (CheckConstraint("stake_fen >= 0", name="smart_alarm_stake"),)

    id: str = Field(primary_key=True, max_length=16)
    place: str = Field(max_length=4, index=True)
    run_id: UUID = Field(foreign_key="smart_run.id")
    rule: str = Field(max_length=32, index=True)
    edition: str
    subject: str
    outlet_code: str = Field(index=True)
    first_day: date
    last_day: date
    stake_fen: int = Field(sa_type=BigInteger)
    facts: str
    evidence: str
    at: datetime


class SmartSampleRow(SQLModel, table=True):
    """One sample that was drawn: of which claims, in which way, from which seed."""

    __tablename__ = "smart_sample"
    __table_args__ = (CheckConstraint(f"way IN {WAYS!r}", name="smart_sample_way"),)

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    place: str = Field(max_length=4, index=True)
    since: date
    until: date
    way: str = Field(max_length=16)
    seed: int = Field(sa_type=BigInteger)
    size: int
    claims: int
    fund_fen: int = Field(sa_type=BigInteger)
    strata: str
    by: str
    at: datetime


class SmartSampleClaimRow(SQLModel, table=True):
    """One claim of a sample; by value it may have been drawn more than once."""

    __tablename__ = "smart_sample_claim"
    __table_args__ = (
        CheckConstraint(
            "times > 0 AND fund_fen >= 0", name="smart_sample_claim_counts"
        ),
    )

    sample_id: UUID = Field(primary_key=True, foreign_key="smart_sample.id")
    claim: str = Field(primary_key=True)
    outlet_code: str
    fund_fen: int = Field(sa_type=BigInteger)
    stratum: str
    times: int


class SmartFindingRow(SQLModel, table=True):
    """What an officer found of one claim of a sample; written once."""

    __tablename__ = "smart_finding"
    __table_args__ = (
        UniqueConstraint("sample_id", "claim", name="smart_finding_once"),
        CheckConstraint("wrong_fen >= 0", name="smart_finding_wrong"),
    )

    id: int | None = Field(default=None, primary_key=True, sa_type=NUMBER)
    place: str = Field(max_length=4)
    sample_id: UUID = Field(foreign_key="smart_sample.id")
    claim: str
    wrong_fen: int = Field(sa_type=BigInteger)
    words: str
    by: str
    at: datetime


class SmartCaseRow(SQLModel, table=True):
    """One case about an outlet, of an alarm or of a claim of a sample."""

    __tablename__ = "smart_case"
    __table_args__ = (
        UniqueConstraint("alarm_id", name="smart_case_of_alarm"),
        UniqueConstraint("sample_id", "sample_claim", name="smart_case_of_sample"),
        CheckConstraint(
            "(alarm_id IS NULL) <> (sample_id IS NULL)", name="smart_case_origin"
        ),
    )

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    outlet_code: str = Field(index=True)
    rule: str = Field(max_length=32)  # "sample" where it came of a sample
    alarm_id: str | None = Field(
        default=None, max_length=16, foreign_key="smart_alarm.id"
    )
    sample_id: UUID | None = Field(default=None, foreign_key="smart_sample.id")
    sample_claim: str | None = None
    stake_fen: int = Field(sa_type=BigInteger)
    words: str  # what the outlet is asked
    answer_by: date
    by: str
    at: datetime


class SmartCaseClaimRow(SQLModel, table=True):
    """One claim of a case; about one subject of one rule a claim is in one case."""

    __tablename__ = "smart_case_claim"
    __table_args__ = (
        UniqueConstraint("about", "claim", name="smart_case_claim_once"),
        CheckConstraint(
            "stake_fen >= 0 AND stake_fen <= fund_fen", name="smart_case_claim_stake"
        ),
    )

    case_id: UUID = Field(primary_key=True, foreign_key="smart_case.id")
    claim: str = Field(primary_key=True, index=True)
    about: str  # the rule and its subject
    fund_fen: int = Field(sa_type=BigInteger)
    stake_fen: int = Field(sa_type=BigInteger)


class SmartTurnRow(SQLModel, table=True):
    """What became of a case: each kind once; never changed."""

    __tablename__ = "smart_turn"
    __table_args__ = (
        UniqueConstraint("case_id", "kind", name="smart_turn_once"),
        CheckConstraint(f"kind IN {KINDS!r}", name="smart_turn_kind"),
        CheckConstraint(
            f"outcome IS NULL OR outcome IN {OUTCOMES!r}", name="smart_turn_outcome"
        ),
        CheckConstraint(
            "(kind IN ('decided', 'ruled')) = (outcome IS NOT NULL)",
            name="smart_turn_whole",
        ),
        CheckConstraint("recover_fen >= 0", name="smart_turn_recover"),
    )

    id: int | None = Field(default=None, primary_key=True, sa_type=NUMBER)
    case_id: UUID = Field(index=True, foreign_key="smart_case.id")
    outlet_code: str
    kind: str = Field(max_length=16)
    role: str
    words: str
    outcome: str | None = None
    recover_fen: int = Field(default=0, sa_type=BigInteger)
    by: str
    second: str | None = None  # the officer who approved
    at: datetime


class SmartRecoveryRow(SQLModel, table=True):
    """What was taken back for one settlement of a case; its key books it once."""

    __tablename__ = "smart_recovery"
    __table_args__ = (CheckConstraint("amount_fen > 0", name="smart_recovery_amount"),)

    case_id: UUID = Field(primary_key=True, foreign_key="smart_case.id")
    settlement_id: UUID = Field(primary_key=True, foreign_key="settlement.id")
    amount_fen: int = Field(sa_type=BigInteger)
    by: str
    at: datetime


class SmartPledgeRow(SQLModel, table=True):
    """A pledge that an outlet has signed (事前承诺): which version, word for word, and who."""

    __tablename__ = "smart_pledge"
    __table_args__ = (
        UniqueConstraint("outlet_code", "version", name="smart_pledge_once"),
    )

    id: int | None = Field(default=None, primary_key=True, sa_type=NUMBER)
    outlet_code: str = Field(index=True)
    version: int
    text: str
    sha256: str = Field(max_length=64)
    signer: str
    by: str
    at: datetime


for _name in (
    *("smart_threshold", "smart_run", "smart_alarm", "smart_case", "smart_case_claim"),
    *("smart_turn", "smart_recovery", "smart_pledge", "smart_sample"),
    *("smart_sample_claim", "smart_finding"),
):
    event.listen(SQLModel.metadata.tables[_name], "after_create", guard)
