"""The tables of the theatre club: seasons, plays, performances."""

from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.models.base import Base
from app.models.types import Id, LongText, reference

#: The longest name of a season or a play, and the longest description, in characters.
THEATRE_NAME_MAX, THEATRE_TEXT_MAX = 120, 20_000


class PosterColumns:
    """A poster: the name of its file, and its size in pixels; nothing without one."""

    poster: Mapped[str | None] = mapped_column(sa.String(64))
    poster_width: Mapped[int | None]
    poster_height: Mapped[int | None]


class Saison(PosterColumns, Base):
    """A season of the theatre club."""

    __tablename__ = "saison"

    id: Mapped[Id]
    name: Mapped[str] = mapped_column(sa.String(THEATRE_NAME_MAX))
    #: In Markdown.
    description: Mapped[str] = mapped_column(LongText, default="")
    start_date: Mapped[date] = mapped_column(index=True)
    #: Whether the public does not see it: it is being prepared.
    hidden: Mapped[bool] = mapped_column(default=False)
    version: Mapped[int] = mapped_column(default=1)


class Spectacle(PosterColumns, Base):
    """A play of a season."""

    __tablename__ = "spectacle"

    id: Mapped[Id]
    saison_id: Mapped[int] = reference("saison.id", ondelete="CASCADE")
    name: Mapped[str] = mapped_column(sa.String(THEATRE_NAME_MAX))
    #: In Markdown.
    description: Mapped[str] = mapped_column(LongText, default="")
    director: Mapped[str] = mapped_column(sa.String(64), default="")
    author: Mapped[str] = mapped_column(sa.String(64), default="")
    #: Where tickets are, and where seats are chosen; empty while there is none.
    ticket_link: Mapped[str] = mapped_column(sa.String(120), default="")
    places: Mapped[str] = mapped_column(sa.String(255), default="")
    version: Mapped[int] = mapped_column(default=1)

    saison: Mapped[Saison] = relationship(viewonly=True)


class Representation(Base):
    """A performance of a play."""

    __tablename__ = "representation"
    __table_args__ = (sa.UniqueConstraint("spectacle_id", "date"),)

    id: Mapped[Id]
    spectacle_id: Mapped[int] = mapped_column(sa.ForeignKey("spectacle.id", ondelete="CASCADE"))
    date: Mapped[datetime]
    version: Mapped[int] = mapped_column(default=1)

    spectacle: Mapped[Spectacle] = relationship(viewonly=True)
