"""The life of an agreement (协议): signed, card settlement opened, suspended, renewed, ended.

A general agreement that is suspended, resumed or ended takes the chronic one along, which
rests on it.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from typing import Any
from uuid import uuid5

from sqlmodel import Session

from pharmacies.designation import Agreement, changes, refuse
from pharmacies.designation.changes import Terms
from pharmacies.designation_service.acting import (
    Case,
    Doing,
    Override,
    changed,
    keep,
    opened,
    told,
)
from pharmacies.designation_service.views import DesignationView, agreements_of
from pharmacies.quota import Plan


def sign(
    session: Session,
    doing: Doing,
    terms: Terms,
    plan: Plan,
    *,
    override: Override | None = None,
) -> DesignationView:
    """Sign an agreement (协议) with an applicant that was found fit."""
    case = opened(session, doing, "sign")
    if case is None:
        return told(session, doing)
    if doing.kind == "chronic":
        unit = plan.unit_of(terms.quota_unit or case.outlet.quota_unit)
        if unit is None:
            raise refuse("no-unit")
        terms = replace(terms, quota_unit=unit)
    after = changes.signed(doing.outlet_code, doing.kind, terms)
    _reject_past(doing, after.begins)
    _reject_overlap(case, after)
    _need_general(case, after)
    return changed(case, "sign", None, after, plan=plan, override=override)


def open_card(
    session: Session,
    doing: Doing,
    plan: Plan,
    *,
    override: Override | None = None,
) -> DesignationView:
    """Open card settlement (开通刷卡结算) from a day on: from then it counts."""
    case = opened(session, doing, "open_card")
    if case is None:
        return told(session, doing)
    _reject_past(doing, doing.on)
    before = case.agreement
    after = changes.card_opened(before, doing.on)
    return changed(case, "open_card", before, after, plan=plan, override=override)


def suspend(
    session: Session,
    doing: Doing,
    plan: Plan,
    *,
    until: date | None = None,
    stops_orders: bool = False,
    override: Override | None = None,
) -> DesignationView:
    """Suspend an agreement (中止) from a day on, until a day or until it is resumed.

    Nothing is settled in these days. What was settled before is handed out all the same,
    unless `stops_orders` says that the goods themselves are in doubt.
    """
    case = opened(session, doing, "suspend")
    if case is None:
        return told(session, doing)
    _reject_past(doing, doing.on)

    def change(agreement: Agreement) -> Agreement:
        first = max(doing.on, agreement.begins)
        return changes.suspended(agreement, first, until, stops_orders=stops_orders)

    _along(case, "suspend", change, plan=plan, override=override)
    before = case.agreement
    after = changes.suspended(before, doing.on, until, stops_orders=stops_orders)
    return changed(case, "suspend", before, after, plan=plan, override=override)


def resume(
    session: Session, doing: Doing, plan: Plan, *, override: Override | None = None
) -> DesignationView:
    """Let a suspended agreement count again (恢复) from a day on.

    Others may have taken its place meanwhile, so a ceiling is asked anew.
    """
    case = opened(session, doing, "resume")
    if case is None:
        return told(session, doing)
    _reject_past(doing, doing.on)
    before = case.agreement
    after = changes.resumed(before, doing.on)
    gone = set(before.suspended) - set(after.suspended)

    def change(agreement: Agreement) -> Agreement:
        # Its own suspension, for another reason, stays.
        alike = gone & set(agreement.suspended)
        return changes.resumed(agreement, doing.on) if alike else agreement

    _along(case, "resume", change, plan=plan, override=override)
    return changed(case, "resume", before, after, plan=plan, override=override)


def renew(
    session: Session,
    doing: Doing,
    ends: date | None,
    plan: Plan,
    *,
    override: Override | None = None,
) -> DesignationView:
    """Prolong an agreement (续签) to a later last day, or without one."""
    case = opened(session, doing, "renew")
    if case is None:
        return told(session, doing)
    before = case.agreement
    after = changes.renewed(before, ends)
    _reject_past(doing, doing.on)
    _need_general(case, after)
    return changed(case, "renew", before, after, plan=plan, override=override)


def end(
    session: Session,
    doing: Doing,
    plan: Plan,
    *,
    cause: str,
    override: Override | None = None,
) -> DesignationView:
    """End an agreement (终止): `on` is the last day on which it is in force."""
    assert cause in changes.ENDINGS
    case = opened(session, doing, "end")
    if case is None:
        return told(session, doing)
    _reject_past(doing, doing.on)

    def change(agreement: Agreement) -> Agreement:
        is_over = agreement.ends is not None and agreement.ends <= doing.on
        return agreement if is_over else changes.ended(agreement, doing.on)

    more = {"cause": cause}
    _along(case, "end", change, plan=plan, override=override, detail=more)
    before = case.agreement
    after = changes.ended(before, doing.on)
    return changed(
        case, "end", before, after, plan=plan, override=override, detail=more
    )


def _reject_past(doing: Doing, day: date) -> None:
    if day < doing.today and not doing.late:
        raise refuse("in-the-past")


def _reject_overlap(case: Case, new: Agreement) -> None:
    for each in case.agreements:
        begins_after = new.ends is not None and new.ends < each.begins
        ends_before = each.ends is not None and each.ends < new.begins
        if not (begins_after or ends_before):
            raise refuse("bad-days", zh=f"与{each.begins}起的协议重叠。")


def _need_general(case: Case, chronic: Agreement) -> None:
    """Ask for a general agreement over all days of a chronic one (二（四）)."""
    if chronic.kind != "chronic":
        return
    for each in agreements_of(case.session, chronic.outlet_code, "general"):
        lasts = each.ends is None or (
            chronic.ends is not None and chronic.ends <= each.ends
        )
        if each.begins <= chronic.begins and lasts:
            return
    raise refuse("general-needed")


def _along(
    case: Case,
    act: str,
    change: Callable[[Agreement], Agreement],
    *,
    plan: Plan | None = None,
    override: Override | None = None,
    detail: Mapping[str, Any] | None = None,
) -> None:
    """Let a chronic agreement follow the general one on which it rests."""
    doing = case.doing
    if doing.kind != "general":
        return
    for each in agreements_of(case.session, doing.outlet_code, "chronic"):
        if each.ends is not None and each.ends < doing.on:
            continue
        after = change(each)
        if after == each:
            continue
        own = replace(doing, kind="chronic", act_id=uuid5(doing.act_id, "chronic"))
        follows = Case(case.session, own, case.outlet, (), ())
        more = {**(detail or {}), "with": "general"}
        keep(follows, act, each, after, plan=plan, override=override, detail=more)
