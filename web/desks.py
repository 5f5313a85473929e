"""The desk of an installation: its overlay, its platform, its vault and its code key."""

from pathlib import Path

from dispensing.desk import Desk
from dispensing.gateway import Unanswered
from dispensing.gateway.sandbox import SandboxGateway
from dispensing.intake.signature import Policy
from dispensing.policy import WatchedOverlay, check_packs
from dispensing.vault import Vault
from web.keys import Keys
from web.settings import Settings


def make_desk(settings: Settings, keys: Keys) -> Desk:
    """Put a desk together from the settings and the keys.

    Packs or an overlay that leave any region without rules on any day raise `BadPack`.
    """
    check_packs()
    books = settings.gateway or settings.var_dir / "platform.db"
    books.parent.mkdir(parents=True, exist_ok=True)
    return Desk(
        laid=WatchedOverlay(settings.overlay) if settings.overlay else None,
        gateway=_platform(books),
        vault=Vault(keys.vault),
        code_key=keys.code,
        signing=Policy(
            ahead_s_max=settings.issued_ahead_seconds,
            late_h_max=settings.late_after_revocation_hours,
        ),
    )


def _platform(books: Path) -> SandboxGateway:
    try:
        return SandboxGateway(books)
    except Unanswered as error:
        raise OSError(f"{books}: {error}") from error
