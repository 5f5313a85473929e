"""Registries of managed patients, and what a matching with the insured finds."""

import sqlalchemy as sa
from alembic import op

from web.migrations.steps import INSTANT, NUMBER, guard, needed, optional

revision = "0063"
down_revision = "0062"
branch_labels = None
depends_on = None

_LISTS = "'enrol', 'tell_health', 'verify', 'review', 'uninsured'"
_CODES = (
    "'not_eligible', 'postponed', 'now_managed', 'not_ill', 'moved_away', 'died',"
    " 'unreachable', 'confirmed', 'same_person', 'other_person', 'joined',"
    " 'insured_elsewhere', 'declined'"
)


def upgrade() -> None:
    """Create the tables; nothing was matched before."""
    _tasks()
    _registries()
    _runs()
    _acts()
    _enrolments()
    for table in (
        *("managed_registry", "matching_run", "matching_act", "matching_outcome"),
    ):
        guard(table)
    guard("managed_part", "registry_id", "no")
    guard(
        "matching_entry",
        *("id", "run_id", "list", "subject", "content", "change", "score", "person_no"),
    )
    guard(
        "matching_enrolment",
        *("id", "entry_id", "run_id", "person_no", "kind", "disease_index"),
        *("filing_no", "since", "by", "role", "at"),
    )


def _tasks() -> None:
    op.create_table(
        "matching_task",
        *needed(sa.Uuid, "id"),
        *needed(sa.String(4), "area"),
        *needed(sa.String, "act", "state"),
        *needed(sa.Date, "as_of"),
        *needed(sa.String, "file_name", "file_sha256", "by", "role"),
        *optional(sa.LargeBinary, "content_sealed"),
        *needed(INSTANT, "at", "seen_at"),
        *needed(sa.LargeBinary, "fates"),
        *needed(sa.JSON, "report"),
        sa.PrimaryKeyConstraint("id", name="matching_task_pkey"),
        sa.CheckConstraint("act IN ('try', 'take', 'run')", name="matching_task_act"),
        sa.CheckConstraint(
            "state IN ('waiting', 'running', 'tried', 'refused', 'done', 'failed')",
            name="matching_task_state",
        ),
    )
    op.create_index("ix_matching_task_area", "matching_task", ["area"])
    op.create_index("ix_matching_task_at", "matching_task", ["at"])


def _registries() -> None:
    op.create_table(
        "managed_registry",
        *needed(sa.Uuid, "id"),
        *needed(sa.String(4), "place"),
        *needed(sa.Date, "as_of"),
        *needed(sa.String, "file_name", "file_sha256", "digest", "by", "role"),
        *needed(sa.Integer, "people", "parts"),
        *needed(INSTANT, "at"),
        sa.PrimaryKeyConstraint("id", name="managed_registry_pkey"),
    )
    op.create_index("ix_managed_registry_place", "managed_registry", ["place"])
    op.create_table(
        "managed_part",
        *needed(sa.Uuid, "registry_id"),
        *needed(sa.Integer, "no"),
        *needed(sa.LargeBinary, "people_sealed"),
        sa.PrimaryKeyConstraint("registry_id", "no", name="managed_part_pkey"),
        sa.ForeignKeyConstraint(
            ["registry_id"],
            ["managed_registry.id"],
            name="managed_part_registry_id_fkey",
        ),
    )


def _runs() -> None:
    op.create_table(
        "matching_run",
        *needed(sa.Uuid, "id", "registry_id"),
        *needed(sa.String(4), "place"),
        *needed(sa.Integer, "number"),
        *optional(sa.Uuid, "previous_id"),
        *needed(sa.Date, "day"),
        *optional(sa.Integer, "score_min"),
        *needed(sa.JSON, "counts", "rules"),
        *needed(sa.String, "digest", "by", "role"),
        *needed(INSTANT, "at"),
        sa.PrimaryKeyConstraint("id", name="matching_run_pkey"),
        sa.UniqueConstraint("place", "number", name="matching_run_number"),
        sa.ForeignKeyConstraint(
            ["registry_id"],
            ["managed_registry.id"],
            name="matching_run_registry_id_fkey",
        ),
    )
    op.create_table(
        "matching_entry",
        *needed(NUMBER, "id"),
        *needed(sa.Uuid, "run_id"),
        *needed(sa.String, "list", "subject", "content", "change"),
        *optional(sa.Integer, "score"),
        *optional(sa.String, "person_no"),
        *needed(sa.String, "told_sealed"),
        sa.PrimaryKeyConstraint("id", name="matching_entry_pkey"),
        sa.UniqueConstraint("run_id", "list", "subject", name="matching_entry_once"),
        sa.CheckConstraint(f"list IN ({_LISTS})", name="matching_entry_list"),
        sa.ForeignKeyConstraint(
            ["run_id"], ["matching_run.id"], name="matching_entry_run_id_fkey"
        ),
    )
    op.create_index("matching_entry_person", "matching_entry", ["person_no"])


def _acts() -> None:
    op.create_table(
        "matching_act",
        *needed(sa.Uuid, "id", "run_id"),
        *needed(sa.String(4), "place"),
        *needed(sa.String, "list", "kind", "note", "by", "role"),
        *needed(sa.Integer, "people"),
        *needed(INSTANT, "at"),
        sa.PrimaryKeyConstraint("id", name="matching_act_pkey"),
        sa.CheckConstraint(
            "kind IN ('sent', 'received', 'exported')", name="matching_act_kind"
        ),
        sa.ForeignKeyConstraint(
            ["run_id"], ["matching_run.id"], name="matching_act_run_id_fkey"
        ),
    )
    op.create_index("ix_matching_act_run_id", "matching_act", ["run_id"])
    op.create_table(
        "matching_outcome",
        *needed(NUMBER, "id", "entry_id"),
        *needed(sa.Uuid, "run_id"),
        *needed(sa.String(4), "place"),
        *needed(sa.String, "list", "subject", "code", "note", "by", "role"),
        *needed(INSTANT, "at"),
        sa.PrimaryKeyConstraint("id", name="matching_outcome_pkey"),
        sa.CheckConstraint(f"code IN ({_CODES})", name="matching_outcome_code"),
        sa.ForeignKeyConstraint(
            ["entry_id"], ["matching_entry.id"], name="matching_outcome_entry_id_fkey"
        ),
        sa.ForeignKeyConstraint(
            ["run_id"], ["matching_run.id"], name="matching_outcome_run_id_fkey"
        ),
    )
    for column in ("entry_id", "run_id", "subject"):
        op.create_index(f"ix_matching_outcome_{column}", "matching_outcome", [column])


def _enrolments() -> None:
    name = "matching_enrolment"
    op.create_table(
        name,
        *needed(NUMBER, "id", "entry_id"),
        *needed(sa.Uuid, "run_id"),
        *needed(sa.String, "person_no", "kind", "disease_sealed", "disease_index"),
        *needed(sa.String, "filing_no", "by", "role"),
        *needed(sa.Date, "since"),
        *needed(INSTANT, "at"),
        sa.PrimaryKeyConstraint("id", name=f"{name}_pkey"),
        sa.UniqueConstraint("person_no", "kind", "disease_index", name=f"{name}_once"),
        sa.UniqueConstraint("filing_no", name=f"{name}_filing_no_key"),
        sa.ForeignKeyConstraint(
            ["entry_id"], ["matching_entry.id"], name=f"{name}_entry_id_fkey"
        ),
        sa.ForeignKeyConstraint(
            ["run_id"], ["matching_run.id"], name=f"{name}_run_id_fkey"
        ),
        sa.ForeignKeyConstraint(
            ["person_no"], ["person.person_no"], name=f"{name}_person_no_fkey"
        ),
    )
    for column in ("run_id", "person_no"):
        op.create_index(f"ix_{name}_{column}", name, [column])
