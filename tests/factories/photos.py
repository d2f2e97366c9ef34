"""Collections, albums, photos."""

import hashlib

import factory

from app.enums import PhotoState
from app.models import Album, Collection, Photo
from tests.factories.base import Factory


class CollectionFactory(Factory):
    """Shown; ``visible=False`` is hidden."""

    class Meta:
        model = Collection

    name = factory.Sequence(lambda n: f"Année {n}")
    dir_name = factory.Sequence(lambda n: f"annee_{n}")
    visible = True


class AlbumFactory(Factory):
    """Shown, in a collection that is."""

    class Meta:
        model = Album

    collection = factory.SubFactory(CollectionFactory)
    name = factory.Sequence(lambda n: f"Gala {n}")
    dir_name = factory.Sequence(lambda n: f"gala_{n}")
    visible = True


class PhotoFactory(Factory):
    """Published, without its files; the count and the cover of its album are the test's."""

    class Meta:
        model = Photo

    album = factory.SubFactory(AlbumFactory)
    file_name = factory.Sequence(lambda n: f"{n:016x}.jpg")
    original_name = factory.Sequence(lambda n: f"IMG_{n:04}.JPG")
    sha256 = factory.LazyAttribute(lambda o: hashlib.sha256(o.file_name.encode()).hexdigest())
    width = 4000
    height = 3000
    size = 5_000_000
    state = PhotoState.ready
