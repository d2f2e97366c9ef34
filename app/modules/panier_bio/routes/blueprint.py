"""Where the pages of the Panier Bio are."""

from flask import Blueprint, request, url_for
from flask_babel import LazyString, lazy_gettext as _l

from app.context import may_open

bp = Blueprint("panier_bio", __name__)

#: The menu: what each entry is called, the page that it opens, and those that it leads to.
_TABS: tuple[tuple[LazyString, str, tuple[str, ...]], ...] = (
    (_l("Commander"), "panier_bio.index", ()),
    (
        _l("Distribution"),
        "panier_bio.admin",
        ("panier_bio.add_order", "panier_bio.edit_order", "panier_bio.pickup"),
    ),
    (_l("Périodes"), "panier_bio.periods", ("panier_bio.edit_period",)),
    (_l("Chiffres"), "panier_bio.figures", ()),
)


def _tabs() -> list[tuple[LazyString, str, bool]]:
    """The pages that the visitor may open: labels, addresses, and which is here."""
    return [
        (label, url_for(endpoint), request.endpoint in (endpoint, *leads_to))
        for label, endpoint, leads_to in _TABS
        if may_open(endpoint)
    ]


@bp.context_processor
def _menu() -> dict[str, object]:
    """What the pages of the Panier Bio know: its own menu."""
    return {"panier_bio_tabs": _tabs}
