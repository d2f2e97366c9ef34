"""The guides, and one of them."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue
from flask_babel import get_locale

from app import context
from app.modules.help import queries

bp = Blueprint("help", __name__, url_prefix="/help")


@bp.get("/")
@context.public
def index() -> ResponseReturnValue:
    """The guides that there are."""
    return render_template("help/index.html", guides=queries.ENTRIES)


@bp.get("/<slug>")
@context.public
def guide(slug: str) -> ResponseReturnValue:
    """One guide: none holds a secret."""
    found = queries.guide(slug, str(get_locale()))
    return render_template("help/guide.html", guide=found)


@bp.get("/accessibility")
@context.public
def accessibility() -> ResponseReturnValue:
    """How accessible the site is, what is missing, and whom to tell."""
    return render_template("help/accessibility.html")
