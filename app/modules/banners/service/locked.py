"""Rows as they are now, which nobody else changes until the commit."""

from sqlalchemy.orm import Session

from app.core.transaction import lock
from app.models import InfoBanner, InfoBannerPreset, public_role
from app.modules.banners.errors import NoSuchBanner, NoSuchPreset, PresetIsGone, StaleBanners


def everything(session: Session) -> None:
    """Keep others from changing anything of the banners: there may be no row of them to lock."""
    lock(session, public_role(session))


def banner(session: Session, key: int, *, version: int) -> InfoBanner:
    """A banner, kept from others.

    Raises:
        NoSuchBanner: If it has just gone.
        StaleBanners: If it is of another *version*.
    """
    everything(session)
    found = session.get(InfoBanner, key, with_for_update=True, populate_existing=True)
    if found is None:
        raise NoSuchBanner
    if found.version != version:
        raise StaleBanners
    return found


def preset(session: Session, key: int, *, version: int) -> InfoBannerPreset:
    """A preset, kept from others.

    Raises:
        NoSuchPreset: If it has just gone.
        StaleBanners: If it is of another *version*.
    """
    everything(session)
    found = session.get(InfoBannerPreset, key, with_for_update=True, populate_existing=True)
    if found is None:
        raise NoSuchPreset
    if found.version != version:
        raise StaleBanners
    return found


def check_preset(session: Session, key: int | None) -> None:
    """Look for the preset that a banner is to follow, if it follows one: all is locked.

    Raises:
        PresetIsGone: If it was just deleted.
    """
    if key is None:
        return
    if session.get(InfoBannerPreset, key, populate_existing=True) is None:
        raise PresetIsGone
