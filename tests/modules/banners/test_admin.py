"""What the team changes of the banners, from its pages."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from app.core import clock
from app.enums import BannerLayout, TextAlignment
from app.models import AuditEvent, InfoBanner, InfoBannerPreset, StoredChoice
from tests.client import Client, Page
from tests.conftest import Login
from tests.factories import PCeenFactory
from tests.factories.calendar import BannerFactory, PresetFactory
from tests.modules.banners.conftest import ADMIN, FORM, NEW, PRESETS, edit, fields, make, post

pytestmark = pytest.mark.once


def every(session: Session) -> list[InfoBanner]:
    session.commit()
    session.expire_all()
    return list(session.scalars(sa.select(InfoBanner).order_by(InfoBanner.order_index)))


def order(session: Session) -> list[str]:
    return [one.title for one in every(session)]


# A banner


def test_a_banner_is_made_once_and_stands_last(staff: Client, session: Session) -> None:
    assert "Aucune bannière" in staff.open_page(ADMIN).text(".empty")
    BannerFactory(title="Première", order_index=7)
    preset = PresetFactory(name="Nuit")
    session.commit()
    sent = fields(
        staff.open_page(NEW),
        title="Éclipse",
        text_content="**Demain**",
        preset=str(preset.id),
        icon="star-fill",
        text_alignment="right",
        layout_style="horizontal",
        overlay_opacity="45",
        link_url="/bar/me",
    )

    page = Page(staff.post(ADMIN, data=sent, follow_redirects=True))
    staff.post(ADMIN, data=sent)

    assert page.flashes == ["« Éclipse » est ajoutée."]
    assert page.texts(".banner-line a") == ["Première", "Éclipse"]
    first, made = every(session)
    assert (first.order_index, made.order_index) == (7, 8)
    assert (made.title, made.text_content, made.preset_id) == ("Éclipse", "**Demain**", preset.id)
    assert (made.text_alignment, made.layout_style) == (
        TextAlignment.right,
        BannerLayout.horizontal,
    )
    assert (made.icon, made.overlay_opacity, made.link_url) == ("star-fill", 45, "/bar/me")


@pytest.mark.parametrize(
    ("typed", "wrong"),
    [
        ({"title": ""}, "title"),
        ({"title": "x" * 129}, "title"),
        ({"text_content": "x" * 2001}, "text_content"),
        ({"link_url": "javascript:alert(1)"}, "link_url"),
        ({"link_url": "//evil"}, "link_url"),
        ({"link_url": "/\\evil"}, "link_url"),
        ({"link_url": "https://x.fr/" + "a" * 500}, "link_url"),
        ({"background_color": "red;…"}, "background_color"),
        ({"text_color": "#fff"}, "text_color"),
        ({"icon": "../x"}, "icon"),
        ({"icon": "trash"}, "icon"),
        ({"overlay_opacity": "101"}, "overlay_opacity"),
        ({"overlay_opacity": "42"}, "overlay_opacity"),
        ({"overlay_opacity": "-5"}, "overlay_opacity"),
        ({"text_alignment": "x"}, "text_alignment"),
        ({"layout_style": "x"}, "layout_style"),
        ({"preset": "999"}, "preset"),
        ({"kind": "x"}, "kind"),
        ({"kind": "picture"}, "image"),
        ({"shown_from": "2026-03-29T02:30"}, "shown_from"),
        ({"shown_from": "2026-05-02T10:00", "shown_until": "2026-05-02T10:00"}, "shown_until"),
    ],
)
def test_what_is_wrong_of_a_banner_is_said_next_to_it(
    staff: Client, session: Session, typed: dict[str, str], wrong: str
) -> None:
    sent = fields(staff.open_page(NEW), **({"title": "Éclipse", "alt_text": "Gardé"} | typed))

    page = Page(staff.post(ADMIN, data=sent))

    assert page.status == 422
    assert page.html.select(f"#{wrong}-errors")
    assert page.html.select_one("#alt_text")["value"] == "Gardé"
    assert every(session) == []


def test_of_a_time_that_clocks_show_twice_the_first_is_meant(
    staff: Client, session: Session
) -> None:
    make(staff, shown_from="2026-10-25T02:30", shown_until="2027-01-01T00:00")

    (one,) = every(session)
    assert one.shown_from == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    assert one.shown_until == datetime(2026, 12, 31, 23, tzinfo=UTC)
    page = staff.open_page(f"/banners/edit/{one.id}")
    assert page.html.select_one("#shown_from")["value"] == "2026-10-25T02:30"


def test_a_banner_is_changed_by_who_saw_it_as_it_is(staff: Client, session: Session) -> None:
    one = BannerFactory(title="Éclipse")
    session.commit()
    path = f"/banners/edit/{one.id}"
    sent = fields(staff.open_page(path))
    one.title, one.version = "Autre", 2
    session.commit()

    refused = Page(staff.post(path, data=sent | {"title": "La mienne"}))

    assert refused.status == 409
    assert refused.html.select_one("#title")["value"] == "La mienne"
    assert "Valeur actuelle : Autre" in refused.text("#title-errors")
    again = fields(refused, title="La mienne")
    assert staff.post(path, data=again).status_code == 303
    assert order(session) == ["La mienne"]
    page = Page(staff.post(path, data=fields(staff.open_page(path)), follow_redirects=True))
    assert page.flashes == ["Rien n'a changé."]
    assert every(session)[0].version == 3


def test_a_text_that_is_hard_to_read_is_told(staff: Client, session: Session) -> None:
    make(staff, background_color="#ffffff", text_color="#dddddd")

    page = staff.open_page(ADMIN)

    assert any("se lit mal sur ce fond : contraste de 1,4" in said for said in page.flashes)
    assert page.texts(".state-warning") == ["se lit mal"]


def test_a_banner_is_deleted_once_its_page_was_seen(staff: Client, session: Session) -> None:
    one, other = BannerFactory(title="Éclipse"), BannerFactory(title="Autre")
    session.commit()
    page = staff.open_page(f"/banners/edit/{one.id}")
    path = f"/banners/delete/{one.id}"
    sent = fields(page, f"form[action='{path}']")
    assert "Supprimer « Éclipse »" in page.html.select_one(f"form[action='{path}']")["data-confirm"]

    assert staff.get(path).status_code == 405
    stale = Page(staff.post(path, data=sent | {"version": "0"}))
    assert stale.status == 409
    assert "Quelqu'un d'autre" in stale.text(".error-summary")
    assert stale.html.select_one(FORM)["action"] == f"/banners/edit/{one.id}"
    assert len(every(session)) == 2
    staff.submit(path, **sent)

    assert every(session) == [other]
    assert staff.post(path).status_code == 404


# The order


def test_an_order_of_exactly_the_banners_is_kept(staff: Client, session: Session) -> None:
    made = [BannerFactory(title=name) for name in "abc"]
    session.commit()
    keys = [one.id for one in made]

    answer = staff.post("/banners/reorder", json={"banner_ids": [keys[2], keys[0], keys[1]]})

    assert answer.status_code == 204
    assert order(session) == ["c", "a", "b"]


@pytest.mark.parametrize("how", ["missing", "unknown", "repeated", "text", "number", "nothing"])
def test_another_order_is_refused_and_nothing_moves(
    staff: Client, session: Session, how: str
) -> None:
    keys = [BannerFactory(title=name).id for name in "abc"]
    session.commit()
    sent: Any = {
        "missing": keys[1:],
        "unknown": [*keys[1:], 999_999],
        "repeated": [keys[2], *keys[1:]],
        "text": [str(key) for key in reversed(keys)],
        "number": 3,
        "nothing": None,
    }[how]

    answer = staff.post("/banners/reorder", json={"banner_ids": sent})

    assert answer.status_code == 400
    assert order(session) == ["a", "b", "c"]


def test_what_is_no_json_is_refused_too(staff: Client, session: Session) -> None:
    assert staff.post("/banners/reorder", json=[1]).status_code == 400
    assert staff.post("/banners/reorder", data="x").status_code in (400, 415)


def test_arrows_move_banners_without_a_script(staff: Client, session: Session) -> None:
    made = [BannerFactory(title=name) for name in "abc"]
    session.commit()
    page = staff.open_page(ADMIN)
    buttons = page.html.select("[data-shift] button")
    assert [one.has_attr("disabled") for one in buttons] == [True, *[False] * 4, True]
    assert buttons[2]["aria-label"] == "Monter « b »"

    answer = staff.post(f"/banners/shift/{made[2].id}", data={"by": "-1"})

    assert answer.headers["Location"] == f"/banners/admin#banner-{made[2].id}"
    assert order(session) == ["a", "c", "b"]
    staff.post(f"/banners/shift/{made[0].id}", data={"by": "-1"})
    assert order(session) == ["a", "c", "b"]
    assert staff.post(f"/banners/shift/{made[0].id}", data={"by": "2"}).status_code == 400
    assert staff.post("/banners/shift/999999", data={"by": "1"}).status_code == 404


# Presets


def test_a_preset_is_made_and_its_name_is_its_own(staff: Client, session: Session) -> None:
    page = staff.open_page(PRESETS)
    assert "Aucun style" in page.text(".empty")
    sent = fields(staff.open_page(f"{PRESETS}/new"), name="Nuit", overlay_opacity="30")
    page = Page(post(staff, PRESETS, sent))
    answer = post(staff, PRESETS, sent)
    assert answer.status_code == 303

    (preset,) = session.scalars(sa.select(InfoBannerPreset)).all()
    assert (preset.name, preset.overlay_opacity) == ("Nuit", 30)
    twice = Page(post(staff, PRESETS, fields(staff.open_page(f"{PRESETS}/new"), name="NUIT")))
    assert twice.status == 409
    assert "Un autre style" in twice.text("#name-errors")
    other = PresetFactory(name="Jour")
    session.commit()
    path = f"{PRESETS}/edit/{other.id}"
    page = Page(post(staff, path, fields(staff.open_page(path), name="nuit")))
    assert page.status == 409
    assert post(staff, path, fields(staff.open_page(path), name="JOUR")).status_code == 303
    session.commit()
    session.expire_all()
    assert (other.name, other.name_key) == ("JOUR", "jour")


@pytest.mark.parametrize(
    ("typed", "wrong"),
    [
        ({"name": ""}, "name"),
        ({"name": "x" * 65}, "name"),
        ({"name": "\u0390" * 64}, "name"),
        ({"overlay_opacity": ""}, "overlay_opacity"),
        ({"text_alignment": ""}, "text_alignment"),
        ({"icon": "../x"}, "icon"),
        ({"background_color": "url(x)"}, "background_color"),
    ],
)
def test_what_is_wrong_of_a_preset_is_said_next_to_it(
    staff: Client, session: Session, typed: dict[str, str], wrong: str
) -> None:
    page = Page(
        post(staff, PRESETS, fields(staff.open_page(f"{PRESETS}/new"), **({"name": "N"} | typed)))
    )

    assert page.status == 422
    assert page.html.select(f"#{wrong}-errors")
    assert session.scalars(sa.select(InfoBannerPreset)).all() == []


def test_a_preset_that_is_changed_changes_the_banners_that_follow_it(
    staff: Client, member: Client, session: Session
) -> None:
    preset = PresetFactory(name="Nuit")
    BannerFactory(preset_id=preset.id)
    session.commit()
    path = f"{PRESETS}/edit/{preset.id}"
    page = staff.open_page(path)
    assert "1 bannière le suit." in page.text(".lead")
    stale = fields(page)

    sent = fields(page, background_color="#220022", icon="heart-fill")
    assert post(staff, path, sent).status_code == 303

    shown = member.open_page("/").html.select_one(".banner")
    assert "look-220022-ffffff-70" in shown["class"]
    assert shown.select_one("use")["href"].endswith("#heart-fill")
    assert Page(post(staff, path, stale | {"name": "X"})).status == 409


def test_banners_outlive_their_preset(staff: Client, member: Client, session: Session) -> None:
    preset = PresetFactory(background_color="#220022")
    one = BannerFactory(preset_id=preset.id, background_color="#003300")
    session.commit()
    path = f"{PRESETS}/delete/{preset.id}"
    page = staff.open_page(f"{PRESETS}/edit/{preset.id}")
    sent = fields(page, f"form[action='{path}']")
    assert staff.get(path).status_code == 405

    stale = Page(staff.post(path, data=sent | {"version": "9"}))
    assert (stale.status, "Quelqu'un d'autre" in stale.text(".error-summary")) == (409, True)
    assert session.get(InfoBannerPreset, preset.id) is not None
    staff.submit(path, **sent)

    session.commit()
    session.expire_all()
    assert one.preset_id is None
    assert member.open_page("/").html.select(".banner.look-003300-ffffff-70")


# The settings


def test_settings_hold_from_the_next_page_on(
    staff: Client, member: Client, session: Session
) -> None:
    BannerFactory.create_batch(2)
    session.commit()
    sent = fields(staff.open_page(ADMIN), "form[action='/banners/settings']")
    assert (sent["delay"], sent["width"], sent["height"]) == ("8", "21", "9")

    page = staff.submit("/banners/settings", **(sent | {"delay": "5", "width": "16"}))

    assert page.flashes == ["Les réglages sont enregistrés."]
    shown = member.open_page("/").html.select_one("[data-carousel]")
    assert shown["data-delay"] == "5"
    assert "shape-16-9" in shown["class"]
    stale = staff.submit("/banners/settings", status=409, **(sent | {"height": "10"}))
    assert "Quelqu'un d'autre" in stale.text(".error-summary")
    assert session.get(StoredChoice, "CAROUSEL_ASPECT_RATIO_Y") is None


@pytest.mark.parametrize(
    ("name", "value"), [("delay", "1"), ("delay", "61"), ("width", "0"), ("height", "101")]
)
def test_settings_out_of_bounds_are_refused(
    staff: Client, session: Session, name: str, value: str
) -> None:
    sent = fields(staff.open_page(ADMIN), "form[action='/banners/settings']", **{name: value})

    page = staff.submit("/banners/settings", status=422, **sent)

    assert page.html.select(f"#{name}-errors")
    assert page.html.select_one(f"#{name}")["value"] == value


# Who may, and what is written down


@pytest.mark.parametrize(
    "path",
    [ADMIN, NEW, PRESETS, f"{PRESETS}/new", "/banners/edit/{0}", f"{PRESETS}/edit/{{1}}"],
)
def test_the_others_may_not_enter(
    client: Client, login: Login, session: Session, path: str
) -> None:
    address = path.format(BannerFactory().id, PresetFactory().id)
    session.commit()
    assert client.get(address).status_code == 302
    browser = login(PCeenFactory())
    assert browser.get(address).status_code == 403
    for changing in ("settings", "reorder", "shift/1", "delete/1", "edit/1/delete_file"):
        assert browser.post(f"/banners/{changing}").status_code == 403


def test_a_token_is_asked_for_whatever_is_changed(
    app: Flask, staff: Client, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = BannerFactory().id
    session.commit()
    monkeypatch.setitem(app.config, "WTF_CSRF_ENABLED", value=True)
    for path in ("admin", "settings", "reorder", f"delete/{key}", f"shift/{key}", f"edit/{key}"):
        assert staff.post(f"/banners/{path}", data={"version": "1"}).status_code == 403
    assert len(every(session)) == 1


def test_what_the_team_does_is_written_down(staff: Client, session: Session) -> None:
    make(staff)
    (one,) = every(session)
    edit(staff, one.id, title="Autre")
    BannerFactory(title="b", order_index=9)
    session.commit()
    staff.post(f"/banners/shift/{one.id}", data={"by": "1"})
    session.commit()

    stmt = sa.select(AuditEvent).where(AuditEvent.action.startswith("banners."))
    found = session.scalars(stmt.order_by(AuditEvent.id)).all()

    assert [one.action for one in found] == [
        "banners.banner.create",
        "banners.banner.change",
        "banners.order.change",
    ]
    assert (found[1].before, found[1].after) == ({"title": "Éclipse"}, {"title": "Autre"})
    assert all(one.actor_id for one in found)


def test_the_list_says_where_each_banner_stands_in_few_statements(
    staff: Client, session: Session, queries: list[str]
) -> None:
    now = clock.now()
    BannerFactory(title="a", shown_from=now + timedelta(days=2))
    BannerFactory(title="b", preset=PresetFactory())
    BannerFactory(title="c", shown_until=now - timedelta(days=2))
    for _n in range(8):
        BannerFactory(preset=PresetFactory())
    session.commit()
    queries.clear()

    page = staff.open_page(ADMIN)

    states = page.texts(".banner-line .state")
    assert states[:3] == ["prévue", "en ligne", "terminée"]
    assert len(queries) <= 8
