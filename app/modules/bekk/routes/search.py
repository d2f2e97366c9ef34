"""Looking for words in all the issues."""

from collections.abc import Sequence
from dataclasses import dataclass

from flask import render_template
from flask.typing import ResponseReturnValue

from app import context
from app.core.pagination import Page
from app.enums import PermissionScope as S, PermissionType as T
from app.extensions import db
from app.modules.bekk.queries import issues, search as queries
from app.modules.bekk.queries.search import Found
from app.modules.bekk.routes.blueprint import bp
from app.modules.bekk.rules.search import asked_key
from app.web.asked import asked_number, asked_page, asked_text


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchPage:
    """All that the page shows."""

    text: str
    #: Where it is looked for: a promo, or ``None`` for all issues.
    promo: int | None
    promos: Sequence[int]
    found: Page[Found]

    @property
    def is_too_short(self) -> bool:
        """Whether something was typed that is too little to be looked for."""
        return bool(self.text) and asked_key(self.text) is None


@bp.get("/bekk/search")
@context.permission_only(T.read, S.bekk)
def search() -> ResponseReturnValue:
    """The issues that say something, and the pages where they do."""
    session, text = db.session(), asked_text()
    promo = asked_number("promo", digits=3) or None
    page = SearchPage(
        text=text,
        promo=promo,
        promos=issues.promos(session),
        found=queries.search(session, text, promo=promo, page=asked_page()),
    )
    return render_template("bekk/search.html", page=page)
