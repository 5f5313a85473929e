"""Senders that run beside each other, on one database, by one clock that runs fast."""

import time
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from uuid import UUID

from sqlalchemy import Engine
from sqlmodel import Session

from dispensing.service import notices
from dispensing.vault import Vault
from tests import world
from tests.notices.places import VAULT
from tests.platform import settings_for
from tests.world import NOON
from web import db
from web.settings import Settings
from web.webhooks import delivery, signing


@dataclass
class FastClock:
    """Begins at noon of the sample day, and runs so many times as fast as it should."""

    fast: int = 1
    began_s: float = field(default_factory=time.time)

    def now(self) -> datetime:
        return NOON + self.fast * timedelta(seconds=time.time() - self.began_s)


def settings_here(url: str, folder: Path) -> Settings:
    """Allow notices to loopback."""
    usual = settings_for(url, folder)
    return usual.model_copy(
        update={"notice_networks": "127.0.0.0/8", "notice_http": True}
    )


def platform_on(engine: Engine, settings: Settings, clock: FastClock) -> Any:
    """Make as much of a platform as a sender needs."""
    desk = world.open_desk()
    return SimpleNamespace(
        extensions={
            "engine": engine,
            "clock": clock,
            "settings": settings,
            "desk": desk,
        }
    )


def subscribe(session: Session, code: str, url: str, *, vault: Vault = VAULT) -> UUID:
    """Subscribe an institution to everything, at an address of loopback."""
    asked = notices.NewSubscription(url, (), "v1", signing.new_secret("v1"))
    return notices.subscribe(session, vault, code, asked, by="he", now=NOON).id


def send_for_ever(url: str, folder: Path, clock: FastClock) -> None:
    """Be one sender, until killed."""
    engine = db.open_engine(url)
    platform = platform_on(engine, settings_here(url, folder), clock)
    while True:
        delivery.deliver(platform, seconds_max=5)
        time.sleep(0.02)
