"""Files that are being sent."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from app.models import Album, PCeen, PhotoUpload


def upload_of(session: Session, token: str, *, pceen: PCeen, since: datetime) -> PhotoUpload | None:
    """The upload that someone began and took up *since* then, with its album."""
    stmt = (
        sa.select(PhotoUpload)
        .filter_by(token=token, uploader_id=pceen.id)
        .where(PhotoUpload.touched_at > since)
        .options(joinedload(PhotoUpload.album).joinedload(Album.collection))
    )
    return session.scalars(stmt).one_or_none()
