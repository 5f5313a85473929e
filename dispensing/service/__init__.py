"""The units of work of dispensing: what a view may ask, in one place."""

from dispensing.service.adopting import adopt
from dispensing.service.agents import (
    AgentView,
    agents_of,
    allow_agent,
    people_acted_for,
    require_leave,
)
from dispensing.service.auditing import Verified, verify
from dispensing.service.breaks import Break
from dispensing.service.business_days import books_day
from dispensing.service.changed import changes_after, last_record
from dispensing.service.checking import check
from dispensing.service.claiming import RETURNS, claim, give_back, refer_back
from dispensing.service.closing_days import close_day
from dispensing.service.code_issuing import issue_code, void_codes
from dispensing.service.day_views import (
    DifferenceView,
    OutletDay,
    RunView,
    open_differences,
    reconciliation,
)
from dispensing.service.designating import (
    Act as DesignationAct,
)
from dispensing.service.designating import (
    Done,
    LeavesQuota,
    conditions,
    deadline_of,
    designate,
    plan_of,
)
from dispensing.service.explaining import ExplainedView, explanation
from dispensing.service.family import allow_aid, end_aid, people_aided
from dispensing.service.finding_people import name_by_card, person_named
from dispensing.service.issuer_key_acts import (
    NewKey,
    NotProven,
    Revocation,
    RevokedKey,
    register_key,
    revoke_key,
    rotate_key,
)
from dispensing.service.issuer_key_views import (
    KeyEventView,
    KeyView,
    issuer_keys,
    issuer_of,
    key_acts,
    key_history,
)
from dispensing.service.kept_messages import (
    KeptMessage,
    KeptPrescription,
    kept_message,
    kept_prescription,
)
from dispensing.service.lapsing import end_claims, lapse, lapse_all
from dispensing.service.listing import prescriptions_of, waiting_at
from dispensing.service.locking_away import is_locked
from dispensing.service.mending import mend
from dispensing.service.national_answering import content as national_content
from dispensing.service.national_answering import (
    dispensing_result as national_dispensing_result,
)
from dispensing.service.national_answering import (
    review_result as national_review_result,
)
from dispensing.service.national_answering import take_review as take_national_review
from dispensing.service.national_answering import withdraw as withdraw_national
from dispensing.service.national_taking import pre_check
from dispensing.service.national_taking import sign as sign_national
from dispensing.service.national_taking import upload as upload_national
from dispensing.service.old_stock import (
    NoCodeView,
    OldStock,
    allow_no_code,
    end_no_code,
    no_code_list,
)
from dispensing.service.opening import NotAccepted
from dispensing.service.ordering import (
    Delivery,
    Receiver,
    cancel_order,
    collect,
    order,
    order_delivery,
    orders_of,
    pack,
)
from dispensing.service.papers import (
    Keyed,
    NobodysCard,
    PaperReused,
    PaperView,
    paper_image,
    papers_of,
    take_paper,
)
from dispensing.service.people import (
    NewPerson,
    access_log,
    allowance,
    born_on,
    enrol,
    home_of,
    insured_in,
    person_of,
    sender_of,
)
from dispensing.service.platform_words import ask_platform, platform_doubts
from dispensing.service.presenting import (
    Helper,
    PresentationView,
    ShownView,
    present,
    presentation,
    presentations_of,
)
from dispensing.service.reading import (
    day_numbers,
    find_prescription,
    prescription,
)
from dispensing.service.receipting import (
    ReceiptView,
    issue_receipts,
    receipt,
    receipt_standing,
    receipts_of,
    settlement_owners,
)
from dispensing.service.receiving import (
    IssuerKey,
    add_keys,
    receive,
    receive_many,
    take_in,
    take_in_many,
)
from dispensing.service.reconciling import (
    reconcile,
    reconcile_day,
    reconcile_yesterday,
)
from dispensing.service.recording import Actor, name_actors, record
from dispensing.service.recovering import recover
from dispensing.service.refilling import CLOSURES, close_rest
from dispensing.service.replaying import Replayed, replay
from dispensing.service.reversing import REASONS, reverse
from dispensing.service.reviewing import (
    Review,
    Withdrawal,
    review,
    reviews_of,
    withdraw_review,
)
from dispensing.service.revoking import revoke
from dispensing.service.sealing import ChainHead, anchors, heads, seal, waiting
from dispensing.service.serving import OutletsView, Where, holder_of, outlets_near
from dispensing.service.settling import (
    resolve,
    settle,
    settlement,
)
from dispensing.service.sharing import (
    AccessCodeView,
    Recipient,
    SharedCode,
    access_codes,
    end_agent,
    share,
    withdraw,
)
from dispensing.service.standing import may
from dispensing.service.stocking import stock_findings
from dispensing.service.suspecting import (
    FINDINGS,
    AlreadySold,
    SuspicionView,
    resolve_suspicion,
    suspicions,
    suspicions_of,
)
from dispensing.service.takings import Filling, fillings_of
from dispensing.service.tendering import hand_in, purses, tender, tenders
from dispensing.service.till import close_till, closings, till
from dispensing.service.till_files import keep_till_file
from dispensing.service.tracing import TraceHistory, trace_history

__all__ = [
    "CLOSURES",
    "FINDINGS",
    "REASONS",
    "RETURNS",
    "AccessCodeView",
    "Actor",
    "AgentView",
    "AlreadySold",
    "Break",
    "ChainHead",
    "Delivery",
    "DesignationAct",
    "DifferenceView",
    "Done",
    "ExplainedView",
    "Filling",
    "Helper",
    "IssuerKey",
    "KeptMessage",
    "KeptPrescription",
    "KeyEventView",
    "KeyView",
    "Keyed",
    "LeavesQuota",
    "NewKey",
    "NewPerson",
    "NoCodeView",
    "NobodysCard",
    "NotAccepted",
    "NotProven",
    "OldStock",
    "OutletDay",
    "OutletsView",
    "PaperReused",
    "PaperView",
    "PresentationView",
    "ReceiptView",
    "Receiver",
    "Recipient",
    "Replayed",
    "Review",
    "Revocation",
    "RevokedKey",
    "RunView",
    "SharedCode",
    "ShownView",
    "SuspicionView",
    "TraceHistory",
    "Verified",
    "Where",
    "Withdrawal",
    "access_codes",
    "access_log",
    "add_keys",
    "adopt",
    "agents_of",
    "allow_agent",
    "allow_aid",
    "allow_no_code",
    "allowance",
    "anchors",
    "ask_platform",
    "books_day",
    "born_on",
    "cancel_order",
    "changes_after",
    "check",
    "claim",
    "close_day",
    "close_rest",
    "close_till",
    "closings",
    "collect",
    "conditions",
    "day_numbers",
    "deadline_of",
    "designate",
    "end_agent",
    "end_aid",
    "end_claims",
    "end_no_code",
    "enrol",
    "explanation",
    "fillings_of",
    "find_prescription",
    "give_back",
    "hand_in",
    "heads",
    "holder_of",
    "home_of",
    "insured_in",
    "is_locked",
    "issue_code",
    "issue_receipts",
    "issuer_keys",
    "issuer_of",
    "keep_till_file",
    "kept_message",
    "kept_prescription",
    "key_acts",
    "key_history",
    "lapse",
    "lapse_all",
    "last_record",
    "may",
    "mend",
    "name_actors",
    "name_by_card",
    "national_content",
    "national_dispensing_result",
    "national_review_result",
    "no_code_list",
    "open_differences",
    "order",
    "order_delivery",
    "orders_of",
    "outlets_near",
    "pack",
    "paper_image",
    "papers_of",
    "people_acted_for",
    "people_aided",
    "person_named",
    "person_of",
    "plan_of",
    "platform_doubts",
    "pre_check",
    "prescription",
    "prescriptions_of",
    "present",
    "presentation",
    "presentations_of",
    "purses",
    "receipt",
    "receipt_standing",
    "receipts_of",
    "receive",
    "receive_many",
    "reconcile",
    "reconcile_day",
    "reconcile_yesterday",
    "reconciliation",
    "record",
    "recover",
    "refer_back",
    "register_key",
    "replay",
    "require_leave",
    "resolve",
    "resolve_suspicion",
    "reverse",
    "review",
    "reviews_of",
    "revoke",
    "revoke_key",
    "rotate_key",
    "seal",
    "sender_of",
    "settle",
    "settlement",
    "settlement_owners",
    "share",
    "sign_national",
    "stock_findings",
    "suspicions",
    "suspicions_of",
    "take_in",
    "take_in_many",
    "take_national_review",
    "take_paper",
    "tender",
    "tenders",
    "till",
    "trace_history",
    "upload_national",
    "verify",
    "void_codes",
    "waiting",
    "waiting_at",
    "withdraw",
    "withdraw_national",
    "withdraw_review",
]
