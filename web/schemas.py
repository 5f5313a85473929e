"""What the interface takes: every body as a strict model, with one example each."""

from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    model_validator,
)

from dispensing.codes import keystrokes
from dispensing.identity import is_id_number
from dispensing.intake.instants import Day, Instant
from pharmacies.stock import TRACE_CODE
from web.strict import plain_text

CODES_MAX = 2000


def _whole(value: Any) -> Any:
    # JSON Schema calls 156.0 an integer; so do we.
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _said(text: str) -> str:
    if not text.strip():
        raise ValueError("expected words, not only white space")
    return plain_text(text)


def _id_number(text: str) -> str:
    if not is_id_number(text):
        raise ValueError("expected an 18-character ID number with a valid check digit")
    return text


def _trace_code(text: str) -> str:
    scan = keystrokes.read(text)
    if scan.kind != "trace_code":
        raise ValueError(
            "expected 20 digits from 8, or a GS1 string that has them as serial"
        )
    return scan.text


Whole = Annotated[int, BeforeValidator(_whole)]
Text = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(_said)]
Name = Annotated[str, Field(min_length=1, max_length=40), AfterValidator(_said)]
OutletCode = Annotated[
    str, Field(pattern=r"^[HP][0-9]{11}$", examples=["P33030200001"])
]
PersonNo = Annotated[str, Field(pattern=r"^I[0-9]{9}$", examples=["I000000001"])]
Phone = Annotated[str, Field(pattern=r"^[0-9]{11}$", examples=["19900000001"])]
IdNumber = Annotated[
    str, Field(pattern=r"^[0-9]{17}[0-9X]$"), AfterValidator(_id_number)
]
# The GS1 string of a box (DataMatrix) stands for the trace code that is its serial.
TraceCode = Annotated[
    str,
    Field(max_length=200, pattern=TRACE_CODE, examples=["80000000000000000001"]),
    AfterValidator(_trace_code),
]
LineNo = Annotated[str, Field(pattern=r"^[1-5]$")]
TraceCodes = Annotated[
    dict[LineNo, Annotated[list[TraceCode], Field(max_length=CODES_MAX)]],
    Field(max_length=5, examples=[{"1": ["80000000000000000001"]}]),
]
Packed = Annotated[Whole, Field(ge=1, le=999)]
PacksByLine = Annotated[dict[LineNo, Packed], Field(min_length=1, max_length=5)]
Secret = Annotated[str, Field(pattern=r"^[\w-]{43}$", examples=["nH0eQzWv" + "-" * 35])]
Batch = Annotated[
    str,
    Field(min_length=1, max_length=40),
    AfterValidator(_said),
    AfterValidator(str.strip),
]
Uncoded = Annotated[
    dict[LineNo, Annotated[list[Batch], Field(max_length=CODES_MAX)]],
    Field(max_length=5, examples=[{"1": ["20240815"]}]),
]
MedicineCode = Annotated[
    str, Field(pattern=r"^[A-Z0-9]{23}$", examples=["XC08CA01000000000000001"])
]


class Strict(BaseModel):
    """A body whose every field is named and of its own kind."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class TokenRequest(Strict):
    """Name and password of an API client."""

    username: Name
    password: Annotated[str, Field(min_length=1, max_length=128)]
    code: Annotated[str, Field(max_length=40)] = ""  # digits of the second factor


class Revocation(Strict):
    """Why an issuer withdraws its prescription."""

    reason: Text


class CodeRequest(Strict):
    """What an insurance code (医保码) shall open, and where; and for whom, and by whom.

    `person` is whom the caller acts for (代办), `operator` the counter's account that alone
    may scan it.
    """

    purpose: Literal["settle", "download"]
    outlet: OutletCode
    person: PersonNo | None = None
    operator: Annotated[str, Field(pattern=r"^[\w.@-]{1,64}$")] | None = None


class CheckRequest(Strict):
    """With which voucher (凭证) the patient comes, and the trace codes scanned so far."""

    voucher: Literal["card", "e_code"] = "e_code"
    trace_codes: TraceCodes | None = None  # None: not scanned yet, taken as scanned
    uncoded: Uncoded = {}


class Override(Strict):
    """Why a person overrides a check that asks for review."""

    reason: Text


class SettlementRequest(Strict):
    """What was scanned at the counter; asking again returns the same settlement.

    With the voucher `card`, the scanned code is the ID number read from the card.
    `uncoded` has the batch of each pack without a trace code, by line; it counts where
    the no-code list allows it. `patient_fen` is what the patient was told to pay, all but
    the fund's part: another sum is not charged.
    """

    voucher: Literal["card", "e_code"] = "e_code"
    scanned_code: Annotated[
        str, Field(min_length=8, max_length=300), AfterValidator(plain_text)
    ]
    trace_codes: TraceCodes = {}
    uncoded: Uncoded = {}
    override: Override | None = None
    tender: Literal["cash", "bank_card", "mobile", "on_delivery"] = "cash"
    patient_fen: Annotated[Whole, Field(ge=0, le=10**12)] | None = None
    secret: Secret | None = None  # of this pharmacy's claim, where it has one
    filling: Annotated[Whole, Field(ge=1, le=1000)] | None = None
    lines: PacksByLine | None = None  # what is taken now, where it is not everything


class Reversal(Strict):
    """Why a settlement is taken back before hand-over."""

    reason: Literal[
        "patient_changed_mind", "wrong_entry", "delivery_failed", "out_of_stock"
    ]


class Proxy(Strict):
    """Who takes the medicine for the patient (代领人)."""

    name: Name
    id_number: IdNumber


class Receiving(Strict):
    """Who takes the medicine; a proxy gives name and ID number."""

    receiver: Literal["patient", "proxy"]
    proxy: Proxy | None = None

    @model_validator(mode="after")
    def _proxy_is_named(self) -> Self:
        if (self.receiver == "proxy") != (self.proxy is not None):
            raise ValueError("a proxy is named when, and only when, a proxy receives")
        return self


Fen = Annotated[Whole, Field(ge=0, le=10**12)]


class Parts(Strict):
    """What is paid by each method, in fen."""

    cash: Fen = 0
    bank_card: Fen = 0
    mobile: Fen = 0


class Tendered(Strict):
    """How the patient's own share is divided; the parts make the whole share."""

    parts: Parts


class Counts(Strict):
    """What was counted by method, in fen; below 0 where the float paid refunds."""

    cash: Annotated[Whole, Field(ge=-(10**12), le=10**12)]
    bank_card: Annotated[Whole, Field(ge=-(10**12), le=10**12)]
    mobile: Annotated[Whole, Field(ge=-(10**12), le=10**12)]


class Counted(Strict):
    """What was counted in the till at closing (交班), and why it differs.

    `after` is the `closing_id` that the till was seen with, "" for none.
    """

    counted: Counts
    after: Annotated[str, Field(pattern=r"^([0-9a-f-]{36})?$")] | None = None
    reason: Annotated[str, Field(max_length=200), AfterValidator(plain_text)] = ""


class HandIn(Strict):
    """Cash that a courier collected at the door and hands in at the counter."""

    courier: Name
    amount_fen: Annotated[Whole, Field(ge=1, le=10**12)]


class Withdrawal(Strict):
    """From whom the caller withdraws the leave to use the own account."""

    person_no: PersonNo


class Aid(Withdrawal):
    """Whom the caller's account shall pay for, proven by that person's ID number."""

    id_number: IdNumber


class Place(Strict):
    """A point in degrees, WGS-84."""

    lon: Annotated[float, Field(ge=73, le=136)]
    lat: Annotated[float, Field(ge=3, le=54)]


class Consented(Strict):
    """That the patient agrees, to which text, and how: at a counter on paper, or by a helper."""

    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    way: Literal["paper", "helper"] | None = None
    paper: Annotated[str, Field(max_length=60)] = ""  # the number of what was signed


class WithdrawnQuery(Strict):
    """How a patient withdraws a consent at a counter: on which paper, or by a helper."""

    way: Literal["paper", "helper"] = "paper"
    paper: Annotated[str, Field(max_length=60)] = ""


class Recorded(Strict):
    """What a clerk writes down of a consent: given or withdrawn, how, and on which paper."""

    act: Literal["give", "withdraw"]
    way: Literal["paper", "helper"]
    paper: Annotated[str, Field(max_length=60)] = ""
    consent: Annotated[str, Field(pattern=r"^([0-9a-f]{64})?$")] = ""

    @model_validator(mode="after")
    def _paper_has_a_number(self) -> Self:
        if self.way == "paper" and not self.paper.strip():
            raise ValueError("a paper wants its number")
        return self


class OrderRequest(Strict):
    """Where and when a delivery shall come; without a window, as soon as it can."""

    window_opens: Instant | None = None
    window_closes: Instant | None = None
    area: Annotated[str, Field(pattern=r"^[0-9]{6}$", examples=["330302"])]
    address: Text
    point: Place
    phone: Phone
    consent: Consented | None = None

    @model_validator(mode="after")
    def _window_opens_first(self) -> Self:
        opens, closes = self.window_opens, self.window_closes
        if (opens is None) != (closes is None):
            raise ValueError("expected both ends of the window, or neither")
        if opens is not None and closes is not None and opens >= closes:
            raise ValueError("the window must open before it closes")
        return self


class DayQuery(BaseModel):
    """The day asked about; today where none is given."""

    model_config = ConfigDict(extra="forbid")

    day: Day | None = None


class CodeQuery(BaseModel):
    """The trace code asked about."""

    model_config = ConfigDict(extra="forbid")

    code: TraceCode


class StateQuery(BaseModel):
    """Which suspicions to list; all where none is asked for."""

    model_config = ConfigDict(extra="forbid")

    state: Literal["open", "resolved"] | None = None


class Resolution(Strict):
    """What the bureau found out about a suspicion, and why it thinks so."""

    finding: Literal[
        "returned_stock", "copied_code", "wrong_scan", "first_sale_ended", "other"
    ]
    reason: Text


class OldStockEntry(Strict):
    """Old stock that may be sold without a trace code: every batch or outlet if none is named."""

    medicine: MedicineCode
    batch: Batch | None = None
    outlet: OutletCode | None = None
    first_day: Day
    last_day: Day
    source: Text

    @model_validator(mode="after")
    def _first_day_first(self) -> Self:
        if self.first_day > self.last_day:
            raise ValueError("the first day must not be after the last")
        return self


class Ending(Strict):
    """Why something ends before its day."""

    reason: Text


class OutletDayRequest(Strict):
    """Which day of which outlet; a counter's own where none is named."""

    day: Day
    outlet: OutletCode | None = None


class TillFile(OutletDayRequest):
    """The till's own file of a day, as CSV text with headings."""

    text: Annotated[str, Field(min_length=1, max_length=200_000)]


class Mending(Strict):
    """How a difference is mended; booking it needs a reason."""

    fix: Literal["query", "retry", "reverse", "book"]
    reason: (
        Literal[
            "timing",
            "platform_error",
            "outlet_error",
            "rounding",
            "collected_later",
            "stock_loss",
            "to_be_claimed",
            "other",
        ]
        | None
    ) = None


Remark = Annotated[str, Field(max_length=200), AfterValidator(plain_text)]
Packs = Annotated[Whole, Field(ge=0, le=1_000_000)]
