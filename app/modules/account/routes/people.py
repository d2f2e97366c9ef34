"""Someone whom the person who asks looks after: the check of every page about a PCéen."""

from flask import request

from app import context
from app.enums import PermissionScope, PermissionType
from app.extensions import db
from app.models import PCeen
from app.modules.account import queries
from app.modules.account.errors import AccountErased, NoSuchPCeen

_GRI = (PermissionType.all, PermissionScope.gris)
_WRITE = (PermissionType.write, PermissionScope.pceen)
_READING = frozenset({"GET", "HEAD", "OPTIONS"})


def looked_after(key: int) -> PCeen:
    """The PCéen numbered *key*, for who may write them.

    Raises:
        NoSuchPCeen: If there is none.
        AccountErased: If something is to be changed of who is erased.
        HTTPException: If the visitor may not, or is not logged in.
    """
    pceen = queries.pceen(db.session(), key)
    if pceen is None:
        context.check_any_permission(_WRITE, _GRI)
        raise NoSuchPCeen
    context.check_any_permission((*_WRITE, pceen), _GRI)
    if pceen.is_erased and request.method not in _READING:
        raise AccountErased
    return pceen
