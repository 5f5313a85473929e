"""The tables of prescriptions, issuers' keys, events and what the rules answered."""

import sqlalchemy as sa
from alembic import op

from web.migrations.steps import INSTANT, guard, needed, optional


def create() -> None:
    """Create them, each after those that it refers to."""
    _issuer_key()
    _prescription()
    _assessment()
    _prescription_event()
    _prescription_line()
    _verdict()


def _issuer_key() -> None:
    op.create_table(
        "issuer_key",
        *needed(sa.String, "key_id", "issuer"),
        *needed(sa.JSON, "public_jwk"),
        *needed(sa.Date, "valid_from", "valid_until"),
        *optional(INSTANT, "revoked_at"),
        sa.PrimaryKeyConstraint("key_id", name="issuer_key_pkey"),
    )
    op.create_index("ix_issuer_key_issuer", "issuer_key", ["issuer"])


def _prescription() -> None:
    op.create_table(
        "prescription",
        *needed(sa.Uuid, "id"),
        *needed(
            sa.String,
            "issuer",
            "hosp_rx_no",
            "digest",
            "message_sealed",
            "source",
            "person_no",
            "doctor_name",
            "disease",
        ),
        *needed(INSTANT, "issued_at"),
        *optional(sa.Integer, "valid_days"),
        *needed(sa.Boolean, "long_term"),
        *optional(sa.String, "record_no"),
        *needed(sa.String, "signature"),
        *optional(sa.String, "key_id"),
        *needed(sa.String, "state"),
        *optional(sa.String, "outlet_code"),
        *needed(INSTANT, "received_at"),
        sa.PrimaryKeyConstraint("id", name="prescription_pkey"),
        sa.UniqueConstraint("issuer", "hosp_rx_no", name="prescription_number"),
        sa.ForeignKeyConstraint(
            ["person_no"], ["person.person_no"], name="prescription_person_no_fkey"
        ),
        sa.CheckConstraint(
            "source IN ('external', 'internet_hospital', 'photo')",
            name="prescription_source",
        ),
        sa.CheckConstraint(
            "signature IN ('valid', 'invalid', 'none')", name="prescription_signature"
        ),
    )
    op.create_index("ix_prescription_hosp_rx_no", "prescription", ["hosp_rx_no"])
    op.create_index("ix_prescription_issuer", "prescription", ["issuer"])
    op.create_index("ix_prescription_outlet_code", "prescription", ["outlet_code"])
    op.create_index("ix_prescription_person_no", "prescription", ["person_no"])
    op.create_index("ix_prescription_received_at", "prescription", ["received_at"])


def _assessment() -> None:
    op.create_table(
        "assessment",
        *needed(sa.Uuid, "id", "prescription_id"),
        *needed(sa.String, "outlet_code"),
        *needed(sa.Date, "on"),
        *needed(INSTANT, "at"),
        *needed(sa.String, "decision"),
        *needed(sa.JSON, "record", "policies", "versions"),
        *optional(sa.JSON, "split"),
        sa.PrimaryKeyConstraint("id", name="assessment_pkey"),
        sa.ForeignKeyConstraint(
            ["prescription_id"],
            ["prescription.id"],
            name="assessment_prescription_id_fkey",
        ),
    )
    op.create_index("ix_assessment_on", "assessment", ["on"])
    op.create_index("ix_assessment_prescription_id", "assessment", ["prescription_id"])


def _prescription_event() -> None:
    op.create_table(
        "prescription_event",
        *needed(sa.Integer, "id"),
        *needed(sa.Uuid, "prescription_id"),
        *needed(INSTANT, "at"),
        *needed(sa.String, "kind", "by", "detail"),
        sa.PrimaryKeyConstraint("id", name="prescription_event_pkey"),
        sa.ForeignKeyConstraint(
            ["prescription_id"],
            ["prescription.id"],
            name="prescription_event_prescription_id_fkey",
        ),
    )
    op.create_index(
        "ix_prescription_event_prescription_id",
        "prescription_event",
        ["prescription_id"],
    )
    guard("prescription_event")


def _prescription_line() -> None:
    op.create_table(
        "prescription_line",
        *needed(sa.Uuid, "prescription_id"),
        *needed(sa.Integer, "no"),
        *needed(sa.String, "medicine_code"),
        *needed(sa.Integer, "quantity", "supply_days"),
        *needed(sa.String, "dosage"),
        sa.PrimaryKeyConstraint("prescription_id", "no", name="prescription_line_pkey"),
        sa.ForeignKeyConstraint(
            ["prescription_id"],
            ["prescription.id"],
            name="prescription_line_prescription_id_fkey",
        ),
        sa.CheckConstraint("quantity > 0 AND supply_days > 0", name="line_positive"),
    )


def _verdict() -> None:
    op.create_table(
        "verdict",
        *needed(sa.Uuid, "assessment_id"),
        *needed(sa.String, "check_id", "verdict"),
        sa.PrimaryKeyConstraint("assessment_id", "check_id", name="verdict_pkey"),
        sa.ForeignKeyConstraint(
            ["assessment_id"], ["assessment.id"], name="verdict_assessment_id_fkey"
        ),
    )
