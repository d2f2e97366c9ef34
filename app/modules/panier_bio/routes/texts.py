"""The introduction of the Panier Bio."""

from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l

from app import context
from app.enums import PermissionScope, PermissionType
from app.modules.panier_bio.routes.blueprint import bp
from app.web import module_texts
from app.web.module_texts import Introduced

INTRODUCED = Introduced(
    "panier_bio", _l("le Panier Bio"), "panier_bio.index", "panier_bio.edit_text"
)


@bp.route("/panier_bio/edit_text", methods=["GET", "POST"])
@context.permission_only(PermissionType.write, PermissionScope.panier_bio)
def edit_text() -> ResponseReturnValue:
    """Change it."""
    return module_texts.edit(INTRODUCED)
