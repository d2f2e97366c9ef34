"""What is done to the banners at the same time."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from app.core.transaction import transaction
from app.enums import BannerLayout, TextAlignment
from app.extensions import db
from app.models import InfoBanner, InfoBannerPreset
from app.modules.banners.errors import BannersError
from app.modules.banners.service import banners, presets
from app.modules.banners.service.banners import BannerDraft
from app.modules.banners.service.files import Stored
from app.modules.banners.service.presets import PresetDraft

NOTHING = Stored()


def draft(**said: Any) -> BannerDraft:
    plain: dict[str, Any] = {
        "title": "Éclipse",
        "is_text": True,
        "text_content": "",
        "alt_text": "",
        "preset_id": None,
        "background_color": "#152f4e",
        "text_color": "#ffffff",
        "icon": None,
        "text_alignment": None,
        "layout_style": None,
        "overlay_opacity": None,
        "link_url": None,
        "shown_from": None,
        "shown_until": None,
    }
    return BannerDraft(**(plain | said))


def style(name: str) -> PresetDraft:
    return PresetDraft(
        name=name,
        background_color="#152f4e",
        text_color="#ffffff",
        icon=None,
        text_alignment=TextAlignment.left,
        layout_style=BannerLayout.vertical,
        overlay_opacity=70,
    )


def both(app: Flask, *tasks: Callable[[Session], object]) -> list[str]:
    """Do things at the same time; what refused each, if anything."""
    gate, refused = threading.Barrier(len(tasks)), []

    def run(task: Callable[[Session], object]) -> None:
        with app.app_context():
            gate.wait()
            try:
                with transaction(db.session()) as session:
                    task(session)
            except BannersError as refusal:
                refused.append(type(refusal).__name__)
            finally:
                db.session.remove()

    threads = [threading.Thread(target=run, args=(task,)) for task in tasks]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return refused


@pytest.fixture
def made(shared: Flask) -> list[int]:
    """Three banners, for real."""
    with shared.app_context(), transaction(db.session()) as session:
        return [banners.create(session, draft(title=name), NOTHING).id for name in "abc"]


def places(app: Flask) -> list[int]:
    with app.app_context():
        stmt = sa.select(InfoBanner.order_index).order_by(InfoBanner.order_index)
        return list(db.session().scalars(stmt))


def test_of_two_who_change_a_banner_at_once_one_is_told(shared: Flask, made: list[int]) -> None:
    refused = both(
        shared,
        *(
            lambda session, name=name: banners.edit(  # type: ignore[misc]
                session, made[0], draft(title=name), NOTHING, dropped=banners.Dropped(), version=1
            )
            for name in ("Été", "Hiver")
        ),
    )

    assert refused == ["StaleBanners"]


def test_banners_that_are_made_at_once_have_places_of_their_own(
    shared: Flask, made: list[int]
) -> None:
    both(shared, *[lambda session: banners.create(session, draft(), NOTHING)] * 3)

    assert places(shared) == [0, 1, 2, 3, 4, 5]


def test_an_order_and_a_deletion_at_once_leave_no_banner_out(
    shared: Flask, made: list[int]
) -> None:
    refused = both(
        shared,
        lambda session: banners.reorder(session, list(reversed(made))),
        lambda session: banners.delete(session, made[1], version=1),
    )

    assert refused in ([], ["NotTheBanners"])
    assert len(places(shared)) == 2


def test_of_two_presets_that_take_a_name_at_once_one_is_told(shared: Flask) -> None:
    with shared.app_context(), transaction(db.session()) as session:
        key = presets.create(session, style("Jour"), NOTHING).id

    refused = both(
        shared,
        lambda session: presets.create(session, style("Nuit"), NOTHING),
        lambda session: presets.edit(
            session, key, style("NUIT"), NOTHING, drops_picture=False, version=1
        ),
    )

    assert refused == ["PresetNameTaken"]


def test_a_banner_follows_no_preset_that_goes_meanwhile(shared: Flask, made: list[int]) -> None:
    with shared.app_context(), transaction(db.session()) as session:
        key = presets.create(session, style("Nuit"), NOTHING).id

    refused = both(
        shared,
        lambda session: presets.delete(session, key, version=1),
        lambda session: banners.edit(
            session, made[0], draft(preset_id=key), NOTHING, dropped=banners.Dropped(), version=1
        ),
    )

    assert refused in ([], ["PresetIsGone"])
    with shared.app_context():
        assert db.session().scalars(sa.select(InfoBannerPreset)).all() == []
        assert db.session().scalar(sa.select(InfoBanner.preset_id).filter_by(id=made[0])) is None
