"""Shows: made, changed, cancelled, deleted, with the row of their season locked (community 4.3)."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from app.core.money import Cents
from app.models import ClubQSeason, ClubQSpectacle, audit, defer
from app.modules.club_q.effects import RemoveImage
from app.modules.club_q.errors import (
    AlreadyCancelled,
    FewerThanGranted,
    NoSuchSeason,
    NoSuchSpectacle,
    ShowHasGrants,
    ShowHasWishes,
    StaleClubQ,
)
from app.modules.club_q.mails import ShowCancelled
from app.modules.club_q.queries import catalogue_shows as reading
from app.modules.club_q.queries.catalogue_shows import Holder
from app.modules.club_q.service import staff_wishes

#: How many holders are named when there are too few tickets for them.
_NAMED = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowDraft:
    """What a show is to be, but for its picture."""

    nom: str
    categorie: str
    description: str
    date: datetime
    #: In minutes.
    duration: int
    nb_tickets: int
    #: Cents for one place.
    unit_price: Cents
    season_id: int
    salle_id: int | None


def create(session: Session, draft: ShowDraft, *, image: str | None = None) -> ClubQSpectacle:
    """Make a show.

    Raises:
        NoSuchSeason: If its season has just gone.
    """
    _lock_seasons(session, draft.season_id)
    show = ClubQSpectacle(**asdict(draft), image=image)
    session.add(show)
    session.flush()
    audit(session, "club_q.show.create", show, after=_said(show))
    return show


def edit(session: Session, key: int, draft: ShowDraft, *, image: str | None, version: int) -> bool:
    """Change a show, and which picture it has; whether anything changed.

    Raises:
        NoSuchSpectacle, NoSuchSeason: If it has just gone, or its season.
        StaleClubQ: If somebody changed it meanwhile.
        FewerThanGranted: If more places are granted already.
        ShowHasWishes: If people wish for it, and its season is to be another.
    """
    show = _locked(session, key, draft.season_id)
    if show.version != version:
        raise StaleClubQ
    if draft.nb_tickets < show.nb_tickets:
        _check_enough(reading.holders(session, show), draft.nb_tickets)
    if draft.season_id != show.season_id and reading.wish_count(session, show):
        raise ShowHasWishes
    before, former = _said(show), show.image
    place = str(show.season_id)
    for name, value in asdict(draft).items():
        setattr(show, name, value)
    show.image = image
    after = _said(show)
    changed = [key for key in after if after[key] != before[key]]
    if not changed:
        return False
    show.version += 1
    session.flush()
    if former and former != image:
        defer(session, RemoveImage(place, former))
    audit(
        session,
        "club_q.show.change",
        show,
        before={key: before[key] for key in changed},
        after={key: after[key] for key in changed},
    )
    return True


def cancel(session: Session, key: int) -> int:
    """Cancel a show: nothing is due for it, and its holders are told. Returns how many are.

    Before publication nobody knows what they hold: nobody is told.

    Raises:
        NoSuchSpectacle: If it has just gone.
        AlreadyCancelled: If it is already.
    """
    show = _locked(session, key)
    if show.cancelled:
        raise AlreadyCancelled
    show.cancelled = True
    show.version += 1
    audit(session, "club_q.show.cancel", show, after={"nom": show.nom})
    if not session.get_one(ClubQSeason, show.season_id).attributions_visible:
        return 0
    told = [one for one in reading.holders(session, show) if one.pceen.email]
    for holder in told:
        defer(session, _mail(show, holder))
    return len(told)


def delete(session: Session, key: int) -> None:
    """Delete a show with the wishes for it; its picture goes once that is committed.

    Raises:
        NoSuchSpectacle: If it has just gone.
        ShowHasGrants: If places of it are granted.
    """
    show = _locked(session, key)
    if reading.holders(session, show):
        raise ShowHasGrants
    for wish in reading.wishes(session, show):
        staff_wishes.delete(session, voeu=wish)
    audit(session, "club_q.show.delete", show, before=_said(show))
    if show.image:
        defer(session, RemoveImage(str(show.season_id), show.image))
    session.delete(show)


def _lock_seasons(session: Session, *keys: int) -> None:
    """Keep seasons from others until the commit, in the order of their numbers.

    Raises:
        NoSuchSeason: If one is not there.
    """
    for key in sorted(set(keys)):
        found = session.get(ClubQSeason, key, with_for_update=True, populate_existing=True)
        if found is None:
            raise NoSuchSeason


def _locked(session: Session, key: int, *seasons: int) -> ClubQSpectacle:
    """A show as it is now, after its season and other *seasons*: nobody else changes any of them.

    Raises:
        NoSuchSpectacle, NoSuchSeason: If it has just gone, or one of them.
        StaleClubQ: If it has just changed seasons.
    """
    season_id = reading.spectacle(session, key).season_id
    _lock_seasons(session, season_id, *seasons)
    show = session.get(ClubQSpectacle, key, with_for_update=True, populate_existing=True)
    if show is None:
        raise NoSuchSpectacle
    if show.season_id != season_id:
        raise StaleClubQ
    return show


def _check_enough(holders: Sequence[Holder], tickets: int) -> None:
    """Refuse fewer tickets than are granted.

    Raises:
        FewerThanGranted: If they are.
    """
    granted = sum(one.places for one in holders)
    if tickets < granted:
        said = [f"{one.pceen.full_name} ({one.places})" for one in holders[:_NAMED]]
        more = ["…"] if len(holders) > _NAMED else []
        raise FewerThanGranted(granted=granted, holders=", ".join([*said, *more]))


def _mail(show: ClubQSpectacle, holder: Holder) -> ShowCancelled:
    return ShowCancelled(
        to=holder.pceen.email or "",
        locale=holder.pceen.locale or "fr",
        prenom=holder.pceen.prenom,
        spectacle=show.nom,
        at=show.date.isoformat(),
        places=holder.places,
    )


def _said(show: ClubQSpectacle) -> dict[str, Any]:
    """What the audit tells of a show."""
    return {
        "nom": show.nom,
        "categorie": show.categorie,
        "description": show.description,
        "date": show.date.isoformat(),
        "duration": show.duration,
        "nb_tickets": show.nb_tickets,
        "unit_price": show.unit_price,
        "season": show.season_id,
        "salle": show.salle_id,
        "image": show.image,
    }
