"""The photos that people want looked at, and who is in charge of them."""

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session, contains_eager, joinedload

from app.core.pagination import Page, paginate
from app.enums import PermissionScope, PermissionType, ReportKind, ReportStatus
from app.models import (
    Album,
    PCeen,
    Permission,
    Photo,
    PhotoReport,
    pceen_role,
    role_permission,
)
from app.modules.photos.errors import NoSuchReport
from app.modules.photos.queries.access import albums_within
from app.modules.photos.rules.access import Access

#: Reports on one page.
PAGE_SIZE = 30


def reports(session: Session, access: Access, *, number: int) -> Page[PhotoReport]:
    """The reports of the albums that one writes: those to decide of first, then the latest."""
    is_open = PhotoReport.status == ReportStatus.open
    stmt = (
        sa.select(PhotoReport)
        .join(PhotoReport.album)
        .join(Album.collection)
        .where(albums_within(access.writes))
        .order_by(sa.case((is_open, 0), else_=1))
        # those that wait the longest, then those decided of last
        .order_by(sa.case((is_open, PhotoReport.created_at)).asc())
        .order_by(PhotoReport.handled_at.desc(), PhotoReport.id.desc())
        .options(
            contains_eager(PhotoReport.album).contains_eager(Album.collection),
            joinedload(PhotoReport.photo),
            joinedload(PhotoReport.reporter).load_only(PCeen.prenom, PCeen.nom),
            joinedload(PhotoReport.handler).load_only(PCeen.prenom, PCeen.nom),
        )
    )
    return paginate(session, stmt, number=number, size=PAGE_SIZE)


def count_open(session: Session, access: Access) -> int:
    """How many reports wait for who has this *access* to decide of them."""
    if not access.opens or not access.writes:
        return 0
    stmt = (
        sa.select(sa.func.count())
        .select_from(PhotoReport)
        .join(PhotoReport.album)
        .where(PhotoReport.status == ReportStatus.open, albums_within(access.writes))
    )
    return session.scalars(stmt).one()


def report(session: Session, key: int, access: Access) -> PhotoReport:
    """The report numbered *key*, for who writes its album.

    Raises:
        NoSuchReport: If there is none.
    """
    stmt = (
        sa.select(PhotoReport)
        .join(PhotoReport.album)
        .join(Album.collection)
        .where(PhotoReport.id == key, albums_within(access.writes))
        .options(contains_eager(PhotoReport.album).contains_eager(Album.collection))
    )
    found = session.scalars(stmt).one_or_none()
    if found is None or not access.opens:
        raise NoSuchReport
    return found


def open_reports_of(session: Session, photo: Photo) -> Sequence[PhotoReport]:
    """The reports of a photo that nobody has decided of, the first one first."""
    stmt = sa.select(PhotoReport).where(
        PhotoReport.photo_id == photo.id, PhotoReport.status == ReportStatus.open
    )
    return session.scalars(stmt.order_by(PhotoReport.id)).all()


def same_report(
    session: Session, photo: Photo, kind: ReportKind, who: PCeen | str | None
) -> PhotoReport | None:
    """The report of a photo that waits and that *who*, a person or an address, has made."""
    is_theirs = (
        PhotoReport.reporter_id == who.id if isinstance(who, PCeen) else PhotoReport.email == who
    )
    stmt = sa.select(PhotoReport).where(
        PhotoReport.photo_id == photo.id,
        PhotoReport.status == ReportStatus.open,
        PhotoReport.kind == kind,
        is_theirs,
    )
    return session.scalars(stmt.limit(1)).first()


def in_charge_of(session: Session, album: Album) -> Sequence[PCeen]:
    """Those who write an album, if anybody does."""
    return _holders(
        session,
        sa.or_(
            sa.and_(Permission.scope == PermissionScope.album, Permission.ref_id == album.id),
            sa.and_(
                Permission.scope == PermissionScope.collection,
                sa.or_(Permission.ref_id.is_(None), Permission.ref_id == album.collection_id),
            ),
        ),
        PermissionType.write,
    )


def gris(session: Session) -> Sequence[PCeen]:
    """The GRIs, who may give any right."""
    return _holders(session, Permission.scope == PermissionScope.gris, PermissionType.all)


def _holders(
    session: Session, what: sa.ColumnElement[bool], type: PermissionType
) -> Sequence[PCeen]:
    enough = [one for one in PermissionType if one.covers(type)]
    holders = (
        sa.select(pceen_role.c.pceen_id)
        .join(role_permission, role_permission.c.role_id == pceen_role.c.role_id)
        .join(Permission, Permission.id == role_permission.c.permission_id)
        .where(what, Permission.type.in_(enough))
    )
    stmt = sa.select(PCeen).where(
        PCeen.id.in_(holders), PCeen.disabled_at.is_(None), PCeen.email.is_not(None)
    )
    return session.scalars(stmt.order_by(PCeen.id)).all()
