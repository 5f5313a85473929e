"""The tables of outlets, agreements, medicines, prices, carriers and couriers."""

import sqlalchemy as sa
from alembic import op

from web.migrations.steps import needed, optional


def create() -> None:
    """Create them, each after those that it refers to."""
    _carrier()
    _medicine()
    _outlet()
    _agreement()
    _courier()
    _medicine_condition()
    _price()
    _suspension()


def _carrier() -> None:
    op.create_table(
        "carrier",
        *needed(sa.String, "code", "name", "areas"),
        *needed(sa.Boolean, "cold_chain"),
        *needed(sa.String, "licence_no"),
        *needed(sa.Date, "licence_until"),
        sa.PrimaryKeyConstraint("code", name="carrier_pkey"),
    )


def _medicine() -> None:
    op.create_table(
        "medicine",
        *needed(
            sa.String, "code", "name", "generic", "inn", "atc", "drug_class", "tier"
        ),
        *needed(sa.BigInteger, "standard_fen"),
        *needed(sa.Integer, "self_pay_permyriad"),
        *needed(sa.Boolean, "vbp", "essential", "consistency", "on_platform"),
        *needed(
            sa.String, "storage", "drug_group", "spec", "label", "printed", "use_limit"
        ),
        sa.PrimaryKeyConstraint("code", name="medicine_pkey"),
        sa.CheckConstraint("length(code) = 23", name="medicine_code"),
        sa.CheckConstraint("tier IN ('甲', '乙', '丙')", name="medicine_tier"),
        sa.CheckConstraint("standard_fen > 0", name="medicine_standard"),
        sa.CheckConstraint(
            "self_pay_permyriad BETWEEN 0 AND 10000", name="medicine_self_pay"
        ),
        sa.CheckConstraint("storage IN ('ambient', 'cold')", name="medicine_storage"),
        sa.CheckConstraint(
            "drug_group IN ('ordinary', 'special_storage', 'narcotic', "
            "'psychotropic', 'toxic', 'radioactive', 'precursor', "
            "'antimicrobial')",
            name="medicine_group",
        ),
    )
    op.create_index("ix_medicine_atc", "medicine", ["atc"])


def _outlet() -> None:
    op.create_table(
        "outlet",
        *needed(sa.String, "code", "name", "kind"),
        *optional(sa.String, "level"),
        *needed(sa.String, "area"),
        *needed(sa.Float, "lon", "lat"),
        *optional(sa.String, "chain"),
        *needed(sa.Boolean, "internet", "cold_chain"),
        *needed(sa.Time, "opens", "closes"),
        *needed(sa.String, "price_list"),
        *optional(sa.String, "quota_unit"),
        *needed(sa.String, "address"),
        sa.PrimaryKeyConstraint("code", name="outlet_pkey"),
        sa.CheckConstraint("length(code) = 12", name="outlet_code"),
        sa.CheckConstraint("length(area) = 6", name="outlet_area"),
        sa.CheckConstraint(
            "kind IN ('hospital', 'pharmacy', 'village_clinic')", name="outlet_kind"
        ),
        sa.CheckConstraint(
            "(kind = 'pharmacy') = (level IS NULL)", name="outlet_level"
        ),
        sa.CheckConstraint("lon BETWEEN -180 AND 180", name="outlet_lon"),
        sa.CheckConstraint("lat BETWEEN -90 AND 90", name="outlet_lat"),
        sa.CheckConstraint("opens < closes", name="outlet_hours"),
    )
    op.create_index("ix_outlet_area", "outlet", ["area"])
    op.create_index("ix_outlet_kind", "outlet", ["kind"])


def _agreement() -> None:
    op.create_table(
        "agreement",
        *needed(sa.String, "outlet_code", "kind"),
        *needed(sa.Date, "begins"),
        *optional(sa.Date, "ends", "card_settlement_from"),
        *optional(sa.String, "quota_unit"),
        sa.PrimaryKeyConstraint("outlet_code", "kind", "begins", name="agreement_pkey"),
        sa.ForeignKeyConstraint(
            ["outlet_code"], ["outlet.code"], name="agreement_outlet_code_fkey"
        ),
        sa.CheckConstraint("kind IN ('general', 'chronic')", name="agreement_kind"),
        sa.CheckConstraint("ends IS NULL OR ends >= begins", name="agreement_days"),
    )
    op.create_index("agreement_unit", "agreement", ["kind", "quota_unit"])


def _courier() -> None:
    op.create_table(
        "courier",
        *needed(sa.String, "code", "carrier", "name", "phone"),
        *needed(sa.Float, "lon", "lat"),
        *needed(sa.Time, "shift_begins", "shift_ends"),
        *needed(sa.Integer, "capacity_parcels", "cold_capacity_parcels"),
        *needed(sa.String, "areas"),
        *needed(sa.Integer, "rest_weekday"),
        sa.PrimaryKeyConstraint("code", name="courier_pkey"),
        sa.ForeignKeyConstraint(
            ["carrier"], ["carrier.code"], name="courier_carrier_fkey"
        ),
        sa.CheckConstraint("shift_begins < shift_ends", name="courier_shift"),
        sa.CheckConstraint(
            "cold_capacity_parcels BETWEEN 0 AND capacity_parcels", name="courier_box"
        ),
        sa.CheckConstraint("rest_weekday BETWEEN 0 AND 7", name="courier_rest"),
    )
    op.create_index("ix_courier_carrier", "courier", ["carrier"])


def _medicine_condition() -> None:
    op.create_table(
        "medicine_condition",
        *needed(sa.String, "medicine_code", "condition"),
        sa.PrimaryKeyConstraint(
            "medicine_code", "condition", name="medicine_condition_pkey"
        ),
        sa.ForeignKeyConstraint(
            ["medicine_code"],
            ["medicine.code"],
            name="medicine_condition_medicine_code_fkey",
        ),
    )


def _price() -> None:
    op.create_table(
        "price",
        *needed(sa.String, "price_list", "medicine_code"),
        *needed(sa.BigInteger, "price_fen"),
        sa.PrimaryKeyConstraint("price_list", "medicine_code", name="price_pkey"),
        sa.ForeignKeyConstraint(
            ["medicine_code"], ["medicine.code"], name="price_medicine_code_fkey"
        ),
        sa.CheckConstraint("price_fen > 0", name="price_positive"),
    )


def _suspension() -> None:
    op.create_table(
        "suspension",
        *needed(sa.String, "outlet_code", "kind"),
        *needed(sa.Date, "begins", "first_day"),
        *optional(sa.Date, "last_day"),
        sa.PrimaryKeyConstraint(
            "outlet_code", "kind", "begins", "first_day", name="suspension_pkey"
        ),
        sa.ForeignKeyConstraint(
            ["outlet_code", "kind", "begins"],
            ["agreement.outlet_code", "agreement.kind", "agreement.begins"],
            name="suspension_outlet_code_kind_begins_fkey",
        ),
        sa.CheckConstraint(
            "last_day IS NULL OR last_day >= first_day", name="suspension_days"
        ),
    )
