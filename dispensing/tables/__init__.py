"""The rows of the stage: people, prescriptions, settlements, orders and who read what."""

from dispensing.tables.audit import LinkRow, RecordRow
from dispensing.tables.ledger import LedgerRow, TillClosingRow
from dispensing.tables.orders import (
    LIVE_ORDER,
    HandoverRow,
    OrderRow,
    ReadRow,
)
from dispensing.tables.people import (
    AllowanceRow,
    FamilyAidRow,
    PersonRow,
    RegistrationRow,
    SupplyRow,
)
from dispensing.tables.prescriptions import (
    AssessmentRow,
    EventRow,
    IssuerKeyRow,
    PrescriptionLineRow,
    PrescriptionRow,
    VerdictRow,
)
from dispensing.tables.receipts import ReceiptRow
from dispensing.tables.settlements import (
    LIVE_SETTLEMENT,
    MessageNumberRow,
    SettlementRow,
    SpentCodeRow,
)
from dispensing.tables.suspicions import SuspicionEventRow, SuspicionRow
from dispensing.tables.texts import PolicyTextRow
from dispensing.tables.traces import (
    NoCodeEndRow,
    NoCodeRow,
    TraceEventRow,
    TraceSaleRow,
    UncodedSaleRow,
)

__all__ = [
    "LIVE_ORDER",
    "LIVE_SETTLEMENT",
    "AllowanceRow",
    "AssessmentRow",
    "EventRow",
    "FamilyAidRow",
    "HandoverRow",
    "IssuerKeyRow",
    "LedgerRow",
    "LinkRow",
    "MessageNumberRow",
    "NoCodeEndRow",
    "NoCodeRow",
    "OrderRow",
    "PersonRow",
    "PolicyTextRow",
    "PrescriptionLineRow",
    "PrescriptionRow",
    "ReadRow",
    "ReceiptRow",
    "RecordRow",
    "RegistrationRow",
    "SettlementRow",
    "SpentCodeRow",
    "SupplyRow",
    "SuspicionEventRow",
    "SuspicionRow",
    "TillClosingRow",
    "TraceEventRow",
    "TraceSaleRow",
    "UncodedSaleRow",
    "VerdictRow",
]
