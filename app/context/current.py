"""The person behind the request, and what they may do."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, cast

from flask import abort, g
from werkzeug.local import LocalProxy

from app.context.refusals import AccountNeeded, InPersonOnly, LogInFirst
from app.context.rules import Right
from app.enums import PermissionScope, PermissionType
from app.extensions import db
from app.models import Device, LoginSession, PCeen, Role, public_role


@dataclass(slots=True, kw_only=True)
class Context:
    """The person behind a request, and what they may do.

    ``user`` is who logged in; ``pceen`` is whom the request is made for. They
    differ only when a GRI acts as someone else.
    """

    login: LoginSession | None = None
    user: PCeen | None = None
    pceen: PCeen | None = None
    #: Until when a GRI acts for someone else.
    doas_until: datetime | None = None
    #: The address of the client, as the trusted proxy shows it.
    remote_ip: str | None = None
    #: That address as the proxy writes it: links to files are signed for these very letters.
    client_address: str | None = None
    #: Whether that address is one of the residence's networks.
    in_residence: bool = False
    #: The hardware address, when the gateway knows it.
    mac: str | None = None
    #: The registered device of that hardware address.
    device: Device | None = None
    #: Whether the request comes from this very machine.
    is_local: bool = False
    #: The language of their account, if they chose one.
    locale: str | None = None
    #: How the pages look: ``light``, ``dark`` or ``auto``.
    mode: str = "auto"
    #: Whether the visitor is being led through the set-up.
    hello: bool = False
    #: How many notifications they have not read: those of who logged in, in person.
    unread: int = 0
    #: What the browser is told of who reads (``app.context.readers``); ``None`` if unknown.
    reader: str | None = None
    #: Whether the database is away: the page is for nobody, and shows no menu.
    knows_nobody: bool = False
    #: Whether the view asked for a permission itself.
    asked: bool = field(default=False, repr=False)

    @property
    def public(self) -> Role:
        """What everyone may do."""
        return public_role(db.session())

    @property
    def is_doas(self) -> bool:
        """Whether a GRI acts for someone else."""
        return self.doas_until is not None

    @property
    def is_logged_in(self) -> bool:
        return self.pceen is not None

    @property
    def is_internal(self) -> bool:
        """Whether the gateway knows the hardware address of the client."""
        return self.mac is not None

    @property
    def is_gri(self) -> bool:
        return self.has_permission(PermissionType.all, PermissionScope.gris)

    @property
    def is_rezident(self) -> bool:
        return self.has_permission(PermissionType.read, PermissionScope.intrarez)

    @property
    def own_device(self) -> bool:
        """Whether the device in their hands is theirs."""
        return (
            self.device is not None
            and self.pceen is not None
            and self.device.pceen_id == self.pceen.id
        )

    @property
    def me(self) -> PCeen:
        """The PCéen, on a page that requires one."""
        if self.pceen is None:
            raise RuntimeError("no one is logged in: put @context.logged_in_only on this view")
        return self.pceen

    def has_permission(
        self, type: PermissionType, scope: PermissionScope, elem: Any = None
    ) -> bool:
        """Whether they may do that, on *elem* or on the whole scope.

        Raises:
            ValueError, TypeError: If the question makes no sense.
        """
        if self.pceen is not None:
            return self.pceen.has_permission(type, scope, elem)
        return self.public.has_permission(type, scope, elem)

    def looks_after(self, type: PermissionType, scope: PermissionScope) -> bool:
        """Whether they may do that, or are a GRI, who looks after it all."""
        return self.has_permission(type, scope) or self.is_gri


#: The context of the current request.
current = cast(Context, LocalProxy(lambda: g.context))


def forget_everyone() -> None:
    """Have the rest of the request made for nobody in particular: the database is away."""
    g.context = Context(mode=current.mode, knows_nobody=True)


def has_permission(type: PermissionType, scope: PermissionScope, elem: Any = None) -> bool:
    """Whether the visitor may do that, on *elem* or on the whole scope."""
    return current.has_permission(type, scope, elem)


def check_permission(type: PermissionType, scope: PermissionScope, elem: Any = None) -> None:
    """Stop here, with a 403 or a log-in page, who may not do that."""
    _check(has_permission(type, scope, elem))


def check_any_permission(*rights: Right | tuple[PermissionType, PermissionScope, Any]) -> None:
    """Stop here who holds none of these *rights*, each with its element if it has one."""
    if not rights:
        raise ValueError("name one right at least")
    _check(any(has_permission(*right) for right in rights))


def check_all_permissions(*rights: Right | tuple[PermissionType, PermissionScope, Any]) -> None:
    """Stop here who does not hold all these *rights*, each with its element if it has one."""
    if not rights:
        raise ValueError("name one right at least")
    _check(all(has_permission(*right) for right in rights))


def check_logged_in() -> None:
    """Stop here, with a page to log in, who is nobody: what else is asked is up to the view."""
    current.asked = True
    if not current.is_logged_in:
        raise AccountNeeded


def check_in_person() -> None:
    """Stop here, with a 403, a GRI who acts for someone else."""
    if current.is_doas:
        raise InPersonOnly


def check_owner(pceen_id: int) -> None:
    """Stop here, as if there were nothing, who is neither this PCéen nor a GRI."""
    current.asked = True
    if not current.is_logged_in:
        raise AccountNeeded
    if current.me.id != pceen_id and not current.is_gri:
        abort(404)


def _check(allowed: bool) -> None:  # noqa: FBT001
    current.asked = True
    if allowed:
        return
    if not current.is_logged_in:
        raise LogInFirst
    abort(403)
