"""The rows of the stage: people, prescriptions, settlements, orders and who read what."""

from dispensing.tables.approvals import (
    OpeningRow,
    ProposalEndRow,
    ProposalRow,
    ProposalUseRow,
)
from dispensing.tables.audit import LinkRow, RecordRow
from dispensing.tables.centres import CentreWordRow, ManagedCentreRow
from dispensing.tables.clearing import (
    BookingRow,
    ClearingRow,
    ContractRow,
    EnteredRow,
    GroupActRow,
)
from dispensing.tables.codes import (
    AccessCodeLineRow,
    AccessCodeRow,
    AccessEventRow,
    AgentRow,
    IssuedCodeRow,
    PresentationRow,
    PresentedRow,
    SpentCodeRow,
)
from dispensing.tables.consents import ConsentRow, ConsentTextRow
from dispensing.tables.feedback import FeedbackRow, FeedbackTurnRow
from dispensing.tables.forms import FormEntryRow, FormSendingRow, FormVersionRow
from dispensing.tables.inspections import InspectionRow
from dispensing.tables.ledger import HandInRow, LedgerRow, TillClosingRow
from dispensing.tables.lists import BureauListRow
from dispensing.tables.matching import (
    EnrolmentRow,
    ManagedPartRow,
    ManagedRegistryRow,
    MatchingActRow,
    MatchingEntryRow,
    MatchingOutcomeRow,
    MatchingRunRow,
    MatchingTaskRow,
)
from dispensing.tables.national import NationalReviewRow, NationalRxRow
from dispensing.tables.notices import (
    NoticeRow,
    OutboxEventRow,
    OutboxMarkRow,
    SubscriptionEventRow,
    SubscriptionRow,
)
from dispensing.tables.orders import (
    LIVE_ORDER,
    HandoverRow,
    OrderRow,
    ReadRow,
)
from dispensing.tables.overlays import OverlayVersionRow
from dispensing.tables.papers import PaperRow
from dispensing.tables.people import (
    AllowanceRow,
    ClosureRow,
    FamilyAidRow,
    PersonRow,
    RegistrationRow,
    SupplyRow,
)
from dispensing.tables.platform_words import PlatformWordRow
from dispensing.tables.prescriptions import (
    AssessmentRow,
    EventRow,
    IssuerKeyEventRow,
    IssuerKeyRow,
    PrescriptionLineRow,
    PrescriptionRow,
    ReviewRow,
    ReviewWithdrawalRow,
    VerdictRow,
)
from dispensing.tables.receipts import ReceiptRow
from dispensing.tables.reconciling import (
    ClosedDayRow,
    DifferenceEventRow,
    DifferenceRow,
    FoundRow,
    ReconcileRunRow,
    ReconcileTotalRow,
    TillFileRow,
    TillLineRow,
)
from dispensing.tables.retention import RetentionMarkRow, RetentionRunRow
from dispensing.tables.settlements import (
    LIVE_SETTLEMENT,
    MessageNumberRow,
    SettlementLineRow,
    SettlementRow,
)
from dispensing.tables.smart import (
    SmartAlarmRow,
    SmartCaseClaimRow,
    SmartCaseRow,
    SmartFindingRow,
    SmartPledgeRow,
    SmartRecoveryRow,
    SmartRunRow,
    SmartSampleClaimRow,
    SmartSampleRow,
    SmartTaskRow,
    SmartThresholdRow,
    SmartTurnRow,
)
from dispensing.tables.suspicions import SuspicionEventRow, SuspicionRow
from dispensing.tables.tasks import MeetingRow, TaskActRow, TaskRow
from dispensing.tables.texts import PolicyTextRow
from dispensing.tables.traces import (
    NoCodeEndRow,
    NoCodeRow,
    TraceEventRow,
    TraceSaleRow,
    UncodedSaleRow,
)
from dispensing.tables.uploads import UploadEventRow, UploadMarkRow, UploadRow

__all__ = [
    "LIVE_ORDER",
    "LIVE_SETTLEMENT",
    "AccessCodeLineRow",
    "AccessCodeRow",
    "AccessEventRow",
    "AgentRow",
    "AllowanceRow",
    "AssessmentRow",
    "BookingRow",
    "BureauListRow",
    "CentreWordRow",
    "ClearingRow",
    "ClosedDayRow",
    "ClosureRow",
    "ConsentRow",
    "ConsentTextRow",
    "ContractRow",
    "DifferenceEventRow",
    "DifferenceRow",
    "EnrolmentRow",
    "EnteredRow",
    "EventRow",
    "FamilyAidRow",
    "FeedbackRow",
    "FeedbackTurnRow",
    "FormEntryRow",
    "FormSendingRow",
    "FormVersionRow",
    "FoundRow",
    "GroupActRow",
    "HandInRow",
    "HandoverRow",
    "InspectionRow",
    "IssuedCodeRow",
    "IssuerKeyEventRow",
    "IssuerKeyRow",
    "LedgerRow",
    "LinkRow",
    "ManagedCentreRow",
    "ManagedPartRow",
    "ManagedRegistryRow",
    "MatchingActRow",
    "MatchingEntryRow",
    "MatchingOutcomeRow",
    "MatchingRunRow",
    "MatchingTaskRow",
    "MeetingRow",
    "MessageNumberRow",
    "NationalReviewRow",
    "NationalRxRow",
    "NoCodeEndRow",
    "NoCodeRow",
    "NoticeRow",
    "OpeningRow",
    "OrderRow",
    "OutboxEventRow",
    "OutboxMarkRow",
    "OverlayVersionRow",
    "PaperRow",
    "PersonRow",
    "PlatformWordRow",
    "PolicyTextRow",
    "PrescriptionLineRow",
    "PrescriptionRow",
    "PresentationRow",
    "PresentedRow",
    "ProposalEndRow",
    "ProposalRow",
    "ProposalUseRow",
    "ReadRow",
    "ReceiptRow",
    "ReconcileRunRow",
    "ReconcileTotalRow",
    "RecordRow",
    "RegistrationRow",
    "RetentionMarkRow",
    "RetentionRunRow",
    "ReviewRow",
    "ReviewWithdrawalRow",
    "SettlementLineRow",
    "SettlementRow",
    "SmartAlarmRow",
    "SmartCaseClaimRow",
    "SmartCaseRow",
    "SmartFindingRow",
    "SmartPledgeRow",
    "SmartRecoveryRow",
    "SmartRunRow",
    "SmartSampleClaimRow",
    "SmartSampleRow",
    "SmartTaskRow",
    "SmartThresholdRow",
    "SmartTurnRow",
    "SpentCodeRow",
    "SubscriptionEventRow",
    "SubscriptionRow",
    "SupplyRow",
    "SuspicionEventRow",
    "SuspicionRow",
    "TaskActRow",
    "TaskRow",
    "TillClosingRow",
    "TillFileRow",
    "TillLineRow",
    "TraceEventRow",
    "TraceSaleRow",
    "UncodedSaleRow",
    "UploadEventRow",
    "UploadMarkRow",
    "UploadRow",
    "VerdictRow",
]
