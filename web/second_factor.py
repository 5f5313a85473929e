"""The second factor: six digits that change every thirty seconds (TOTP, RFC 6238).

Staff have to have it; a patient may, and turns it off again, alone or by a slip of the counter.
The secret is sealed in the vault. A step of thirty seconds opens one sign-in and no second
one; a recovery code opens one and is gone.
"""

from hashlib import sha256
from typing import Any

from flask import current_app
from passlib.exc import TokenError  # type: ignore[import-untyped]
from passlib.totp import TOTP  # type: ignore[import-untyped]
from sqlmodel import Session, col, delete, select, update

from dispensing.sealed import at, unseal
from dispensing.vault import Vault
from web import accounts, db, spoken
from web.accounts import Account
from web.tables import RecoveryCodeRow, SecondFactorRow

ISSUER = "Yaoda"
SKEW_S = 30  # by which a phone's clock may be wrong
RECOVERY_CODES = 10
_Totp: Any = TOTP.using(issuer=ISSUER)


def is_set_up(session: Session, account_id: int) -> bool:
    """Tell whether an account has a second factor that was confirmed once."""
    row = session.get(SecondFactorRow, account_id)
    return row is not None and row.since is not None


def is_asked(account: Account) -> bool:
    """Tell whether an account is asked for it: staff by the setting, a patient who set it up."""
    if {role.name for role in account.roles} - {"patient"}:
        return bool(current_app.extensions["settings"].second_factor == "staff")
    engine = current_app.extensions["engine"]
    with db.open_session(engine, read_only=True) as session:  # others write after it
        return is_set_up(session, account.id)


def lift(session: Session, account: Account, *, by: tuple[str, str]) -> bool:
    """Take the factor of an account away, where there is one; the caller commits."""
    if not is_set_up(session, account.id):
        return False
    _take_away(session, account.id)
    accounts.note(session, account, "factor_reset", by=by)
    return True


def offered(session: Session, vault: Vault, account: Account) -> tuple[str, str]:
    """Give the secret and the address (otpauth) that an account without a factor sets up."""
    row = session.get(SecondFactorRow, account.id)
    if row is None:
        made = _Totp.new().base32_key
        place = at(SecondFactorRow, "secret_sealed", account.id)
        sealed = vault.seal(made, place)
        row = SecondFactorRow(account_id=account.id, secret_sealed=sealed)
        session.add(row)
        session.commit()
    assert row.since is None
    factor = _opened(vault, row)
    return factor.base32_key, factor.to_uri(account.username)


def in_fours(secret: str) -> str:
    """Write a secret in groups of four, as people type it.

    >>> in_fours("ABCDEFG")
    'ABCD EFG'
    """
    return " ".join(secret[place : place + 4] for place in range(0, len(secret), 4))


def confirm(
    session: Session, vault: Vault, account: Account, code: str, *, at_s: float
) -> tuple[str, ...] | None:
    """Set a factor up by its first code, and give the recovery codes; None for a wrong one."""
    row = session.get(SecondFactorRow, account.id, with_for_update=True)
    step = _step(vault, row, code, at_s) if row and row.since is None else None
    if row is None or step is None:
        return None
    row.since, row.last_step = _now(), step
    accounts.note(session, account, "factor", by=_self(account))
    codes = _renew_codes(session, account.id)
    session.commit()
    return codes


def passes(
    session: Session, vault: Vault, account: Account, code: str, *, at_s: float
) -> bool:
    """Tell whether six digits, or a recovery code, are right; either opens once."""
    row = session.get(SecondFactorRow, account.id)
    if row is None or row.since is None:
        return False
    step = _step(vault, row, code, at_s)
    used = _use_step(session, row, step) if step else _use_code(session, account, code)
    session.commit()
    return used


def renew_codes(session: Session, account: Account) -> tuple[str, ...]:
    """Give an account ten recovery codes anew; those of before open nothing any more."""
    codes = _renew_codes(session, account.id)
    accounts.note(session, account, "recovery_new", by=_self(account))
    session.commit()
    return codes


def reset(session: Session, username: str, *, reason: str, by: tuple[str, str]) -> None:
    """Take the factor of an account away, with a reason, and end its sessions.

    At the next sign-in a new one is set up. Raises NoAccount.
    """
    account = accounts.end_everywhere(session, username)
    _take_away(session, account.id)
    accounts.note(session, account, "factor_reset", by=by, detail=reason)
    session.commit()


def codes_left(session: Session, account_id: int) -> int:
    """Count the recovery codes that an account still has."""
    kept = select(RecoveryCodeRow).where(col(RecoveryCodeRow.account_id) == account_id)
    return len(session.exec(kept).all())


def _take_away(session: Session, account_id: int) -> None:
    for table in (RecoveryCodeRow, SecondFactorRow):
        session.exec(delete(table).where(col(table.account_id) == account_id))


def _opened(vault: Vault, row: SecondFactorRow) -> Any:
    return _Totp(key=unseal(vault, row, "secret_sealed"), format="base32")


def _step(vault: Vault, row: SecondFactorRow, code: str, at_s: float) -> int | None:
    """Give the step of thirty seconds that six digits are right at, a later one than before."""
    digits = code.replace(" ", "")
    try:
        found = _opened(vault, row).match(
            digits, time=at_s, window=SKEW_S, last_counter=row.last_step
        )
    except (TokenError, TypeError):
        return None
    return int(found.counter)


def _use_step(session: Session, row: SecondFactorRow, step: int) -> bool:
    # In one statement: of two who come at once with the same digits one is let in.
    held = SecondFactorRow
    done = session.exec(
        update(held)
        .where(col(held.account_id) == row.account_id, col(held.last_step) < step)
        .values(last_step=step)
    )
    return done.rowcount == 1


def _use_code(session: Session, account: Account, code: str) -> bool:
    held = RecoveryCodeRow
    done = session.exec(
        delete(held).where(
            col(held.account_id) == account.id, col(held.code_sha256) == _digest(code)
        )
    )
    if done.rowcount != 1:
        return False
    accounts.note(session, account, "recovery_used", by=_self(account))
    return True


def _renew_codes(session: Session, account_id: int) -> tuple[str, ...]:
    held = RecoveryCodeRow
    session.exec(delete(held).where(col(held.account_id) == account_id))
    codes = tuple(spoken.secret() for _ in range(RECOVERY_CODES))
    session.add_all(
        held(account_id=account_id, code_sha256=_digest(code)) for code in codes
    )
    return codes


def _digest(code: str) -> str:
    return sha256(spoken.plain(code).encode()).hexdigest()


def _self(account: Account) -> tuple[str, str]:
    return account.username, account.roles[0].name


def _now() -> Any:
    return current_app.extensions["clock"].now()
