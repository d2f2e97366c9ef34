"""What is decided of photos without asking anybody: names, order, and who sees what."""

import itertools

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.enums import PermissionScope as S, PermissionType as T
from app.models import Album, PCeen
from app.modules.photos.queries.access import albums_seen
from app.modules.photos.rules.access import Access
from app.modules.photos.rules.names import directory_name
from app.modules.photos.rules.order import arranged, shifted
from tests.factories import AlbumFactory, CollectionFactory, PCeenFactory


@pytest.mark.once
@pytest.mark.parametrize(
    ("name", "directory"),
    [
        ("Été à la plage !", "ete_a_la_plage"),
        ("  Gala -- 2026  ", "gala_2026"),
        ("__secret__", "secret"),
        ("../../etc/passwd", "etc_passwd"),
        ("Œuvres d'art", "oeuvres_d_art"),
        ("!!!", "album"),
        ("", "album"),
        ("New", "new_2"),
        ("Tags", "tags_2"),
        ("x" * 300, "x" * 100),
        ("x" * 99 + " y", "x" * 99),
    ],
)
def test_a_name_gives_a_directory(name: str, directory: str) -> None:
    assert directory_name(name, otherwise="album") == directory


@pytest.mark.once
def test_what_is_moved_takes_the_places_of_what_was_moved() -> None:
    assert arranged("abcde", "dbc") == list("adbce")
    assert arranged("abc", "cba") == list("cba")
    assert arranged("abc", "") == list("abc")
    # one of them is gone meanwhile
    assert arranged("abc", "cxa") == list("cba")


@pytest.mark.once
def test_one_step_stops_at_either_end() -> None:
    assert [shifted("abc", "b", by) for by in (-1, 1)] == [list("bac"), list("acb")]
    assert [shifted("abc", one, by) for one, by in (("a", -1), ("c", 1))] == [list("abc")] * 2


#: What someone may hold of the photos, besides ``read/photos``; 1 and 2 are of one collection.
RIGHTS = {
    "nothing": [],
    "reads all": [(T.read, S.collection, None)],
    "writes all": [(T.write, S.collection, None)],
    "deletes all": [(T.delete, S.collection, None)],
    "reads a collection": [(T.read, S.collection, "collection")],
    "writes a collection": [(T.write, S.collection, "collection")],
    "reads an album": [(T.read, S.album, "album")],
    "writes an album": [(T.write, S.album, "album")],
    "reads a collection and writes an album": [
        (T.read, S.collection, "collection"),
        (T.write, S.album, "album"),
    ],
    "all of a collection": [(T.all, S.collection, "collection")],
}


def sees(person: PCeen, album: Album) -> bool:
    """What the specification says, in words of single permissions (community 2.1)."""
    if not person.has_permission(T.read, S.photos):
        return False
    if person.has_permission(T.write, S.album, album):
        return True
    if not (album.visible and person.has_permission(T.read, S.album, album)):
        return False
    alone = any(
        held.scope is S.album and held.ref_id == album.id
        for role in person.roles
        for held in role.permissions
    )
    return alone or album.collection.visible


def test_what_is_said_for_many_is_what_is_said_for_each(session: Session) -> None:
    albums = [
        AlbumFactory(collection=collection, visible=is_shown)
        for collection in (CollectionFactory(), CollectionFactory(visible=False))
        for is_shown in (True, True, False, False)
    ]
    first = albums[0].collection
    for (name, rights), opens, target in itertools.product(
        RIGHTS.items(), (True, False), (albums[0], albums[2], albums[4], albums[6])
    ):
        keys = {"collection": target.collection_id, "album": target.id, None: None}
        held = [(type_, scope, keys[key]) for type_, scope, key in rights]
        person = PCeenFactory(can=[*held, *([(T.read, S.photos)] if opens else [])])
        permissions = [one for role in person.roles for one in role.permissions]
        access = Access.of(permissions)
        stmt = sa.select(Album.id).join(Album.collection).where(albums_seen(access))
        found = set(session.scalars(stmt))

        for album in albums:
            case = (name, opens, target.id, album.id)
            assert access.sees_album(album) == sees(person, album), case
            assert (album.id in found) == sees(person, album), case
            for reach, type_ in (
                (access.reads, T.read),
                (access.writes, T.write),
                (access.deletes, T.delete),
            ):
                assert reach.has_album(album) == person.has_permission(type_, S.album, album), case
                assert reach.has_collection(album.collection_id) == person.has_permission(
                    type_, S.collection, album.collection
                ), case
        assert access.sees_as_a_whole(first) == (
            opens and person.has_permission(T.read, S.collection, first)
        ), name
