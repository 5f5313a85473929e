"""Notices as callers see and change them: whose they are, and what the operator allows."""

from dataclasses import dataclass, replace
from urllib.parse import urlsplit
from uuid import UUID

from flask import current_app

from dispensing.errors import FieldError, Malformed
from dispensing.service import notices
from dispensing.service.notices import DeadNotice, Lags, SubscriptionView, Whose
from web import auditing, clock, db, parts
from web.auth import caller
from web.webhooks import signing
from web.webhooks.reach import fault_of, reach_of


@dataclass(frozen=True, slots=True)
class Subscribed:
    """A subscription, and what its owner verifies with: shown this once.

    The secret for v1 (whsec_...), the public key for v1a (whpk_...).
    """

    subscription: SubscriptionView
    verify_with: str


def whose() -> Whose:
    """Say whose subscriptions the caller may see: the own, those of the area, or all."""
    who = caller()
    if {"hospital", "counter", "dispatch"} & who.roles:
        return Whose(outlet_code=who.subject)
    return Whose(area=auditing.area_of(who))


def lags() -> Lags:
    """Tell how far the caller's notices lag behind."""
    found = notices.lags(db.session(), now=clock.now(), whose=whose())
    seen = (
        replace(each, subscription=_seen(each.subscription))
        for each in found.by_subscription
    )
    return replace(found, by_subscription=tuple(seen))


def dead() -> tuple[DeadNotice, ...]:
    """List the caller's notices that were laid aside."""
    return notices.dead_notices(db.session(), whose())


def subscribed(url: str, kinds: tuple[str, ...], signature: str) -> Subscribed:
    """Subscribe the caller's institution."""
    settings = current_app.extensions["settings"]
    reach = reach_of(settings.notice_networks, plain_http=settings.notice_http)
    fault = fault_of(url, reach)
    if fault is not None:
        raise Malformed([FieldError("url", fault)])
    secret = signing.new_secret(signature)
    made = notices.subscribe(
        db.session(),
        parts.desk().vault,
        caller().subject,
        notices.NewSubscription(url, kinds, signature, secret),
        by=caller().user,
        now=clock.now(),
    )
    return Subscribed(made, signing.shown(secret))


def rotated(subscription_id: UUID) -> Subscribed:
    """Give a subscription of the caller a new secret."""
    found = {one.id: one for one in notices.subscriptions(db.session(), whose())}
    signature = found[subscription_id].signature if subscription_id in found else "v1"
    secret = signing.new_secret(signature)
    made = notices.rotate(
        db.session(),
        parts.desk().vault,
        subscription_id,
        secret,
        whose=whose(),
        by=caller().user,
        now=clock.now(),
    )
    return Subscribed(made, signing.shown(secret))


def enabled(subscription_id: UUID) -> SubscriptionView:
    """Switch a subscription on again."""
    made = notices.enable(
        db.session(), subscription_id, whose=whose(), by=caller().user, now=clock.now()
    )
    return _seen(made)


def ended(subscription_id: UUID) -> SubscriptionView:
    """End a subscription."""
    made = notices.unsubscribe(
        db.session(), subscription_id, whose=whose(), by=caller().user, now=clock.now()
    )
    return _seen(made)


def _seen(view: SubscriptionView) -> SubscriptionView:
    """Show others than the subscriber where it is and no more: an address may carry a token."""
    if whose().outlet_code is not None:
        return view
    place = urlsplit(view.url)
    return replace(view, url=f"{place.scheme}://{place.netloc}/…")


def sent_again(notice_id: UUID) -> None:
    """Let a notice that was laid aside be sent again."""
    notices.send_again(
        db.session(), notice_id, whose=whose(), by=caller().user, now=clock.now()
    )


def dropped(notice_id: UUID) -> None:
    """Give a notice up that was laid aside."""
    notices.drop(
        db.session(), notice_id, whose=whose(), by=caller().user, now=clock.now()
    )
