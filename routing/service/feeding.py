"""A firm's own feed of positions: its keys, and which courier carries which device."""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from secrets import token_urlsafe
from uuid import UUID

from sqlmodel import Session, col, select

from dispensing.errors import DomainError, NotFound, Words
from routing.live_tables import FeedDeviceRow, FeedKeyRow
from routing.service.replanning import reject_stranger


class WrongKey(DomainError):
    """The key of a feed opens nothing."""

    code = "feed-key-wrong"

    def __init__(self) -> None:
        super().__init__(
            Words(
                "定位接入密钥不对，或已停用。",
                "The key of the feed is wrong, or has ended.",
                "请在调度页重新生成密钥。",
                "Make a new key on the dispatcher's page.",
            )
        )


@dataclass(frozen=True, slots=True)
class FeedKey:
    """A key of a feed; the key itself is told once, when it is made."""

    id: UUID
    made_at: datetime
    made_by: str
    ended_at: datetime | None
    key: str | None = None


@dataclass(frozen=True, slots=True)
class FeedDevice:
    """A device and the courier who carries it."""

    device: str
    courier_code: str


def make_feed_key(
    session: Session, *, carrier_code: str, by: str, now: datetime
) -> FeedKey:
    """Make a key for a firm's feed; it is shown this once."""
    key = token_urlsafe(24)
    row = FeedKeyRow(
        carrier_code=carrier_code, digest=_digest(key), made_at=now, made_by=by
    )
    session.add(row)
    session.flush()
    made = FeedKey(row.id, now, by, None, key)
    session.commit()
    return made


def end_feed_key(
    session: Session, key_id: UUID, *, carrier_code: str, now: datetime
) -> FeedKey:
    """End a key; asking again changes nothing."""
    row = session.get(FeedKeyRow, key_id, with_for_update=True)
    if row is None or row.carrier_code != carrier_code:
        raise NotFound("密钥", "key")
    row.ended_at = row.ended_at or now
    ended = FeedKey(row.id, row.made_at, row.made_by, row.ended_at)
    session.commit()
    return ended


def feed_keys(session: Session, carrier_code: str) -> tuple[FeedKey, ...]:
    """List a firm's keys, the latest first."""
    query = select(FeedKeyRow).where(col(FeedKeyRow.carrier_code) == carrier_code)
    rows = session.exec(query.order_by(col(FeedKeyRow.made_at).desc()))
    return tuple(FeedKey(it.id, it.made_at, it.made_by, it.ended_at) for it in rows)


def feed_devices(session: Session, carrier_code: str) -> tuple[FeedDevice, ...]:
    """List a firm's devices by name."""
    query = select(FeedDeviceRow).where(col(FeedDeviceRow.carrier_code) == carrier_code)
    rows = session.exec(query.order_by(col(FeedDeviceRow.device)))
    return tuple(FeedDevice(it.device, it.courier_code) for it in rows)


def give_device(
    session: Session, device: str, courier_code: str | None, *, carrier_code: str
) -> FeedDevice | None:
    """Say who carries a device from now on; nobody, where no courier is named."""
    if courier_code is not None:
        reject_stranger(session, courier_code, carrier_code)
    row = session.get(FeedDeviceRow, (carrier_code, device), with_for_update=True)
    if courier_code is None:
        if row is None:
            raise NotFound("设备", "device")
        session.delete(row)
        session.commit()
        return None
    if row is None:
        row = FeedDeviceRow(
            carrier_code=carrier_code, device=device, courier_code=courier_code
        )
    row.courier_code = courier_code
    session.add(row)
    session.commit()
    return FeedDevice(device, courier_code)


def courier_of_device(session: Session, key: str, device: str) -> str:
    """Tell which courier a device of a key's firm is with; raises WrongKey and NotFound."""
    query = select(FeedKeyRow.carrier_code).where(
        col(FeedKeyRow.digest) == _digest(key), col(FeedKeyRow.ended_at).is_(None)
    )
    carrier_code = session.exec(query).first()
    if carrier_code is None:
        raise WrongKey
    row = session.get(FeedDeviceRow, (carrier_code, device))
    if row is None:
        raise NotFound("设备", "device")
    return row.courier_code


def _digest(key: str) -> str:
    # A key is 192 random bits: nothing that a dictionary could guess.
    return hashlib.sha256(key.encode()).hexdigest()
