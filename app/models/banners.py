"""The tables of the banners of the home page."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core import clock
from app.enums import BannerLayout, TextAlignment
from app.models.base import Base
from app.models.types import Id, LongText, Name, reference

#: The longest of each text, in characters.
BANNER_TITLE_MAX, BANNER_TEXT_MAX, BANNER_LINK_MAX = 128, 2000, 512
BANNER_ALT_MAX, BANNER_FILE_MAX, PRESET_NAME_MAX = 200, 128, 64


class PictureColumns:
    """A picture: the name of its file, and its size in pixels; nothing without one."""

    image: Mapped[str | None] = mapped_column(sa.String(64))
    image_width: Mapped[int | None]
    image_height: Mapped[int | None]


class InfoBannerPreset(PictureColumns, Base):
    """A style that banners share."""

    __tablename__ = "info_banner_preset"
    __table_args__ = (sa.CheckConstraint("overlay_opacity BETWEEN 0 AND 100", "opacity_in_range"),)

    id: Mapped[Id]
    name: Mapped[str] = mapped_column(sa.String(PRESET_NAME_MAX))
    #: The name without its case: two presets do not share one.
    name_key: Mapped[str] = mapped_column(sa.String(190), unique=True)
    #: ``#rrggbb``, both.
    background_color: Mapped[str] = mapped_column(sa.String(7), default="#152f4e")
    text_color: Mapped[str] = mapped_column(sa.String(7), default="#ffffff")
    icon: Mapped[Name | None]
    text_alignment: Mapped[TextAlignment] = mapped_column(default=TextAlignment.center)
    layout_style: Mapped[BannerLayout] = mapped_column(default=BannerLayout.vertical)
    #: How much the colour covers the picture, in percent.
    overlay_opacity: Mapped[int] = mapped_column(default=70)
    version: Mapped[int] = mapped_column(default=1)

    def __init__(self, *, name: str, **columns: Any) -> None:
        super().__init__(name=name, name_key=name.casefold(), **columns)

    def rename(self, name: str) -> None:
        """Give another name, with the key that it is compared by."""
        self.name, self.name_key = name, name.casefold()


class InfoBanner(PictureColumns, Base):
    """A piece of news on the home page; what it does not say of its style, its preset does."""

    __tablename__ = "info_banner"
    __table_args__ = (
        sa.CheckConstraint("overlay_opacity BETWEEN 0 AND 100", "opacity_in_range"),
        sa.CheckConstraint("link_url IS NULL OR file IS NULL", "link_or_file"),
        sa.CheckConstraint("shown_from < shown_until", "dates_in_order"),
        sa.CheckConstraint("is_text OR image IS NOT NULL", "picture_is_there"),
    )

    id: Mapped[Id]
    title: Mapped[str] = mapped_column(sa.String(BANNER_TITLE_MAX))
    #: Whether it is a text; else it is a picture, and nothing over it.
    is_text: Mapped[bool] = mapped_column(default=True)
    #: In Markdown.
    text_content: Mapped[str] = mapped_column(LongText, default="")
    #: What the picture shows, for who does not see it.
    alt_text: Mapped[str] = mapped_column(sa.String(BANNER_ALT_MAX), default="")
    preset_id: Mapped[int | None] = reference("info_banner_preset.id", ondelete="SET NULL")
    background_color: Mapped[str] = mapped_column(sa.String(7), default="#152f4e")
    text_color: Mapped[str] = mapped_column(sa.String(7), default="#ffffff")
    icon: Mapped[Name | None]
    #: These three say nothing where the preset is to be followed.
    text_alignment: Mapped[TextAlignment | None]
    layout_style: Mapped[BannerLayout | None]
    overlay_opacity: Mapped[int | None]
    link_url: Mapped[str | None] = mapped_column(sa.String(BANNER_LINK_MAX))
    #: An attachment: its file, and how it was called.
    file: Mapped[str | None] = mapped_column(sa.String(64))
    file_name: Mapped[str | None] = mapped_column(sa.String(BANNER_FILE_MAX))
    file_size: Mapped[int | None]
    #: When it begins and ends to be shown; without one, it is shown from now on, or for good.
    shown_from: Mapped[datetime | None]
    shown_until: Mapped[datetime | None]
    #: The smallest first.
    order_index: Mapped[int] = mapped_column(index=True)
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    version: Mapped[int] = mapped_column(default=1)

    preset: Mapped[InfoBannerPreset | None] = relationship()
