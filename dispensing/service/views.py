"""What the services answer with: frozen values, never rows."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from dispensing.assess import Assessment
from dispensing.qr import draw_svg
from pharmacies.places import Point
from pharmacies.reserving import Reserved


@dataclass(frozen=True, slots=True)
class Received:
    """A prescription taken in; `created` is false when the same message came before."""

    id: UUID
    state: str
    signature: str
    created: bool
    signature_reason: str | None = None


@dataclass(frozen=True, slots=True)
class LineView:
    """One medicine of a prescription, with its name from the catalogue."""

    no: int
    medicine_code: str
    name: str
    inn: str  # the English generic name; empty where the catalogue has none
    tier: str
    storage: str
    quantity: int
    supply_days: int
    dosage: str
    # Packs of the present filling, or of the last one where all is over.
    handed_packs: int
    open_packs: int  # not handed out yet


@dataclass(frozen=True, slots=True)
class ReviewView:
    """One pharmacist's review (审方; the second: 复核), and who withdrew it where one did."""

    no: int
    is_second: bool
    verdict: str
    pharmacist_code: str
    pharmacist_name: str
    opinion: str
    outlet_code: str
    by: str
    at: datetime
    withdrawn_at: datetime | None = None
    withdrawn_by: str | None = None  # the pharmacist's name
    withdrawn_for: str | None = None  # the reason

    @property
    def stands(self) -> bool:
        """Tell whether nobody has withdrawn it."""
        return self.withdrawn_at is None


@dataclass(frozen=True, slots=True)
class Claimed:
    """A prescription that a pharmacy holds until an instant, and the secret of its claim.

    `reserved` is what is set aside for it in the stock; nothing where the outlet's books
    are not kept.
    """

    prescription_id: UUID
    outlet_code: str
    secret: str
    until: datetime
    filling: int
    reserved: tuple[Reserved, ...] = ()


@dataclass(frozen=True, slots=True)
class StageView:
    """Where a prescription stands in its life: a state of docs/life.md, and who holds it.

    `filling` is the number of the filling that is open or held; `next_on` the first day on
    which it may be filled again.
    """

    stage: str
    claimed_by: str | None
    claimed_by_name: str | None
    claimed_until: datetime | None
    filling: int
    fillings_left: int
    next_on: date | None


@dataclass(frozen=True, slots=True)
class LifeView(StageView):
    """Where a prescription stands in its life, and what may be done with it now."""

    may: tuple[str, ...]
    reviews: tuple[ReviewView, ...]


@dataclass(frozen=True, slots=True)
class EventView:
    """One thing that happened to a prescription."""

    at: datetime
    kind: str
    words_zh: str
    words_en: str
    by: str
    detail: str
    detail_zh: str
    detail_en: str


@dataclass(frozen=True, slots=True)
class AssessmentView:
    """An answer of the rules, with the id that it is stored under."""

    id: UUID
    on: date
    at: datetime
    outlet_code: str
    assessment: Assessment

    @property
    def decision(self) -> str:
        """Give accepted, review or refused."""
        return self.assessment.decision

    @property
    def labels(self) -> tuple[str, ...]:
        """Give the labels of the overlay values that the amounts rest on."""
        found = (figure.label for figure in self.assessment.overlays)
        return tuple(dict.fromkeys(label for label in found if label))


@dataclass(frozen=True, slots=True)
class SettledView:
    """One settlement and its state; fund + account + mutual aid + cash = total, in fen."""

    id: UUID
    prescription_id: UUID
    assessment_id: UUID
    outlet_code: str
    state: str
    msgid: str
    on: date
    total_fen: int
    own_paid_fen: int
    over_standard_fen: int
    self_pay_fen: int
    in_scope_fen: int
    deductible_fen: int
    fund_fen: int
    account_fen: int
    mutual_aid_fen: int
    cash_fen: int
    voucher: str
    tender: str
    override: str | None
    receipt: str | None
    opened_at: datetime
    changed_at: datetime
    reversal_reason: str | None


@dataclass(frozen=True, slots=True)
class TenderView:
    """How the patient's own share of a settlement is paid, in fen by method."""

    settlement_id: UUID
    cash_fen: int
    unpaid_fen: int
    parts: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class PurseView:
    """Cash that a courier collected at the door for an outlet, in fen."""

    courier_code: str
    held_fen: int


@dataclass(frozen=True, slots=True)
class TillView:
    """What an outlet's till should hold since its last closing, in fen by method."""

    outlet_code: str
    expected: Mapping[str, int]
    due_fen: int
    purses: tuple[PurseView, ...]
    closed_at: datetime | None
    closing_id: UUID | None


@dataclass(frozen=True, slots=True)
class ClosingView:
    """One closing of a till: expected and counted, in fen by method."""

    id: UUID
    outlet_code: str
    at: datetime
    by: str
    expected: Mapping[str, int]
    counted: Mapping[str, int]
    reason: str


@dataclass(frozen=True, slots=True)
class OrderView:
    """One delivery order."""

    id: UUID
    prescription_id: UUID
    outlet_code: str
    carrier_code: str
    area: str
    address: str
    phone_masked: str
    point: Point
    storage: str
    state: str
    window_opens: datetime
    window_closes: datetime
    placed_at: datetime
    packed_at: datetime | None
    ended_at: datetime | None
    attempts: int
    filling: int


@dataclass(frozen=True, slots=True)
class PrescriptionView:
    """One prescription as its reader may see it: the name masked for all but the patient."""

    id: UUID
    hosp_rx_no: str
    source: str
    issuer: str
    issuer_name: str
    doctor_name: str
    person_no: str
    person_name: str
    id_masked: str
    disease: str
    issued_at: datetime
    valid_until: date
    long_term: bool
    record_no: str | None
    signature: str
    signature_reason: str | None
    state: str
    outlet_code: str | None
    lines: tuple[LineView, ...]
    events: tuple[EventView, ...]
    assessment: AssessmentView | None
    settlement: SettledView | None
    order: OrderView | None
    life: LifeView

    @property
    def last_event(self) -> EventView:
        """Give the last thing that happened to it."""
        return self.events[-1]

    @property
    def decision(self) -> str | None:
        """Give the decision of the last check, if any was made."""
        return self.assessment.decision if self.assessment else None


@dataclass(frozen=True, slots=True)
class IssuedCode:
    """A fresh insurance code; drawing it takes longer than making it, so only when shown."""

    text: str
    expires_at: datetime

    @property
    def svg(self) -> str:
        """Draw the code as an SVG picture."""
        return draw_svg(self.text)


@dataclass(frozen=True, slots=True)
class AllowanceView:
    """What a person's year has used; `reserved` is held by settlements not yet certain."""

    person_no: str
    year: int
    fund_fen: int
    reserved_fen: int
    ordinary_fund_fen: int
    deductible_fen: int
    account_fen: int


@dataclass(frozen=True, slots=True)
class AccessView:
    """One read of a person's data."""

    at: datetime
    user: str
    role: str
    purpose: str


@dataclass(frozen=True, slots=True)
class DayNumbers:
    """What one day brought, for the bureau."""

    day: date
    received: int
    decisions: Mapping[str, int]
    by_check: Mapping[str, Mapping[str, int]]
    settlements: Mapping[str, int]
    reversals: int
    total_fen: int
    fund_fen: int
    account_fen: int
    mutual_aid_fen: int
    cash_fen: int
    orders: Mapping[str, int]
