"""Photos of the demonstration: landscapes that nobody took, published as any photo is."""

import hashlib
import math
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path

import sqlalchemy as sa
from PIL import Image, ImageDraw, ImageOps
from sqlalchemy.orm import Session

from app.core import clock
from app.core.clock import PARIS
from app.enums import PermissionScope as S, PermissionType as T, PhotoState, ReportKind
from app.integrations import images
from app.integrations.images import Outputs, Prepared
from app.integrations.photo_store import PhotoStore, publish
from app.models import (
    Album,
    Collection,
    PCeen,
    Photo,
    PhotoReport,
    PhotoTag,
    Role,
    pceen_role,
)
from app.modules.account.service import classes
from app.modules.gris.service import roles as roles_service
from app.modules.photos import around
from app.modules.photos.service import albums, collections, counts
from app.modules.photos.service.elements import Draft
from app.modules.photos.service.prepare import temporary_file
from app.web import installation
from app.web.module import Demo

#: How many photos there are, in a school of full size.
PHOTOS = 60
#: What was photographed in a year, and how many days after its first one.
_YEAR = (
    ("Week-end d'intégration", 12, "Trois jours au bord de la mer, et presque pas de pluie."),
    ("Gala d'hiver", 90, "Le bal, la piste, et ceux qui sont restés jusqu'au petit-déjeuner."),
    ("Semaine au ski", 150, None),
    ("Tournoi des écoles", 215, None),
    ("Remise des diplômes", 280, "Avec les familles, dans la cour."),
)
_CLUB = (
    ("Sortie aux falaises", 40, "Apprendre à attendre la lumière."),
    ("Portraits", 110, None),
)
#: The last album of the club is not finished.
_DRAFT = "Essais en argentique"
_CAPTIONS = (
    "Avant que tout le monde arrive",
    "La lumière de six heures",
    "On voyait jusqu'à la côte",
    "Le dernier soir",
)
#: Width and height, in pixels, at full size.
_SHAPES = ((1200, 800), (800, 1200), (1200, 900), (1280, 720), (960, 960))
#: The colours of a sky, from its top to the horizon, and of the hills under it.
_SKIES = (
    ("#152f4e", "#f4a261", "#2a3d45"),
    ("#3a86c8", "#dff1fb", "#4f772d"),
    ("#2b2d6e", "#ff9b85", "#1b1b3a"),
    ("#7bb7e0", "#fdf0d5", "#8d6b4f"),
    ("#0b132b", "#5bc0be", "#1c2541"),
)
#: Pictures that are made at once: each has a process of its own.
_AT_ONCE = 4
WEIGHT = PHOTOS


@dataclass(frozen=True, slots=True)
class _Taken:
    """A photo to be published: where it is, and what is said of it."""

    source: Path
    row: Photo


def load(session: Session, demo: Demo) -> None:
    """Two school years, a club, who may see and change them, and photos in all of them."""
    store = around.store()
    store.prepare()
    first = clock.today().year - (clock.today().month < 9)
    years = [_year(session, year, store) for year in (first - 1, first)]
    club = collections.create(
        session,
        wanted=Draft(name="Club photo", description="Ce que le club montre de ses sorties."),
        store=store,
    )
    _give_rights(session, [*years, club], entering=installation.settings().promos.entering(first))
    held = zip((*years, club), (_YEAR[2:], _YEAR[:2], _CLUB), strict=True)
    made = [
        _album(session, one, what, store)
        for one, occasions in held
        for what in occasions[: demo.count(len(occasions))]
    ]
    made.append(_album(session, club, (_DRAFT, 130, None), store))
    _fill(session, demo, made, store)
    for one in made[:-1]:
        one.visible = True
    for collection in (*years, club):
        collection.visible = True
    _talk(session, made)


def _year(session: Session, year: int, store: PhotoStore) -> Collection:
    wanted = Draft(
        name=f"Année {year}-{year + 1}", start=date(year, 9, 1), end=date(year + 1, 6, 30)
    )
    return collections.create(session, wanted=wanted, store=store)


def _album(
    session: Session, within: Collection, what: tuple[str, int, str | None], store: PhotoStore
) -> Album:
    name, days, description = what
    made = albums.create(session, within, name=name, store=store)
    begins = within.start or date(clock.today().year - 1, 9, 1)
    made.description, made.start = description, min(begins + timedelta(days=days), clock.today())
    return made


# Who may


def _give_rights(session: Session, made: Sequence[Collection], *, entering: int) -> None:
    """Those who study read all that was *made*; some people change it, the last of them alone."""
    for promo in range(entering - 3, entering + 1):
        role = classes.promo_role(session, promo)
        for one in made:
            role.permissions.append(roles_service.permission(session, T.read, S.collection, one.id))
        session.flush()
        people = sa.select(PCeen.id, sa.literal(role.id)).where(PCeen.promo == promo)
        session.execute(sa.insert(pceen_role).from_select(["pceen_id", "role_id"], people))
    club_photo = Role(name="Club photo", index=30, color="2b2d6e")
    in_charge = Role(name="Responsable photos", index=5, color="5bc0be")
    club_photo.permissions = [roles_service.permission(session, T.all, S.collection, made[-1].id)]
    in_charge.permissions = [
        roles_service.permission(session, T.all, S.photos),
        roles_service.permission(session, T.all, S.collection),
    ]
    session.add_all([club_photo, in_charge])
    for username, role in (("gcharpak", club_photo), ("mcurie", in_charge)):
        pceen = _person(session, username)
        pceen.roles.append(role)
    session.flush()


def _person(session: Session, username: str) -> PCeen:
    return session.scalars(sa.select(PCeen).filter_by(username=username)).one()


# The photos


def _fill(session: Session, demo: Demo, made: Sequence[Album], store: PhotoStore) -> None:
    """Take photos for these albums, as many for each, and publish them."""
    size = 1.0 if demo.scale >= 1 else 0.3
    each = max(2, demo.count(PHOTOS) // len(made))
    authors = [_person(session, name) for name in ("plangevi", "gcharpak")]
    taken = [
        _take(demo, album, rank, authors, store, size) for album in made for rank in range(each)
    ]
    with ThreadPoolExecutor(_AT_ONCE) as threads:
        for one, prepared in zip(
            taken, threads.map(lambda one: _publish(one, store), taken), strict=True
        ):
            one.row.width, one.row.height = prepared.width, prepared.height
            one.row.size, one.row.placeholder = prepared.size, prepared.placeholder
            one.row.state = PhotoState.ready
            session.add(one.row)
            demo.tick()
    for album in made:
        counts.refresh(session, album)


def _take(
    demo: Demo,
    album: Album,
    rank: int,
    authors: Sequence[PCeen],
    store: PhotoStore,
    size: float,
) -> _Taken:
    """A landscape, and what is said of it; the first of an album is its cover."""
    chance = demo.chance
    stem = f"{chance.getrandbits(64):016x}"
    width, height = (round(side * size) for side in chance.choice(_SHAPES if rank else _SHAPES[:1]))
    source = temporary_file(store, stem, "sent")
    _landscape(width, height, chance.choice(_SKIES), chance.random()).save(source, "JPEG")
    row = Photo(
        album=album,
        file_name=f"{stem}.jpg",
        original_name=f"IMG_{chance.randrange(1000, 9999)}.jpg",
        sha256=hashlib.sha256(source.read_bytes()).hexdigest(),
        width=width,
        height=height,
        uploader=authors[1],
        caption=chance.choice(_CAPTIONS) if rank % 3 == 0 else None,
        author=authors[rank % 2] if rank % 4 else None,
        author_str=None if rank % 4 else "Zoé",
        cover_name=None if rank else f"{chance.getrandbits(64):016x}.webp",
    )
    day = album.start or clock.today()
    noon = datetime.combine(day, time(12), PARIS)
    row.date(noon + timedelta(minutes=13 * rank))
    return _Taken(source, row)


def _publish(one: _Taken, store: PhotoStore) -> Prepared:
    """Make what is served of a photo, as the worker does."""
    row, place = one.row, (one.row.album.collection.dir_name, one.row.album.dir_name)
    parts = [temporary_file(store, row.stem, part) for part in ("original", "large", "thumb")]
    prepared = images.prepare(one.source, Outputs(*parts), timestamp=row.timestamp)
    for part, final in zip(
        parts,
        (
            store.original(*place, row.file_name),
            store.large(*place, row.stem),
            store.thumb(*place, row.stem),
        ),
        strict=True,
    ):
        publish(part, final)
    if row.cover_name is not None:
        cover = temporary_file(store, row.stem, "cover")
        images.make_cover(one.source, cover)
        publish(cover, store.cover(row.cover_name))
    one.source.unlink()
    return prepared


def _landscape(width: int, height: int, colours: tuple[str, str, str], where: float) -> Image.Image:
    """Hills under a sky, and the sun or the moon *where* it is, from 0 to 1."""
    top, horizon, hills = colours
    sky = Image.linear_gradient("L").resize((width, height))
    picture = ImageOps.colorize(sky, top, horizon)
    draw = ImageDraw.Draw(picture)
    x, y, radius = width * (0.15 + 0.7 * where), height * (0.2 + 0.2 * where), height * 0.07
    draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill="#fff3d6")
    for depth in range(3):
        shade = Image.blend(
            Image.new("RGB", (1, 1), horizon), Image.new("RGB", (1, 1), hills), 0.4 + 0.3 * depth
        ).getpixel((0, 0))
        draw.polygon([*_ridge(width, height, depth, where)], fill=shade)
    return picture


def _ridge(width: int, height: int, depth: int, where: float) -> Iterator[tuple[float, float]]:
    """The outline of hills: the nearer, the lower and the wider."""
    yield 0, height
    for step in range(65):
        x = step / 64
        wave = math.sin(x * (9 - 2 * depth) + where * 20 + depth) + math.sin(x * 23 + where * 7) / 3
        yield width * x, height * (0.58 + 0.13 * depth + 0.06 * wave)
    yield width, height


# What people say of them


def _talk(session: Session, made: Sequence[Album]) -> None:
    """Someone is on photos of the first album, and would rather not be on one."""
    pierre, irene, georges = (_person(session, n) for n in ("plangevi", "ijoliot", "gcharpak"))
    stmt = sa.select(Photo).where(Photo.album_id == made[0].id).order_by(Photo.sort_at)
    photos = session.scalars(stmt).all()
    for photo in photos[:2]:
        session.add(PhotoTag(photo=photo, pceen=pierre, tagged_by_id=georges.id))
    session.add(PhotoTag(photo=photos[0], pceen=irene, tagged_by_id=irene.id))
    session.add(
        PhotoReport(
            photo=photos[1],
            album=made[0],
            photo_name=photos[1].original_name,
            reporter=irene,
            kind=ReportKind.other,
            reason="On lit mon adresse sur l'enveloppe, à gauche.",
        )
    )
    session.flush()
