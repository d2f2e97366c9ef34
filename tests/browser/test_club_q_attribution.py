"""Sharing tickets out, from the button to what a student reads of it."""

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
import sqlalchemy as sa
from playwright.sync_api import Browser, expect
from sqlalchemy.orm import Session

from app.core import clock
from app.models import ClubQSeason, ClubQSpectacle, ClubQVoeu, PCeen
from app.modules.account.demo import PASSWORD
from app.modules.club_q.choices import SEASON
from tests.browser.site import Site, running_site
from tests.browser.test_accessibility import DARK, check_colours, check_page
from tests.browser.visitor import DESK, PHONE, Visitor, visiting

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def site(chromium: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A site with a worker, and a small season."""
    folder = tmp_path_factory.mktemp("club_q_attribution")
    with running_site(folder, name="club_q_attribution", demo="small") as site:
        yield site


@pytest.fixture(scope="module")
def season(site: Site) -> int:
    """A season of three shows of a ticket each, which two students want."""
    engine = sa.create_engine(site.database_url)
    with Session(engine) as session, session.begin():
        season = ClubQSeason(nom="Essai", promo_orga=145, rules={}, seed=b"", seed_commitment="")
        session.add(season)
        session.flush()
        season.draw_seed()
        shows = [_show(season, name) for name in ("Tosca", "Phèdre", "Giselle")]
        session.add_all(shows)
        session.flush()
        for username, wanted in (("plangevi", (0, 1)), ("gcharpak", (0, 2))):
            stmt = sa.select(PCeen.id).where(PCeen.username == username)
            person = session.scalars(stmt).one()
            for priority, rank in enumerate(wanted, 1):
                session.add(_wish(person, shows[rank], priority))
        SEASON.set(session, season.id)
        key = season.id
    engine.dispose()
    return key


def _show(season: ClubQSeason, name: str) -> ClubQSpectacle:
    day = clock.now() + timedelta(days=40 + len(name))
    return ClubQSpectacle(nom=name, date=day, nb_tickets=1, unit_price=1500, season_id=season.id)


def _wish(person: int, show: ClubQSpectacle, priority: int) -> ClubQVoeu:
    return ClubQVoeu(
        pceen_id=person,
        spectacle_id=show.id,
        season_id=show.season_id,
        priorite=priority,
        places_demandees=1,
        places_minimum=1,
    )


def computed(staff: Visitor, season: int, strategy: str) -> int:
    """Launch a run, and watch it end; return its number."""
    staff.open(f"/club_q/attribution?season_id={season}")
    form = staff.page.locator(".runs-launch")
    form.get_by_label("Attribution").select_option(strategy)
    staff.press("Lancer le calcul")
    staff.page.wait_for_url("**/club_q/attribution/*")
    expect(staff.page.get_by_role("link", name="Adopter…")).to_be_visible(timeout=60_000)
    expect(staff.page.locator("[data-run-state]")).to_have_text("terminé")
    found = re.search(r"\d+$", staff.page.url)
    assert found is not None
    return int(found[0])


def test_from_the_launch_of_a_run_to_what_a_student_reads(
    chromium: Browser, site: Site, season: int
) -> None:
    with visiting(chromium, site.serve()) as staff:
        staff.log_in("hlangevi", PASSWORD)
        fair, classic = (computed(staff, season, name) for name in ("fair", "classic"))
        for path in (
            f"/club_q/attribution?season_id={season}",
            f"/club_q/attribution/{fair}",
            f"/club_q/attribution/{fair}?view=fairness",
            f"/club_q/attribution/{fair}?view=log",
            f"/club_q/attribution/{fair}?view=adopt",
        ):
            staff.open(path)
            check_page(staff, path)
            staff.page.evaluate(DARK)
            check_colours(staff, f"{path}, dark", PHONE, DESK)

        staff.open(f"/club_q/attribution?season_id={season}")
        for key in (fair, classic):
            staff.page.get_by_label(f"Comparer l'attribution {key}").check()
        staff.press("Comparer ceux qui sont cochés")
        expect(staff.page.get_by_role("heading", level=1)).to_have_text(
            "Comparaison d'attributions"
        )
        check_page(staff, "compare")

        staff.open(f"/club_q/attribution/{fair}")
        staff.follow("Adopter…")
        staff.press("Adopter l'attribution %(key)s", key=fair)
        expect(staff.page.locator("[data-run-state]")).to_have_text("adopté")
        staff.open(f"/club_q/attribution?season_id={season}")
        staff.press("Publier…")
        check_page(staff, "publication")
        staff.press("Publier l'attribution")
        expect(staff.page.locator(".toasts")).to_contain_text("L'attribution est publiée.")

        with visiting(chromium, staff.origin) as student:
            student.log_in("plangevi", PASSWORD)
            student.open(f"/club_q/tirage/{season}")
            check_page(student, "draw")
            student.page.evaluate(DARK)
            check_colours(student, "draw, dark", PHONE, DESK)
            expect(student.page.locator(".runs-steps")).to_contain_text("--me")
            student.follow("Mes réservations")
            expect(student.page.locator("main")).to_contain_text("Phèdre")
            expect(student.page.locator("main")).to_contain_text("Tosca")
