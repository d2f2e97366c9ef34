"""The performances, as files that calendars read."""

from collections.abc import Iterator, Sequence
from urllib.parse import urlsplit

from flask import Response
from flask_babel import gettext as _

from app import context
from app.core import clock, markdown
from app.extensions import db
from app.modules.theatre import exports
from app.modules.theatre.exports import Entry
from app.modules.theatre.queries import programme as queries
from app.modules.theatre.routes.blueprint import bp
from app.modules.theatre.routes.pages import visible_programme
from app.modules.theatre.rules.programme import Staged
from app.web import installation
from app.web.downloads import download
from app.web.urls import absolute_url


@bp.get("/theatre/<int:key>/representations.ics")
@context.public
def calendar(key: int) -> Response:
    """The performances of a season."""
    programme = visible_programme(key)
    return _file(programme.saison.name, programme.plays)


@bp.get("/theatre/spectacle/<int:key>/representations.ics")
@context.public
def play_calendar(key: int) -> Response:
    """The performances of a play."""
    play = queries.play(db.session(), key)
    staged = [one for one in visible_programme(play.saison_id).plays if one.play.id == key]
    return _file(play.name, staged)


def _file(name: str, plays: Sequence[Staged]) -> Response:
    entries = sorted(_entries(plays), key=lambda entry: (entry.at, entry.uid))
    made = exports.calendar(name, entries, made_at=clock.now())
    return download(made, stem=_("Théâtre, %(name)s", name=name), extension="ics")


def _entries(plays: Sequence[Staged]) -> Iterator[Entry]:
    host = urlsplit(installation.settings().origin).hostname
    for staged in plays:
        page = absolute_url("theatre.saison", key=staged.play.saison_id)
        for performance in staged.performances:
            yield Entry(
                uid=f"representation-{performance.id}@{host}",
                at=performance.date,
                title=staged.play.name,
                description=_said(staged),
                url=f"{page}#spectacle-{staged.play.id}",
            )


def _said(staged: Staged) -> str:
    """What an entry says of a play: who made it, what it tells, where its tickets are."""
    play = staged.play
    lines = [
        _("De %(author)s", author=play.author) if play.author else "",
        _("Mise en scène : %(director)s", director=play.director) if play.director else "",
        markdown.plain(play.description),
        _("Billetterie : %(link)s", link=play.ticket_link) if play.ticket_link else "",
        _("Choix des places : %(link)s", link=play.places) if play.places else "",
    ]
    return "\n".join(filter(None, lines))
