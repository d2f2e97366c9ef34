"""What the mails of the Panier Bio say."""

from typing import Any

import pytest
from flask import Flask

from app.integrations.mailer import Mail, written
from app.modules.panier_bio.mails import (
    MAILS,
    BasketGranted,
    BasketPickedUp,
    BasketReminder,
    ConfirmOrder,
    OrderCancelled,
    OrderConfirmed,
)

pytestmark = pytest.mark.once

COMMON = {"to": "ada@example.org", "locale": "fr", "prenom": "Ada"}
PAID = COMMON | {"price_cents": 1250, "pay_by": "cash"}
SEVERAL = PAID | {
    "baskets": [
        ("2026-11-27", "2026-11-26T13:00:00+00:00"),
        ("2026-12-04", "2026-12-03T13:00:00+00:00"),
    ],
    "waited": ["2026-12-11"],
}
ONE = PAID | {"on": "2026-11-27"}


def text(app: Flask, mail: Mail) -> str:
    with app.app_context():
        body = written(mail, 1).get_body(("plain",))
    assert body is not None
    found = body.get_content().replace("\xa0", " ").replace("\u202f", " ").replace("*", "")
    assert "None" not in found
    return " ".join(found.split())


def test_each_mail_is_looked_at_here() -> None:
    looked = {ConfirmOrder, OrderConfirmed, OrderCancelled, BasketGranted}
    assert set(MAILS) == looked | {BasketReminder, BasketPickedUp}


def test_a_visitor_is_asked_to_confirm(app: Flask) -> None:
    mail = ConfirmOrder(
        **(SEVERAL | {"prenom": None}),  # type: ignore[arg-type]
        secret="s" * 43,
        until="2026-11-23T11:00:00+00:00",
    )

    said = text(app, mail)

    assert "Bonjour," in said
    assert f"/panier_bio/visitor/{'s' * 43}" in said
    assert "vendredi 27 novembre 2026" in said
    assert "En liste d'attente : vendredi 11 décembre 2026" in said
    assert "25,00 €" in said
    assert "lundi 23 novembre 2026 à 12 h 00" in said


def test_what_is_ordered_is_told_with_how_to_give_it_up(app: Flask) -> None:
    said = text(app, OrderConfirmed(**SEVERAL, secret=None))  # type: ignore[arg-type]

    assert "Bonjour Ada," in said
    assert "Vos 2 paniers sont commandés" in said
    assert "jeudi 26 novembre 2026 à 14 h 00" in said
    assert "en espèces, lors du retrait" in said
    assert "Ces dates sont complètes" in said


@pytest.mark.parametrize(
    ("changes", "present", "absent"),
    [
        ({"waited": []}, "2 paniers", "complètes"),
        ({"baskets": []}, "complètes", "espèces"),
        ({"price_cents": 0}, "2 paniers", "€"),
        ({"pay_by": "transfer"}, "par virement", "espèces"),
        ({"secret": "s" * 43}, "/panier_bio/visitor/sss", "Bonjour,"),
    ],
)
def test_what_does_not_apply_is_not_said(
    app: Flask, changes: dict[str, Any], present: str, absent: str
) -> None:
    said = text(app, OrderConfirmed(**(SEVERAL | {"secret": None} | changes)))  # type: ignore[arg-type]

    assert present in said
    assert absent not in said


def test_what_is_cancelled_is_told(app: Flask) -> None:
    given = COMMON | {"on": "2026-11-27"}
    own = text(app, OrderCancelled(**given, by_team=False, was_paid=False))  # type: ignore[arg-type]
    theirs = text(app, OrderCancelled(**given, by_team=True, was_paid=True))  # type: ignore[arg-type]

    assert "comme vous l'avez demandé" in own
    assert "remboursé" not in own
    assert "L'équipe du Panier Bio a annulé votre commande du vendredi 27 novembre 2026" in theirs
    assert "remboursé" in theirs


def test_who_waited_is_told_how_to_give_a_basket_up(app: Flask) -> None:
    member = text(app, BasketGranted(**ONE))  # type: ignore[arg-type]
    visitor = text(app, BasketGranted(**(ONE | {"prenom": None})))  # type: ignore[arg-type]

    assert "un panier s'est libéré" in member
    assert "12,50 €" in member
    assert "le lien du mail" not in member
    assert "le lien du mail" in visitor


def test_a_reminder_tells_where_and_how_much(app: Flask) -> None:
    due = text(app, BasketReminder(**ONE, note="Dans la cour", is_paid=False))  # type: ignore[arg-type]
    paid = text(app, BasketReminder(**ONE, note="", is_paid=True))  # type: ignore[arg-type]

    assert "Ce jour-là : Dans la cour" in due
    assert "en espèces" in due
    assert "Ce jour-là" not in paid
    assert "Il est payé." in paid


def test_a_receipt_tells_when_and_whether_it_is_paid(app: Flask) -> None:
    given = ONE | {"at": "2026-11-27T11:00:00+00:00"}
    paid = text(app, BasketPickedUp(**given, is_paid=True))  # type: ignore[arg-type]
    due = text(app, BasketPickedUp(**given, is_paid=False))  # type: ignore[arg-type]

    assert "vendredi 27 novembre 2026 à 12 h 00" in paid
    assert "Paiement : reçu" in paid
    assert "Paiement : pas encore reçu" in due


def test_mails_are_in_the_language_of_their_reader(app: Flask) -> None:
    said = text(app, BasketGranted(**(ONE | {"locale": "en"})))  # type: ignore[arg-type]

    assert "Friday, November 27, 2026" in said
