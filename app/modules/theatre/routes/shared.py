"""What networks and search engines are told of a season when its page is shared."""

from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _

from app.core import markdown
from app.models import Saison, Spectacle
from app.modules.theatre import around
from app.modules.theatre.rules.programme import Programme, Staged
from app.web import installation
from app.web.urls import absolute_url

#: What a preview shows of a text, in characters.
_LONGEST = 200


@dataclass(frozen=True, slots=True)
class Image:
    """A picture of a preview."""

    url: str
    width: int
    height: int
    alt: str


@dataclass(frozen=True, slots=True)
class Share:
    """What a preview of the page says."""

    title: str
    description: str
    url: str
    image: Image | None


def share(programme: Programme) -> Share:
    """What a preview of the page of a season says."""
    saison = programme.saison
    return Share(
        title=_("%(saison)s, au théâtre", saison=saison.name),
        description=summary(saison.description) or _played(programme),
        url=absolute_url("theatre.saison", key=saison.id),
        image=_image(saison, *(one.play for one in programme.plays)),
    )


def summary(text: str) -> str:
    """The beginning of a text in Markdown, without its marks, cut between two words."""
    said = markdown.plain(text)
    if len(said) <= _LONGEST:
        return said
    return said[:_LONGEST].rsplit(" ", 1)[0].rstrip(" ,;:.") + "…"


def _played(programme: Programme) -> str:
    """The plays of a season, for one that has no text."""
    names = ", ".join(one.play.name for one in programme.plays)
    if not names:
        return str(_("La saison du club théâtre."))
    return str(_("Au programme : %(plays)s.", plays=names))


def _image(*candidates: Saison | Spectacle) -> Image | None:
    """The poster of the season, else of one of its plays."""
    shown = next((one for one in candidates if one.poster), None)
    if shown is None:
        return None
    return Image(
        url=f"{installation.settings().origin}{around.poster_url(shown)}",
        width=shown.poster_width or 0,
        height=shown.poster_height or 0,
        alt=_("Affiche : %(name)s", name=shown.name),
    )


def events(programme: Programme) -> list[dict[str, Any]]:
    """The performances, as search engines read them (schema.org)."""
    return [
        event
        for staged in programme.plays
        for performance in staged.performances
        for event in (
            _event(programme.saison, staged) | {"startDate": performance.date.isoformat()},
        )
    ]


def _event(saison: Saison, staged: Staged) -> dict[str, Any]:
    play, page = staged.play, absolute_url("theatre.saison", key=saison.id)
    said: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": "TheaterEvent",
        "name": play.name,
        "url": f"{page}#spectacle-{play.id}",
    }
    if play.description:
        said["description"] = summary(play.description)
    if (image := _image(play, saison)) is not None:
        said["image"] = image.url
    if play.director:
        said["director"] = {"@type": "Person", "name": play.director}
    if play.ticket_link:
        said["offers"] = {"@type": "Offer", "url": play.ticket_link}
    return said
