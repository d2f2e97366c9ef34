"""The tables of the Bekk: its issues, and their pages."""

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base
from app.models.documents import DocumentColumns, PageColumns
from app.models.types import Day, LongText

#: The longest name of an issue, in characters.
BEKK_NAME_MAX = 120


class Bekk(DocumentColumns, Base):
    """An issue of the Bekk: a PDF, and its pages as pictures."""

    __tablename__ = "bekk"
    __table_args__ = (
        sa.CheckConstraint("promo BETWEEN 1 AND 999", "promo_in_range"),
        sa.Index(None, "promo", "date"),
    )

    name: Mapped[str] = mapped_column(sa.String(BEKK_NAME_MAX))
    #: The promo that made it.
    promo: Mapped[int]
    date: Mapped[Day] = mapped_column(index=True)
    #: The name as searches compare it.
    name_key: Mapped[str] = mapped_column(sa.String(1000))


class BekkPage(PageColumns, Base):
    """A page of an issue."""

    __tablename__ = "bekk_page"

    bekk_id: Mapped[int] = mapped_column(
        sa.ForeignKey("bekk.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    #: The text as searches compare it.
    text_key: Mapped[str] = mapped_column(LongText, default="")
