"""Notices over the interface: an institution's subscriptions, their lag, what was laid aside."""

from dataclasses import dataclass
from typing import Annotated, Literal
from uuid import UUID

from apiflask import APIBlueprint
from flask.typing import ResponseReturnValue
from pydantic import Field

from dispensing.service.notices import DeadNotice, Lag, SubscriptionView
from web import noticing
from web.auth import may
from web.noticing import Subscribed
from web.openapi import answers, reply
from web.schemas import Strict

bp = APIBlueprint("webhooks", __name__, url_prefix="/api")

WANTED = {
    "url": "https://his.example.org/yaoda/notices",
    "kinds": ["posted", "reversed"],
    "signature": "v1",
}
Kind = Annotated[str, Field(pattern=r"^[a-z_]{1,40}$", examples=["posted"])]


class Subscription(Strict):
    """Where notices are wanted; of which events (all, where none is named); how signed."""

    url: Annotated[str, Field(min_length=9, max_length=500)]
    kinds: Annotated[list[Kind], Field(max_length=40, default_factory=list)]
    signature: Literal["v1", "v1a"] = "v1"


@dataclass(frozen=True, slots=True)
class Standing:
    """How the notices stand: by subscription, and what is recorded but not told yet."""

    subscriptions: tuple[Lag, ...]
    untold: int
    untold_s: int | None


@dataclass(frozen=True, slots=True)
class Done:
    """That it was done."""

    done: bool


@bp.get("/webhooks")
@may("notice.read")
@answers({200: Standing})
def standing() -> ResponseReturnValue:
    """Tell how each subscription stands: what waits, since when, what was laid aside."""
    found = noticing.lags()
    return reply(Standing(found.by_subscription, found.untold, found.untold_s))


@bp.post("/webhooks")
@may("notice.subscribe")
@bp.input(Subscription, arg_name="form", example=WANTED)
@answers({201: Subscribed})
def subscribe(form: Subscription) -> ResponseReturnValue:
    """Subscribe the calling institution; what it verifies with is shown this once."""
    made = noticing.subscribed(form.url, tuple(form.kinds), form.signature)
    return reply(made, 201)


@bp.post("/webhooks/<uuid:subscription_id>/secret")
@may("notice.subscribe")
@answers({200: Subscribed})
def rotate(subscription_id: UUID) -> ResponseReturnValue:
    """Change the secret; for 24 hours both sign."""
    return reply(noticing.rotated(subscription_id))


@bp.post("/webhooks/<uuid:subscription_id>/enabling")
@may("notice.mend")
@answers({200: SubscriptionView})
def enable(subscription_id: UUID) -> ResponseReturnValue:
    """Switch a subscription on that was switched off; what has waited is sent."""
    return reply(noticing.enabled(subscription_id))


@bp.post("/webhooks/<uuid:subscription_id>/end")
@may("notice.subscribe")
@answers({200: SubscriptionView})
def end(subscription_id: UUID) -> ResponseReturnValue:
    """End a subscription; what has waited is dropped."""
    return reply(noticing.ended(subscription_id))


@bp.get("/notices/dead")
@may("notice.read")
@answers({200: tuple[DeadNotice, ...]})
def dead() -> ResponseReturnValue:
    """List the notices that were laid aside (死信), the oldest first."""
    return reply(noticing.dead())


@bp.post("/notices/<uuid:notice_id>/again")
@may("notice.mend")
@answers({200: Done})
def send_again(notice_id: UUID) -> ResponseReturnValue:
    """Send a notice again that was laid aside."""
    noticing.sent_again(notice_id)
    return reply(Done(True))


@bp.post("/notices/<uuid:notice_id>/drop")
@may("notice.mend")
@answers({200: Done})
def drop(notice_id: UUID) -> ResponseReturnValue:
    """Give a notice up that was laid aside; what comes after it is sent."""
    noticing.dropped(notice_id)
    return reply(Done(True))
