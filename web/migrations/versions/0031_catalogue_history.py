"""The history of the catalogue, what was imported, and what is searched."""

from collections.abc import Iterator

import sqlalchemy as sa
from alembic import op

from web.migrations.steps import INSTANT, NUMBER, changing, guard, needed

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None

_PLAIN = sa.String().with_variant(sa.String(collation="C"), "postgresql")
_STAMPS = {
    "sqlite": tuple(
        f"CREATE TRIGGER {{table}}_stamps_{act.lower()} AFTER {act} ON {{table}}"
        " BEGIN REPLACE INTO network_stamp (id, stamp)"
        " VALUES (1, hex(randomblob(16))); END"
        for act in ("INSERT", "UPDATE", "DELETE")
    ),
    "postgresql": (
        "CREATE TRIGGER {table}_stamps AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE"
        " ON {table} FOR EACH STATEMENT EXECUTE FUNCTION network_changed()",
    ),
}


def upgrade() -> None:
    """Create the tables; what stands in the catalogue holds until a version of it is there."""
    _medicine()
    _import()
    _versions()
    _upload()
    _searched()


def _medicine() -> None:
    with changing("medicine") as batch:
        for name in ("form", "strength", "pack", "barcode", "trace_prefix"):
            batch.add_column(
                sa.Column(name, sa.String, nullable=False, server_default="")
            )
    with changing("medicine") as batch:
        for name in ("form", "strength", "pack", "barcode", "trace_prefix"):
            batch.alter_column(name, server_default=None)
    op.create_index("ix_medicine_barcode", "medicine", ["barcode"])
    op.create_index("ix_medicine_trace_prefix", "medicine", ["trace_prefix"])
    if op.get_bind().dialect.name == "sqlite":  # which has written the table anew
        for act in ("insert", "update", "delete"):
            op.execute(f"DROP TRIGGER IF EXISTS medicine_stamps_{act}")
        _stamp("medicine")


def _import() -> None:
    op.create_table(
        "catalogue_import",
        *needed(sa.Uuid, "id"),
        *needed(sa.String, "kind", "file_name", "file_sha256"),
        *needed(sa.Integer, "rows", "new", "changed", "same"),
        *needed(INSTANT, "at"),
        *needed(sa.String, "by"),
        sa.PrimaryKeyConstraint("id", name="catalogue_import_pkey"),
        sa.CheckConstraint(
            "kind IN ('medicines', 'standards', 'prices')", name="catalogue_import_kind"
        ),
    )
    op.create_index("ix_catalogue_import_at", "catalogue_import", ["at"])
    guard("catalogue_import")


def _versions() -> None:
    op.create_table(
        "medicine_version",
        *_begun("medicine_version", "code"),
        *needed(sa.String, "name", "generic", "inn", "atc", "drug_class", "tier"),
        *needed(sa.BigInteger, "standard_fen"),
        *needed(sa.Integer, "self_pay_permyriad"),
        *needed(sa.Boolean, "vbp", "essential", "consistency", "on_platform"),
        *needed(sa.String, "storage", "drug_group", "spec", "label", "printed"),
        *needed(sa.String, "use_limit"),
        *needed(sa.Integer, "pack_parts"),
        *needed(sa.String, "form", "strength", "pack", "barcode", "trace_prefix"),
        *needed(sa.String, "conditions"),
    )
    op.create_index(
        "medicine_version_on", "medicine_version", ["code", "valid_from", "id"]
    )
    op.create_table(
        "medicine_terms",
        *_begun("medicine_terms", "medicine_code"),
        *needed(sa.String, "region"),
        *needed(sa.BigInteger, "standard_fen"),
        *needed(sa.Integer, "self_pay_permyriad"),
        *needed(sa.Boolean, "vbp", "on_platform"),
        sa.CheckConstraint("length(region) IN (2, 4)", name="medicine_terms_region"),
        sa.CheckConstraint("standard_fen > 0", name="medicine_terms_standard"),
    )
    terms_on = ["medicine_code", "region", "valid_from", "id"]
    op.create_index("medicine_terms_on", "medicine_terms", terms_on)
    op.create_table(
        "price_version",
        *_begun("price_version", "medicine_code"),
        *needed(sa.String, "price_list"),
        *needed(sa.BigInteger, "price_fen"),
        sa.CheckConstraint("price_fen > 0", name="price_version_positive"),
    )
    price_on = ["medicine_code", "price_list", "valid_from", "id"]
    op.create_index("price_version_on", "price_version", price_on)
    for table in ("medicine_version", "medicine_terms", "price_version"):
        guard(table)
        _stamp(table)


def _begun(table: str, code: str) -> Iterator[sa.schema.SchemaItem]:
    yield sa.Column("id", NUMBER, nullable=False)
    yield sa.Column(code, sa.String, nullable=False)
    yield sa.Column("valid_from", sa.Date, nullable=False)
    yield sa.Column("import_id", sa.Uuid, nullable=False)
    yield sa.PrimaryKeyConstraint("id", name=f"{table}_pkey")
    yield sa.ForeignKeyConstraint(
        [code], ["medicine.code"], name=f"{table}_{code}_fkey"
    )
    yield sa.ForeignKeyConstraint(
        ["import_id"], ["catalogue_import.id"], name=f"{table}_import_id_fkey"
    )


def _upload() -> None:
    op.create_table(
        "catalogue_upload",
        *needed(sa.Uuid, "id"),
        *needed(sa.String, "file_name", "file_sha256"),
        *needed(sa.LargeBinary, "content"),
        *needed(sa.Date, "valid_from"),
        *needed(sa.String, "by"),
        *needed(INSTANT, "at"),
        *needed(sa.String, "act", "state"),
        *needed(INSTANT, "seen_at"),
        *needed(sa.String, "stage"),
        *needed(sa.Integer, "done", "total"),
        *needed(sa.LargeBinary, "fates"),
        *needed(sa.JSON, "report"),
        sa.PrimaryKeyConstraint("id", name="catalogue_upload_pkey"),
        sa.CheckConstraint(
            "state IN ('waiting', 'running', 'tried', 'refused', 'done', 'failed')",
            name="catalogue_upload_state",
        ),
    )
    op.create_index("ix_catalogue_upload_at", "catalogue_upload", ["at"])


def _searched() -> None:
    op.create_table(
        "medicine_name",
        *needed(NUMBER, "id"),
        *needed(sa.String, "name"),
        sa.PrimaryKeyConstraint("id", name="medicine_name_pkey"),
        sa.UniqueConstraint("name", name="medicine_name_once"),
    )
    op.create_table(
        "medicine_named",
        *needed(NUMBER, "name_id"),
        *needed(sa.String, "medicine_code"),
        sa.PrimaryKeyConstraint("name_id", "medicine_code", name="medicine_named_pkey"),
        _of_name("medicine_named"),
        sa.ForeignKeyConstraint(
            ["medicine_code"],
            ["medicine.code"],
            name="medicine_named_medicine_code_fkey",
        ),
    )
    op.create_index(
        "ix_medicine_named_medicine_code", "medicine_named", ["medicine_code"]
    )
    op.create_table(
        "medicine_key",
        *needed(_PLAIN, "key"),
        *needed(NUMBER, "name_id"),
        *needed(sa.String, "kind"),
        sa.PrimaryKeyConstraint("key", "name_id", "kind", name="medicine_key_pkey"),
        _of_name("medicine_key"),
        sqlite_with_rowid=False,
    )


def _of_name(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["name_id"], ["medicine_name.id"], name=f"{table}_name_id_fkey"
    )


def _stamp(table: str) -> None:
    for statement in _STAMPS[op.get_bind().dialect.name]:
        op.execute(statement.format(table=table))
