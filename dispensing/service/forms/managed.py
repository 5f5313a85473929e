"""How many managed residents the matching counted: offered with the source, entered by a press.

The form counts 规范化管理人数 of those only who are insured as residents (铁岭 附件 注2).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TypedDict
from uuid import UUID

from sqlmodel import Session, col, select

from dispensing.errors import NotFound
from dispensing.forms.due import next_month
from dispensing.forms.layout import DISEASES
from dispensing.service.approving import Party
from dispensing.service.forms import monthly
from dispensing.service.forms.kept import Of
from dispensing.tables import ManagedRegistryRow, MatchingRunRow


@dataclass(frozen=True, slots=True)
class ManagedOffer:
    """How many the latest matching of a month found managed, and of them insured as residents."""

    run_id: UUID
    as_of: date
    source: str
    managed: Mapping[str, int]  # by disease: in the registry
    residents: Mapping[str, int]  # by disease: of them insured as residents


def offered(session: Session, of: Of) -> ManagedOffer | None:
    """Find the latest matching whose registry is of a day up to the month's end; else None."""
    run, registry = MatchingRunRow, ManagedRegistryRow
    query = (
        select(run, registry)
        .join(registry, col(registry.id) == run.registry_id)
        .where(run.place == of.place, registry.as_of <= _end(of))
        .order_by(col(run.number).desc())
    )
    found = session.exec(query.limit(1)).first()
    return None if found is None else _offer(*found)


def take_offered(
    session: Session, of: Of, run_id: UUID, *, by: Party, now: datetime
) -> None:
    """Enter the numbers of a matching with their source, by an officer who has seen them.

    Raises NotFound where another matching is offered by now.
    """
    offer = offered(session, of)
    if offer is None or offer.run_id != run_id:
        raise NotFound("这次比对的人数", "numbers of this matching")
    for disease in DISEASES:
        told: _Told = {
            "disease": disease,
            "number": offer.residents[disease],
            "source": offer.source,
        }
        if not monthly.is_entered(session, of, **told):
            monthly.enter(session, of, **told, by=by, now=now)


class _Told(TypedDict):
    disease: str
    number: int
    source: str


def _end(of: Of) -> date:
    return next_month(of.first) - timedelta(days=1)


def _offer(run: MatchingRunRow, registry: ManagedRegistryRow) -> ManagedOffer | None:
    counts = run.counts.get("by_disease")
    if not isinstance(counts, dict):  # a run of before they were counted
        return None
    source = (
        f"第 {run.number} 次名单比对（{run.day}），规范化管理名单截至 {registry.as_of}"
        f"（{registry.people} 人，SHA-256 {registry.file_sha256[:12]}）"
    )
    managed = {d: counts["managed"].get(d, 0) for d in DISEASES}
    residents = {d: counts["residents"].get(d, 0) for d in DISEASES}
    return ManagedOffer(run.id, registry.as_of, source, managed, residents)
