"""What this installation brings to Club Q."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast
from urllib.parse import quote

from flask import current_app, g, request, url_for
from flask_babel import LazyString, lazy_gettext as _l

from app.context import current, may_open
from app.enums import PermissionScope, PermissionType
from app.extensions import db
from app.integrations.club_q_files import ClubQFiles
from app.models import ClubQSalle, ClubQSeason
from app.modules.club_q.queries.options import options as read_options
from app.modules.club_q.queries.seasons import all_seasons, chosen
from app.modules.club_q.rules.options import Options
from app.modules.club_q.rules.paying import Account
from app.modules.club_q.service.campaigns import House
from app.web import installation

#: Where pictures of shows and maps are, for everybody.
IMAGES = "/club_q_images"
#: The map that a link leads to: the site itself loads nothing of it.
_MAP = "https://www.openstreetmap.org"


def organises() -> bool:
    """Whether the visitor is of the team of Club Q."""
    return current.has_permission(PermissionType.write, PermissionScope.club_q)


def store() -> ClubQFiles:
    """Where the files of Club Q are."""
    return cast(ClubQFiles, current_app.extensions["club_q_files"])


def options() -> Options:
    """What the team has chosen, read once a request."""
    if "club_q_options" not in g:
        g.club_q_options = read_options(db.session())
    return cast(Options, g.club_q_options)


def seasons() -> Sequence[ClubQSeason]:
    """Every season, the latest first, read once a request."""
    if "club_q_seasons" not in g:
        g.club_q_seasons = all_seasons(db.session())
    return cast(Sequence[ClubQSeason], g.club_q_seasons)


def season() -> ClubQSeason | None:
    """The season that this page is about: ``season_id`` of its address, else the current one."""
    asked = request.args.get("season_id")
    return chosen(seasons(), asked=asked, current=options().season)


def current_season() -> ClubQSeason | None:
    """The season whose form is, was or will be open."""
    return next((one for one in seasons() if one.id == options().season), None)


def house() -> House:
    """Whom the mails of Club Q are from, and where its money goes."""
    chosen = installation.settings().club_q
    return House(sender=chosen.sender, account=Account(iban=chosen.iban, bic=chosen.bic))


def image_url(place: int | str, name: str | None) -> str | None:
    """Where a picture of a show or a map is: everybody may see it."""
    return f"{IMAGES}/{place}/{name}" if name else None


def map_url(venue: ClubQSalle) -> str | None:
    """Where a venue is on OpenStreetMap; nothing while nobody knows."""
    if venue.is_located:
        at = f"{venue.latitude:.6f}", f"{venue.longitude:.6f}"
        return f"{_MAP}/?mlat={at[0]}&mlon={at[1]}#map=17/{at[0]}/{at[1]}"
    if venue.adresse:
        return f"{_MAP}/search?query={quote(f'{venue.nom}, {venue.adresse}')}"
    return None


@dataclass(frozen=True, slots=True)
class Section:
    """A page of Club Q that its own menu leads to."""

    label: LazyString | str
    endpoint: str
    #: The pages that it leads to, which have no entry of their own.
    leads_to: tuple[str, ...] = ()
    #: Whether it is the visitor's own among those of everybody.
    is_ones_own: bool = False

    @property
    def values(self) -> dict[str, Any]:
        """What its address needs."""
        return {"key": current.me.id} if self.is_ones_own else {}

    @property
    def is_here(self) -> bool:
        """Whether the visitor is on it, or on a page that it leads to."""
        is_of_others = self.is_ones_own and self.values != request.view_args
        return request.endpoint in (self.endpoint, *self.leads_to) and not is_of_others


#: In the order of the menu: what everybody has, then what the team has.
SECTIONS: tuple[Section, ...] = (
    Section(_l("Réservations"), "club_q.index"),
    Section(
        _l("Mes réservations"), "club_q.pceen", leads_to=("club_q.return_places",), is_ones_own=True
    ),
    Section(
        _l("Spectacles"),
        "club_q.spectacles",
        leads_to=("club_q.add_spectacle", "club_q.spectacle", "club_q.edit_spectacle"),
    ),
    Section(
        _l("Salles"),
        "club_q.salles",
        leads_to=("club_q.add_salle", "club_q.salle", "club_q.edit_salle"),
    ),
    Section(
        _l("Saisons"),
        "club_q.saisons",
        leads_to=(
            "club_q.add_saison",
            "club_q.saison",
            "club_q.edit_saison",
            "club_q.delete_saison",
            "club_q.new_seed",
        ),
    ),
    Section(_l("Plaquettes"), "club_q.plaquettes", leads_to=("club_q.add_plaquette",)),
    Section(_l("Tirage"), "club_q.draws", leads_to=("club_q.tirage",)),
    Section(_l("PCéens"), "club_q.pceens"),
    Section(_l("Vœux"), "club_q.voeux", leads_to=("club_q.voeu",)),
    Section(
        _l("Attribution"),
        "club_q.attribution",
        leads_to=(
            "club_q.run",
            "club_q.compare",
            "club_q.adopt",
            "club_q.revert",
            "club_q.cancel_run",
            "club_q.note_run",
            "club_q.attrib_visible",
        ),
    ),
    Section(_l("Mails"), "club_q.mails", leads_to=("club_q.mail",)),
    Section(_l("Options"), "club_q.options", leads_to=("club_q.edit_text",)),
)


def tabs() -> Sequence[tuple[LazyString | str, str, bool]]:
    """The pages of Club Q that the visitor may open: labels, addresses, and which is here."""
    return [
        (one.label, url_for(one.endpoint, **one.values), one.is_here)
        for one in SECTIONS
        if may_open(one.endpoint)
    ]
