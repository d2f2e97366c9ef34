"""The introductions of the modules, as people write them."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from app.core import clock
from app.models.base import Base
from app.models.types import LongText, reference

#: The longest text, in characters.
TEXT_MAX = 20_000


class ModuleText(Base):
    """The introduction of a module, in Markdown, as it is now."""

    __tablename__ = "module_text"

    #: ``club_q``, ``bekk``, ``panier_bio`` or ``theatre``.
    slug: Mapped[str] = mapped_column(sa.String(32), primary_key=True)
    content: Mapped[str] = mapped_column(LongText, default="")
    version: Mapped[int] = mapped_column(default=1)
    updated_at: Mapped[datetime] = mapped_column(default=clock.now)
    updated_by_id: Mapped[int | None] = reference("pceen.id", ondelete="SET NULL")


class ModuleTextVersion(Base):
    """What an introduction was before: it may come back."""

    __tablename__ = "module_text_version"

    slug: Mapped[str] = mapped_column(
        sa.ForeignKey("module_text.slug", ondelete="CASCADE"), primary_key=True
    )
    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    content: Mapped[str] = mapped_column(LongText)
    at: Mapped[datetime]
    by_id: Mapped[int | None] = reference("pceen.id", ondelete="SET NULL")
