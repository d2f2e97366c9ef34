"""Where the GRIs' pages live, and who sees which."""

from flask import Blueprint

from app.enums import PermissionScope, PermissionType

bp = Blueprint("gris", __name__, url_prefix="/gris")
#: What a GRI presses while they act for someone: not one of the GRIs' pages.
stop_bp = Blueprint("doas", __name__)

SEE_PCEENS = (
    (PermissionType.write, PermissionScope.pceen),
    (PermissionType.all, PermissionScope.gris),
)
SEE_ROLES = (
    (PermissionType.write, PermissionScope.role),
    (PermissionType.all, PermissionScope.gris),
)
SEE_PAYMENTS = ((PermissionType.read, PermissionScope.payments),)
