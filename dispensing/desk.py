"""What every counter works with, put together once when the program starts."""

from dataclasses import dataclass, field
from datetime import date, datetime

from sqlmodel import Session

from dispensing.approvals import Thresholds
from dispensing.codes.embedded import EmbeddedDecoder
from dispensing.codes.port import Decoder
from dispensing.errors import Conflict, Words
from dispensing.gateway import InsuranceGateway
from dispensing.intake.signature import USUAL, Policy
from dispensing.life import AS_THE_LAW_SAYS, LifeRules
from dispensing.policy import (
    ApprovedOverlays,
    NotInForce,
    Overlay,
    Rules,
    WatchedOverlay,
    region_of,
    rules_for,
)
from dispensing.vault import Vault


@dataclass(frozen=True, slots=True)
class Desk:
    """The operator's overlay, the insurance platform, the seal and the key of the codes."""

    laid: Overlay | WatchedOverlay | None  # as given: one that is watched may change
    gateway: InsuranceGateway
    vault: Vault
    code_key: bytes
    signing: Policy = USUAL
    life: LifeRules = AS_THE_LAW_SAYS
    decoder: Decoder | None = None  # who reads insurance codes, where it is not we
    # Whether the platform is asked about a patient before a settlement, and what a
    # difference does: none, warn or refuse.
    asks: str = "none"
    # Up to what one person overrides alone; without a threshold every override wants two.
    alone: Thresholds = field(default_factory=Thresholds)
    # What two people approved beside the file, as the database has it.
    approved: ApprovedOverlays = field(default_factory=ApprovedOverlays)

    @property
    def codes(self) -> Decoder:
        """Give who reads insurance codes: the provider that was set, else our own issuer."""
        return self.decoder or EmbeddedDecoder(self.code_key)

    @property
    def issues_codes(self) -> bool:
        """Tell whether our own issuer makes the insurance codes."""
        return self.decoder is None

    @property
    def overlay(self) -> Overlay | None:
        """Give the overlay of the operator's file: the last good one where it is watched."""
        if isinstance(self.laid, WatchedOverlay):
            return self.laid.current()
        return self.laid

    @property
    def overlay_faults(self) -> tuple[str, ...]:
        """Tell what keeps a changed overlay file from being taken up; the old one stays."""
        own = self.laid.faults() if isinstance(self.laid, WatchedOverlay) else ()
        return (*own, *self.approved.faults())

    def overlay_of(self, region: str) -> Overlay | None:
        """Give what lies over a region's texts now: file and approved version together."""
        file = self.overlay
        return self.approved.over(
            region, file if file and file.region == region else None
        )

    def rules(self, insured_area: str, outlet_area: str, day: date) -> Rules:
        """Return the rules of the insured's region, or of the outlet's where it has none here."""
        region = region_of(insured_area) or region_of(outlet_area)
        if region is None:
            raise _no_rules(insured_area, day)
        return self.rules_of(region, day)

    def rules_of(self, region: str, day: date) -> Rules:
        """Return the rules of a region on a day; Conflict where no text is in force."""
        try:
            return rules_for(region, day, self.overlay_of(region))
        except NotInForce as error:
            raise _no_rules(region, day) from error


@dataclass(frozen=True, slots=True)
class Work:
    """One unit of work at a desk: its session, the desk and the instant."""

    session: Session
    desk: Desk
    now: datetime


@dataclass(frozen=True, slots=True)
class Reader:
    """Who reads a patient's data, in which role and what for: each read is recorded."""

    user: str
    role: str
    purpose: str


def _no_rules(where: str, day: date) -> Conflict:
    return Conflict(
        Words(
            f"{where} 在 {day} 没有生效的政策文件。",
            f"No policy text is in force for {where} on {day}.",
            "请联系医保经办机构。",
            "Ask the insurance bureau.",
        ),
        code="no-rules",
    )
