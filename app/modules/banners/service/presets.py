"""Presets: made, changed, deleted."""

from dataclasses import asdict, dataclass

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.enums import BannerLayout, TextAlignment
from app.models import InfoBannerPreset, audit
from app.modules.banners.errors import PresetNameTaken
from app.modules.banners.service import files, locked
from app.modules.banners.service.changes import said
from app.modules.banners.service.files import Stored


@dataclass(frozen=True, slots=True, kw_only=True)
class PresetDraft:
    """What a preset is to be, but for its picture."""

    name: str
    background_color: str
    text_color: str
    icon: str | None
    text_alignment: TextAlignment
    layout_style: BannerLayout
    overlay_opacity: int


def create(session: Session, draft: PresetDraft, new: Stored) -> InfoBannerPreset:
    """Make a preset.

    Raises:
        PresetNameTaken: If another one has its name.
    """
    preset = InfoBannerPreset(**asdict(draft))
    if new.picture is not None:
        files.put_picture(session, preset, new.picture)
    try:
        with session.begin_nested():
            session.add(preset)
    except IntegrityError:
        raise PresetNameTaken from None
    audit(session, "banners.preset.create", preset, after=said(preset))
    return preset


def edit(
    session: Session,
    key: int,
    draft: PresetDraft,
    new: Stored,
    *,
    drops_picture: bool,
    version: int,
) -> bool:
    """Change a preset, and so the banners that follow it; whether anything changed.

    Raises:
        NoSuchPreset: If it has just gone.
        StaleBanners: If somebody changed it meanwhile.
        PresetNameTaken: If another one has its name.
    """
    preset = locked.preset(session, key, version=version)
    before = said(preset)
    try:
        with session.begin_nested():
            _apply(session, preset, draft, new, drops_picture=drops_picture)
    except IntegrityError:
        raise PresetNameTaken from None
    after = said(preset)
    changed = [name for name in after if after[name] != before[name]]
    if not changed:
        return False
    preset.version += 1
    audit(
        session,
        "banners.preset.change",
        preset,
        before={name: before[name] for name in changed},
        after={name: after[name] for name in changed},
    )
    return True


def _apply(
    session: Session,
    preset: InfoBannerPreset,
    draft: PresetDraft,
    new: Stored,
    *,
    drops_picture: bool,
) -> None:
    for name, value in asdict(draft).items():
        setattr(preset, name, value)
    preset.rename(draft.name)
    if new.picture is not None or (drops_picture and preset.image is not None):
        files.put_picture(session, preset, new.picture)


def delete(session: Session, key: int, *, version: int) -> None:
    """Delete a preset: banners that followed it have colours of their own again.

    Raises:
        NoSuchPreset: If it has just gone.
        StaleBanners: If somebody changed it meanwhile.
    """
    preset = locked.preset(session, key, version=version)
    audit(session, "banners.preset.delete", preset, before=said(preset))
    files.drop(session, preset.image)
    session.delete(preset)
