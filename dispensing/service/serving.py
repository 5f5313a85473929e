"""Who can serve a prescription today (哪里可以取药): near, whole, at which price, by when.

The network answers who has it; the rules answer what the patient would pay there, by the
same checks and the same split as at the counter. What the rules leave open is said, and
nothing is estimated. Nothing is kept but that somebody has read a patient's data.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from sqlmodel import Session

from dispensing.assess import Assessment, assess
from dispensing.days import CHINA, day_of
from dispensing.desk import Desk, Reader, Work
from dispensing.errors import Conflict, Words
from dispensing.policy import Rules
from dispensing.prescription import Dispensing, Outlet
from dispensing.prescription import Prescription as Prescribed
from dispensing.sealed import point_of
from dispensing.service.checking import line_of, prescription_of, quota_of
from dispensing.service.facts import Asked, Facts, gather
from dispensing.service.people import person_row, record_read
from dispensing.service.presentable import standing
from dispensing.service.receiving import prescription_row
from dispensing.service.serving_words import (
    no_carrier,
    nobody,
    not_open,
    problem_of,
    reason_words,
)
from pharmacies import service as pharmacies
from pharmacies import serving_service
from pharmacies.carriers import Carrier
from pharmacies.outlets import KINDS, Kind
from pharmacies.outlets import Outlet as Shop
from pharmacies.places import Point, pooling_area
from pharmacies.serving import Search, Want, opens_from

How = Literal["deliver", "collect"]
Sorting = Literal["distance", "price"]
# No text names a time limit for a delivery: a day is our reading, an operator's to change.
PROMISE_H = 24
FOUND_MAX, MISSED_MAX = 20, 10
DETOUR_PERMILLE = 1_000


@dataclass(frozen=True, slots=True)
class Where:
    """From where and how: a place other than the home, its district, fetched or brought."""

    how: How = "deliver"
    point: Point | None = None
    area: str | None = None
    found_max: int = FOUND_MAX
    sort: Sorting = "distance"
    detour_permille: int = DETOUR_PERMILLE  # ways against the geodesic
    promise_h: int = PROMISE_H


@dataclass(frozen=True, slots=True)
class Offer:
    """An outlet that can serve: how far, what the patient pays there, and by when.

    The split is None where the rules leave a figure open, or do not accept the
    prescription as it is; `problem` then says why. `by` is when it is at the door,
    `from_` when it can be fetched.
    """

    outlet: str
    name: str
    kind: Kind
    chain: str | None
    address: str
    point: Point
    distance_m: int
    way_m: int
    opens: str
    closes: str
    open_now: bool
    ready_at: datetime
    by: datetime | None
    decision: str
    total_fen: int
    patient_fen: int | None
    fund_fen: int | None
    account_fen: int | None
    mutual_aid_fen: int | None
    cash_fen: int | None
    problem: Words | None
    labels: tuple[str, ...]
    until_unknown: bool  # nobody entered how long its packs last


@dataclass(frozen=True, slots=True)
class LeftOut:
    """An outlet nearby that cannot serve, and why, the nearest first."""

    outlet: str
    name: str
    point: Point
    distance_m: int
    reasons: tuple[Words, ...]


@dataclass(frozen=True, slots=True)
class OutletsView:
    """Who can serve a prescription now, in the order asked for, and who near cannot."""

    prescription_id: UUID
    how: How
    sort: Sorting
    at: datetime
    pooling_area: str
    carrier: str | None  # who would bring it
    promise_h: int
    offers: tuple[Offer, ...]
    left_out: tuple[LeftOut, ...]
    notes: tuple[Words, ...]
    looked_at: int


def outlets_near(
    session: Session,
    desk: Desk,
    prescription_id: UUID,
    *,
    reader: Reader,
    now: datetime,
    where: Where | None = None,
) -> OutletsView:
    """Tell who can serve a prescription now, and what it would cost; the read is recorded.

    Raises NotFound, and Conflict where nothing of it can be had any more.
    """
    work, asked = Work(session, desk, now), where or Where()
    row = prescription_row(session, prescription_id)
    stands = standing(session, row, None, rules=desk.life, now=now)
    # Held until the end: the audit chain asks where the person is insured.
    person = person_row(session, row.person_no)
    record_read(session, row.person_no, reader, now)
    if stands != "open":
        session.commit()
        raise not_open(stands)
    on = Asked(row.issuer, day_of(now), holds=False)
    facts = gather(session, desk.vault, prescription_id, on)
    found = _found(work, facts, asked, home=point_of(desk.vault, person))
    session.commit()
    return found


def holder_of(session: Session, prescription_id: UUID, now: datetime) -> str | None:
    """Name the outlet at which a prescription is: that which holds it, else where it was checked.

    Raises NotFound.
    """
    row = prescription_row(session, prescription_id)
    if row.claimed_until is not None and now < row.claimed_until:
        return row.claimed_by
    return row.outlet_code


def _found(work: Work, facts: Facts, where: Where, *, home: Point) -> OutletsView:
    area = where.area or facts.person.area
    rules, notes = _rules(work, facts)
    search = _search(facts, where, home, rules)
    answer = serving_service.near(work.session, search, facts.network)
    carrier = _carrier(work, where, area, cold=search.cold)
    if where.how == "deliver" and carrier is None:
        notes = (*notes, no_carrier(area, cold=search.cold))
    if not answer.serving:
        notes = (*notes, nobody(search.pooling_area))
    priced = _Priced(work, facts, rules)
    offers = tuple(
        _offer(priced, each, where, carrier is not None) for each in answer.serving
    )
    return OutletsView(
        prescription_id=facts.rx.id,
        how=where.how,
        sort=where.sort,
        at=work.now,
        pooling_area=search.pooling_area,
        carrier=carrier.name if carrier else None,
        promise_h=where.promise_h,
        offers=_sorted(offers, where.sort),
        left_out=_left_out(facts, answer.missed),
        notes=notes,
        looked_at=answer.looked_at,
    )


def _search(facts: Facts, where: Where, home: Point, rules: Rules | None) -> Search:
    day = facts.on
    wants = tuple(
        Want(each.medicine_code, each.quantity, day + timedelta(days=each.supply_days))
        for each in facts.lines
    )
    no_pharmacies = rules is not None and rules.pharmacy_admitted is False
    kinds = frozenset(KINDS) - ({"pharmacy"} if no_pharmacies else set())
    return Search(
        pooling_area=pooling_area(facts.person.area),
        point=where.point or home,
        day=day,
        wants=wants,
        cold=any(each.storage == "cold" for each in facts.medicines.values()),
        kinds=kinds,
        found_max=where.found_max,
        missed_max=MISSED_MAX,
    )


def _rules(work: Work, facts: Facts) -> tuple[Rules | None, tuple[Words, ...]]:
    """Give the rules of the person's region; where there are none, say so."""
    area, on = facts.person.area, day_of(work.now)
    try:
        return work.desk.rules(area, area, on), ()
    except Conflict as none:
        return None, (none.words,)


def _carrier(work: Work, where: Where, area: str, *, cold: bool) -> Carrier | None:
    if where.how == "collect":
        return None
    try:
        return pharmacies.carrier_for(work.session, area, day_of(work.now), cold)
    except pharmacies.NoCarrier:
        return None


class _Priced:
    """The rules of one prescription, asked at one outlet after the other."""

    def __init__(self, work: Work, facts: Facts, rules: Rules | None) -> None:
        self.work, self.facts, self.rules = work, facts, rules
        self._prescription: Prescribed | None = None
        self._answers: dict[tuple[object, ...], Assessment] = {}

    def total_fen(self, shop: Shop) -> int:
        """Add up what the outlet's price list asks."""
        known, session = self.facts.network, self.work.session
        return sum(
            line.quantity
            * known.listed_fen(
                session, shop.price_list, line.medicine_code, self.facts.on
            )
            for line in self.facts.lines
        )

    def at(self, shop: Shop) -> Assessment | None:
        """Ask the rules as the counter of an outlet would; None where there are none."""
        if self.rules is None:
            return None
        if self.rules.quota_ceilings:  # asks of each outlet
            return self._asked(shop, self.rules)
        # Nothing else of an outlet is asked, so that those of one chain answer alike.
        key = shop.kind, shop.level, shop.area, shop.price_list
        if key not in self._answers:
            self._answers[key] = self._asked(shop, self.rules)
        return self._answers[key]

    def _asked(self, shop: Shop, rules: Rules) -> Assessment:
        session, facts = self.work.session, replace(self.facts, shop=shop)
        if self._prescription is None:
            self._prescription = prescription_of(session, facts)
        on = day_of(self.work.now)
        quota = (
            quota_of(session, facts, rules, on)
            if rules.quota_ceilings  # a floor only warns, and changes no amount
            else None
        )
        level = None if shop.kind == "pharmacy" else shop.level
        dispensing = Dispensing(
            on=on,
            voucher=min(rules.vouchers, default="card"),
            insured=facts.insured,
            outlet=Outlet(shop.kind, level, shop.area, True, quota),
            prescription=self._prescription,
            lines=tuple(line_of(session, facts, line, True) for line in facts.lines),
        )
        return assess(dispensing, rules)


def _offer(
    priced: _Priced, found: serving_service.Serving, where: Where, is_brought: bool
) -> Offer:
    shop, now = found.outlet, priced.work.now
    answer = priced.at(shop)
    split = answer.split if answer and answer.decision != "refused" else None
    ready_at = opens_from(shop, now.astimezone(CHINA))
    return Offer(
        outlet=shop.code,
        name=shop.name,
        kind=shop.kind,
        chain=shop.chain,
        address=shop.address,
        point=shop.point,
        distance_m=found.distance_m,
        way_m=found.distance_m * where.detour_permille // 1_000,
        opens=f"{shop.opens:%H:%M}",
        closes=f"{shop.closes:%H:%M}",
        open_now=ready_at <= now,
        ready_at=ready_at,
        by=ready_at + timedelta(hours=where.promise_h) if is_brought else None,
        decision=answer.decision if answer else "review",
        total_fen=priced.total_fen(shop),
        patient_fen=split.patient_fen if split else None,
        fund_fen=split.fund_fen if split else None,
        account_fen=split.account_fen if split else None,
        mutual_aid_fen=split.mutual_aid_fen if split else None,
        cash_fen=split.cash_fen if split else None,
        problem=problem_of(answer) if answer else None,
        labels=answer.labels if answer and split else (),
        until_unknown=found.until_unknown,
    )


def _sorted(offers: Sequence[Offer], sort: Sorting) -> tuple[Offer, ...]:
    """Sort by what the patient pays where asked; what nobody can tell comes last."""
    if sort == "distance":
        return tuple(offers)
    return tuple(
        sorted(
            offers,
            key=lambda it: (
                it.patient_fen is None,
                it.total_fen if it.patient_fen is None else it.patient_fen,
                it.distance_m,
                it.outlet,
            ),
        )
    )


def _left_out(
    facts: Facts, missed: Sequence[serving_service.Missed]
) -> tuple[LeftOut, ...]:
    names = {code: it.name for code, it in facts.medicines.items()}
    return tuple(
        LeftOut(
            outlet=each.outlet.code,
            name=each.outlet.name,
            point=each.outlet.point,
            distance_m=each.distance_m,
            reasons=tuple(reason_words(why, names) for why in each.reasons),
        )
        for each in missed
    )
