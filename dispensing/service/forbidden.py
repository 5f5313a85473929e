"""Kinds of prescriptions that nobody sells on an outside or online prescription."""

from datetime import datetime

from dispensing.days import day_of
from dispensing.desk import Desk
from dispensing.errors import Conflict, Words
from dispensing.intake.message import PrescriptionMessage

# rxTypeCode: 7 narcotic and psychotropic I (麻、精一), 8 psychotropic II (精二).
FORBIDDEN = {"7": ("麻、精一处方", "narcotic"), "8": ("精二处方", "psychotropic")}


class ForbiddenKind(Conflict):
    """A prescription of a kind that the law keeps out of pharmacies and of the internet."""

    code = "forbidden-kind"


def refuse_forbidden_kind(
    desk: Desk, message: PrescriptionMessage, *, area: str, now: datetime
) -> None:
    """Raise ForbiddenKind, with its clause, for narcotic and psychotropic kinds (药品管理法 61)."""
    kind = FORBIDDEN.get(message.rx_type or "")
    if kind is None:
        return
    chinese, english = kind
    cited = desk.rules(area, message.issuer[1:7], day_of(now)).cited(
        "drug.forbidden_groups"
    )
    rule = f"《{cited.document}》{cited.clause}"
    raise ForbiddenKind(
        Words(
            f"{chinese}不在药店凭外配处方或网络处方销售：{cited.quote or cited.says}（{rule}）。",
            f"A {english} prescription is not filled on an outside or online prescription"
            f" ({rule}).",
            "请患者在开具处方的医疗机构取药。",
            "The patient collects the medicine at the institution that prescribed it.",
        )
    )
