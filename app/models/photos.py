"""The photos: collections of albums, who is on them, who wants them removed (community 2.1)."""

from datetime import UTC, date, datetime
from typing import ClassVar

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core import clock
from app.enums import AlbumOrigin, PhotoState, ReportKind, ReportStatus
from app.models.base import Base
from app.models.people import PCeen
from app.models.types import Id, reference

#: After every photo that has a date.
UNDATED = datetime(9999, 1, 1, tzinfo=UTC)


class Collection(Base):
    """Albums that belong together: those of a school year, say."""

    __tablename__ = "collection"
    __table_args__ = (
        sa.CheckConstraint(sa.column("end") >= sa.column("start"), "ends_after_start"),
    )

    id: Mapped[Id]
    #: Its name in addresses and on the disk; it never changes.
    dir_name: Mapped[str] = mapped_column(sa.String(120), unique=True)
    name: Mapped[str] = mapped_column(sa.String(120))
    description: Mapped[str | None] = mapped_column(sa.String(280))
    start: Mapped[date | None]
    end: Mapped[date | None]
    visible: Mapped[bool] = mapped_column(default=False)
    #: Where among the others: the lowest first, then those without.
    position: Mapped[int | None]
    origin: Mapped[AlbumOrigin] = mapped_column(default=AlbumOrigin.web)
    version: Mapped[int] = mapped_column(default=1)


class Album(Base):
    """Photos of one occasion."""

    __tablename__ = "album"
    __table_args__ = (
        sa.UniqueConstraint("collection_id", "dir_name"),
        sa.CheckConstraint(sa.column("end") >= sa.column("start"), "ends_after_start"),
        sa.CheckConstraint("nb_photos >= 0", "photos_not_negative"),
        sa.CheckConstraint(
            "featured_of IS NULL OR featured_of = collection_id", "featured_of_its_own"
        ),
    )

    id: Mapped[Id]
    collection_id: Mapped[int] = reference("collection.id", ondelete="CASCADE")
    dir_name: Mapped[str] = mapped_column(sa.String(120))
    name: Mapped[str] = mapped_column(sa.String(120))
    description: Mapped[str | None] = mapped_column(sa.String(280))
    start: Mapped[date | None]
    end: Mapped[date | None]
    visible: Mapped[bool] = mapped_column(default=False)
    position: Mapped[int | None]
    origin: Mapped[AlbumOrigin] = mapped_column(default=AlbumOrigin.web)
    #: The collection whose cover it gives: one album at most, on every database.
    featured_of: Mapped[int | None] = mapped_column(unique=True)
    #: How many photos everybody who opens it sees: ready, and not hidden.
    nb_photos: Mapped[int] = mapped_column(default=0)
    version: Mapped[int] = mapped_column(default=1)

    collection: Mapped[Collection] = relationship()

    @property
    def full_name(self) -> str:
        """What it is called where others stand for themselves, too: on the page of a role."""
        return f"{self.collection.name} / {self.name}"

    @property
    def featured(self) -> bool:
        """Whether it gives its cover to its collection."""
        return self.featured_of is not None


class AlbumAddress(Base):
    """Where an album was before it moved: links to it lead to where it is."""

    __tablename__ = "album_address"
    __table_args__ = (sa.UniqueConstraint("collection_dir", "album_dir"),)

    id: Mapped[Id]
    collection_dir: Mapped[str] = mapped_column(sa.String(120))
    album_dir: Mapped[str] = mapped_column(sa.String(120))
    album_id: Mapped[int] = reference("album.id", ondelete="CASCADE")

    album: Mapped[Album] = relationship()


class Photo(Base):
    """A photo of an album, whose files have a name of their own."""

    __tablename__ = "photo"
    __table_args__ = (
        sa.UniqueConstraint("album_id", "file_name"),
        sa.UniqueConstraint("album_id", "sha256"),
        sa.CheckConstraint("width > 0 AND height > 0", "has_a_size"),
        sa.CheckConstraint("lat BETWEEN -90 AND 90", "lat_on_earth"),
        sa.CheckConstraint("lng BETWEEN -180 AND 180", "lng_on_earth"),
        sa.CheckConstraint("featured_of IS NULL OR featured_of = album_id", "featured_of_its_own"),
        sa.CheckConstraint("cover_of IS NULL OR cover_of = album_id", "cover_of_its_own"),
        sa.Index("ix_photo_order", "album_id", "sort_at", "original_name", "id"),
        sa.Index("ix_photo_recent", "state", "uploaded_at"),
    )

    #: How long the words of a photo may be.
    CAPTION: ClassVar = 280
    AUTHOR: ClassVar = 64
    NAME: ClassVar = 120

    id: Mapped[Id]
    album_id: Mapped[int] = reference("album.id", ondelete="CASCADE")
    #: ``<random>.jpg``: what its address and its files are called.
    file_name: Mapped[str] = mapped_column(sa.String(120))
    #: What its file was called by who sent it: to be shown, and to name a download.
    original_name: Mapped[str] = mapped_column(sa.String(120))
    #: The digest of what was sent.
    sha256: Mapped[str] = mapped_column(sa.String(64))
    #: The size in bytes of what is published; ``None`` until it is.
    size: Mapped[int | None] = mapped_column(sa.BigInteger)
    state: Mapped[PhotoState] = mapped_column(default=PhotoState.pending)
    #: In pixels, once upright.
    width: Mapped[int]
    height: Mapped[int]
    author_id: Mapped[int | None] = reference("pceen.id", ondelete="SET NULL")
    author_str: Mapped[str | None] = mapped_column(sa.String(64))
    timestamp: Mapped[datetime | None]
    #: That instant, or ``UNDATED``: what photos are sorted by.
    sort_at: Mapped[datetime] = mapped_column(default=UNDATED)
    #: In degrees; for those who write the album alone.
    lat: Mapped[float | None] = mapped_column(sa.Double)
    lng: Mapped[float | None] = mapped_column(sa.Double)
    caption: Mapped[str | None] = mapped_column(sa.String(280))
    #: The album whose cover it is: one photo at most, on every database.
    featured_of: Mapped[int | None] = mapped_column(unique=True)
    #: The album that it stands for now: the featured photo, else the first that is seen.
    cover_of: Mapped[int | None] = mapped_column(unique=True)
    hidden: Mapped[bool] = mapped_column(default=False)
    uploader_id: Mapped[int | None] = reference("pceen.id", ondelete="SET NULL")
    uploaded_at: Mapped[datetime] = mapped_column(default=clock.now)
    #: A blurred miniature, as a ``data:`` address, for the time that the picture takes to come.
    placeholder: Mapped[str | None] = mapped_column(sa.String(600))
    #: The file of its cover, once one was made.
    cover_name: Mapped[str | None] = mapped_column(sa.String(64))
    version: Mapped[int] = mapped_column(default=1)

    album: Mapped[Album] = relationship()
    author: Mapped[PCeen | None] = relationship(foreign_keys="Photo.author_id")
    uploader: Mapped[PCeen | None] = relationship(foreign_keys="Photo.uploader_id")

    def date(self, timestamp: datetime | None) -> None:
        """Say when it was taken; ``None`` if nobody knows."""
        self.timestamp, self.sort_at = timestamp, timestamp or UNDATED

    @property
    def featured(self) -> bool:
        """Whether it is the cover that was chosen for its album."""
        return self.featured_of is not None

    @property
    def is_seen(self) -> bool:
        """Whether whoever opens the album sees it."""
        return self.state is PhotoState.ready and not self.hidden

    @property
    def stem(self) -> str:
        """What its previews are called, without ``.webp``."""
        return self.file_name.rpartition(".")[0]


class PhotoUpload(Base):
    """A file that is being sent, bit by bit: what came of it is the length of its file."""

    __tablename__ = "photo_upload"
    __table_args__ = (sa.CheckConstraint("size > 0", "has_a_size"),)

    id: Mapped[Id]
    #: Its name in its address and among the files that arrive: nobody guesses it.
    token: Mapped[str] = mapped_column(sa.String(64), unique=True)
    album_id: Mapped[int] = reference("album.id", ondelete="CASCADE")
    uploader_id: Mapped[int] = reference("pceen.id", ondelete="CASCADE")
    original_name: Mapped[str] = mapped_column(sa.String(120))
    #: How many bytes it will have.
    size: Mapped[int] = mapped_column(sa.BigInteger)
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    touched_at: Mapped[datetime] = mapped_column(default=clock.now, index=True)

    album: Mapped[Album] = relationship()


class PhotoTag(Base):
    """Someone who is on a photo."""

    __tablename__ = "photo_tag"

    photo_id: Mapped[int] = reference("photo.id", ondelete="CASCADE", primary_key=True, index=False)
    pceen_id: Mapped[int] = reference("pceen.id", ondelete="CASCADE", primary_key=True)
    tagged_by_id: Mapped[int | None] = reference("pceen.id", ondelete="SET NULL")
    created_at: Mapped[datetime] = mapped_column(default=clock.now)

    photo: Mapped[Photo] = relationship()
    pceen: Mapped[PCeen] = relationship(foreign_keys="PhotoTag.pceen_id")


class PhotoPerson(Base):
    """What someone wants of photos; without a row, what everybody does."""

    __tablename__ = "photo_person"

    pceen_id: Mapped[int] = reference("pceen.id", ondelete="CASCADE", primary_key=True, index=False)
    #: Whether others may say that they are on a photo.
    taggable: Mapped[bool] = mapped_column(default=True)


class PhotoReport(Base):
    """Someone wants a photo to be looked at, or to go."""

    __tablename__ = "photo_report"
    __table_args__ = (sa.Index(None, "status", "created_at"),)

    id: Mapped[Id]
    #: ``None`` once it was deleted.
    photo_id: Mapped[int | None] = reference("photo.id", ondelete="SET NULL")
    album_id: Mapped[int] = reference("album.id", ondelete="CASCADE")
    #: What the photo was called, for when it is gone.
    photo_name: Mapped[str] = mapped_column(sa.String(120))
    reporter_id: Mapped[int | None] = reference("pceen.id", ondelete="SET NULL")
    #: The address of a visitor, and their language.
    email: Mapped[str | None] = mapped_column(sa.String(120))
    locale: Mapped[str | None] = mapped_column(sa.String(8))
    kind: Mapped[ReportKind]
    reason: Mapped[str | None] = mapped_column(sa.String(500))
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    status: Mapped[ReportStatus] = mapped_column(default=ReportStatus.open)
    handler_id: Mapped[int | None] = reference("pceen.id", ondelete="SET NULL")
    handled_at: Mapped[datetime | None]
    #: What the reporter is told.
    answer: Mapped[str | None] = mapped_column(sa.String(500))
    #: Whether the report itself hid the photo, until someone decides.
    hid: Mapped[bool] = mapped_column(default=False)

    photo: Mapped[Photo | None] = relationship()
    album: Mapped[Album] = relationship()
    reporter: Mapped[PCeen | None] = relationship(foreign_keys="PhotoReport.reporter_id")
    handler: Mapped[PCeen | None] = relationship(foreign_keys="PhotoReport.handler_id")
