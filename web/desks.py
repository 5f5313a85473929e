"""The desk of an installation: its overlay, its platform, its vault and its code key."""

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

from sqlalchemy import Engine

from dispensing.approvals import Thresholds, read_thresholds
from dispensing.codes import Decoder
from dispensing.codes.national import NationalDecoder
from dispensing.desk import Desk
from dispensing.gateway import InsuranceGateway, Unanswered
from dispensing.gateway.national import Limits, NationalDesk, Seal, Wired, load_region
from dispensing.gateway.sandbox import SandboxGateway
from dispensing.intake.signature import Policy
from dispensing.life import LifeRules
from dispensing.policy import ApprovedOverlays, WatchedOverlay, check_packs
from dispensing.policy.laid import Look
from dispensing.policy.overlay import joined
from dispensing.service import overlaying
from dispensing.signing import SM2, PublicKey, signing_key
from dispensing.vault import Vault
from web import clock, db
from web.keys import Keys
from web.settings import Settings
from web.vault_keys import VaultRing


def make_desk(settings: Settings, keys: Keys, look: Look | None = None) -> Desk:
    """Put a desk together from the settings and the keys.

    Packs or an overlay that leave any region without rules on any day raise `BadPack`.
    `look` finds what was approved beside the file.
    """
    check_packs()
    return Desk(
        laid=WatchedOverlay(settings.overlay) if settings.overlay else None,
        approved=ApprovedOverlays(look),
        gateway=platform_of(settings),
        vault=vault_of(settings),
        code_key=keys.code,
        decoder=decoder_of(settings),
        asks=settings.gateway_asks or ("warn" if settings.gateway_url else "none"),
        alone=read_thresholds(settings.approvals)
        if settings.approvals
        else Thresholds(),
        signing=Policy(
            ahead_s_max=settings.issued_ahead_seconds,
            late_h_max=settings.late_after_revocation_hours,
        ),
        life=LifeRules(
            review=settings.review,
            claim_lasts=timedelta(minutes=settings.claim_minutes),
            refill_lead_days=settings.refill_lead_days,
        ),
    )


def look_in(engine: Engine) -> Look:
    """Look in the database for versions; in a transaction of its own, which writes nothing."""

    def look(known: int) -> tuple[int, Mapping[str, str]] | None:
        with db.open_session(engine, read_only=True) as session:
            return overlaying.newer_texts(session, known)

    return look


def hold_together(desk: Desk) -> None:
    """Refuse to start where the operator's file contradicts what was approved: `BadPack`."""
    file = desk.overlay
    version = desk.approved.version(file.region) if file is not None else None
    if file is not None and version is not None:
        joined(file, version)


def vault_of(settings: Settings) -> Vault:
    """Open the vault of an installation; ValueError where a key of it is not fit."""
    return Vault(VaultRing(settings.secrets_dir, settings.vault_algorithm))


def decoder_of(settings: Settings) -> Decoder | None:
    """Reach the national decoder of insurance codes; None where our own issuer reads them."""
    if settings.codes != "national" or settings.codes_url is None:
        return None
    return NationalDecoder(
        settings.codes_url,
        settings.codes_office,
        settings.codes_office_name,
        settings.codes_refusals,
        settings.codes_seconds_max,
    )


def platform_of(settings: Settings) -> InsuranceGateway:
    """Reach the platform that the settings name, or keep the embedded sandbox's books."""
    if settings.gateway_url is not None:
        return national(settings, settings.gateway_url)
    books = settings.gateway or settings.var_dir / "platform.db"
    books.parent.mkdir(parents=True, exist_ok=True)
    try:
        return SandboxGateway(books)
    except Unanswered as error:
        raise OSError(f"{books}: {error}") from error


def national(settings: Settings, url: str) -> NationalDesk:
    """Make the client of the national interface; ValueError where a setting is not fit."""
    region = load_region(settings.gateway_region)
    limits = Limits(
        connect_ms=settings.gateway_connect_ms,
        read_ms=settings.gateway_read_ms,
        ca_file=str(settings.gateway_ca) if settings.gateway_ca else None,
    )
    now = clock.starting_at(settings.clock_start).now
    seal = seal_of(region.kind, settings.gateway_secret, settings.gateway_public)
    wired = Wired(url, region, seal, limits)
    return NationalDesk(wired, settings.var_dir / "messages.db", now)


def seal_of(kind: str, secret: Path | None, public: Path | None) -> Seal:
    """Make a side's seal from the files of its keys; ValueError where one is missing."""
    if kind != "SM2":
        return Seal(kind)
    if secret is None:
        raise ValueError("the region signs by SM2: expected a file with our own key")
    own = signing_key(SM2, _hexadecimal(secret))
    theirs = PublicKey(SM2, _hexadecimal(public)) if public else None
    return Seal(kind, own, theirs)


def _hexadecimal(path: Path) -> bytes:
    try:
        return bytes.fromhex(path.read_text("ascii").strip())
    except ValueError:
        raise ValueError(f"{path}: expected hexadecimal digits") from None
