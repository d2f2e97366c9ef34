"""Collections and albums made, moved and deleted at once, for real."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from app.core.errors import DomainError
from app.core.transaction import transaction
from app.extensions import db
from app.integrations.photo_store import PhotoStore
from app.models import Album, Collection
from app.modules.photos.service import albums, collections
from app.modules.photos.service.elements import Draft

Attempt = Callable[[Session], object]


def at_once(app: Flask, *works: Attempt) -> Counter[str]:
    """Do these in transactions of their own, together; how each went."""

    def attempt(work: Attempt) -> str:
        with app.app_context():
            try:
                with transaction(db.session()) as session:
                    work(session)
            except (DomainError, sa.exc.NoResultFound) as refusal:
                return type(refusal).__name__
            return "done"

    with ThreadPoolExecutor(len(works)) as threads:
        return Counter(threads.map(attempt, works))


def test_collections_of_one_name_made_at_once_are_one(shared: Flask, tmp_path: Path) -> None:
    store = PhotoStore(tmp_path)
    found = at_once(
        shared,
        *[lambda s: collections.create(s, wanted=Draft(name="Gala"), store=store)] * 4,
    )
    assert found == {"done": 1, "NameTaken": 3}


def test_albums_made_featured_or_moved_at_once_stay_one_of_a_kind(
    shared: Flask, tmp_path: Path
) -> None:
    store = PhotoStore(tmp_path)
    with shared.app_context():
        with transaction(db.session()) as session:
            first, second = (
                collections.create(session, wanted=Draft(name=name), store=store)
                for name in ("A", "B")
            )
            made = [
                albums.create(session, collection, name=name, store=store).id
                for collection, name in ((first, "x"), (first, "y"), (second, "x"))
            ]
        first_id, second_id = first.id, second.id

    def making(session: Session) -> None:
        albums.create(session, session.get_one(Collection, first_id), name="z", store=store)

    def featuring(key: int) -> Attempt:
        return lambda session: albums.feature(session, session.get_one(Album, key))

    def moving(key: int, there: int) -> Attempt:
        def work(session: Session) -> None:
            album, target = session.get_one(Album, key), session.get_one(Collection, there)
            albums.move(session, album, target=target)

        return work

    assert at_once(shared, *[making] * 4) == {"done": 1, "AlbumNameTaken": 3}
    assert at_once(shared, *(featuring(key) for key in made[:2] * 2)) == {"done": 4}
    # y goes there and x comes from there: whoever is first, two of a name never meet
    found = at_once(shared, moving(made[1], second_id), moving(made[2], first_id))
    assert found == {"done": 1, "AddressTaken": 1}
    with shared.app_context():
        featured = db.session.scalars(sa.select(Album).where(Album.featured_of.is_not(None)))
        assert all(album.featured_of == album.collection_id for album in featured)


def test_deleted_twice_at_once_it_is_gone_once(shared: Flask, tmp_path: Path) -> None:
    store = PhotoStore(tmp_path)
    with shared.app_context(), transaction(db.session()) as session:
        made = collections.create(session, wanted=Draft(name="Gala"), store=store)
        albums.create(session, made, name="x", store=store)
        key = made.id

    def deleting(session: Session) -> None:
        collections.delete(session, session.get_one(Collection, key), typed="Gala")

    assert set(at_once(shared, deleting, deleting)) <= {"done", "NoSuchCollection", "NoResultFound"}
    with shared.app_context():
        assert db.session.scalars(sa.select(Album)).all() == []
