"""What the home page shows of the banners."""

from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.core import clock
from app.models import StoredChoice
from tests.client import Client
from tests.factories.calendar import BannerFactory, PresetFactory

pytestmark = pytest.mark.once
VECTORS = (
    "<script>alert(1)</script> <img src=x onerror=alert(1)> [x](javascript:alert(1))"
    " ![a](data:text/html,x) <b onclick=alert(1)>b</b>"
)


def titles(browser: Client) -> list[str]:
    return browser.open_page("/").texts(".banner-title")


def test_whoever_is_logged_in_sees_the_banners_of_now_in_order(
    member: Client, session: Session
) -> None:
    now = clock.now()
    BannerFactory(title="c", order_index=3)
    BannerFactory(title="a", order_index=1)
    BannerFactory(title="to come", order_index=0, shown_from=now + timedelta(hours=2))
    BannerFactory(title="over", order_index=0, shown_until=now - timedelta(hours=2))
    BannerFactory(
        title="b",
        order_index=2,
        shown_from=now - timedelta(hours=2),
        shown_until=now + timedelta(hours=2),
    )
    session.commit()

    assert titles(member) == ["a", "b", "c"]


def test_without_banners_there_is_no_carousel(member: Client, session: Session) -> None:
    assert member.open_page("/").html.select(".carousel") == []
    BannerFactory(shown_from=clock.now() + timedelta(days=2))
    session.commit()
    assert member.open_page("/").html.select(".carousel") == []


def test_one_banner_alone_does_not_slide(member: Client, session: Session) -> None:
    BannerFactory(title="a")
    session.commit()

    page = member.open_page("/")

    assert len(page.html.select(".carousel.is-alone")) == 1
    assert page.html.select("[data-carousel], .carousel-controls") == []
    BannerFactory(title="b")
    session.commit()
    page = member.open_page("/")
    assert page.html.select_one("[data-carousel]")["data-delay"] == "8"
    labels = [one["aria-label"] for one in page.html.select("[data-carousel-dot]")]
    assert labels == ["Bannière 1 sur 2 : a", "Bannière 2 sur 2 : b"]


def test_scripts_and_attributes_that_are_written_are_inert(
    member: Client, session: Session
) -> None:
    BannerFactory(title="<script>alert(1)</script>", text_content=VECTORS)
    session.commit()

    shown = member.open_page("/").html.select_one(".banner")

    assert shown.select("script, img, [onerror], [onclick], a") == []
    assert "alert(1)" in shown.get_text()


def test_a_link_opens_elsewhere_and_tells_nothing_to_where_it_leads(
    member: Client, session: Session
) -> None:
    BannerFactory(title="Éclipse", link_url="https://example.org/a")
    session.commit()

    link = member.open_page("/").html.select_one(".banner a")

    assert (link["href"], link["target"], link["rel"]) == (
        "https://example.org/a",
        "_blank",
        ["noopener"],
    )
    assert "nouvel onglet" in link.get_text()


def test_the_sheets_of_a_page_say_what_its_classes_mean(member: Client, session: Session) -> None:
    BannerFactory(background_color="#123456", text_color="#fedcba", overlay_opacity=15)
    session.commit()
    page = member.open_page("/")
    (address,) = [one["href"] for one in page.html.select("link[href*='/banners/looks/']")]

    answer = member.get(address)

    assert page.html.select(".banner.look-123456-fedcba-15")
    assert (answer.status_code, answer.mimetype) == (200, "text/css")
    assert ".look-123456-fedcba-15{--back:#123456;--ink:#fedcba;--veil:0.15}" in answer.text
    assert answer.headers["Cache-Control"].startswith("private, max-age=")
    assert page.html.select("[style]") == []
    assert member.get("/banners/looks/red.css").status_code == 404


def test_a_setting_that_is_wrong_or_missing_leaves_its_default(
    member: Client, session: Session
) -> None:
    BannerFactory.create_batch(2)
    session.execute(sa.delete(StoredChoice).where(StoredChoice.key.startswith("CAROUSEL_")))
    session.add(StoredChoice(key="CAROUSEL_AUTOPLAY_DELAY", value="soon"))
    session.commit()

    shown = member.open_page("/").html.select_one("[data-carousel]")

    assert shown["data-delay"] == "8"
    assert "shape-21-9" in shown["class"]


def test_banners_are_read_in_two_statements_however_many_there_are(
    member: Client, session: Session, queries: list[str]
) -> None:
    for _n in range(9):
        BannerFactory(preset=PresetFactory())
    session.commit()
    queries.clear()

    member.open_page("/")

    read = [one for one in queries if "info_banner" in one or "global_setting" in one]
    assert len([one for one in read if "info_banner" in one]) == 1
    assert len(queries) <= 15


def test_the_team_is_told_the_first_three_and_how_many_more(
    staff: Client, member: Client, session: Session
) -> None:
    def card(browser: Client) -> str:
        cards = browser.open_page("/").texts(".card")
        return next((one for one in cards if one.startswith("Bannières")), "")

    assert "Aucune bannière" in card(staff)
    for rank, title in enumerate("abcde"):
        BannerFactory(title=title, order_index=rank)
    session.commit()

    assert card(staff) == "Bannières a b c et 2 autres Gérer les bannières Ajouter"
    assert card(member) == ""
