"""The table of a distribution, to take away."""

from flask.typing import ResponseReturnValue

from app import context
from app.enums import PermissionScope as S, PermissionType as T
from app.extensions import db
from app.modules.panier_bio.exports import orders as tables
from app.modules.panier_bio.queries import admin as queries
from app.modules.panier_bio.routes.admin import distribution
from app.modules.panier_bio.routes.blueprint import bp
from app.web.downloads import table_download, wanted_sheet


@bp.get("/panier_bio/admin/generate_excel/<day>")
@context.permission_only(T.write, S.panier_bio)
def export(day: str) -> ResponseReturnValue:
    """Who has a basket on a day, as a table."""
    found = distribution(day)
    title, columns, rows, facts = tables.distribution(
        found, queries.everything(db.session(), found)
    )
    return table_download(tables.stem(found), title, columns, rows, wanted_sheet(), facts)
