"""A list as a table to hand over: masked, or whole with a reason, on record."""

from datetime import datetime
from uuid import UUID

from sqlmodel import Session

from dispensing.conditions import chinese
from dispensing.desk import Reader
from dispensing.matching.lists import KINDS, OUTCOMES
from dispensing.service.approving import Party
from dispensing.service.matching.acting import act_on_list
from dispensing.service.matching.reading import MatchedPerson, Wanted, people_on
from dispensing.vault import Vault

HEADINGS = (
    *("姓名", "身份证号", "出生日期", "地址", "管理机构", "病种", "待遇"),
    *("变化", "得分", "结果", "备注"),
)
CHANGES = {"new": "新增", "changed": "变更", "same": "相同"}


def exported(
    session: Session,
    vault: Vault,
    run_id: UUID,
    wanted: Wanted,
    *,
    area: str,
    by: Party,
    reason: str,
    now: datetime,
) -> tuple[tuple[object, ...], ...]:
    """Give a list as rows under HEADINGS; each read, and the export, is recorded before."""
    how = f"导出完整名单：{reason}" if wanted.whole else "导出名单（已遮盖）"
    reader = Reader(by.user, by.role, how)
    found = people_on(session, vault, run_id, wanted, reader=reader, now=now)
    act_on_list(
        session,
        run_id,
        wanted.name,
        kind="exported",
        area=area,
        by=by,
        now=now,
        people=found.count,
        note=how,
    )
    return tuple(_row(one) for one in found.entries)


def _row(one: MatchedPerson) -> tuple[object, ...]:
    side = one.insured or one.managed
    assert side is not None
    said = one.outcome
    return (
        side.name,
        side.id_number,
        side.born_on.isoformat(),
        side.address,
        one.managed.institution if one.managed else "",
        "、".join(map(chinese, one.diseases)),
        KINDS[one.detail][0] if one.detail in KINDS else "",
        CHANGES[one.change],
        "" if one.score is None else one.score,
        OUTCOMES[said.code][0] if said else "",
        said.note if said else "",
    )
