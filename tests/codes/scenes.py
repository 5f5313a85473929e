"""What happens at a counter with a code in hand, each as one call."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlmodel import Session

from dispensing import service
from dispensing.desk import Desk, Reader
from dispensing.insurance_code import Purpose
from dispensing.life import AS_THE_LAW_SAYS
from dispensing.service.presenting import PresentationView
from dispensing.service.views import SettledView
from fixtures import cast
from tests import world
from tests.world import NOON

SHOP = cast.LUCHENG_PHARMACY
OTHER_SHOP = world.SECOND_PHARMACY
ALICE, BOB = cast.alice.person_no, cast.bob.person_no
CLERK = "counter"
HELPER = service.Helper("林小妹", "1234", cast.bob.id_number)


def reader(name: str = CLERK) -> Reader:
    return Reader(name, "counter", "扫码取处方")


def received(session: Session, desk: Desk, number: int = 1, **changes: Any) -> UUID:
    return service.receive(session, desk, world.message(number, **changes), now=NOON).id


def code(
    session: Session,
    desk: Desk,
    purpose: Purpose = "download",
    *,
    at: datetime = NOON,
    **changes: Any,
) -> str:
    """Let a patient open an insurance code."""
    asked = {"person_no": ALICE, "outlet_code": SHOP, **changes}
    issued = service.issue_code(session, desk, purpose=purpose, now=at, **asked)
    return issued.text


def present(
    session: Session,
    desk: Desk,
    scanned: str,
    *,
    outlet: str = SHOP,
    by: str = CLERK,
    at: datetime = NOON,
    helper: service.Helper | None = None,
) -> PresentationView:
    return service.present(
        session,
        desk,
        scanned,
        outlet_code=outlet,
        reader=reader(by),
        now=at,
        helper=helper,
    )


def settle(
    session: Session,
    desk: Desk,
    id_: UUID,
    scanned: str,
    *,
    batch: int = 1,
    at: datetime = NOON,
    **changes: Any,
) -> SettledView:
    asked = {
        "outlet_code": SHOP,
        "trace_codes": world.trace_codes(batch=batch),
        "override": None,
        "tender": "cash",
        "by": CLERK,
        **changes,
    }
    return service.settle(
        session, desk, prescription_id=id_, scanned_code=scanned, now=at, **asked
    )


def share(
    session: Session,
    *ids: UUID,
    days: int = 3,
    by: str = ALICE,
    at: datetime = NOON,
    **recipient: Any,
) -> service.SharedCode:
    return service.share(
        session,
        world.VAULT,
        person_no=ALICE,
        prescription_ids=ids,
        recipient=service.Recipient(**recipient),
        days=days,
        by=by,
        rules=AS_THE_LAW_SAYS,
        now=at,
    )


def with_helper(session: Session, *ids: UUID, **more: Any) -> service.SharedCode:
    return share(
        session,
        *ids,
        kind="helper",
        helper_name=HELPER.name,
        helper_phone_tail=HELPER.phone_tail,
        **more,
    )
