"""The home page is whole, whatever there is of the site and whatever one may do."""

from datetime import timedelta
from itertools import product

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from app.core import clock
from app.enums import PermissionScope, PermissionType
from app.models import PCeen, StoredChoice
from app.web.module import Module
from tests.client import Client, Page
from tests.conftest import Login
from tests.factories import DeviceFactory, PCeenFactory, RentalFactory, role_with
from tests.factories.calendar import BannerFactory, EventFactory, told
from tests.factories.club_q import (
    SeasonFactory,
    SpectacleFactory,
    grant,
    make_current,
    participant,
    wish,
)
from tests.factories.community import BekkFactory, PeriodFactory, open_orders

pytestmark = pytest.mark.once

S, T = PermissionScope, PermissionType


@pytest.fixture
def ada(session: Session) -> PCeen:
    """Someone of a site where there is something of everything."""
    ada: PCeen = RentalFactory(room_num=312).pceen
    season = make_current(SeasonFactory(attributions_visible=True))
    show = SpectacleFactory(season_id=season.id, date=clock.now() + timedelta(days=9))
    grant(wish(ada, show), 1)
    PeriodFactory()
    open_orders()
    for make in (EventFactory, BannerFactory, BekkFactory):
        make()
    DeviceFactory(pceen=ada)
    told(ada)
    session.commit()
    return ada


def hold(session: Session, ada: PCeen, *rights: tuple[PermissionType, PermissionScope]) -> None:
    """Let someone do that, and nothing else."""
    ada.roles[:] = [role_with(*rights)] if rights else []
    session.commit()


def check(browser: Client, case: object) -> list[str]:
    """Have the home page be whole; the titles of its cards."""
    answer = browser.get("/")
    assert answer.status_code == 200, case
    page = Page(answer)
    assert "pas pour l'instant" not in page.text("main"), case
    return page.texts("main .card h2")


def test_it_is_whole_on_a_site_where_there_is_nothing(session: Session, login: Login) -> None:
    assert check(login(PCeenFactory(locale="fr")), "nothing") != []


def test_it_is_whole_for_who_has_no_role(session: Session, login: Login, ada: PCeen) -> None:
    hold(session, ada)

    assert "Mon compte" in check(login(ada), "no role")


def test_it_is_whole_for_who_may_do_one_thing(session: Session, login: Login, ada: PCeen) -> None:
    browser = login(ada)
    shown = set()

    for may, scope in product(T, (one for one in S if not one.about.need_elem)):
        hold(session, ada, (may, scope))
        shown.update(check(browser, (may, scope)))

    assert {"Bar", "Club Q", "Calendrier"} <= shown


def test_it_is_whole_without_any_of_the_settings(
    app: Flask, session: Session, login: Login, ada: PCeen
) -> None:
    modules: tuple[Module, ...] = app.extensions["modules"]
    declared = [choice for module in modules for choice in module.choices]
    for choice in declared:
        if session.get(StoredChoice, choice.key) is None:
            choice.set(session, choice.default)
    everything = [(T.read, scope) for scope in S if not scope.about.need_elem]
    hold(session, ada, *everything, (T.write, S.calendar))
    browser = login(ada)
    check(browser, "all of them")

    for choice in declared:
        row = session.get_one(StoredChoice, choice.key)
        value = row.value
        session.delete(row)
        session.commit()
        check(browser, choice.key)
        session.add(StoredChoice(key=choice.key, value=value))
        session.commit()

    assert len(declared) > 10


def club_q(browser: Client) -> str:
    """What the card of Club Q says."""
    (card,) = (
        one for one in browser.open_page("/").html.select("main .card") if "Club Q" in one.h2.text
    )
    return " ".join(card.get_text(" ").split())


@pytest.mark.parametrize("is_known", [True, False])
def test_what_one_was_granted_is_not_told_before_it_may_be(
    session: Session, login: Login, is_known: bool
) -> None:
    season = make_current(SeasonFactory(attributions_visible=is_known), is_open=False)
    show = SpectacleFactory(season_id=season.id)
    ada, bob = participant(locale="fr"), participant(locale="fr")
    grant(wish(ada, show, places=2), 2)
    wish(bob, show, places=2)

    of_ada = club_q(login(ada))
    of_bob = club_q(login(bob))

    assert (of_ada == of_bob) is not is_known
