"""Posters of seasons and plays: made of what people send, replaced, removed."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TypeAlias

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.core.transaction import transaction
from app.integrations import public_pictures
from app.integrations.folders import TheatreFiles
from app.integrations.photo_store import StoredFile, Trouble
from app.integrations.public_pictures import Picture
from app.models import Saison, Spectacle, audit, defer
from app.modules.theatre.effects import RemovePoster
from app.modules.theatre.errors import TROUBLES, TheatreFolderSuspicious, TooManyPosters
from app.modules.theatre.rules.posters import PosterKind
from app.modules.theatre.service import locked

#: What a poster fits in, in pixels.
SIDE = 2000
#: The name of a poster that the site made.
_MADE = re.compile(r"(?:saison|spectacle)_[0-9a-f]{32}\.webp")

Shown: TypeAlias = Saison | Spectacle


@contextmanager
def stored(store: TheatreFiles, content: bytes, kind: PosterKind, saison: int) -> Iterator[Picture]:
    """Make a poster of what was sent, for a row that the block commits.

    Raises:
        PictureError: If it cannot be taken.
    """
    directory, prefix = store.saison(saison), f"{kind.value}_"
    with public_pictures.stored(store, content, directory, prefix=prefix, side=SIDE) as picture:
        yield picture


def put(session: Session, kind: PosterKind, key: int, picture: Picture, *, version: int) -> None:
    """Show a poster that is on the disk; the former one goes once that is committed.

    Raises:
        NoSuchSaison, NoSuchPlay: If what it is of has just gone.
        StaleTheatre: If somebody changed it meanwhile.
    """
    about = _locked(session, kind, key, version)
    _replace(session, about, picture)
    audit(session, "theatre.poster.put", about, after={"poster": picture.name})


def delete(session: Session, kind: PosterKind, key: int, *, version: int) -> None:
    """Show no poster any more; its file goes once that is committed.

    Raises:
        NoSuchSaison, NoSuchPlay: If what it is of has just gone.
        StaleTheatre: If somebody changed it meanwhile.
    """
    about = _locked(session, kind, key, version)
    former = about.poster
    if former is None:
        return
    _replace(session, about, None)
    audit(session, "theatre.poster.delete", about, before={"poster": former})


def remove(session: Session, *, wanted: RemovePoster, store: TheatreFiles) -> None:
    """Remove a poster that nothing shows any more.

    Raises:
        TheatreFolderSuspicious: If the directory is not as it should be: it is tried again.
    """
    if (trouble := store.trouble()) is not None:
        if trouble is Trouble.empty:
            return  # it is not there
        raise TheatreFolderSuspicious(why=TROUBLES[trouble])
    with transaction(session):
        is_shown = (f"saison_{wanted.saison}", wanted.name) in _shown(session)
        is_gone = session.get(Saison, wanted.saison) is None
    if not is_shown:
        store.remove_poster(wanted.saison, wanted.name)
    if is_gone:
        store.drop_saison(wanted.saison)


def tidy(session: Session, *, store: TheatreFiles) -> int:
    """Remove the posters that belong to nothing for a day, and what was left half made.

    Returns how many.

    Raises:
        TheatreFolderSuspicious: If the directory is not as it should be.
        TooManyPosters: If they are too many.
    """
    trouble = store.trouble()
    if trouble is not None and (trouble is not Trouble.empty or _shown(session)):
        raise TheatreFolderSuspicious(why=TROUBLES[trouble])
    listed = [file for file in store.files() if _is_poster(file)]
    return public_pictures.tidy(
        store,
        listed,
        _shown(session),  # after the files
        age=public_pictures.AGE,
        too_many=lambda count: TooManyPosters(count=count),
    )


def _is_poster(file: StoredFile) -> bool:
    return _MADE.fullmatch(file.path.name) is not None


def _locked(session: Session, kind: PosterKind, key: int, version: int) -> Shown:
    """What a poster is of, kept from others."""
    if kind is PosterKind.saison:
        return locked.saison(session, key, version=version)
    return locked.play(session, key, version=version)


def _replace(session: Session, about: Shown, picture: Picture | None) -> None:
    """Give another poster, or none."""
    former, place = about.poster, about.id if isinstance(about, Saison) else about.saison_id
    about.poster = picture.name if picture else None
    about.poster_width = picture.width if picture else None
    about.poster_height = picture.height if picture else None
    about.version += 1
    session.flush()
    if former:
        defer(session, RemovePoster(place, former))


def _shown(session: Session) -> frozenset[public_pictures.Shown]:
    """The posters that rows have: their directories, and their names."""
    seasons = sa.select(Saison.id, Saison.poster).where(Saison.poster.is_not(None))
    plays = sa.select(Spectacle.saison_id, Spectacle.poster).where(Spectacle.poster.is_not(None))
    rows = [*session.execute(seasons), *session.execute(plays)]
    return frozenset((f"saison_{place}", str(name)) for place, name in rows)
