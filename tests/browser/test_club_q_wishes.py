"""Wishing at Club Q: on a phone with arrows, at a desk by dragging, and without any script."""

import re
from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from playwright.sync_api import Browser, Locator, expect

from app.models import ClubQSeason, ClubQSpectacle, ClubQVoeu, PCeen
from app.modules.account.demo import PASSWORD
from tests.browser.site import Site, running_site
from tests.browser.test_accessibility import check_page
from tests.browser.visitor import DESK, PHONE, Visitor, visiting

pytestmark = pytest.mark.browser

STUDENT = "plangevi"


@pytest.fixture(scope="module")
def site(chromium: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A site with the people of the demonstration, whose season takes wishes."""
    with running_site(tmp_path_factory.mktemp("wishes"), name="wishes", demo="small") as site:
        yield site


@pytest.fixture(scope="module")
def origin(site: Site) -> str:
    return site.serve()


@pytest.fixture(scope="module")
def student(chromium: Browser, origin: str) -> Iterator[Visitor]:
    with visiting(chromium, origin, width=PHONE) as student:
        student.log_in(STUDENT, PASSWORD)
        yield student


def kept(site: Site) -> list[str]:
    """The shows of the last season that the student wishes for, by rank."""
    engine = sa.create_engine(site.database_url)
    stmt = (
        sa.select(ClubQSpectacle.nom)
        .join(ClubQVoeu, ClubQVoeu.spectacle_id == ClubQSpectacle.id)
        .join(PCeen, PCeen.id == ClubQVoeu.pceen_id)
        .where(ClubQVoeu.season_id == sa.select(sa.func.max(ClubQSeason.id)).scalar_subquery())
        .where(PCeen.username == STUDENT, ClubQSpectacle.date > sa.func.now())
        .order_by(ClubQVoeu.season_id.desc(), ClubQVoeu.priorite)
    )
    with engine.connect() as connection:
        found = list(connection.scalars(stmt))
    engine.dispose()
    return found


def ranked(visitor: Visitor) -> list[str]:
    """The shows of the list, in their order."""
    return visitor.page.locator("[data-order] [data-name]").all_inner_texts()


def clear(visitor: Visitor) -> None:
    """Take every wish away, and begin with three of one place."""
    visitor.open("/club_q")
    while visitor.page.locator("[data-order] [data-out]").count():
        visitor.page.locator("[data-order] [data-out]").first.click()
    for row in rows(visitor)[:3]:
        row.locator(".wish-toggle").click()
        row.locator("[name^=minimum_]").select_option(index=0)


def rows(visitor: Visitor) -> list[Locator]:
    return visitor.page.locator("[data-wish]").all()


def save(visitor: Visitor, status: int = 200) -> None:
    with visitor.expecting(status):
        visitor.press("Enregistrer mes vœux")
        visitor.page.wait_for_load_state()


def test_arrows_rank_and_a_draft_survives_until_it_is_saved(student: Visitor, site: Site) -> None:
    clear(student)
    first, second, third = ranked(student)
    student.page.get_by_role("button", name=f"Monter « {third} »").click()
    student.page.get_by_role("button", name=f"Monter « {third} »").click()
    student.page.get_by_role("button", name=f"Descendre « {first} »").click()
    assert ranked(student) == [third, second, first]
    expect(student.page.locator("[data-live]")).to_contain_text("3 vœux · 3 places")
    expect(student.page.locator("[data-draft-text]")).to_contain_text("Brouillon gardé")

    student.page.reload()

    expect(student.page.locator("[data-draft-text]")).to_contain_text("Brouillon retrouvé")
    assert ranked(student) == [third, second, first]
    assert kept(site) != [third, second, first]
    save(student)
    expect(
        student.page.get_by_text("C'est enregistré : voici ce que vous demandez.")
    ).to_be_visible()
    assert kept(site) == [third, second, first]
    student.open("/club_q")
    expect(student.page.locator("[data-draft]")).to_be_hidden()


def test_what_is_wrong_is_said_at_once_then_by_the_site_next_to_its_field(
    student: Visitor, site: Site
) -> None:
    clear(student)
    before = kept(site)
    row = rows(student)[0]
    row.locator("[name^=places_]").fill("999")
    expect(row.locator(".wish-wrong")).to_contain_text("Demandez de 1 à")

    save(student, status=422)

    row = rows(student)[0]
    expect(row.locator(".field-errors")).to_be_visible()
    expect(row.locator("[name^=places_]")).to_have_value("999")
    assert kept(site) == before
    row.locator("[name^=places_]").fill("1")
    expect(row.locator(".field-errors")).to_have_count(0)
    save(student)
    assert len(kept(site)) == 3


def test_a_list_is_put_in_order_by_dragging(chromium: Browser, origin: str, site: Site) -> None:
    with visiting(chromium, origin, width=DESK) as student:
        student.log_in(STUDENT, PASSWORD)
        clear(student)
        first, second, third = ranked(student)
        handles = student.page.locator("[data-order] [data-handle]")
        start, end = handles.nth(2).bounding_box(), handles.nth(0).bounding_box()
        assert start is not None
        assert end is not None
        mouse = student.page.mouse

        mouse.move(start["x"] + 8, start["y"] + 8)
        mouse.down()
        mouse.move(end["x"] + 8, end["y"] - 10, steps=8)
        mouse.up()

        assert ranked(student) == [third, first, second]
        save(student)
        assert kept(site) == [third, first, second]


def test_numbers_are_enough_without_a_script(chromium: Browser, origin: str, site: Site) -> None:
    with visiting(chromium, origin, width=PHONE, scripts=False) as student:
        student.log_in(STUDENT, PASSWORD)
        student.open("/club_q")
        for rank, row in enumerate(rows(student)):
            wished = rank in (0, 1)
            row.locator("[name^=priorite_]").fill(str(2 - rank) if wished else "")
            row.locator("[name^=places_]").fill("1" if wished else "")
        names = [row.locator(".wish-name").inner_text() for row in rows(student)[:2]]

        save(student)

        expect(student.page.get_by_text(re.compile("C'est enregistré"))).to_be_visible()
        assert kept(site) == names[::-1]


def test_nothing_slides_sideways_and_everybody_may_read(chromium: Browser, origin: str) -> None:
    with visiting(chromium, origin, width=PHONE) as student:
        student.log_in(STUDENT, PASSWORD)
        student.open("/club_q")
        own = student.page.locator(".tabs a").nth(1).get_attribute("href") or ""
        for path in ("/club_q", "/club_q?compact=1", own, "/"):
            student.open(path)
            check_page(student, path, widths=(PHONE,))
