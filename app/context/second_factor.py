"""GRIs who must have a second factor, once that is decided, and have not given it."""

from flask import request

from app.context.current import Context
from app.context.refusals import SecondFactorNeeded
from app.enums import PermissionScope, PermissionType
from app.extensions import db

#: What answers as ever: their own account, where they add one, and what is everybody's.
_SPARED_MODULE = "account"
_SPARED_PAGES = frozenset(
    {
        "contact.captcha",
        "contact.contact",
        "doas.stop_doas",
        "home.changelog",
        "home.legal",
        "home.set_locale",
        "intrarez.captive_portal",
    }
)
_SPARED_PLACES = ("/saml/", "/sw.js")


def check(context: Context) -> None:
    """Stop here a GRI whose log-in was not given a second factor, if GRIs need one.

    Under doas, the GRI is who counts. Whether they need one was read with their roles.

    Raises:
        SecondFactorNeeded: With the way to their second factors.
    """
    login, user = context.login, context.user
    if login is None or user is None or login.second_at is not None:
        return
    if db.session().info.get("second_factor_gris") is not True:
        return
    if request.endpoint is None or request.endpoint in _SPARED_PAGES:
        return
    if request.blueprint == _SPARED_MODULE or request.path.startswith(_SPARED_PLACES):
        return
    if user.has_permission(PermissionType.all, PermissionScope.gris):
        context.asked = True  # whatever the view would have asked, this is the answer
        raise SecondFactorNeeded
