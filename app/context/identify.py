"""Who makes a request, and from where."""

from datetime import datetime, timedelta
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import cast

import sqlalchemy as sa
from flask import current_app, g, request, session as cookie
from flask_login import current_user
from sqlalchemy.orm import InstrumentedAttribute, Session, joinedload
from sqlalchemy.orm.attributes import set_committed_value

from app.context import cookies, doas, maintenance, readers, second_factor
from app.context.current import Context
from app.core import clock, tokens
from app.enums import PermissionScope, PermissionType
from app.extensions import db, login_manager
from app.integrations.leases import LeasesFile
from app.integrations.neighbours import Neighbours
from app.models import Device, LoginSession, Origin, Role, roles_of
from app.settings import NetworkSettings, Settings

#: How often, at most, it is written that someone or something was seen.
SEEN_EVERY = timedelta(minutes=5)
#: The pages that answer even without the database, to nobody in particular.
WITHOUT_DATABASE = frozenset(
    {"contact.contact", "home.legal", "home.changelog", "intrarez.captive_portal"}
)
#: The pages that want to know of nobody.
FOR_NOBODY = frozenset(
    {
        "static",
        *(f"home.{n}" for n in ("favicon", "manifest", "offline", "robots", "security")),
        *(f"home.{n}" for n in ("service_worker", "set_mode")),
        *(f"operations.{n}" for n in ("healthz", "livez", "metrics", "readyz")),
        *(f"payments.{n}" for n in ("confirm", "cancel")),  # signed by who calls
        *(f"bar.{n}" for n in ("lydia_confirm", "lydia_cancel")),
        "sso.acs",  # signed, and sent from elsewhere: the session is not there
    }
)
MODES = ("auto", "light", "dark")
#: The log-in of a token, as it is kept, with who is behind it: made once, asked by every page.
_LOGIN = (
    sa.select(LoginSession)
    .where(LoginSession.token_hash == sa.bindparam("kept"))
    .options(joinedload(LoginSession.pceen), joinedload(LoginSession.doas))
)


@login_manager.user_loader  # type: ignore[untyped-decorator]  # Flask-Login is not typed
def load_login(token: str) -> LoginSession | None:
    """The log-in that a cookie tells of, unless it is over."""
    login = db.session().scalars(_LOGIN, {"kept": tokens.digest(token)}).one_or_none()
    if login is None or login.pceen.is_disabled:
        return None
    _load_roles(login)
    gri = login.pceen.has_permission(PermissionType.all, PermissionScope.gris)
    return None if login.is_over(clock.now(), is_gri=gri) else login


def _load_roles(login: LoginSession) -> None:
    """Read the roles of who logged in and the public one at once."""
    own = [role for role in roles_of(db.session(), login.pceen_id) if role.id != Role.PUBLIC]
    set_committed_value(login.pceen, "roles", own)


def identify() -> None:
    """Put the context of the request in ``g.context``."""
    mode = cookies.kept("mode")
    g.context = Context(mode=mode if mode in MODES else "auto", hello="hello" in request.args)
    if request.endpoint in FOR_NOBODY:
        return
    try:
        _recognise()
        g.context.reader = readers.described(g.context, current_app.config["SECRET_KEY"])
        if g.context.login is None:
            roles_of(db.session(), None)  # what the menu asks first: to know now whether it can
        maintenance.check(g.context)
        second_factor.check(g.context)
    except sa.exc.OperationalError:
        if request.endpoint not in WITHOUT_DATABASE:
            raise
        db.session.remove()
        g.context = Context(mode=g.context.mode, knows_nobody=True)


def _recognise() -> None:
    """Find who asks, from where, with which device."""
    user = current_user._get_current_object()  # noqa: SLF001  # the object, not its proxy
    if isinstance(user, LoginSession):
        g.context.login, g.context.user, g.context.pceen = user, user.pceen, user.pceen
        g.context.locale = user.pceen.locale
        g.context.unread = db.session().info["unread"]  # read with their roles
        _saw(LoginSession.seen_at, user.id, before=user.seen_at)
        g.context.doas_until = doas.running(db.session(), user)
        if g.context.is_doas:
            g.context.pceen, g.context.hello, g.context.unread = user.doas, False, 0
    elif "_user_id" in cookie:
        cookie.pop("_user_id")  # a dead cookie
    _locate(g.context)
    g.origin = db.session().info["origin"] = Origin(
        actor_id=g.context.user.id if g.context.user else None,
        as_id=g.context.pceen.id if g.context.is_doas else None,
        address=g.context.remote_ip,
        request_id=g.get("request_id"),
    )


def _locate(context: Context) -> None:
    """Find where the client is, and which device it is."""
    settings = cast(Settings, current_app.extensions["settings"]).network
    address = client_address()
    context.is_local = is_local()
    if address is None:
        return
    context.remote_ip, context.client_address = str(address), _as_shown(settings)
    if context.is_doas:
        return  # the device in the GRI's hands is not the person's
    context.in_residence = any(address in network for network in settings.internal_networks)
    if settings.force_mac:
        context.in_residence, context.mac = True, settings.force_mac
    elif context.in_residence:
        context.mac = _mac_of(str(address))
    if context.mac:
        found = sa.select(Device).where(Device.mac_address == context.mac)
        context.device = db.session().scalars(found).one_or_none()
        if context.device is not None:
            _saw(Device.last_seen_at, context.device.id, before=context.device.last_seen_at)


def _mac_of(address: str) -> str | None:
    """The hardware address of a client, unless the DHCP server gave its address to another."""
    mac = cast(Neighbours, current_app.extensions["neighbours"]).mac_of(address)
    leases = cast(LeasesFile | None, current_app.extensions["leases"])
    leased_to = leases.mac_of(address) if mac and leases else None
    if leased_to is not None and leased_to != mac:
        current_app.logger.warning("a client answers at an address that was given to another")
        return None
    return mac


def client_address() -> IPv4Address | IPv6Address | None:
    """The address of the client, as a trusted proxy shows it; ``None`` if it does not."""
    settings = cast(Settings, current_app.extensions["settings"])
    return address_shown(settings, request.remote_addr, request.headers.get("X-Real-IP"))


def _as_shown(settings: NetworkSettings) -> str:
    """The address of a client in the very letters of who shows it, once it is known to be one."""
    if settings.force_ip is not None:
        return str(settings.force_ip)
    peer = _parsed(request.remote_addr or "")
    is_proxy = peer is not None and any(peer in net for net in settings.trusted_proxies)
    shown = request.headers.get("X-Real-IP") if is_proxy else None
    return shown or request.remote_addr or ""


def address_shown(
    settings: Settings, peer_text: str | None, shown: str | None
) -> IPv4Address | IPv6Address | None:
    """The address of a client, from that of its peer and the ``X-Real-IP`` that came with it."""
    if settings.network.force_ip is not None:
        return settings.network.force_ip
    peer = _parsed(peer_text or "0.0.0.0")  # noqa: S104  # what a socket has
    if peer is None or not any(peer in net for net in settings.network.trusted_proxies):
        return peer
    if shown is None and settings.mode == "development":
        return peer  # a developer's machine has no proxy
    return _parsed(shown or "")


def is_local() -> bool:
    """Whether the request comes from this very machine, not through a proxy."""
    peer = _parsed(request.remote_addr or "")
    return peer is not None and peer.is_loopback and "X-Real-IP" not in request.headers


def _parsed(text: str) -> IPv4Address | IPv6Address | None:
    """An address as it is compared; ``None`` for what is not exactly one."""
    if "%" in text:
        return None
    try:
        address = ip_address(text)
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address


def _saw(
    column: InstrumentedAttribute[datetime] | InstrumentedAttribute[datetime | None],
    key: int,
    *,
    before: datetime | None,
) -> None:
    """Write that a log-in or a device was seen, if it was not just now.

    On a connection of its own, without waiting for anybody: the page does not
    depend on it.
    """
    now = clock.now()
    if before is not None and now - before < SEEN_EVERY:
        return
    model = column.class_
    stale = sa.or_(column.is_(None), column <= now - SEEN_EVERY)
    free = sa.select(model.id).where(model.id == key, stale).with_for_update(skip_locked=True)
    try:
        with Session(db.engine, join_transaction_mode="create_savepoint") as own, own.begin():
            own.connection(execution_options={"writes": "briefly"})
            if own.scalars(free).one_or_none() is not None:
                own.execute(sa.update(model).where(model.id == key).values({column: now}))
    except (sa.exc.OperationalError, sa.exc.TimeoutError):
        current_app.logger.info("could not write that %s %s was seen", model.__name__, key)
