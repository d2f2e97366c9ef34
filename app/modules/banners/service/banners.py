"""Banners: made, changed, put in order, deleted."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.enums import BannerLayout, TextAlignment
from app.models import InfoBanner, audit
from app.modules.banners.queries import banners as queries
from app.modules.banners.rules.content import Held, check_held
from app.modules.banners.rules.order import check_order, shifted
from app.modules.banners.service import files, locked
from app.modules.banners.service.changes import said
from app.modules.banners.service.files import Stored


@dataclass(frozen=True, slots=True, kw_only=True)
class BannerDraft:
    """What a banner is to be, but for its files."""

    title: str
    is_text: bool
    text_content: str
    alt_text: str
    preset_id: int | None
    background_color: str
    text_color: str
    icon: str | None
    text_alignment: TextAlignment | None
    layout_style: BannerLayout | None
    overlay_opacity: int | None
    link_url: str | None
    shown_from: datetime | None
    shown_until: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Dropped:
    """Which of the files of a banner are taken away, unless another comes in their place."""

    picture: bool = False
    file: bool = False


def create(session: Session, draft: BannerDraft, new: Stored) -> InfoBanner:
    """Make a banner, the last one.

    Raises:
        PresetIsGone: If the preset that it is to follow was just deleted.
        PictureNeeded, AltTextNeeded, LinkOrFile, EndsBeforeItBegins: If it does not hold.
    """
    locked.everything(session)
    locked.check_preset(session, draft.preset_id)
    last = session.scalar(sa.select(sa.func.max(InfoBanner.order_index)))
    banner = InfoBanner(**asdict(draft), order_index=0 if last is None else last + 1)
    _put(session, banner, new)
    _check(banner)
    session.add(banner)
    session.flush()
    audit(session, "banners.banner.create", banner, after=said(banner))
    return banner


def edit(
    session: Session,
    key: int,
    draft: BannerDraft,
    new: Stored,
    *,
    dropped: Dropped,
    version: int,
) -> bool:
    """Change a banner; whether anything changed. Without a new file, the former one stays.

    Raises:
        NoSuchBanner: If it has just gone.
        StaleBanners: If somebody changed it meanwhile.
        PresetIsGone: If the preset that it is to follow was just deleted.
        PictureNeeded, AltTextNeeded, LinkOrFile, EndsBeforeItBegins: If it would not hold.
    """
    banner = locked.banner(session, key, version=version)
    locked.check_preset(session, draft.preset_id)
    before = said(banner)
    with session.no_autoflush:
        for name, value in asdict(draft).items():
            setattr(banner, name, value)
        _drop(session, banner, dropped, new)
        _put(session, banner, new)
        _check(banner)
    return _record(session, "banners.banner.change", banner, before)


def delete_file(session: Session, key: int, *, version: int) -> None:
    """Remove the attachment of a banner, if it has one.

    Raises:
        NoSuchBanner: If it has just gone.
        StaleBanners: If somebody changed it meanwhile.
    """
    banner = locked.banner(session, key, version=version)
    if banner.file is None:
        return
    before = said(banner)
    files.put_attachment(session, banner, None)
    _record(session, "banners.banner.delete_file", banner, before)


def delete(session: Session, key: int, *, version: int) -> None:
    """Delete a banner; its files go once that is committed.

    Raises:
        NoSuchBanner: If it has just gone.
        StaleBanners: If somebody changed it meanwhile.
    """
    banner = locked.banner(session, key, version=version)
    audit(session, "banners.banner.delete", banner, before=said(banner))
    files.drop(session, banner.image)
    files.drop(session, banner.file)
    session.delete(banner)


def reorder(session: Session, wanted: Sequence[object]) -> bool:
    """Put all banners in an order: their numbers, each once; whether it is another one.

    Raises:
        NotTheBanners: If these are not exactly the banners that there are.
    """
    locked.everything(session)
    current = list(queries.keys(session))
    return _arrange(session, current, check_order(current, wanted))


def shift(session: Session, key: int, by: int) -> bool:
    """Have a banner stand one place earlier or later; whether it moves.

    Raises:
        NoSuchBanner: If it has just gone.
    """
    locked.everything(session)
    current = list(queries.keys(session))
    return _arrange(session, current, shifted(current, key, by))


def _arrange(session: Session, current: list[int], wanted: list[int]) -> bool:
    if wanted == current:
        return False
    places = {key: place for place, key in enumerate(wanted)}
    move = sa.case(places, value=InfoBanner.id)
    session.execute(
        sa.update(InfoBanner)
        .values(order_index=move)
        .where(InfoBanner.id.in_(wanted))
        .execution_options(synchronize_session=False)
    )
    audit(session, "banners.order.change", before={"banners": current}, after={"banners": wanted})
    return True


def _drop(session: Session, banner: InfoBanner, dropped: Dropped, new: Stored) -> None:
    """Take away the files that go, but for those that others replace."""
    if dropped.picture and new.picture is None and banner.image is not None:
        files.put_picture(session, banner, None)
    if dropped.file and new.attachment is None and banner.file is not None:
        files.put_attachment(session, banner, None)


def _put(session: Session, banner: InfoBanner, new: Stored) -> None:
    """Give the files that came."""
    if new.picture is not None:
        files.put_picture(session, banner, new.picture)
    if new.attachment is not None:
        files.put_attachment(session, banner, new.attachment)


def _check(banner: InfoBanner) -> None:
    check_held(
        Held(
            is_text=banner.is_text,
            has_picture=banner.image is not None,
            alt_text=banner.alt_text,
            link_url=banner.link_url,
            has_file=banner.file is not None,
            shown_from=banner.shown_from,
            shown_until=banner.shown_until,
        )
    )


def _record(session: Session, action: str, banner: InfoBanner, before: dict[str, object]) -> bool:
    """Write down what changed of a banner; whether anything did."""
    after = said(banner)
    changed = [name for name in after if after[name] != before[name]]
    if not changed:
        return False
    banner.version += 1
    audit(
        session,
        action,
        banner,
        before={name: before[name] for name in changed},
        after={name: after[name] for name in changed},
    )
    return True
