"""The rows of outlets, agreements, medicines, prices, stock, carriers and couriers."""

from datetime import date, datetime, time
from typing import Any
from uuid import UUID

from sqlalchemy import (
    JSON,
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKeyConstraint,
    Index,
    event,
    false,
    text,
)
from sqlmodel import Field, SQLModel

from pharmacies import catalogue_tables
from pharmacies.append_only import NUMBER, guard
from pharmacies.register_tables import ChainListRow as ChainListRow
from pharmacies.register_tables import QualificationRow as QualificationRow
from pharmacies.stamp import STAMPED, stamps
from pharmacies.stock_tables import StockBatchRow as StockBatchRow

# What a settlement moves is written once for each line and batch; what puts a difference
# right is written once for each difference and batch.
_BY_SETTLEMENT = "settlement_id IS NOT NULL AND difference_id IS NULL"
_BY_DIFFERENCE = "difference_id IS NOT NULL"


class OutletRow(SQLModel, table=True):
    """One outlet, under its twelve-character code."""

    __tablename__ = "outlet"
    __table_args__ = (
        CheckConstraint("length(code) = 12", name="outlet_code"),
        CheckConstraint("length(area) = 6", name="outlet_area"),
        CheckConstraint(
            "kind IN ('hospital', 'pharmacy', 'village_clinic')", name="outlet_kind"
        ),
        CheckConstraint("(kind = 'pharmacy') = (level IS NULL)", name="outlet_level"),
        CheckConstraint("lon BETWEEN -180 AND 180", name="outlet_lon"),
        CheckConstraint("lat BETWEEN -90 AND 90", name="outlet_lat"),
        CheckConstraint("opens < closes", name="outlet_hours"),
        Index("outlet_near", "pooling_area", "cell"),
    )

    code: str = Field(primary_key=True)
    name: str
    kind: str = Field(index=True)
    level: str | None
    area: str = Field(index=True)
    lon: float
    lat: float
    chain: str | None
    internet: bool
    cold_chain: bool
    opens: time
    closes: time
    price_list: str
    quota_unit: str | None
    address: str
    phone: str | None = None
    # Both follow from the place, and are kept for the index by which outlets are found.
    pooling_area: str
    cell: int


class AgreementRow(SQLModel, table=True):
    """One agreement of an outlet with the bureau."""

    __tablename__ = "agreement"
    __table_args__ = (
        CheckConstraint("kind IN ('general', 'chronic')", name="agreement_kind"),
        CheckConstraint("ends IS NULL OR ends >= begins", name="agreement_days"),
        # With everything that counting asks, so that no row has to be fetched.
        Index(
            "agreement_unit",
            "kind",
            "quota_unit",
            "outlet_code",
            "begins",
            "card_settlement_from",
            "ends",
        ),
        Index(
            "agreement_ends",
            "ends",
            sqlite_where=text("ends IS NOT NULL"),
            postgresql_where=text("ends IS NOT NULL"),
        ),
    )

    outlet_code: str = Field(primary_key=True, foreign_key="outlet.code")
    kind: str = Field(primary_key=True)
    begins: date = Field(primary_key=True)
    ends: date | None
    card_settlement_from: date | None
    quota_unit: str | None


class SuspensionRow(SQLModel, table=True):
    """A stretch of days on which an agreement is suspended, both ends inside."""

    __tablename__ = "suspension"
    __table_args__ = (
        ForeignKeyConstraint(
            ["outlet_code", "kind", "begins"],
            ["agreement.outlet_code", "agreement.kind", "agreement.begins"],
        ),
        CheckConstraint(
            "last_day IS NULL OR last_day >= first_day", name="suspension_days"
        ),
    )

    outlet_code: str = Field(primary_key=True)
    kind: str = Field(primary_key=True)
    begins: date = Field(primary_key=True)
    first_day: date = Field(primary_key=True)
    last_day: date | None
    # What is settled waits, too, and is not handed out.
    stops_orders: bool = Field(
        default=False, sa_column_kwargs={"server_default": false()}
    )


class DesignationActRow(SQLModel, table=True):
    """One act of a designation's life (定点经办), never changed: who, when, why.

    `before` and `after` are the agreement as it stood and as it stands, so that what was
    known at any instant can be told. `on` is the day from which the act holds.
    """

    __tablename__ = "designation_act"
    __table_args__ = (
        CheckConstraint("kind IN ('general', 'chronic')", name="designation_act_kind"),
        CheckConstraint(
            "act IN ('apply', 'supplement', 'withdraw_application', 'accept', 'refuse',"
            " 'sign', 'open_card', 'suspend', 'resume', 'renew', 'end')",
            name="designation_act_act",
        ),
        CheckConstraint("length(reason) > 0", name="designation_act_reason"),
        Index("designation_act_of_outlet", "outlet_code", "kind", "id"),
        Index("designation_act_at", "at"),
    )

    id: int | None = Field(default=None, primary_key=True, sa_type=NUMBER)
    act_id: UUID = Field(unique=True)
    outlet_code: str = Field(foreign_key="outlet.code")
    kind: str
    act: str
    on: date
    at: datetime
    by: str
    role: str
    reason: str
    late: bool = False  # entered after the day from which it holds
    begins: date | None = None  # of the agreement
    before: dict[str, Any] | None = Field(
        default=None, sa_column=Column(JSON(none_as_null=True))
    )
    after: dict[str, Any] | None = Field(
        default=None, sa_column=Column(JSON(none_as_null=True))
    )
    detail: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))


class MedicineRow(SQLModel, table=True):
    """One product of the catalogue, under its 23-character code."""

    __tablename__ = "medicine"
    __table_args__ = (
        CheckConstraint("length(code) = 23", name="medicine_code"),
        CheckConstraint("tier IN ('甲', '乙', '丙')", name="medicine_tier"),
        CheckConstraint("standard_fen > 0", name="medicine_standard"),
        CheckConstraint(
            "self_pay_permyriad BETWEEN 0 AND 10000", name="medicine_self_pay"
        ),
        CheckConstraint("storage IN ('ambient', 'cold')", name="medicine_storage"),
        CheckConstraint(
            "drug_group IN ('ordinary', 'special_storage', 'narcotic', 'psychotropic',"
            " 'toxic', 'radioactive', 'precursor', 'antimicrobial')",
            name="medicine_group",
        ),
        CheckConstraint("pack_parts BETWEEN 1 AND 1000", name="medicine_parts"),
    )

    code: str = Field(primary_key=True)
    name: str
    generic: str
    inn: str
    atc: str = Field(index=True)
    drug_class: str
    tier: str
    standard_fen: int = Field(sa_type=BigInteger)
    self_pay_permyriad: int
    vbp: bool
    essential: bool
    consistency: bool
    on_platform: bool
    storage: str
    drug_group: str  # GROUP is a word of SQL
    spec: str
    label: str
    printed: str
    use_limit: str  # LIMIT is a word of SQL
    pack_parts: int = 1
    form: str = ""
    strength: str = ""
    pack: str = ""
    barcode: str = Field(default="", index=True)
    trace_prefix: str = Field(default="", index=True)


class MedicineConditionRow(SQLModel, table=True):
    """A medicine stands in the drug range of a disease."""

    __tablename__ = "medicine_condition"

    medicine_code: str = Field(primary_key=True, foreign_key="medicine.code")
    condition: str = Field(primary_key=True)


class PriceRow(SQLModel, table=True):
    """What one price list asks for one pack."""

    __tablename__ = "price"
    __table_args__ = (CheckConstraint("price_fen > 0", name="price_positive"),)

    price_list: str = Field(primary_key=True)
    medicine_code: str = Field(primary_key=True, foreign_key="medicine.code")
    price_fen: int = Field(sa_type=BigInteger)


class StockMovementRow(SQLModel, table=True):
    """One movement of stock (库存变动); never changed, so what is on hand is their sum.

    `settlement_id` and `difference_id` name rows of a later stage, hence no foreign keys.
    """

    __tablename__ = "stock_movement"
    __table_args__ = (
        CheckConstraint(
            "kind IN ('received', 'sold', 'sale_returned', 'counted', 'written_off',"
            " 'sent_back')",
            name="stock_movement_kind",
        ),
        CheckConstraint(
            "quantity <> 0 AND (kind = 'counted'"
            " OR (quantity < 0) = (kind IN ('sold', 'written_off', 'sent_back')))",
            name="stock_movement_sign",
        ),
        CheckConstraint(
            "(kind IN ('sold', 'sale_returned')) ="
            " (settlement_id IS NOT NULL AND line_no IS NOT NULL)",
            name="stock_movement_of_settlement",
        ),
        Index(
            "stock_moved_once",
            "settlement_id",
            "line_no",
            "kind",
            "batch",
            unique=True,
            sqlite_where=text(_BY_SETTLEMENT),
            postgresql_where=text(_BY_SETTLEMENT),
        ),
        Index(
            "stock_corrected_once",
            "settlement_id",
            "line_no",
            "difference_id",
            "batch",
            unique=True,
            sqlite_where=text(_BY_DIFFERENCE),
            postgresql_where=text(_BY_DIFFERENCE),
        ),
        Index("stock_of_outlet", "outlet_code", "on"),
    )

    id: int | None = Field(default=None, primary_key=True, sa_type=NUMBER)
    outlet_code: str = Field(foreign_key="outlet.code")
    medicine_code: str = Field(foreign_key="medicine.code")
    batch: str = ""  # the maker's batch number, where it is known
    quantity: int  # below 0 where stock goes out
    kind: str
    settlement_id: UUID | None = None
    line_no: int | None = None
    difference_id: UUID | None = None
    on: date
    at: datetime
    by: str
    reason: str = ""


class StockActRow(SQLModel, table=True):
    """One receipt, loss or count, under the number that its caller gave the act."""

    __tablename__ = "stock_act"

    id: UUID = Field(primary_key=True)
    outlet_code: str = Field(index=True)
    medicine_code: str
    left_quantity: int  # on hand afterwards: what the act was answered with
    at: datetime
    by: str


class CarrierRow(SQLModel, table=True):
    """One delivery firm; where it delivers stands in `carrier_area`."""

    __tablename__ = "carrier"

    code: str = Field(primary_key=True)
    name: str
    cold_chain: bool
    licence_no: str
    licence_until: date


class CarrierAreaRow(SQLModel, table=True):
    """An area in which a firm delivers, found by the area first."""

    __tablename__ = "carrier_area"

    area: str = Field(primary_key=True)
    carrier_code: str = Field(primary_key=True, foreign_key="carrier.code", index=True)


class CourierRow(SQLModel, table=True):
    """One courier of a firm; its areas are codes with spaces between."""

    __tablename__ = "courier"
    __table_args__ = (
        CheckConstraint("shift_begins < shift_ends", name="courier_shift"),
        CheckConstraint(
            "cold_capacity_parcels BETWEEN 0 AND capacity_parcels", name="courier_box"
        ),
        CheckConstraint("rest_weekday BETWEEN 0 AND 7", name="courier_rest"),
    )

    code: str = Field(primary_key=True)
    carrier: str = Field(index=True, foreign_key="carrier.code")
    name: str
    phone: str
    lon: float
    lat: float
    shift_begins: time
    shift_ends: time
    capacity_parcels: int
    cold_capacity_parcels: int
    areas: str
    rest_weekday: int


class CrewActRow(SQLModel, table=True):
    """One act of a firm on its crew, never changed: who, when, why, and from which day it holds.

    `terms` are all of the courier's terms as they hold from that day on.
    """

    __tablename__ = "crew_act"
    __table_args__ = (
        CheckConstraint("kind IN ('hired', 'changed', 'left')", name="crew_act_kind"),
        Index("crew_act_of_firm", "carrier_code", "from_day"),
    )

    id: int | None = Field(default=None, primary_key=True, sa_type=NUMBER)
    carrier_code: str
    courier_code: str = Field(index=True)
    kind: str
    from_day: date
    at: datetime
    by: str
    reason: str
    terms: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))


class NetworkStampRow(SQLModel, table=True):
    """The stamp of what checks rest on; the database draws a new one with every change."""

    __tablename__ = "network_stamp"
    __table_args__ = (CheckConstraint("id = 1", name="network_stamp_one"),)

    id: int = Field(primary_key=True)
    stamp: str


_KEPT = ("crew_act", "designation_act", "stock_act", "stock_movement")
for _name in (*_KEPT, *catalogue_tables.APPEND_ONLY):
    event.listen(SQLModel.metadata.tables[_name], "after_create", guard)
for _name in STAMPED:
    event.listen(SQLModel.metadata.tables[_name], "after_create", stamps)
