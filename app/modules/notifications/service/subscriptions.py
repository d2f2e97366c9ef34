"""The devices of someone, that notifications are pushed to."""

import hmac
from dataclasses import dataclass
from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.core import clock, tokens
from app.core.transaction import lock
from app.integrations.push import BadEndpoint, BadKeys, DeviceKeys, PushService, read_device
from app.models import PUSH_DEVICE_MAX, Limit, PCeen, PushSubscription
from app.modules.notifications.errors import DeviceTaken, MalformedPush, UnknownPushService
from app.modules.notifications.queries import devices as queries

#: How many devices of someone ring; one more takes the place of the oldest.
DEVICES_MAX = 10
#: How often someone may say where a device is: a host is looked up each time.
PER_HOUR = Limit("notifications.subscribe", 30, timedelta(hours=1))


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """What a browser says of itself."""

    endpoint: str
    keys: DeviceKeys
    #: What people call it.
    device: str
    #: The log-in that it says so in: it rings until that is ended.
    login: int | None = None


def count(session: Session, pceen: PCeen) -> None:
    """Count an attempt of someone.

    Raises:
        TriedTooOften: If it is one too many.
    """
    PER_HOUR.check(session, pceen.id)
    PER_HOUR.count(session, pceen.id)


def checked(
    push: PushService,
    *,
    endpoint: str,
    p256dh: str,
    auth: str,
    device: str,
    login: int | None = None,
) -> Given:
    """What a browser gave, if a message may be sent there.

    Raises:
        MalformedPush: If its keys are none.
        UnknownPushService: If its address is not of a push service that we know.
    """
    try:
        keys = read_device(p256dh, auth)
        push.check_endpoint(endpoint)
    except BadKeys:
        raise MalformedPush from None
    except BadEndpoint:
        raise UnknownPushService from None
    return Given(endpoint=endpoint, keys=keys, device=device[:PUSH_DEVICE_MAX], login=login)


def subscribe(session: Session, pceen: PCeen, given: Given) -> bool:
    """Have a device of someone ring; say whether the site knew it.

    A device that is someone else's becomes theirs when it gives the very keys that are known of
    it: it is the same browser.

    Raises:
        DeviceTaken: If it is someone else's.
    """
    lock(session, pceen)  # two tabs
    known = queries.known(session, given.endpoint)
    if known is not None and known.pceen_id == pceen.id:
        known.p256dh, known.auth = given.keys.p256dh, given.keys.auth
        known.device, known.login_id = given.device, given.login
        return True
    if known is not None:
        if not _is_same(known, given.keys):
            raise DeviceTaken
        session.delete(known)  # with what it was owed
        session.flush()
    _make_room(session, pceen)
    made = PushSubscription(
        pceen_id=pceen.id,
        login_id=given.login,
        endpoint=given.endpoint,
        endpoint_hash=tokens.digest(given.endpoint),
        p256dh=given.keys.p256dh,
        auth=given.keys.auth,
        device=given.device,
        created_at=clock.now(),
    )
    try:
        with session.begin_nested():
            session.add(made)
    except IntegrityError:  # someone else, at the very same time
        raise DeviceTaken from None
    return known is not None


def unsubscribe(session: Session, pceen: PCeen, endpoint: str) -> None:
    """Have a device of someone ring no more; that of somebody else goes on."""
    known = queries.known(session, endpoint)
    if known is not None and known.pceen_id == pceen.id:
        session.delete(known)


def _is_same(known: PushSubscription, keys: DeviceKeys) -> bool:
    same = hmac.compare_digest(known.p256dh.encode(), keys.p256dh.encode())
    return hmac.compare_digest(known.auth.encode(), keys.auth.encode()) and same


def _make_room(session: Session, pceen: PCeen) -> None:
    """Leave room for one device more: the oldest go."""
    mine = sa.select(PushSubscription).where(PushSubscription.pceen_id == pceen.id)
    latest = mine.order_by(PushSubscription.created_at.desc(), PushSubscription.id.desc())
    for one in session.scalars(latest.offset(DEVICES_MAX - 1)).all():
        session.delete(one)
    session.flush()
