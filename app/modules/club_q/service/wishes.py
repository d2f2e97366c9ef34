"""The wishes of someone for a season, kept as a whole: all that they ask for, or nothing of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.core import clock
from app.core.transaction import lock
from app.models import (
    ClubQPreference,
    ClubQReturn,
    ClubQSeason,
    ClubQSpectacle,
    ClubQVoeu,
    PCeen,
    audit,
    defer,
)
from app.modules.club_q.errors import StaleWishes, WishesClosed, WishesRefused
from app.modules.club_q.mails import WishesSaved
from app.modules.club_q.queries import wishes as reading
from app.modules.club_q.queries.grants import Granted, granted_to
from app.modules.club_q.queries.options import options as read_options
from app.modules.club_q.queries.seasons import opening
from app.modules.club_q.rules import wishes as rules
from app.modules.club_q.rules.options import Options
from app.modules.club_q.rules.wishes import (
    Checked,
    Former,
    Known,
    Offered,
    Preferences,
    Wanted,
    Wish,
)

#: Further than any rank: wishes go there and back, since no two of one person have the same.
_AWAY = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Saved:
    """What is kept from now on."""

    wishes: tuple[Wish, ...]
    most_cents: int
    is_changed: bool


def save(
    session: Session, *, pceen: PCeen, season: ClubQSeason, wanted: Wanted, version: int
) -> Saved:
    """Keep what someone wishes in a season; what was granted is elsewhere, and stays as it is.

    *version* is that of the wishes as their author saw them, 0 for none. A show that *wanted* says
    nothing of keeps its wish; an empty row takes its own away.

    Raises:
        WishesClosed: If the form is closed by now.
        StaleWishes: If the wishes changed meanwhile.
        WishesRefused: If anything is wrong; ``faults`` of its details says what, field by field.
    """
    # the adoption of a run, and the team, take the season for themselves
    session.refresh(season, with_for_update={"read": True})
    lock(session, pceen)
    chosen = read_options(session)
    _check_open(session, season, chosen)
    own = reading.preference(session, pceen_id=pceen.id, season=season)
    if version != (own.version if own is not None else 0):
        raise StaleWishes
    shows = reading.offered(session, season)
    granted = granted_to(session, pceen_id=pceen.id, season=season, is_staff=True)
    checked = rules.check(wanted, _known(shows, granted, chosen))
    if checked.faults:
        raise WishesRefused(faults=checked.faults)
    is_changed = _write(session, own or _first(pceen, season), checked.wishes, wanted, granted)
    prices = {show.id: show.unit_price for show in shows}
    return Saved(
        wishes=checked.wishes,
        most_cents=rules.most_billed(checked.wishes, prices, wanted.preferences),
        is_changed=is_changed,
    )


def check(session: Session, *, pceen: PCeen, season: ClubQSeason, wanted: Wanted) -> Checked:
    """What would be wrong with it, for who has something else to correct: nothing is kept.

    Raises:
        WishesClosed: If the form is closed.
    """
    chosen = read_options(session)
    _check_open(session, season, chosen)
    shows = reading.offered(session, season)
    granted = granted_to(session, pceen_id=pceen.id, season=season, is_staff=True)
    return rules.check(wanted, _known(shows, granted, chosen))


def send_copy(session: Session, *, pceen: PCeen, season: ClubQSeason, saved: Saved) -> bool:
    """Mail someone what they wish; whether there is an address to mail it to."""
    if pceen.email is None or pceen.is_disabled:
        return False
    names = {show.id: show.nom for show in reading.offered(session, season)}
    own = reading.preference(session, pceen_id=pceen.id, season=season)
    mail = WishesSaved(
        to=pceen.email,
        locale=pceen.locale or "fr",
        prenom=pceen.prenom,
        season=season.nom,
        lines=[(one.priority, names[one.show], one.places, one.minimum) for one in saved.wishes],
        most_cents=saved.most_cents,
        budget_cents=own.budget if own is not None else None,
        max_shows=own.max_shows if own is not None else None,
        accept_clashes=own is not None and own.accept_clashes,
        at=clock.now().isoformat(timespec="seconds"),
    )
    defer(session, mail)
    return True


def touch(session: Session, *, pceen_id: int, season: ClubQSeason) -> None:
    """Have the form of someone be stale: the team changes a wish of theirs.

    The season is locked by then, so that nobody saves the form meanwhile.
    """
    own = session.get(ClubQPreference, (pceen_id, season.id), populate_existing=True)
    if own is None:
        session.add(ClubQPreference(pceen_id=pceen_id, season_id=season.id, version=1))
    else:
        own.version += 1
    session.flush()


def _check_open(session: Session, season: ClubQSeason, chosen: Options) -> None:
    why = opening(session, season, chosen).closed_on(clock.today())
    if why is not None:
        raise WishesClosed(why=why.label)


def _known(shows: Sequence[ClubQSpectacle], granted: Sequence[Granted], chosen: Options) -> Known:
    return Known(
        shows=[Offered(id=one.id, name=one.nom, capacity=one.nb_tickets) for one in shows],
        former=[
            Former(wish=wish_of(one.voeu), is_settled=one.places is not None) for one in granted
        ],
        max_places=chosen.max_places,
    )


def wish_of(voeu: ClubQVoeu) -> Wish:
    """A row, as the rules see it."""
    return Wish(
        show=voeu.spectacle_id,
        priority=voeu.priorite,
        places=voeu.places_demandees,
        minimum=voeu.places_minimum,
    )


def _first(pceen: PCeen, season: ClubQSeason) -> ClubQPreference:
    return ClubQPreference(pceen_id=pceen.id, season_id=season.id, version=0)


def _write(
    session: Session,
    own: ClubQPreference,
    wishes: Sequence[Wish],
    wanted: Wanted,
    granted: Sequence[Granted],
) -> bool:
    """Write what is not so already; whether anything was."""
    former = {one.voeu.spectacle_id: one.voeu for one in granted}
    on_form = {one.show for one in wishes} | {row.show for row in wanted.rows}
    # what is cancelled or past is not on the form: it comes after what is
    others = [wish_of(voeu) for show, voeu in former.items() if show not in on_form]
    moved = [
        Wish(show=one.show, priority=rank, places=one.places, minimum=one.minimum)
        for rank, one in enumerate(others, start=len(wishes) + 1)
    ]
    after = {one.show: one for one in (*wishes, *moved)}
    before = {show: wish_of(voeu) for show, voeu in former.items()}
    told = {"wishes": _plain(before), **_told(own)}
    if after == before and own.version and _of(own) == wanted.preferences:
        return False
    _write_wishes(session, own, former, after)
    own.budget = wanted.preferences.budget
    own.max_shows = wanted.preferences.max_shows
    own.accept_clashes = wanted.preferences.accept_clashes
    own.version += 1
    session.add(own)
    audit(
        session,
        "club_q.wishes.save",
        session.get(PCeen, own.pceen_id),
        before=told,
        after={"season": own.season_id, "wishes": _plain(after), **_told(own)},
    )
    return True


def _write_wishes(
    session: Session,
    own: ClubQPreference,
    former: dict[int, ClubQVoeu],
    after: dict[int, Wish],
) -> None:
    """Take away what is wished no more, then write the rest, in two steps: ranks are unique."""
    gone = [voeu for show, voeu in former.items() if show not in after]
    if gone:  # what was offered back once, of a grant that the team took away since
        theirs = ClubQReturn.voeu_id.in_([voeu.id for voeu in gone])
        session.execute(sa.delete(ClubQReturn).where(theirs))
    for voeu in gone:
        session.delete(voeu)
    session.flush()
    kept = {show: voeu for show, voeu in former.items() if show in after}
    changed = {show: voeu for show, voeu in kept.items() if wish_of(voeu) != after[show]}
    if changed:
        session.execute(
            sa.update(ClubQVoeu)
            .where(ClubQVoeu.id.in_([voeu.id for voeu in changed.values()]))
            .values(priorite=ClubQVoeu.priorite + _AWAY)
            .execution_options(synchronize_session=False)
        )
        session.execute(
            sa.update(ClubQVoeu).execution_options(synchronize_session=False),
            [_columns(after[show], voeu) for show, voeu in changed.items()],
        )
        for voeu in changed.values():
            session.expire(voeu)
    session.add_all(
        ClubQVoeu(
            pceen_id=own.pceen_id,
            spectacle_id=one.show,
            season_id=own.season_id,
            priorite=one.priority,
            places_demandees=one.places,
            places_minimum=one.minimum,
        )
        for show, one in after.items()
        if show not in former
    )


def _columns(wish: Wish, voeu: ClubQVoeu) -> dict[str, Any]:
    return {
        "id": voeu.id,
        "priorite": wish.priority,
        "places_demandees": wish.places,
        "places_minimum": wish.minimum,
        "edited_by_id": None,
        "version": voeu.version + 1,
    }


def _of(own: ClubQPreference) -> Preferences:
    return Preferences(
        budget=own.budget, max_shows=own.max_shows, accept_clashes=own.accept_clashes
    )


def _told(own: ClubQPreference) -> dict[str, Any]:
    """What is written down of it."""
    return {
        "budget": own.budget,
        "max_shows": own.max_shows,
        "accept_clashes": bool(own.accept_clashes),
    }


def _plain(wishes: dict[int, Wish]) -> list[list[int]]:
    """By rank: the number of the show, the places, the minimum."""
    ranked = sorted(wishes.values(), key=lambda one: one.priority)
    return [[one.show, one.places, one.minimum] for one in ranked]
