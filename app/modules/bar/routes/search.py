"""Looking for a customer, as one types or page after page (community 3.3)."""

from dataclasses import dataclass

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app import context
from app.context import current
from app.core.pagination import Page
from app.enums import PermissionScope as S, PermissionType as T
from app.extensions import db
from app.models import BarAccount
from app.modules.bar import around
from app.modules.bar.queries import search as queries
from app.modules.bar.queries.search import Order
from app.modules.bar.routes.blueprint import bp
from app.modules.bar.routes.counter_shown import found_as_json, promo_of, tone
from app.web import installation
from app.web.asked import asked_page, asked_text


@dataclass(frozen=True)
class Found:
    """All that a page of the search shows."""

    text: str
    order: Order
    page: Page[BarAccount]

    @property
    def is_all(self) -> bool:
        """Whether these are all the customers: nobody was looked for."""
        return not self.text

    @property
    def ways(self) -> list[tuple[str, str, bool]]:
        """How the list may be sorted: what is sorted on, which way, and whether it is so."""
        return [
            (sort, way, self.order == Order(sort == "promo", way == "desc"))
            for sort in ("name", "promo")
            for way in ("asc", "desc")
        ]


@bp.get("/bar/search")
@context.permission_only(T.write, S.bar)
def search() -> ResponseReturnValue:
    """The customers who are called so, or all of them; the page of the only one."""
    session, text = db.session(), asked_text()
    if not text and request.args.get("all") != "1":
        return _to(current.me.username)
    if text and (username := queries.username_of(session, text)) is not None:
        return _to(username)
    order = Order(request.args.get("sort") == "promo", request.args.get("way") == "desc")
    size = installation.settings().bar.users_per_page
    page = queries.found(session, text, order, number=asked_page(), size=size)
    if text and page.total == 1:
        return _to(page.items[0].pceen.username)
    return render_template(
        "bar/counter/search.html",
        found=Found(text, order, page),
        picture_url=around.picture_url,
        promo_of=promo_of,
        tone=tone,
    )


def _to(username: str) -> ResponseReturnValue:
    return redirect(url_for("bar.customer", username=username), 302)


@bp.get("/api/bar/search")
@context.permission_only(T.write, S.bar)
def api_search() -> ResponseReturnValue:
    """The first customers who are called so, while it is typed."""
    text = asked_text()
    found = queries.offered(db.session(), text) if text else []
    return {"customers": [found_as_json(account) for account in found]}
