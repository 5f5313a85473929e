"""From the application (申请) to the decision: each condition is held against the dossier."""

from dataclasses import replace
from typing import Any

from sqlmodel import Session

from pharmacies.designation import (
    Condition,
    Conditions,
    Dossier,
    Examined,
    examine,
    months_later,
    refuse,
)
from pharmacies.designation_service.acting import Case, Doing, opened, told, written
from pharmacies.designation_service.views import (
    DesignationView,
    agreements_of,
    dossier_of,
    dossier_told,
    findings_told,
    retry_on,
)


def apply_for(
    session: Session, doing: Doing, dossier: Dossier, conditions: Conditions
) -> DesignationView:
    """Take an application in (申请), with what its dossier shows of each condition."""
    case = opened(session, doing, "apply")
    if case is None:
        return told(session, doing)
    _reject_stranger(case)
    again = retry_on(case.acts) if case.state == "refused" else None
    if again is not None and doing.today < again:
        raise refuse("too-early", zh=f"{again}起。", en=f"From {again}.")
    return written(case, "apply", detail=_examined(case, dossier, conditions))


def supplement(
    session: Session, doing: Doing, dossier: Dossier, conditions: Conditions
) -> DesignationView:
    """Replace the dossier of an application that is being examined (补正)."""
    case = opened(session, doing, "supplement")
    if case is None:
        return told(session, doing)
    return written(case, "supplement", detail=_examined(case, dossier, conditions))


def withdraw_application(session: Session, doing: Doing) -> DesignationView:
    """Take an application back before an agreement is signed."""
    case = opened(session, doing, "withdraw_application")
    return (
        told(session, doing) if case is None else written(case, "withdraw_application")
    )


def accept(session: Session, doing: Doing, conditions: Conditions) -> DesignationView:
    """Find an applicant fit (评估合格): every condition is held against the day anew."""
    case = opened(session, doing, "accept")
    if case is None:
        return told(session, doing)
    dossier = dossier_of(case.acts) or Dossier()
    examined = _findings(case, dossier, conditions)
    for verdict, code in (
        ("unmet", "condition-unmet"),
        ("unknown", "condition-unknown"),
    ):
        short = [one for one in examined if one.verdict == verdict]
        if short:
            clauses = "、".join(one.cited.clause for one in short)
            names = ", ".join(one.condition for one in short)
            raise refuse(code, zh=f"（{clauses}）", en=f"({names})")
    return written(case, "accept", detail={"findings": findings_told(examined)})


def turn_down(
    session: Session, doing: Doing, retry: Condition | None
) -> DesignationView:
    """Find an applicant unfit (评估不合格) with a reason; it may apply again after a time."""
    case = opened(session, doing, "refuse")
    if case is None:
        return told(session, doing)
    detail: dict[str, Any] = {}
    if retry is not None:
        # The months count from the day on which it is told.
        again = months_later(doing.today, retry.value)
        detail = {"retry_on": again.isoformat(), "clause": retry.clause}
    return written(case, "refuse", detail=detail)


def _reject_stranger(case: Case) -> None:
    if case.doing.kind == "chronic" and case.outlet.kind != "pharmacy":
        raise refuse("not-a-pharmacy")


def _findings(
    case: Case, dossier: Dossier, conditions: Conditions
) -> tuple[Examined, ...]:
    """Examine a dossier; whether there is a general agreement we know ourselves."""
    today = case.doing.today
    held = agreements_of(case.session, case.doing.outlet_code, "general")
    general = any(each.in_force(today) for each in held)
    return examine(replace(dossier, general_agreement=general), conditions, today)


def _examined(case: Case, dossier: Dossier, conditions: Conditions) -> dict[str, Any]:
    found = _findings(case, dossier, conditions)
    return {"dossier": dossier_told(dossier), "findings": findings_told(found)}
