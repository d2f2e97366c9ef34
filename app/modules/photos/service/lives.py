"""What the photos say of someone who is being erased, beyond their own rows."""

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.models import PCeen, Photo, PhotoReport

#: A shorter name is in too many words.
_SHORTEST = 3


def forget(session: Session, pceen: PCeen) -> None:
    """Forget the address that they gave as a visitor, and files that they named after them."""
    addresses = [one for one in (pceen.email, pceen.espci_email) if one is not None]
    session.execute(
        sa.update(PhotoReport).where(PhotoReport.email.in_(addresses)).values(email=None)
    )
    names = [one.casefold() for one in (pceen.prenom, pceen.nom) if len(one) >= _SHORTEST]
    stmt = sa.select(Photo.id, Photo.file_name, Photo.original_name).where(
        sa.or_(Photo.uploader_id == pceen.id, Photo.author_id == pceen.id)
    )
    for key, file_name, original_name in session.execute(stmt).all():
        if any(name in original_name.casefold() for name in names):
            renamed = sa.update(Photo).where(Photo.id == key).values(original_name=file_name)
            session.execute(renamed)
