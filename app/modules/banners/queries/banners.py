"""The banners and their presets."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from app.models import InfoBanner, InfoBannerPreset
from app.modules.banners.errors import NoSuchBanner, NoSuchPreset

#: The first one first; of two that were put at one place, the one that was made first.
_IN_ORDER = (InfoBanner.order_index, InfoBanner.id)
#: The titles that the home page shows to the team.
_FIRST = 3


@dataclass(frozen=True, slots=True)
class Summary:
    """The first banners, and how many there are."""

    titles: Sequence[str]
    total: int

    @classmethod
    def of(cls, banners: Sequence[InfoBanner]) -> "Summary":
        """What the home page tells the team."""
        return cls([one.title for one in banners[:_FIRST]], len(banners))

    @property
    def others(self) -> int:
        """How many there are besides."""
        return self.total - len(self.titles)


def begun(session: Session, now: datetime) -> Sequence[InfoBanner]:
    """The banners that are not over, with their presets, in one statement."""
    until = InfoBanner.shown_until
    return session.scalars(_with_presets().where(sa.or_(until.is_(None), until > now))).all()


def is_shown(banner: InfoBanner, now: datetime) -> bool:
    """Whether everybody sees a banner."""
    begins, ends = banner.shown_from, banner.shown_until
    return (begins is None or begins <= now) and (ends is None or ends > now)


def every(session: Session) -> Sequence[InfoBanner]:
    """All banners with their presets, in one statement."""
    return session.scalars(_with_presets()).all()


def keys(session: Session) -> Sequence[int]:
    """The numbers of the banners, in order."""
    return session.scalars(sa.select(InfoBanner.id).order_by(*_IN_ORDER)).all()


def banner(session: Session, key: int) -> InfoBanner:
    """A banner, with its preset.

    Raises:
        NoSuchBanner: There is none.
    """
    found = session.scalar(_with_presets().where(InfoBanner.id == key))
    if found is None:
        raise NoSuchBanner
    return found


def _with_presets() -> sa.Select[InfoBanner]:
    return sa.select(InfoBanner).options(joinedload(InfoBanner.preset)).order_by(*_IN_ORDER)


# Presets


def presets(session: Session) -> Sequence[InfoBannerPreset]:
    """All presets, by name."""
    stmt = sa.select(InfoBannerPreset).order_by(InfoBannerPreset.name_key)
    return session.scalars(stmt).all()


def preset(session: Session, key: int) -> InfoBannerPreset:
    """A preset.

    Raises:
        NoSuchPreset: There is none.
    """
    found = session.get(InfoBannerPreset, key)
    if found is None:
        raise NoSuchPreset
    return found


def uses(session: Session) -> dict[int, int]:
    """How many banners follow each preset, by number; nothing for one that none does."""
    stmt = sa.select(InfoBanner.preset_id, sa.func.count()).where(InfoBanner.preset_id.is_not(None))
    return {int(key or 0): count for key, count in session.execute(stmt.group_by("preset_id"))}


# Files


def files(session: Session) -> frozenset[str]:
    """The names of the files that there should be."""
    names = [
        *session.scalars(sa.select(InfoBanner.image)),
        *session.scalars(sa.select(InfoBanner.file)),
        *session.scalars(sa.select(InfoBannerPreset.image)),
    ]
    return frozenset(name for name in names if name is not None)
