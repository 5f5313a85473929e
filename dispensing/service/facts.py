"""What a dispensing rests on, read at once: two statements, and what is known of the network.

The first one locks the prescription and the people, in the order of `holding`. What the
second one sees is committed after that, so nobody else can change it any more. The same
words are asked of both databases; on SQLite the writer's turn is the lock.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from sqlmodel import Session

from dispensing.errors import NotFound
from dispensing.life.refills import days_of
from dispensing.prescription import Dispensed, Insured, Used
from dispensing.sealed import at
from dispensing.service.fact_statements import (
    LOCKED,
    LOOKING,
    MORE,
    ON_POSTGRES,
    ON_SQLITE,
    RX,
)
from dispensing.service.writing import driving, on_postgres
from dispensing.tables import PrescriptionRow, RegistrationRow
from dispensing.vault import Vault
from pharmacies.batches import Batch
from pharmacies.known import Network, network
from pharmacies.medicines import Medicine
from pharmacies.outlets import Outlet as Shop

_ISSUED, _LONG, _FILLED = (RX.index(n) for n in ("issued_at", "long_term", "filled_on"))
_DISEASE = RX.index("disease_sealed")
_CLAIMED = RX.index("claimed_until")


@dataclass(frozen=True, slots=True)
class Rx:
    """A prescription's row, as far as a dispensing asks for it."""

    id: UUID
    issuer: str
    source: str
    person_no: str
    disease: str
    issued_at: datetime
    valid_days: int | None
    long_term: bool
    record_no: str | None
    signature: str
    state: str
    outlet_code: str | None
    signature_reason: str | None
    reviews: int
    review_refused_at: datetime | str | None
    claimed_by: str | None
    claimed_until: datetime | None
    claim_digest: str | None
    filling: int
    round_from: int
    rounds_filled: int
    filled_on: date | None
    repeat_max: int | None
    repeat_interval_days: int | None


@dataclass(frozen=True, slots=True)
class RxLine:
    """What is open of one medicine of a prescription in its present round.

    `prescribed_days` is what the line was written for: the longest supply that the rules
    allow is asked of it, so that no parts go around them.
    """

    no: int
    medicine_code: str
    quantity: int
    supply_days: int
    prescribed_days: int


@dataclass(frozen=True, slots=True)
class Holder:
    """A person whose account pays."""

    person_no: str
    id_index: str
    scheme: str
    area: str
    active: bool
    away_filed: str | None
    account_fen: int
    account_reserved_fen: int

    @property
    def free_fen(self) -> int:
        """Tell what no pending settlement counts on, in fen."""
        return self.account_fen - self.account_reserved_fen


@dataclass(frozen=True, slots=True)
class Numbered:
    """The last number of an outlet's messages, and the last of its days that are closed."""

    last: int = 0
    closed_until: date | None = None


@dataclass(frozen=True, slots=True)
class SetAside:
    """What is set aside (预留) of a batch for a line of this prescription."""

    id: int
    line_no: int
    medicine_code: str
    batch: str
    quantity: int
    held: int
    is_here: bool  # at the outlet that asks


@dataclass(frozen=True, slots=True)
class Facts:
    """What one dispensing rests on, its prescription and people locked."""

    rx: Rx
    lines: tuple[RxLine, ...]
    person: Holder
    payer: Holder | None  # the relative whose account pays along (家庭共济)
    insured: Insured
    live: str | None  # the message number of the settlement that holds the prescription
    is_spent: bool  # the insurance code was used before
    number: Numbered
    network: Network
    shop: Shop
    medicines: Mapping[str, Medicine]
    on: date
    is_whole: bool = True  # the lines are all that is prescribed
    shelf: tuple[Batch, ...] = ()  # of these medicines at the outlet, locked
    set_aside: tuple[SetAside, ...] = ()
    boxes: Mapping[str, str] = field(default_factory=dict)  # the batch of a trace code


@dataclass(frozen=True, slots=True)
class Asked:
    """What a dispensing asks of: where, on which day, by which code, for which boxes."""

    outlet_code: str
    on: date  # medicines are as they are on this day; it counts in its year
    nonce: str | None = None
    numbers: bool = False  # the outlet's next message number and batches are wanted
    boxes: tuple[str, ...] = ()
    holds: bool = True  # False: who only looks locks nothing


def gather(
    session: Session, vault: Vault, prescription_id: UUID, asked: Asked
) -> Facts:
    """Read what a dispensing rests on, its prescription and people locked.

    A check locks them too: it moves the prescription to its outlet, and must not do so
    while another outlet settles it. Raises NotFound, NoSuchOutlet and NoSuchMedicine.
    """
    rx, people = _locked(session, vault, prescription_id, holds=asked.holds)
    more = _more(session, rx, asked)
    lines = _lines(more["line"])
    person = people.pop(rx.person_no)
    payer = next(iter(people.values()), None)
    known = network(session, more["stamp"][0][1] if more["stamp"] else None)
    codes = [line.medicine_code for line in lines]
    # Who insures the person pays: the terms are those of that region (W7).
    listed = known.medicines(session, codes, asked.on, person.area)
    return Facts(
        rx=rx,
        lines=lines,
        person=person,
        payer=payer,
        insured=_insured(vault, person, payer, more),
        live=more["live"][0][1] if more["live"] else None,
        is_spent=bool(more["spent"]),
        number=_number(more["number"]),
        network=known,
        shop=known.outlet(session, asked.outlet_code),
        medicines=dict(zip(codes, listed, strict=True)),
        on=asked.on,
        is_whole=not any(each[7] for each in more["line"]),
        shelf=tuple(
            Batch(code, batch, on and _day(on), there, aside, bool(recalled))
            for _, code, batch, on, there, aside, recalled, *_ in more["shelf"]
        ),
        set_aside=tuple(
            SetAside(id_, no, code, batch, packs, held, bool(here))
            for _, code, batch, _, id_, no, packs, held, here in more["aside"]
        ),
        boxes={each[1]: each[2] for each in more["box"]},
    )


def _lines(rows: Sequence[Any]) -> tuple[RxLine, ...]:
    """Give what is open of each line; one that was taken whole is left out."""
    return tuple(
        RxLine(no, code, packs - taken, days_of(packs - taken, packs, days), days)
        for _, code, _, _, no, packs, days, taken, _ in sorted(rows, key=_by_no)
        if taken < packs
    )


def _by_no(row: Any) -> int:
    no: int = row[4]
    return no


def _locked(
    session: Session, vault: Vault, prescription_id: UUID, *, holds: bool
) -> tuple[Rx, dict[str, Holder]]:
    found = _ask(session, LOCKED, {"rx": prescription_id}, holds=holds)
    if not found:
        raise NotFound("处方", "prescription")
    rx = list(found[0][: len(RX)])
    rx[0], rx[_ISSUED] = prescription_id, _instant(rx[_ISSUED])
    place = at(PrescriptionRow, "disease_sealed", prescription_id)
    rx[_DISEASE] = vault.open(rx[_DISEASE], place)
    rx[_LONG] = bool(rx[_LONG])
    if rx[_CLAIMED] is not None:
        rx[_CLAIMED] = _instant(rx[_CLAIMED])
    if rx[_FILLED] is not None:
        rx[_FILLED] = _day(rx[_FILLED])
    people = {}
    for row in found:
        holder = list(row[len(RX) :])
        holder[4] = bool(holder[4])
        people[holder[0]] = Holder(*holder)
    return Rx(*rx), people


def _more(session: Session, rx: Rx, asked: Asked) -> dict[str, list[Any]]:
    given = {
        "rx": rx.id,
        "person": rx.person_no,
        "year": asked.on.year,
        "numbered": asked.outlet_code if asked.numbers else None,
        "nonce": asked.nonce,
        "filling": rx.filling,
        "round_from": rx.round_from,
        "boxes": json.dumps(asked.boxes),
    }
    more: dict[str, list[Any]] = {kind: [] for kind in _KINDS}
    for row in _ask(session, MORE, given, holds=asked.holds):
        more[row[0]].append(row)
    return more


_KINDS = (
    *("used", "number", "line", "registration", "supply"),
    *("live", "spent", "stamp"),
    *("shelf", "aside", "box"),
)


def _insured(
    vault: Vault,
    person: Holder,
    payer: Holder | None,
    more: Mapping[str, Sequence[Any]],
) -> Insured:
    """Tell the rules who a person is; what is held by pending settlements counts as used."""
    used = more["used"][0][4:] if more["used"] else (0, 0, 0, 0, 0)
    registered: dict[str, dict[str, date]] = {"chronic": {}, "chronic_outpatient": {}}
    for _, sealed, kind, since, no, *_ in more["registration"]:
        place = at(RegistrationRow, "disease_sealed", person.person_no, no)
        registered.setdefault(kind, {})[vault.open(sealed, place)] = _day(since)
    had = sorted(more["supply"], key=lambda each: each[4])
    return Insured(
        scheme=person.scheme,
        area=person.area,
        active=person.active,
        diseases=registered["chronic"],
        chronic_outpatient=registered["chronic_outpatient"],
        away_filed=person.away_filed,
        used=Used(
            fund_fen=used[0] + used[1],
            ordinary_fund_fen=used[2],
            deductible_fen=used[3] + used[4],
        ),
        account_fen=person.free_fen,
        mutual_aid_fen=0 if payer is None else payer.free_fen,
        history=tuple(Dispensed(one[1], _day(one[3]), one[5]) for one in had),
    )


def _number(found: Sequence[Any]) -> Numbered:
    if not found:
        return Numbered()
    closed = found[0][3]
    return Numbered(found[0][4], None if closed is None else _day(closed))


def _ask(
    session: Session, words: str, given: Mapping[str, Any], *, holds: bool
) -> Sequence[Any]:
    """Ask by the driver of the session's connection, prepared."""
    with driving(session) as cursor:
        if on_postgres(session):
            asked = ON_POSTGRES if holds else LOOKING
            cursor.execute(asked[words], given, prepare=True)
        else:
            cursor.execute(ON_SQLITE[words], {**given, "rx": given["rx"].hex})
        found: Sequence[Any] = cursor.fetchall()
    return found


def _day(value: date | str) -> date:
    return date.fromisoformat(value) if isinstance(value, str) else value


def _instant(value: datetime | str) -> datetime:
    if isinstance(value, str):  # SQLite keeps UTC without saying so
        return datetime.fromisoformat(value).replace(tzinfo=UTC)
    return value
