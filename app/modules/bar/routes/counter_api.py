"""What the scripts of the counter read, and the item that is sold in one tap (community 3.4)."""

from flask.typing import ResponseReturnValue

from app import context
from app.core.transaction import transaction
from app.enums import PermissionScope as S, PermissionType as T
from app.extensions import db
from app.modules.bar.routes.blueprint import bp
from app.modules.bar.routes.counter import counter_of
from app.modules.bar.service import switches


@bp.get("/api/bar/customer/<username>")
@context.permission_only(T.write, S.bar)
def api_customer(username: str) -> ResponseReturnValue:
    """A customer: what they have, what they may buy and why not, what they did lately."""
    return counter_of(username).as_json()


@bp.patch("/api/bar/quick_access_item/<int:item_id>")
@context.permission_only(T.write, S.bar)
def quick_access_item(item_id: int) -> ResponseReturnValue:
    """Sell an item in one tap."""
    with transaction(db.session()) as session:
        switches.choose_quick_item(session, item_id)
    return "", 204
