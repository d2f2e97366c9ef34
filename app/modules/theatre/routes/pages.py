"""What everybody sees of the theatre club."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from flask import abort, render_template
from flask.typing import ResponseReturnValue
from flask_babel import format_date, lazy_gettext as _l

from app import context
from app.core import clock
from app.core.clock import PARIS
from app.enums import PermissionScope as S, PermissionType as T
from app.extensions import db
from app.models import Representation
from app.modules.theatre import around
from app.modules.theatre.errors import NoSuchSaison
from app.modules.theatre.queries import programme as queries
from app.modules.theatre.queries.programme import Named
from app.modules.theatre.routes import shared
from app.modules.theatre.routes.blueprint import bp
from app.modules.theatre.routes.shared import Share
from app.modules.theatre.rules.programme import Programme, Staged
from app.web import files, module_texts
from app.web.module_texts import Introduced

INTRODUCED = Introduced("theatre", _l("le club théâtre"), "theatre.index", "theatre.edit_text")
#: The seasons that have a button; the others are in a menu.
_BUTTONS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class SeasonPage:
    """All that the page of a season shows."""

    programme: Programme
    #: The seasons that everybody sees.
    seasons: Sequence[Named]
    share: Share
    events: Sequence[dict[str, object]]
    now: datetime

    @property
    def recent(self) -> Sequence[Named]:
        return self.seasons[:_BUTTONS]

    @property
    def older(self) -> Sequence[Named]:
        return self.seasons[_BUTTONS:]

    @property
    def next(self) -> tuple[Staged, Representation] | None:
        """The next performance of the season, and its play."""
        return self.programme.next(self.now)

    def is_next(self, one: Representation) -> bool:
        """Whether that is the next performance of the season."""
        found = self.next
        return found is not None and found[1] is one

    def is_past(self, one: Representation) -> bool:
        """Whether it has begun."""
        return one.date <= self.now

    @staticmethod
    def day_of(one: Representation) -> str:
        """The number of its day, for a leaf of a calendar."""
        return str(format_date(one.date.astimezone(PARIS), "d", rebase=False))

    @staticmethod
    def month_of(one: Representation) -> str:
        """Its month, likewise."""
        return str(format_date(one.date.astimezone(PARIS), "MMM", rebase=False))


def visible_programme(key: int) -> Programme:
    """What is played in a season that the visitor may see: hidden ones are the team's.

    Raises:
        NoSuchSaison: If it is not there, for them.
    """
    saison = queries.saison(db.session(), key)
    if saison.hidden and not around.manages():
        raise NoSuchSaison
    return queries.programme(db.session(), saison)


@bp.get("/theatre")
@context.public
def index() -> ResponseReturnValue:
    """The latest season."""
    seasons = queries.published(db.session())
    if not seasons:
        return render_template("theatre/public/none.html")
    return _page(seasons[0].key, seasons)


@bp.get("/theatre/<int:key>")
@context.public
def saison(key: int) -> ResponseReturnValue:
    """A season."""
    return _page(key, queries.published(db.session()))


def _page(key: int, seasons: Sequence[Named]) -> ResponseReturnValue:
    programme = visible_programme(key)
    page = SeasonPage(
        programme=programme,
        seasons=seasons,
        share=shared.share(programme),
        events=shared.events(programme),
        now=clock.now(),
    )
    return render_template("theatre/public/season.html", page=page)


@bp.get(f"{around.POSTERS}/saison_<int:saison>/<file:name>")
@context.public
def poster(saison: int, name: str) -> ResponseReturnValue:
    """A poster, to everybody: the door where there is no web server."""
    if not name.endswith(".webp"):
        abort(404)
    return files.serve_public(around.store().poster(saison, name))


@bp.route("/theatre/edit_text", methods=["GET", "POST"])
@context.permission_only(T.write, S.theatre)
def edit_text() -> ResponseReturnValue:
    """Change what the page begins with."""
    return module_texts.edit(INTRODUCED)
