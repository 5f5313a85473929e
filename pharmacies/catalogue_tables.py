"""The rows of the catalogue's history, of what was imported, and of what is searched."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Index,
    LargeBinary,
    String,
    UniqueConstraint,
)
from sqlmodel import JSON, Column, Field, SQLModel

from pharmacies.append_only import NUMBER

# Compared by code points: an index then finds what begins with a text.
_PLAIN = String().with_variant(String(collation="C"), "postgresql")
APPEND_ONLY = (
    "catalogue_import",
    "medicine_version",
    "medicine_terms",
    "price_version",
)


class CatalogueImportRow(SQLModel, table=True):
    """One file that was put into the catalogue: who, when, which file, what it did."""

    __tablename__ = "catalogue_import"
    __table_args__ = (
        CheckConstraint(
            "kind IN ('medicines', 'standards', 'prices')", name="catalogue_import_kind"
        ),
    )

    id: UUID = Field(primary_key=True)
    kind: str
    file_name: str
    file_sha256: str
    rows: int
    new: int
    changed: int
    same: int
    at: datetime = Field(index=True)
    by: str


class MedicineVersionRow(SQLModel, table=True):
    """A medicine as it is from a day on; of one day the version entered last holds."""

    __tablename__ = "medicine_version"
    __table_args__ = (Index("medicine_version_on", "code", "valid_from", "id"),)

    id: int | None = Field(default=None, primary_key=True, sa_type=NUMBER)
    code: str = Field(foreign_key="medicine.code")
    valid_from: date  # 0001-01-01: as it stood before anything was imported
    import_id: UUID = Field(foreign_key="catalogue_import.id")
    name: str
    generic: str
    inn: str
    atc: str
    drug_class: str
    tier: str
    standard_fen: int = Field(sa_type=BigInteger)
    self_pay_permyriad: int
    vbp: bool
    essential: bool
    consistency: bool
    on_platform: bool
    storage: str
    drug_group: str
    spec: str
    label: str
    printed: str
    use_limit: str
    pack_parts: int
    form: str
    strength: str
    pack: str
    barcode: str
    trace_prefix: str
    conditions: str  # slugs with spaces between


class MedicineTermsRow(SQLModel, table=True):
    """On which terms a region pays for a medicine from a day on."""

    __tablename__ = "medicine_terms"
    __table_args__ = (
        CheckConstraint("length(region) IN (2, 4)", name="medicine_terms_region"),
        CheckConstraint("standard_fen > 0", name="medicine_terms_standard"),
        Index("medicine_terms_on", "medicine_code", "region", "valid_from", "id"),
    )

    id: int | None = Field(default=None, primary_key=True, sa_type=NUMBER)
    region: str  # a province (33) or a pooling area (3303)
    medicine_code: str = Field(foreign_key="medicine.code")
    valid_from: date
    import_id: UUID = Field(foreign_key="catalogue_import.id")
    standard_fen: int = Field(sa_type=BigInteger)
    self_pay_permyriad: int
    vbp: bool
    on_platform: bool


class PriceVersionRow(SQLModel, table=True):
    """What a price list asks for one pack from a day on."""

    __tablename__ = "price_version"
    __table_args__ = (
        CheckConstraint("price_fen > 0", name="price_version_positive"),
        Index("price_version_on", "medicine_code", "price_list", "valid_from", "id"),
    )

    id: int | None = Field(default=None, primary_key=True, sa_type=NUMBER)
    price_list: str
    medicine_code: str = Field(foreign_key="medicine.code")
    valid_from: date
    import_id: UUID = Field(foreign_key="catalogue_import.id")
    price_fen: int = Field(sa_type=BigInteger)


class CatalogueUploadRow(SQLModel, table=True):
    """A file that somebody handed in on a page: its trial, and how far its import is."""

    __tablename__ = "catalogue_upload"
    __table_args__ = (
        CheckConstraint(
            "state IN ('waiting', 'running', 'tried', 'refused', 'done', 'failed')",
            name="catalogue_upload_state",
        ),
    )

    id: UUID = Field(primary_key=True)
    file_name: str
    file_sha256: str
    content: bytes = Field(sa_type=LargeBinary)  # deflated
    valid_from: date
    by: str
    at: datetime = Field(index=True)
    act: str  # try, put_in
    state: str
    seen_at: datetime
    stage: str = ""
    done: int = 0
    total: int = 0
    fates: bytes = Field(default=b"", sa_type=LargeBinary)  # of each row, deflated CSV
    report: dict[str, object] = Field(
        default_factory=dict, sa_column=Column(JSON, nullable=False)
    )


class MedicineNameRow(SQLModel, table=True):
    """A name that medicines go by, once for all that bear it."""

    __tablename__ = "medicine_name"
    __table_args__ = (UniqueConstraint("name", name="medicine_name_once"),)

    id: int | None = Field(default=None, primary_key=True, sa_type=NUMBER)
    name: str


class MedicineNamedRow(SQLModel, table=True):
    """A medicine goes by a name."""

    __tablename__ = "medicine_named"

    name_id: int = Field(
        primary_key=True, foreign_key="medicine_name.id", sa_type=NUMBER
    )
    medicine_code: str = Field(
        primary_key=True, foreign_key="medicine.code", index=True
    )


class MedicineKeyRow(SQLModel, table=True):
    """A text by which a name is found: an end of it, of its initials or of its pinyin."""

    __tablename__ = "medicine_key"
    __table_args__ = {"sqlite_with_rowid": False}

    key: str = Field(primary_key=True, sa_type=_PLAIN)
    name_id: int = Field(
        primary_key=True, foreign_key="medicine_name.id", sa_type=NUMBER
    )
    kind: str = Field(primary_key=True)
