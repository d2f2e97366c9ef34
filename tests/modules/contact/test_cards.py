"""How GRIs appear on the contact page."""

from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.core import clock
from app.enums import PermissionScope, PermissionType
from app.models import AuditEvent, GriCard, PCeen
from tests.client import Client, Page
from tests.conftest import Inside, Login
from tests.factories import PCeenFactory, RentalFactory

ALL_GRIS = (PermissionType.all, PermissionScope.gris)


@pytest.fixture
def gri(session: Session) -> PCeen:
    return PCeenFactory(prenom="Grace", nom="Hopper", slugs=["gri"])


def card(session: Session, pceen: PCeen, **values: Any) -> GriCard:
    made = GriCard(pceen=pceen, **values)
    session.add(made)
    session.commit()
    return made


def shown(browser: Client, **headers: str) -> list[str]:
    page = Page(browser.get("/contact", headers=headers))
    return page.texts("main .card")


FIELDS = {
    "title_fr": "Présidente",
    "title_en": "President",
    "discord": "grace",
    "messenger": "Grace H",
    "show_room": "y",
    "order_index": "3",
    "version": "0",
}


def test_everybody_sees_the_name_and_the_title_alone(
    client: Client, session: Session, gri: PCeen
) -> None:
    RentalFactory(pceen=gri, room_num=312)
    card(session, gri, title_fr="Présidente", title_en="President", discord="grace", show_room=True)

    assert shown(client, **{"Accept-Language": "fr"}) == ["GH Grace Hopper Présidente"]
    assert shown(client, **{"Accept-Language": "en"}) == ["GH Grace Hopper President"]


@pytest.mark.parametrize("where", ["inside", "logged in"])
def test_who_is_known_sees_how_to_reach_them(
    client: Client, session: Session, login: Login, inside: Inside, gri: PCeen, where: str
) -> None:
    RentalFactory(pceen=gri, room_num=312)
    other = PCeenFactory(prenom="Emmy", nom="Noether", slugs=["gri"])
    card(session, gri, title_fr="Présidente", discord="grace", messenger="Grace H", show_room=True)
    card(session, other, show_room=True)
    browser = inside() if where == "inside" else login(PCeenFactory())

    assert shown(browser, **{"Accept-Language": "fr"}) == [
        "GH Grace Hopper Présidente Discord grace Messenger Grace H Chambre 312",
        "EN Emmy Noether GRI Chambre pas à la résidence",
    ]


def test_a_room_that_is_not_to_be_shown_is_not(session: Session, login: Login, gri: PCeen) -> None:
    RentalFactory(pceen=gri, room_num=312)
    card(session, gri)

    (text,) = shown(login(PCeenFactory()))
    assert "312" not in text


def test_a_card_is_shown_while_its_owner_is_a_gri(client: Client, session: Session) -> None:
    disabled = PCeenFactory(slugs=["gri"], disabled_at=clock.now())
    for pceen in (PCeenFactory(slugs=["rezident"]), disabled):
        card(session, pceen)
    twice = PCeenFactory(prenom="Ada", nom="Lovelace", slugs=["gri"], can=[ALL_GRIS])
    card(session, twice)
    assert shown(client) == ["AL Ada Lovelace GRI"]

    twice.roles.clear()
    session.commit()

    assert shown(client) == []


def test_cards_stand_in_the_order_chosen_then_by_name(client: Client, session: Session) -> None:
    for prenom, nom, index in (("Ada", "Éluard", 2), ("Bo", "Zola", 1), ("Cy", "Eco", 2)):
        card(session, PCeenFactory(prenom=prenom, nom=nom, slugs=["gri"]), order_index=index)

    assert [text.split()[1] for text in shown(client)] == ["Bo", "Cy", "Ada"]


def test_the_page_costs_the_same_whatever_the_cards(
    client: Client, session: Session, queries: list[str]
) -> None:
    def cost() -> int:
        queries.clear()
        client.get("/contact")
        return len(queries)

    card(session, PCeenFactory(slugs=["gri"]))
    cost()
    before = cost()
    for _ in range(5):
        card(session, PCeenFactory(slugs=["gri"]))

    assert cost() == before <= 12


def test_a_gri_makes_a_card_changes_it_and_removes_it(
    session: Session, login: Login, gri: PCeen
) -> None:
    browser = login(gri)
    assert "Vous n'apparaissez pas" in browser.open_page("/profile/").text("main")

    page = browser.submit("/profile/gri_card", **FIELDS)
    assert page.flashes == ["Votre carte est sur la page de contact."]
    assert "Vous apparaissez sur la page de contact." in page.text("main")
    (made,) = session.scalars(sa.select(GriCard))
    assert (made.title_fr, made.discord, made.show_room, made.order_index, made.version) == (
        "Présidente",
        "grace",
        True,
        3,
        1,
    )
    browser.submit("/profile/gri_card", **FIELDS | {"version": "1", "discord": "", "show_room": ""})
    session.refresh(made)
    assert (made.discord, made.version) == (None, 2)
    browser.submit("/profile/gri_card/remove")
    browser.submit("/profile/gri_card/remove")

    assert session.scalars(sa.select(GriCard)).all() == []
    stmt = sa.select(AuditEvent.action).where(AuditEvent.action.startswith("contact.card"))
    assert session.scalars(stmt.order_by(AuditEvent.id)).all() == [
        "contact.card.create",
        "contact.card.change",
        "contact.card.remove",
    ]


@pytest.mark.parametrize("seen", ["0", "2", "x"])
def test_a_card_changed_meanwhile_is_not_overwritten(
    session: Session, login: Login, gri: PCeen, seen: str
) -> None:
    made = card(session, gri, title_fr="Réseau")

    page = login(gri).submit("/profile/gri_card", status=409, **FIELDS | {"version": seen})

    assert "Valeur actuelle : Réseau" in page.text("#title_fr-errors")
    assert page.html.select_one("[name=version]")["value"] == "1"  # type: ignore[index]
    session.refresh(made)
    assert (made.title_fr, made.version) == ("Réseau", 1)


@pytest.mark.parametrize(
    ("name", "value"),
    [("title_fr", "é" * 65), ("discord", "a\0"), ("order_index", "²"), ("order_index", "10000")],
)
def test_what_a_card_cannot_say_is_refused(
    session: Session, login: Login, gri: PCeen, name: str, value: str
) -> None:
    page = login(gri).submit("/profile/gri_card", status=422, **FIELDS | {name: value})

    assert len(page.texts(f"#{name}-errors")) == 1
    assert session.scalars(sa.select(GriCard)).all() == []


def test_saving_the_same_changes_nothing(session: Session, login: Login, gri: PCeen) -> None:
    browser = login(gri)
    browser.submit("/profile/gri_card", **FIELDS)
    browser.submit("/profile/gri_card", **FIELDS | {"version": "1"})

    (made,) = session.scalars(sa.select(GriCard))
    assert made.version == 1


def test_only_gris_have_a_card(session: Session, login: Login) -> None:
    browser = login(PCeenFactory())

    assert "Ma carte de GRI" not in browser.open_page("/profile/").text("main")
    assert browser.get("/profile/gri_card").status_code == 403
    assert browser.post("/profile/gri_card/remove").status_code == 403
